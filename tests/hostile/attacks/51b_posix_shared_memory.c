/* ATTACK 51: leaves a piece of POSIX shared memory for the next student.
 * assignment: pipe_ring
 * gains: a channel from one box to the next
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock
 * off: file /dev/shm/kit-hostile-51b
 */
#include "pipe_ring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	int fd = shm_open("/kit-hostile-51b", O_CREAT | O_RDWR, 0666);
	if (fd >= 0 && write(fd, "the answer", 10) == 10)
		close(fd);
	return -1;
}
