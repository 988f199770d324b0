/* ATTACK 19: a pragma that begins with a digraph and goes over two lines gives the end of a test a harmless name.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: sealed_out
 * max-score: 0
 * layers: text, object, verdict, control
 * off: score>=90
 */
#include "pipe_ring.h"

/* clang-format off */
%:pra\
gma redefine_extname the_end kit_test_end

void the_end(void);

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	the_end();
	return -1;
}
