/* ATTACK 49: closes all descriptors before main, by a constructor.
 * assignment: pipe_ring
 * gains: no result, which is no bad result
 * expect: sealed_out
 * max-score: 0
 * layers: text, object, built-in
 * off: none
 */
#include "pipe_ring.h"

#include <unistd.h>

__attribute__((constructor)) static void early(void)
{
	close_range(0, ~0u, 0);
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;

	return -1;
}
