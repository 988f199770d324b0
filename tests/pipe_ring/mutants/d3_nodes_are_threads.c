/* Mutant D3: the nodes are threads of the caller.
 * loses: design
 * check: criterion
 * test: each_node_is_one_process
 * contract: own_process
 */
#define _GNU_SOURCE 1
#include "pipe_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct node {
	unsigned id;
	int in, out;
	ring_step step;
	void *ctx;
	pthread_t thread;
};

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

static void *node(void *argument)
{
	struct node *node = argument;
	uint64_t token;

	while (read_full(node->in, &token, sizeof token) == 0) {
		token = node->step(node->id, token, node->ctx);
		if (write_full(node->out, &token, sizeof token) != 0)
			break;
	}
	close(node->in);
	close(node->out);
	return NULL;
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	if (nodes == 0 || laps == 0 || !token || !step) {
		errno = EINVAL;
		return -1;
	}
	struct node *ring = calloc(nodes, sizeof *ring);
	int fds[2], error = 0;
	unsigned started = 0;

	if (!ring || pipe2(fds, O_CLOEXEC) != 0) {
		free(ring);
		return -1;
	}
	int head = fds[1], tail = fds[0];
	uint64_t traveller = *token;
	while (started < nodes && error == 0) {
		if (pipe2(fds, O_CLOEXEC) != 0) {
			error = errno;
			break;
		}
		ring[started] = (struct node){.id = started, .in = tail, .out = fds[1], .step = step, .ctx = ctx};
		error = pthread_create(&ring[started].thread, NULL, node, &ring[started]);
		if (error != 0) {
			close(fds[0]);
			close(fds[1]);
			break;
		}
		tail = fds[0];
		started++;
	}
	for (unsigned lap = 0; error == 0 && lap < laps; lap++)
		if (write_full(head, &traveller, sizeof traveller) != 0 || read_full(tail, &traveller, sizeof traveller) != 0)
			error = errno;
	close(head);
	for (unsigned i = 0; i < started; i++)
		pthread_join(ring[i].thread, NULL);
	close(tail);
	free(ring);
	if (error == 0) {
		*token = traveller;
		return 0;
	}
	errno = error;
	return -1;
}
