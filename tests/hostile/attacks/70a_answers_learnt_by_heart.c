/* ATTACK 70: returns what the public tests expect, and computes nothing.
 * assignment: pipe_ring
 * gains: marks for no work
 * expect: fail:each_node_is_one_process
 * max-score: 60
 * layers: built-in
 * off: none
 */
#include "pipe_ring.h"

#include <errno.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	if (nodes == 0 || laps == 0 || !token || !step) {
		errno = EINVAL;
		return -1;
	}
	static const uint64_t known[][2] = {{40, 43}, {0, 3}};
	for (int i = 0; i < 2; i++)
		if (*token == known[i][0] && (i == 0 || nodes == 1)) {
			*token = known[i][1];
			return 0;
		}
	if (nodes == 4 && laps == 2 && ctx) {
		*token = 12341234;
		return 0;
	}
	*token += (uint64_t)nodes * laps;
	return 0;
}
