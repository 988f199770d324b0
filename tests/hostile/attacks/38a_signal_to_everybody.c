/* ATTACK 38: sends a signal to every process it may reach; SIGURG stands for SIGKILL.
 * assignment: pipe_ring
 * gains: the user's session is gone, with functions that the exercise allows
 * expect: score<=5
 * max-score: 5
 * layers: namespaces, landlock, uid
 * off: victim hit
 */
#include "pipe_ring.h"

#include <signal.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	kill(-1, SIGURG);
	return -1;
}
