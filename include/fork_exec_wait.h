/* fork_exec_wait.h - run a program in a process of its own, wait for it, and say how it ended
 *
 *     caller --fork--> child --exec--> program
 *        ^                                |
 *        +------------- wait -------------+
 */
#ifndef FORK_EXEC_WAIT_H
#define FORK_EXEC_WAIT_H

#include <stdbool.h>

/* What the program finds. `in_fd`, `out_fd` and `err_fd` are descriptors of the caller, which become 0, 1 and 2 of the
 * program. They may be equal, may be 0, 1 and 2 themselves, in any order, and may be close-on-exec. -1: the program has
 * what the caller has under that number, and nothing if that is closed or close-on-exec. */
struct proc_opts {
	int in_fd, out_fd, err_fd;
	const char *cwd;   /* its working directory; NULL: that of the caller */
	char *const *envp; /* its environment; NULL: that of the caller */
};

/* How the program ended: `exited` and then `code`, 0 to 255, is its status; or `signaled` and then `sig` is the signal
 * that ended it. What does not apply is false or 0. */
struct proc_result {
	bool exited, signaled;
	int code, sig;
};

/* Runs the program argv[0] with the arguments argv, and waits until it has ended.
 *
 * argv[0] is the path of a file: PATH is not searched. A relative path begins at the program's working directory.
 *
 * Returns  0, and *result says how the program ended, whatever its status is; or -1, and there was no program and
 *          *result is unchanged
 * errno    EINVAL               argv, argv[0], opts or result is NULL; nothing was started
 *          EBADF                in_fd, out_fd or err_fd is neither -1 nor open in the caller
 *          ENOENT, EACCES, ...  the program cannot be executed: the error of execve, passed on
 *          ENOENT, ENOTDIR, ... cwd is no directory to go to: the error of chdir, passed on
 *          EAGAIN, ENOMEM       there can be no child: the error of fork, passed on
 *          EMFILE, ENFILE       the error of pipe, if the call makes one, passed on
 *          ENOMEM               no memory, if the call needs any
 *          A call that is interrupted (EINTR) is made again, and what it has to tell is not lost.
 *          A child that dies before it becomes the program counts as a program that a signal has ended.
 * Program  It is a child of the caller, and a new process for each run. Its signal mask is empty and SIGPIPE has its
 *          default action, whatever they are in the caller. Beside 0, 1 and 2 it has no descriptor that the call has
 *          made and none of the caller's that is close-on-exec.
 * Child    The child never returns from proc_run, runs no atexit function of the caller and writes nothing that the
 *          caller had left in a stdio buffer.
 * Owns     Nothing is left behind, whether it returns 0 or -1: the child has ended and is waited for, all descriptors
 *          that the call has made are closed, all memory is free. in_fd, out_fd and err_fd stay open, with the flags
 *          that they had. Other children of the caller are not waited for.
 * Caller   Its working directory, its descriptors 0, 1 and 2, its signal mask and what its signals do are what they
 *          were.
 * MT       not: nothing else of the caller runs meanwhile that forks, or changes what the program is to inherit.
 *          SIGCHLD must not be ignored in the caller (undefined).
 * Blocks   until the program has ended. It waits asleep, and does not poll.
 */
int proc_run(char *const argv[], const struct proc_opts *opts, struct proc_result *result);

#endif
