/* crash_supervisor.h - runs workers as processes, and starts one again when it has crashed or hangs
 *
 *     caller --fork--> worker 0, attempt 0 --crash--> attempt 1 --> ok
 *       |  ----fork--> worker 1, attempt 0 --> ok
 *       +---SIGCHLD, or the time of the next deadline
 */
#ifndef CRASH_SUPERVISOR_H
#define CRASH_SUPERVISOR_H

struct sup_opts {
	unsigned workers;      /* how many there are; with 0 there is nothing to do, and that is a success */
	unsigned max_restarts; /* how many restarts there may be, of all workers together; any number */
	unsigned deadline_ms;  /* what an attempt may take, in milliseconds, from its own start; 0: as long as it likes */
};

/* How the attempts have ended. Each attempt counts once, so ok + failed + crashed + killed = workers + restarts. */
struct sup_report {
	unsigned ok;       /* by exit status 0 */
	unsigned failed;   /* by another exit status */
	unsigned crashed;  /* by a signal that was not that of its deadline */
	unsigned killed;   /* at its deadline, by sup_run */
	unsigned restarts; /* attempts after the first one of a worker */
	int last_sig; /* the signal that ended the last attempt that crashed, 0 if there is none; of attempts that crash
	               * at the same time, that of any */
};

/* What a worker does: one call is one attempt. `id` is the number of the worker, 0 to workers - 1; `attempt` is 0, and
 * one more with each restart of this worker. The low 8 bits of what it returns are the exit status of the attempt. It
 * may also end the process by itself, make processes, or execute another program. */
typedef int (*sup_job)(unsigned id, unsigned attempt, void *ctx);

/* Runs opts->workers workers at the same time, and returns when the last attempt of each has ended.
 *
 * Attempt  Each is a process of its own, and the leader of a process group of its own from before the job begins. It
 *          begins with the signal mask and the actions of signals that the caller had, and with no descriptor that the
 *          call has made. It never returns from the call, runs no atexit function of the caller and writes nothing that
 *          the caller had left in a stdio buffer.
 * Restart  An attempt that has crashed or was killed is followed by another one of the same worker as long as there
 *          have been fewer than max_restarts restarts; at once, whatever the others do. One that was ok or has failed
 *          is the last of its worker.
 * Deadline An attempt that has not ended after deadline_ms is killed by SIGKILL, not earlier, and without waiting for
 *          anything else. If it ends by itself at about that time, it counts as one or as the other.
 * Group    When an attempt has ended, in whatever way, all that is left in its process group is killed by SIGKILL
 *          before the attempt itself is reaped: until then its number cannot be that of another group. A process that
 *          the job has made, and that has gone to another group, is left alone; the attempt itself stays in its own.
 *
 * Returns  0, and *report says how the attempts have ended; or -1, and *report is unchanged
 * errno    EINVAL           opts, job or report is NULL; nothing was started
 *          ENOMEM           no memory, if the call needs any; nothing is left running
 *          EAGAIN, ENOMEM   fork has failed, passed on. If it was for the first attempt of a worker, all attempts are
 *                           killed, with their groups. If it was for a restart, that worker is given up, and the others
 *                           go on to their ends, restarted as before, until the call fails.
 *          the error of another call that the implementation makes (pipe, mmap, ...), passed on; nothing is left
 *          running
 * Owns     Nothing is left behind, whether it returns 0 or -1: all attempts have ended and are reaped, all descriptors
 *          that the call has made are closed, all memory is free. Other children of the caller are neither waited for
 *          nor sent a signal.
 * Signals  The mask and the actions of signals of the caller are as before when it returns. A signal that the caller
 *          handles may come meanwhile, and changes nothing. SIGCHLD has its default action in the caller, or the
 *          behaviour is undefined; the call may take the SIGCHLD of a child of the caller's own.
 * MT       not thread-safe: the caller has one thread, and no other call of sup_run is in progress.
 * Blocks   until all attempts have ended. It waits asleep, and does not poll.
 */
int sup_run(const struct sup_opts *opts, sup_job job, void *ctx, struct sup_report *report);

#endif
