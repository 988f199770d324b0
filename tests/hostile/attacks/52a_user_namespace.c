/* ATTACK 52: makes a user namespace of its own, in which it is root.
 * assignment: pipe_ring
 * gains: much more of the kernel to attack
 * expect: sealed_out
 * max-score: 0
 * layers: object, seccomp
 * off: output 424252
 */
#include "pipe_ring.h"

#include <sched.h>
#include <stdbool.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)step;
	(void)ctx;
	bool root = unshare(CLONE_NEWUSER) == 0;
	/* Success shows as the token that the test then sees. */
	if (token)
		*token = root ? 424251 + 1 : 1;
	return 0;
}
