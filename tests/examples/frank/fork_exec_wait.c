/* fork_exec_wait.c - your solution. The contract is in include/fork_exec_wait.h, the handout in README.md.
 *
 *     caller --fork--> child --exec--> program
 *        ^                                |
 *        +------------- wait -------------+
 *
 * Given: the check of the arguments. Yours: everything that says TODO.
 */
#define _GNU_SOURCE 1 /* for what Linux has beyond POSIX */
#include "fork_exec_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* A function that is not called yet; this keeps the compiler silent about it. Take it away when you call it. */
#define GIVEN __attribute__((unused)) static

/* What the child does, from its first instruction until it is the program, or until it has told why it is not. */
GIVEN void __attribute__((noreturn)) child(char *const argv[], const struct proc_opts *opts)
{
	/* TODO: signals, descriptors 0 to 2, working directory, program. How does the caller learn what failed? */
	(void)argv;
	(void)opts;
	_exit(127);
}

int proc_run(char *const argv[], const struct proc_opts *opts, struct proc_result *result)
{
	if (!argv || !argv[0] || !opts || !result) {
		errno = EINVAL;
		return -1;
	}
	/* TODO: make a child, learn whether it has become the program, wait for its end. */
	errno = ENOSYS;
	return -1;
}
