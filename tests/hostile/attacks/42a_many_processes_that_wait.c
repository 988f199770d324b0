/* ATTACK 42: leaves nodes behind that wait for ever, each in a session and with a name of its own where it can.
 * assignment: pipe_ring
 * gains: processes that outlive a grader that is killed
 * expect: score<=5
 * max-score: 5
 * layers: built-in
 * off: none
 */
#include "pipe_ring.h"

#include <unistd.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	int ends[2];
	if (pipe(ends) != 0)
		return -1;
	for (unsigned i = 0; i < 4 + nodes; i++)
		if (fork() == 0) {
			char byte;
			for (;;)
				if (read(ends[0], &byte, 1) < 0)
					_exit(1);
		}
	return -1;
}
