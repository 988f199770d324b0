/* ATTACK 45: the same, but a little in each of many nodes.
 * assignment: pipe_ring
 * gains: a machine without memory
 * expect: memory_limit
 * max-score: 10
 * layers: memory
 * off: memory>=2000
 */
#include "pipe_ring.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	int ends[2];
	if (pipe(ends) != 0)
		return -1;
	for (int i = 0; i < 12; i++)
		if (fork() == 0) {
			char byte, *block = malloc(200 << 20);
			memset(block, 1, 200 << 20);
			while (read(ends[0], &byte, 1) != 1) {
			}
		}
	for (int i = 0; i < 1 << 30; i++)
		ends[0] ^= i;
	return -1;
}
