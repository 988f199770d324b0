/* pipe_ring.c - what an obvious autograder does: Criterion's own runner, with the submission in the same program. An
 * attack that is built for such a grader has to pass here. */
#include "pipe_ring.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static uint64_t add_one(unsigned id, uint64_t token, void *ctx)
{
	(void)id;
	(void)ctx;
	return token + 1;
}

Test(pipe_ring, token_returns_after_one_lap)
{
	uint64_t token = 40;
	int result = ring_run(3, 1, &token, add_one, NULL);

	cr_assert(eq(int, result, 0));
	cr_assert(eq(u64, token, 43));
}
