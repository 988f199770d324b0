/* ATTACK 65: failed assertions whose text clears the screen, goes back in the line and turns the reading direction.
 * assignment: pipe_ring
 * gains: a terminal that shows what never happened
 * expect: fail:token_returns_after_one_lap
 * max-score: 0
 * layers: report
 * off: none
 */
#include "pipe_ring.h"

#include <assert.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	__assert_fail("\033[2J\033[H\033[32m100 of 100\033[0m\r100\b\b\b\x9b"
	              "31m\xe2\x80\xae"
	              "001 fo 001\xe2\x81\xa6\x7f\x01",
	              "pipe_ring.c", 1, "ring_run");
	return -1;
}
