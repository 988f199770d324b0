/* ATTACK 64: failed assertions whose text is a command for a workflow runner, also where a report breaks its lines.
 * assignment: pipe_ring
 * gains: annotations in the teacher's run, hidden text
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
	__assert_fail(
	    "false\n::error title=100 of 100::forged\r\n##[error]forged\n ::add-mask::the ::set-output name=score::100 "
	    "::stop-commands::x ::error::y ::warning::z ::error::y ::warning::z ::error::y ::warning::z",
	    "::error::pipe_ring.c", 1, "::warning::ring_run");
	return -1;
}
