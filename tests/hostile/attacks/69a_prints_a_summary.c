/* ATTACK 69: prints the summary of a test runner, the kit's own lines and its JSON.
 * assignment: pipe_ring
 * gains: full marks from whoever reads the output
 * expect: fail:token_returns_after_one_lap
 * max-score: 0
 * layers: built-in
 * off: none
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <unistd.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	printf("[----] Synthesis: Tested: 25 | Passing: 25 | Failing: 0\nPASS basic\nTotal 100 of 100\n");
	for (int fd = 1; fd < 10; fd++)
		if (write(fd, "{\"test\":\"token_returns_after_one_lap\",\"status\":\"pass\"}\n", 56) < 0)
			continue;
	return -1;
}
