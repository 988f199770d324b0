/* ATTACK 10: checks no argument; what crashes is caught by a handler that jumps back.
 * assignment: pipe_ring
 * gains: an error where a crash should be
 * expect: sealed_out
 * max-score: 0
 * layers: object, verdict, control
 * off: pass:null_token_is_einval
 */
#include "pipe_ring.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>

static sigjmp_buf before;

static void caught(int number)
{
	siglongjmp(before, number);
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	struct sigaction action = {.sa_handler = caught, .sa_flags = SA_NODEFER};
	sigaction(SIGSEGV, &action, NULL);
	if (sigsetjmp(before, 1) != 0) {
		errno = EINVAL;
		return -1;
	}
	*token = step(nodes, *token + laps, ctx);
	return -1;
}
