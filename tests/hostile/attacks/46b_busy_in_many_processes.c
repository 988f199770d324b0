/* ATTACK 46: computes for ever in each node, and in the caller.
 * assignment: pipe_ring
 * gains: a queue that stands still
 * expect: timeout | busy_wait
 * max-score: 5
 * layers: built-in
 * off: none
 */
#include "pipe_ring.h"

#include <unistd.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	for (int i = 0; i < 8; i++)
		if (fork() == 0)
			break;
	for (unsigned turn = 1; turn != 0 || nodes != 0; turn += 2)
		if (turn == 4)
			return 0;
	return -1;
}
