/* ATTACK 48: kills itself with SIGKILL, as the kernel does when memory runs out.
 * assignment: pipe_ring
 * gains: a second try, because the machine seems to be at fault
 * expect: crash
 * max-score: 5
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
	kill(getpid(), SIGKILL);
	return -1;
}
