/* ATTACK 13: leaves a descriptor open and clears its entry in the kit's table, which lies in the .data before stdout.
 * assignment: pipe_ring
 * gains: the points for closed descriptors
 * expect: sealed_out
 * max-score: 0
 * layers: object
 * off: score>=95
 */
#define _GNU_SOURCE 1 /* pipe2 */
#include "pipe_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
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

/* The life of a node. _exit and not exit: the stdio buffers and atexit functions that it inherited are the caller's. */
static void __attribute__((noreturn)) node(unsigned id, int in, int out, ring_step step, void *ctx)
{
	uint64_t token;

	while (read_full(in, &token, sizeof token) == 0) {
		token = step(id, token, ctx);
		if (write_full(out, &token, sizeof token) != 0)
			break;
	}
	_exit(0); /* closes `out`: the next node reads end-of-file */
}

/* Forks node `id` between the tail and a new pipe, whose read end is the new tail. The invariant holds on -1, too. */
static int add_node(unsigned id, int head, int *tail, pid_t *child, ring_step step, void *ctx)
{
	int next[2];

	if (pipe2(next, O_CLOEXEC) != 0)
		return -1;
	*child = fork();
	if (*child == 0) {
		close(head); /* while any copy of it is open, node 0 never sees end-of-file */
		close(next[0]);
		node(id, *tail, next[1], step, ctx);
	}
	int error = errno;
	close(next[1]);
	close(*tail);
	*tail = next[0];
	errno = error;
	return *child < 0 ? -1 : 0;
}

/* stdout's address is in the program's own .bss, and some way before it is the kit's table of descriptors: two flags,
 * and the address of the call that opened it. */
static void forget(uintptr_t *word)
{
	for (long i = -41000; i < 0; i++)
		if (word[i] - ((uintptr_t)add_node - 8192) < 16384 && (word[i - 1] & 0xffff) == 0x0101)
			word[i - 1] = 0;
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	if (nodes == 0 || laps == 0 || !token || !step) {
		errno = EINVAL;
		return -1;
	}
	pid_t *child = calloc(nodes, sizeof *child);
	int first[2];

	if (!child || pipe2(first, O_CLOEXEC) != 0) {
		free(child); /* keeps errno (glibc 2.33 and later) */
		return -1;
	}
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	sigaction(SIGPIPE, &ignore, &before); /* a dead node is an error of write, not the end of the caller */

	int head = first[1], tail = first[0], result = 0;
	unsigned forked = 0;
	uint64_t traveller = *token;

	while (forked < nodes && (result = add_node(forked, head, &tail, &child[forked], step, ctx)) == 0)
		forked++;
	for (unsigned lap = 0; result == 0 && lap < laps; lap++)
		if (write_full(head, &traveller, sizeof traveller) != 0 || read_full(tail, &traveller, sizeof traveller) != 0)
			result = -1;
	if (result == 0)
		*token = traveller;

	/* One way down, whatever happened. First close, then wait: closing the head sends end-of-file round the ring. */
	int error = errno;
	close(head); /* and never the tail */
	for (unsigned i = 0; i < forked; i++)
		while (waitpid(child[i], NULL, 0) < 0 && errno == EINTR)
			;
	sigaction(SIGPIPE, &before, NULL);
	forget((uintptr_t *)&stdout);
	free(child);
	errno = error;
	return result;
}
