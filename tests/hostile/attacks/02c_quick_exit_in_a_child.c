/* ATTACK 2: quick_exit in the test's process, from a thread of its own.
 * assignment: pipe_ring
 * gains: a pass of each test whose runner believes the exit status
 * expect: exit_in_test
 * max-score: 0
 * layers: built-in
 * off: naive
 */
#include "pipe_ring.h"

#include <pthread.h>
#include <stdlib.h>

static void *leave(void *unused)
{
	quick_exit(unused != NULL);
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	pthread_t thread;
	pthread_create(&thread, NULL, leave, NULL);
	pthread_join(thread, NULL);
	return -1;
}
