/* Mutant R13: a node that reads end-of-file falls back into the loop that forks.
 * loses: correctness
 * check: criterion
 * test: returns_in_the_caller_only
 * contract: node_never_returns
 */
#define _GNU_SOURCE 1 /* pipe2, sigtimedwait */
#include "pipe_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct ring {
	unsigned nodes, pipes, forked; /* asked for; made so far */
	pid_t *child;                  /* [nodes] */
	int (*pipe)[2];                /* [nodes + 1]; -1: not open here */
};

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Closes all but the read end of pipe `in` and the write end of pipe `out`. */
static void keep(struct ring *ring, unsigned in, unsigned out)
{
	for (unsigned i = 0; i < ring->pipes; i++) {
		if (i != in)
			close_end(&ring->pipe[i][0]);
		if (i != out)
			close_end(&ring->pipe[i][1]);
	}
}

static bool receive(int fd, uint64_t *token)
{
	char *next = (char *)token, *end = (char *)(token + 1);

	while (next < end) {
		ssize_t count = read(fd, next, (size_t)(end - next));
		if (count > 0) {
			next += count;
			continue;
		}
		if (count < 0 && errno == EINTR)
			continue;
		if (count == 0)
			errno = EPIPE;
		return false;
	}
	return true;
}

static bool pass_on(int fd, uint64_t token)
{
	const char *next = (const char *)&token, *end = (const char *)(&token + 1);

	while (next < end) {
		ssize_t count = write(fd, next, (size_t)(end - next));
		if (count < 0 && errno != EINTR)
			return false;
		if (count > 0)
			next += count;
	}
	return true;
}

static void be_node(struct ring *ring, unsigned id, ring_step step, void *ctx)
{
	uint64_t token;

	keep(ring, id, id + 1);
	while (receive(ring->pipe[id][0], &token) && pass_on(ring->pipe[id + 1][1], step(id, token, ctx)))
		;
	close_end(&ring->pipe[id + 1][1]);
}

static bool build(struct ring *ring, ring_step step, void *ctx)
{
	for (; ring->pipes <= ring->nodes; ring->pipes++)
		if (pipe2(ring->pipe[ring->pipes], O_CLOEXEC) != 0)
			return false;
	for (; ring->forked < ring->nodes; ring->forked++) {
		pid_t pid = fork();
		if (pid < 0)
			return false;
		if (pid == 0)
			be_node(ring, ring->forked, step, ctx);
		ring->child[ring->forked] = pid;
	}
	keep(ring, ring->nodes, 0);
	return true;
}

static void take_down(struct ring *ring)
{
	for (unsigned i = 0; i < ring->pipes; i++) {
		close_end(&ring->pipe[i][0]);
		close_end(&ring->pipe[i][1]);
	}
	while (ring->forked > 0) {
		if (waitpid(ring->child[ring->forked - 1], NULL, 0) < 0 && errno == EINTR)
			continue;
		ring->forked--;
	}
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	if (nodes == 0 || laps == 0 || token == NULL || step == NULL) {
		errno = EINVAL;
		return -1;
	}
	struct ring ring = {
	    .nodes = nodes,
	    .child = calloc(nodes, sizeof *ring.child),
	    .pipe = calloc(nodes + 1ul, sizeof *ring.pipe),
	};
	if (ring.child == NULL || ring.pipe == NULL) {
		free(ring.child);
		free(ring.pipe);
		errno = ENOMEM;
		return -1;
	}
	sigset_t sigpipe, before, pending;
	sigemptyset(&sigpipe);
	sigaddset(&sigpipe, SIGPIPE);
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, &sigpipe, &before);

	uint64_t travelling = *token;
	bool ok = build(&ring, step, ctx);
	for (unsigned lap = 0; ok && lap < laps; lap++)
		ok = pass_on(ring.pipe[0][1], travelling) && receive(ring.pipe[nodes][0], &travelling);
	int error = errno;
	if (ok)
		*token = travelling;
	take_down(&ring);

	if (!sigismember(&pending, SIGPIPE)) /* one that was pending before the call is the caller's */
		sigtimedwait(&sigpipe, NULL, &(struct timespec){0});
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(ring.child);
	free(ring.pipe);
	errno = error;
	return ok ? 0 : -1;
}
