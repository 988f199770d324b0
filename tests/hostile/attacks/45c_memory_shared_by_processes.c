/* ATTACK 45: takes 2 GB of memory that is shared, which belongs to no process alone.
 * assignment: pipe_ring
 * gains: a machine without memory, where only private memory is counted
 * expect: memory_limit
 * max-score: 10
 * layers: memory
 * off: memory>=1800
 */
#include "pipe_ring.h"

#include <string.h>
#include <sys/mman.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	size_t size = 2048ul << 20;
	char *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (block != MAP_FAILED)
		memset(block, 1, size);
	for (int i = 0; i < 1 << 30; i++)
		block[i & 4095] ^= (char)i;
	return -1;
}
