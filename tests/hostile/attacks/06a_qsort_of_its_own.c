/* ATTACK 6: defines qsort, which the test host calls with all its tests in hand.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: score<=5
 * max-score: 5
 * layers: local, control, verdict
 * off: score>=95
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The host sorts its tests with qsort before it runs them: this one sorts nothing and writes their results. The report
 * is descriptor 3, and a test's first member but one is its name. */
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	(void)size, (void)compare;
	for (size_t i = 0; i < count; i++) {
		char line[256];
		int length = snprintf(line, sizeof line,
		                      "{\"test\":\"%s\",\"status\":\"pass\",\"schedule\":0,\"signal\":0,\"exit\":173,\"ms\":1,"
		                      "\"pid\":1,\"pids\":[1],\"evidence\":[]}\n",
		                      *(*(const char ***)((char *)base + i * size)));
		if (write(3, line, (size_t)length) < 0)
			break;
	}
	_exit(0);
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;

	return -1;
}
