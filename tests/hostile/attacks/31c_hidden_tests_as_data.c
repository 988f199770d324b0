/* ATTACK 31: puts the text of the hidden tests into its data by .incbin, and tells it as a token.
 * assignment: pipe_ring
 * gains: the hidden tests in the student's report
 * expect: sealed_out | build_error
 * max-score: 0
 * layers: text, namespaces, landlock
 * off: output SECRET
 */
#include "pipe_ring.h"

#include <string.h>

/* -I names include/ of the kit. */
__asm__(".pushsection .data\n"
        "hidden_tests: .incbin \"../tests/assignments/pipe_ring/hidden.c\"\n"
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
		for (int i = 0; i < 16; i++)
			*token = *token << 4 | (unsigned)(secret[19 + i] - (secret[19 + i] > '9' ? 'a' - 10 : '0'));
	return 0;
}
