/* ATTACK 6: defines mallopt, which the test host calls before its first test, and writes the results of all tests there.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: score<=5
 * max-score: 5
 * layers: text, object, local, control, verdict
 * off: score>=95
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <unistd.h>

/* Where the linker puts the tests; the first member of each is its name. */
extern const char *const *const __start_cr_tst[], *const *const __stop_cr_tst[];

/* The report is descriptor 3. */
int mallopt(int option, int value)
{
	(void)option, (void)value;
	if (write(3, "begun\n", 6) < 0)
		_exit(1);
	for (const char *const *const *test = __start_cr_tst; test < __stop_cr_tst; test++) {
		char line[256];
		int length = snprintf(line, sizeof line,
		                      "{\"test\":\"%s\",\"status\":\"pass\",\"schedule\":0,\"signal\":0,\"exit\":173,\"ms\":1,"
		                      "\"pid\":1,\"pids\":[1],\"evidence\":[]}\n",
		                      **test);
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
