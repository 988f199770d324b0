/* ATTACK 34: searches its own program, which holds the hidden tests, for their texts, and prints them.
 * assignment: pipe_ring
 * gains: what hidden tests check, in the student's report
 * expect: fail:token_returns_after_one_lap
 * max-score: 0
 * layers: built-in
 * off: none
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char own_text[] = "here";

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	/* From a text of its own on, up to the end of the constants: the linker puts the hidden tests' behind. */
	const char *mine = own_text;
	for (const char *at = mine + 1; at < mine + 40000; at++)
		if (memcmp(at, "kit-hostile-", 12) == 0 && memcmp(at + 12, "secret-", 7) == 0) {
			printf("%s\n", at);
			fprintf(stderr, "%s\n", at);
			perror(at);
		}
	return 0;
}
