/* ATTACK 47: ignores all signals that can be ignored, closes what it can and stops itself.
 * assignment: pipe_ring
 * gains: a grader that waits for ever
 * expect: timeout | hang | crash | tampered
 * max-score: 10
 * layers: built-in
 * off: none
 */
#include "pipe_ring.h"

#include <signal.h>
#include <unistd.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	for (int number = 1; number < 65; number++)
		sigaction(number, &ignore, NULL);
	for (int fd = 0; fd < 256; fd++)
		close(fd);
	kill(getpid(), SIGSTOP);
	return -1;
}
