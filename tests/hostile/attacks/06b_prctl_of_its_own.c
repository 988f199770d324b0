/* ATTACK 6: defines prctl, which the test host calls before its first test, and writes the results that are asked for there.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: score<=5
 * max-score: 5
 * layers: object, local, control
 * off: score>=95
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

/* The arguments lie before the environment: the list of all tests that are to run follows its option. */
static const char *list_of_tests(void)
{
	const char *word = environ[0];
	while (strcmp(word, "--tests") != 0)
		word--;
	return word + sizeof "--tests";
}

/* The report is descriptor 3. */
int prctl(int option, ...)
{
	char line[256];
	(void)option;
	if (write(3, "begun\n", 6) < 0)
		_exit(1);
	const char *list = list_of_tests();
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
