/* Mutant D1: the token lies in memory that the processes share; semaphores pass the turn round.
 * loses: design
 * check: criterion
 * test: token_travels_by_read_and_write
 * contract: path, by_read_and_write
 */
#define _GNU_SOURCE 1
#include "pipe_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

struct slot {
	sem_t turn;
	bool end;
	uint64_t token;
};

static void wait_for(sem_t *turn)
{
	while (sem_wait(turn) != 0 && errno == EINTR)
		;
}

static void pass(struct slot *slot, uint64_t token, bool end)
{
	slot->token = token;
	slot->end = end;
	sem_post(&slot->turn);
}

static void __attribute__((noreturn)) node(unsigned id, struct slot *in, struct slot *out, ring_step step, void *ctx)
{
	for (;;) {
		wait_for(&in->turn);
		if (in->end) {
			pass(out, 0, true);
			_exit(0);
		}
		pass(out, step(id, in->token, ctx), false);
	}
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	if (nodes == 0 || laps == 0 || !token || !step) {
		errno = EINVAL;
		return -1;
	}
	int result = 0, fds[2];
	unsigned forked = 0;
	size_t bytes = (nodes + 1ul) * sizeof(struct slot);
	pid_t *child = calloc(nodes, sizeof *child);
	int(*ring)[2] = calloc(nodes + 1ul, sizeof *ring); /* each node is given its two pipes, which carry nothing */
	struct slot *slot = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!child || !ring || slot == MAP_FAILED) {
		free(child);
		free(ring);
		if (slot != MAP_FAILED)
			munmap(slot, bytes);
		errno = ENOMEM;
		return -1;
	}
	unsigned pipes = 0;
	for (; pipes <= nodes && result == 0; pipes += result == 0) {
		sem_init(&slot[pipes].turn, 1, 0);
		result = pipe2(fds, O_CLOEXEC);
		if (result == 0) {
			ring[pipes][0] = fds[0];
			ring[pipes][1] = fds[1];
		}
	}
	while (result == 0 && forked < nodes) {
		child[forked] = fork();
		if (child[forked] == 0) {
			for (unsigned i = 0; i < pipes; i++) {
				if (i != forked)
					close(ring[i][0]);
				if (i != forked + 1)
					close(ring[i][1]);
			}
			node(forked, &slot[forked], &slot[forked + 1], step, ctx);
		}
		result = child[forked] < 0 ? -1 : 0;
		if (result == 0)
			forked++;
	}
	int error = errno;
	uint64_t traveller = *token;
	for (unsigned lap = 0; result == 0 && lap < laps; lap++) {
		pass(&slot[0], traveller, false);
		wait_for(&slot[nodes].turn);
		traveller = slot[nodes].token;
	}
	if (result == 0)
		*token = traveller;
	pass(&slot[0], 0, true);
	for (unsigned i = 0; i < pipes; i++) {
		close(ring[i][0]);
		close(ring[i][1]);
	}
	for (unsigned i = 0; i < forked; i++)
		while (waitpid(child[i], NULL, 0) < 0 && errno == EINTR)
			;
	for (unsigned i = 0; i <= nodes; i++)
		sem_destroy(&slot[i].turn);
	munmap(slot, bytes);
	free(child);
	free(ring);
	errno = error;
	return result;
}
