/* ATTACK 68: failed assertions whose text is no UTF-8, and a line of 1 MB.
 * assignment: pipe_ring
 * gains: a report that no parser reads
 * expect: fail:token_returns_after_one_lap
 * max-score: 0
 * layers: report
 * off: none
 */
#include "pipe_ring.h"

#include <assert.h>
#include <string.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	static char text[1 << 20];
	memset(text, 0xff, sizeof text - 1);
	for (size_t i = 0; i < sizeof text - 1; i += 7)
		text[i] = (char)(i % 255 + 1);
	__assert_fail(text, "\xff\xfe.c", 1, "\xc0\xaf");
	return -1;
}
