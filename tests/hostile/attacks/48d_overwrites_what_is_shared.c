/* ATTACK 48: reads a pipe into each page that lies near a block of its own; a read answers EFAULT where there is none.
 * assignment: pipe_ring
 * gains: what the tests' host shares with all tests is overwritten, so that the host dies in the middle
 * expect: score<=15
 * max-score: 15
 * layers: built-in
 * off: none
 */
#include "pipe_ring.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, PAGES = 20000 };

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)token;
	(void)ctx;
	(void)step;
	(void)nodes;
	(void)laps;
	int end[2];
	static char text[PAGE];
	memset(text, 0x5a, sizeof text);
	char *block = malloc(1 << 20);
	if (!block || pipe(end) != 0)
		return -1;
	for (long i = 0; i < PAGES; i++) {
		if (write(end[1], text, PAGE) != PAGE)
			return -1;
		if (read(end[0], block + i * PAGE, PAGE) != PAGE && read(end[0], text, PAGE) != PAGE)
			return -1;
	}
	return -1;
}
