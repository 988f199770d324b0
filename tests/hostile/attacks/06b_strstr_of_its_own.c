/* ATTACK 6: defines strstr, with which the test host reads its options, and writes the results from there.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: score<=5
 * max-score: 5
 * layers: local, control
 * off: score>=95
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The first call has the list of all tests that are to run. */
char *strstr(const char *list, const char *name)
{
	char line[256];
	(void)name;
	for (size_t length; (length = strcspn(list, ",")) > 0; list += length + (list[length] == ',')) {
		int bytes = snprintf(line, sizeof line,
		                     "{\"test\":\"%.*s\",\"status\":\"pass\",\"schedule\":0,\"signal\":0,\"exit\":173,\"ms\":1,"
		                     "\"pid\":1,\"pids\":[1],\"evidence\":[]}\n",
		                     (int)length, list);
		if (write(3, line, (size_t)bytes) < 0)
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
