/* ATTACK 80: no ring: one process calls step for all nodes.
 * assignment: pipe_ring
 * gains: the points of tests that look only at what comes out
 * expect: essence
 * max-score: 10
 * layers: built-in
 * off: none
 */
#include "pipe_ring.h"

#include <errno.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	if (!nodes || !laps || !token || !step) {
		errno = EINVAL;
		return -1;
	}
	uint64_t t = *token;
	for (unsigned l = 0; l < laps; l++)
		for (unsigned i = 0; i < nodes; i++)
			t = step(i, t, ctx);
	*token = t;
	return 0;
}
