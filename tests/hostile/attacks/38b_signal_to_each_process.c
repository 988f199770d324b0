/* ATTACK 38: the same for one process id after the other, from a node of the ring.
 * assignment: pipe_ring
 * gains: the user's session is gone, with functions that the exercise allows
 * expect: score<=5
 * max-score: 10
 * layers: namespaces, landlock, uid
 * off: victim hit
 */
#include "pipe_ring.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)token;
	(void)step;
	(void)ctx;
	pid_t child = fork();
	if (child == 0) {
		for (pid_t pid = 2; pid < 1 << 16 && nodes == 3 && laps == 1; pid++) /* once is enough */
			kill(pid, SIGURG);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return -1;
}
