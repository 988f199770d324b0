/* ATTACK 66: failed assertions whose text is HTML, Markdown and the end of a CDATA section.
 * assignment: pipe_ring
 * gains: a script that runs in the teacher's browser
 * expect: fail:token_returns_after_one_lap
 * max-score: 0
 * layers: report
 * off: report html <script>alert(66)
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
	    "</td></tr></table><script>alert(66)</script><img src=x onerror=alert(66)>]]></failure><testcase name='x'/>"
	    "\n# [click](javascript:alert(66)) ![x](http://example.org/x.png) | a | b |\n```\n' onload='alert(66)",
	    "pipe_ring.c", 1, "ring_run");
	return -1;
}
