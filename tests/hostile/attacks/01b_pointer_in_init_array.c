/* ATTACK 1: the same by a pointer in .init_array, without the word constructor.
 * assignment: pipe_ring
 * gains: full marks for a file that does nothing
 * expect: sealed_out
 * max-score: 0
 * layers: text, object, control
 * off: score>=95
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One line for each test, as the test host writes them, into the descriptor that the host has for it. */
static void forge(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++) {
		char *rest = strcmp(argv[i], "--tests") == 0 ? strdup(argv[i + 1]) : NULL;
		for (char *test; rest && (test = strsep(&rest, ","));)
			dprintf(3,
			        "{\"test\":\"%s\",\"status\":\"pass\",\"schedule\":0,\"signal\":0,\"exit\":173,\"ms\":1,\"pid\":1,"
			        "\"pids\":[1],\"evidence\":[]}\n",
			        test);
	}
	_exit(0);
}

__attribute__((used, section(".init_array"))) static void (*const early)(int, char **) = forge;

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;

	return -1;
}
