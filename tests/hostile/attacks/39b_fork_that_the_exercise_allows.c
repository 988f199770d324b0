/* ATTACK 39: each node forks two others, and so on.
 * assignment: pipe_ring
 * gains: a machine that answers nobody, with functions that the exercise allows
 * expect: score<=5
 * max-score: 5
 * layers: built-in
 * off: none
 */
#include "pipe_ring.h"

#include <sys/wait.h>
#include <unistd.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	for (int depth = 0; depth < 5; depth++)
		fork();
	for (;;)
		if (waitpid(-1, NULL, 0) < 0)
			break;
	return -1;
}
