/* ATTACK 62: appends to the kit's own files, which lie a few folders above its working directory.
 * assignment: pipe_ring
 * gains: the next student is graded by other tests
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock, uid
 * off: changed tests/assignments/pipe_ring/public.c
 */
#include "pipe_ring.h"

#include <fcntl.h>
#include <unistd.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	static const char *const place[] = {"../../../../tests/assignments/pipe_ring/public.c",
	                                    "../../../../solutions/pipe_ring/pipe_ring.c"};
	for (int i = 0; i < 2; i++) {
		int fd = open(place[i], O_APPEND | O_WRONLY);
		if (fd >= 0 && write(fd, "/* */", 5) == 5)
			close(fd);
	}
	return -1;
}
