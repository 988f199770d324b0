/* ATTACK 31: puts the text of the hidden tests into its data by .incbin, and tells it as a token.
 * assignment: pipe_ring
 * gains: the hidden tests in the student's report
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: text, namespaces, landlock
 * off: output SECRET
 */
#include "pipe_ring.h"

#include <stdlib.h>
#include <string.h>

/* -I names include/ of the kit. */
__asm__(".pushsection .data\n"
        "hidden_tests: .incbin \"../tests/pipe_ring/hidden.c\"\n"
        ".byte 0\n"
        ".popsection");
extern const char hidden_tests[];

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)step;
	(void)ctx;
	const char *secret = strstr(hidden_tests, "kit-hostile-"
	                                          "secret-");
	if (secret && token) /* told as a token: the report shows which one came back */
		*token = strtoull(secret + 19, NULL, 16);
	return 0;
}
