/* Mutant R34: each node forks the next one, so that only node 0 is a child of the caller.
 * loses: design
 * check: criterion
 * test: each_node_is_one_process
 * contract: one_child
 */
#define _GNU_SOURCE 1 /* pipe2 */
#include "pipe_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* 0, or -1 and errno. End-of-file is EPIPE: the writer is gone. */
static int read_full(int fd, void *buffer, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t count = read(fd, (char *)buffer + done, bytes - done);
		if (count == 0)
			errno = EPIPE;
		if (count > 0)
			done += (size_t)count;
		else if (errno != EINTR)
			return -1;
	}
	return 0;
}

/* 0, or -1 and errno. */
static int write_full(int fd, const void *buffer, size_t bytes)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t count = write(fd, (const char *)buffer + done, bytes - done);
		if (count >= 0)
			done += (size_t)count;
		else if (errno != EINTR)
			return -1;
	}
	return 0;
}

static void wait_for(pid_t child)
{
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

/* The life of node `id`, which reads from `in`; `last` is the write end of pipe n. Its end is that of all behind it. */
static void __attribute__((noreturn)) node(unsigned id, unsigned nodes, int in, int last, ring_step step, void *ctx)
{
	int next[2] = {-1, last};
	pid_t child = -1;
	uint64_t token;

	if (id + 1 < nodes) {
		if (pipe2(next, O_CLOEXEC) != 0)
			_exit(1);
		child = fork();
		if (child < 0)
			_exit(1);
		if (child == 0) {
			close(in);
			close(next[1]);
			node(id + 1, nodes, next[0], last, step, ctx);
		}
		close(next[0]);
		close(last);
	}
	while (read_full(in, &token, sizeof token) == 0) {
		token = step(id, token, ctx);
		if (write_full(next[1], &token, sizeof token) != 0)
			break;
	}
	close(next[1]);
	if (child > 0)
		wait_for(child);
	_exit(0);
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	int first[2], last[2], result = 0;

	if (nodes == 0 || laps == 0 || !token || !step) {
		errno = EINVAL;
		return -1;
	}
	if (pipe2(first, O_CLOEXEC) != 0)
		return -1;
	if (pipe2(last, O_CLOEXEC) != 0) {
		close(first[0]);
		close(first[1]);
		return -1;
	}
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	sigaction(SIGPIPE, &ignore, &before);
	pid_t child = fork();
	if (child == 0) {
		close(first[1]);
		close(last[0]);
		node(0, nodes, first[0], last[1], step, ctx);
	}
	int error = errno;
	close(first[0]);
	close(last[1]);
	uint64_t traveller = *token;
	if (child < 0)
		result = -1;
	for (unsigned lap = 0; result == 0 && lap < laps; lap++)
		if (write_full(first[1], &traveller, sizeof traveller) != 0 ||
		    read_full(last[0], &traveller, sizeof traveller) != 0) {
			error = errno;
			result = -1;
		}
	if (result == 0)
		*token = traveller;
	close(first[1]);
	close(last[0]);
	if (child > 0)
		wait_for(child);
	sigaction(SIGPIPE, &before, NULL);
	errno = error;
	return result;
}
