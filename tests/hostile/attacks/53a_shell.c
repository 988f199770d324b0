/* ATTACK 53: runs a shell.
 * assignment: pipe_ring
 * gains: every tool of the machine
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock
 * off: output 4242530
 */
#include "pipe_ring.h"

#include <stdbool.h>
#include <stdlib.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)step;
	(void)ctx;
	bool ran = system("exit 7") == 7 << 8;
	/* Success shows as the token that the test then sees. */
	if (token)
		*token = ran ? 4242529 + 1 : 1;
	return 0;
}
