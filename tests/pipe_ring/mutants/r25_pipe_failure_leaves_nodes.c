/* Mutant R25: when a pipe cannot be made the call returns at once and leaves the nodes made so far.
 * loses: hygiene
 * check: audit
 * test: reports_failure_of_pipe
 * contract: nothing_left
 */
#define _GNU_SOURCE 1 /* pipe2 */
#include "pipe_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct ring {
	unsigned laps;
	uint64_t token;
	ring_step step;
	void *ctx;
	int tail; /* read end of the last pipe */
};

typedef ssize_t (*move)(int fd, void *bytes, size_t count);

static ssize_t move_out(int fd, void *bytes, size_t count)
{
	return write(fd, bytes, count);
}

/* Moves a whole token with read or write. Returns 0, or an error number; EPIPE at end-of-file. */
static int whole(move move, int fd, uint64_t *token)
{
	size_t left = sizeof *token;

	do {
		ssize_t moved = move(fd, (char *)token + (sizeof *token - left), left);
		if (moved < 0 && errno != EINTR)
			return errno;
		if (moved == 0)
			return EPIPE;
		left -= moved > 0 ? (size_t)moved : 0;
	} while (left > 0);
	return 0;
}

static void work(const struct ring *ring, unsigned id, int in, int out)
{
	uint64_t token;

	for (;;) {
		if (whole(read, in, &token) != 0)
			_exit(0);
		token = ring->step(id, token, ring->ctx);
		if (whole(move_out, out, &token) != 0)
			_exit(1);
	}
}

/* The nodes from `nodes` on exist and `out` is the write end of the pipe that the first of them reads. Adds the nodes
 * before it, sends the token round, waits for the nodes that it added, closes `out`. Returns 0 or an error number. */
static int complete(struct ring *ring, unsigned nodes, int out)
{
	int error = 0;

	if (nodes == 0) {
		for (unsigned lap = 0; lap < ring->laps && error == 0; lap++) {
			error = whole(move_out, out, &ring->token);
			if (error == 0)
				error = whole(read, ring->tail, &ring->token);
		}
		close(out);
		return error;
	}
	int before[2];
	if (pipe2(before, O_CLOEXEC) != 0) {
		error = errno;
		close(out);
		return error;
	}
	pid_t pid = fork();
	if (pid == 0) {
		close(before[1]);
		close(ring->tail);
		work(ring, nodes - 1, before[0], out);
	}
	if (pid < 0)
		error = errno;
	close(before[0]);
	close(out);
	if (pid < 0) {
		close(before[1]);
		return error;
	}
	error = complete(ring, nodes - 1, before[1]);
	if (error == EMFILE || error == ENFILE)
		return error;
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		;
	return error;
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	struct sigaction before, ignored = {.sa_handler = SIG_IGN};
	int error = EINVAL, last[2];

	if (nodes > 0 && laps > 0 && token && step) {
		struct ring ring = {.laps = laps, .token = *token, .step = step, .ctx = ctx};

		error = pipe2(last, O_CLOEXEC) == 0 ? 0 : errno;
		if (error == 0) {
			ring.tail = last[0];
			sigaction(SIGPIPE, &ignored, &before);
			error = complete(&ring, nodes, last[1]);
			sigaction(SIGPIPE, &before, NULL);
			close(ring.tail);
		}
		if (error == 0)
			*token = ring.token;
	}
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}
