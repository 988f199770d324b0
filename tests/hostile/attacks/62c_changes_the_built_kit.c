/* ATTACK 62: writes into the folder of built programs and cached results.
 * assignment: pipe_ring
 * gains: the next student gets the cached result of another
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock, uid
 * off: file build/cache/kit-hostile-62c
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
	int fd = open("../../../cache/kit-hostile-62c", O_CREAT | O_WRONLY, 0666);
	if (fd >= 0 && write(fd, "{}", 2) == 2)
		close(fd);
	return -1;
}
