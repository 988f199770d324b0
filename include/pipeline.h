/* pipeline.h - run programs side by side, each of which reads what the one before it writes
 *
 *     in_fd --> cmd[0] ==pipe==> cmd[1] ==pipe==> ... ==pipe==> cmd[n - 1] --> out_fd
 */
#ifndef PIPELINE_H
#define PIPELINE_H

#include <stddef.h>

/* Runs n programs as the stages of a pipeline, all at the same time, and waits until every one of them has ended.
 *
 * cmd[i] has the arguments of stage i, and NULL behind the last one. cmd[i][0] is the path of a file: PATH is not
 * searched. There may be as many stages as there are descriptors and processes for. The environment of a stage is the
 * caller's.
 *
 * Returns  0: there were n stages and all have ended; status[i] is the status of stage i, as waitpid gives it. How a
 *          stage ends, by any exit status or by a signal such as SIGPIPE, is no error.
 *          -1: status is unchanged. Stages that were started already have been killed (SIGKILL) and waited for.
 * errno    EINVAL          n is 0, or cmd, status, a cmd[i] or a cmd[i][0] is NULL; nothing was started
 *          EBADF           in_fd or out_fd is neither -1 nor open in the caller; nothing was started
 *                          If both are true, it may be either.
 *          EMFILE, ENFILE  the error of pipe, passed on
 *          EAGAIN, ENOMEM  the error of fork, passed on
 *          ENOMEM          there is no memory for what the call itself needs, if it needs any
 *          A call that is interrupted (EINTR) is made again.
 * No file  A stage whose program cannot be executed ends with exit status 127; the other stages run all the same. "" is
 *          the path of no file, and a text file is not given to a shell (ENOEXEC): 127. So is a stage whose 0 or 1
 *          cannot be put in place (dup2 or fcntl fails in the child).
 * Streams  in_fd becomes 0 of the first stage, out_fd becomes 1 of the last one. They may be equal, may be 0, 1 or 2
 *          themselves, and may be close-on-exec. If in_fd is -1, 0 of the first stage is what the caller has as 0; if
 *          out_fd is -1, 1 of the last one is what the caller has as 1. Every stage has as 2 what the caller has as 2,
 *          also where in_fd or out_fd is 2 and the stage so has it twice. If the caller has such a 0, 1 or 2 closed or
 *          close-on-exec, the stage starts with that number closed. 1 of a stage and 0 of the next one are the two ends
 *          of a pipe, and nothing else holds them while the stages run: a stage reads end-of-file when the one before
 *          it has closed its 1 or has ended, and gets SIGPIPE for what it writes when the next one has closed its 0 or
 *          has ended.
 * Stage    It is a child of the caller, and a process of its own. It stays in the caller's process group. Its signal
 *          mask is empty and SIGPIPE has its default action, whatever they are in the caller. Beside 0, 1 and 2 it has
 *          no descriptor that the call has made and none of the caller's that is close-on-exec. Others of the caller,
 *          in_fd and out_fd too, it may have or not.
 * Child    A child never returns from pipeline_run, runs no atexit function of the caller and writes nothing that the
 *          caller had left in a stdio buffer. One that is killed before it becomes its program is a stage that a signal
 *          has ended.
 * Owns     Nothing is left behind, whether it returns 0 or -1: no child, no descriptor, no memory. in_fd and out_fd
 *          stay open, with the flags that they had, also on -1. Other children of the caller are not waited for.
 * Caller   Its descriptors 0, 1 and 2, its signal mask and what its signals do are what they were. If out_fd is a pipe,
 *          another process or thread has to read what comes out, as far as the pipe does not hold it.
 * MT       not: nothing else of the caller runs meanwhile that forks, or changes what a stage is to inherit. SIGCHLD
 *          must not be ignored in the caller (undefined).
 * Blocks   until all stages have ended. It waits asleep, and does not poll.
 */
int pipeline_run(char *const *const cmd[], size_t n, int in_fd, int out_fd, int status[]);

#endif
