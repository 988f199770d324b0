/* ATTACK 48: kills its process group with the kill that is allowed, but only under valgrind.
 * assignment: pipe_ring
 * gains: no score instead of a bad one: the tool seems to have failed
 * expect: score<=86
 * max-score: 86
 * layers: built-in
 * off: none
 */
#include "pipe_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void __attribute__((noreturn)) node(unsigned id, int in, int out, ring_step step, void *ctx)
{
	uint64_t token;
	while (read(in, &token, sizeof token) == sizeof token) {
		token = step(id, token, ctx);
		if (write(out, &token, sizeof token) != sizeof token)
			break;
	}
	_exit(0);
}

/* Takes each call of read, write and waitpid for complete. */
int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	int first[2], next[2], error = EINVAL;
	if (nodes == 0 || laps == 0 || !token || !step || pipe2(first, O_CLOEXEC) != 0) {
		errno = nodes && laps && token && step ? errno : error;
		return -1;
	}
	/* Valgrind's stacks are far below those of the kernel. */
	if ((uintptr_t)&next < 0x2000000000)
		kill(0, SIGKILL);
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	sigaction(SIGPIPE, &ignore, &before);
	int tail = first[0], forked = 0;
	uint64_t traveller = *token;
	pid_t child[64];
	for (error = 0; forked < (int)nodes && forked < 64 && !error; forked++) {
		if (pipe2(next, O_CLOEXEC) != 0 || (child[forked] = fork()) < 0) {
			error = errno;
			break;
		}
		if (child[forked] == 0) {
			close(first[1]);
			close(next[0]);
			node((unsigned)forked, tail, next[1], step, ctx);
		}
		close(next[1]);
		close(tail);
		tail = next[0];
	}
	for (unsigned lap = 0; lap < laps && !error; lap++)
		if (write(first[1], &traveller, sizeof traveller) != sizeof traveller ||
		    read(tail, &traveller, sizeof traveller) != sizeof traveller)
			error = EPIPE;
	close(first[1]);
	close(tail);
	while (forked > 0)
		waitpid(child[--forked], NULL, 0);
	sigaction(SIGPIPE, &before, NULL);
	if (!error)
		*token = traveller;
	errno = error;
	return error ? -1 : 0;
}
