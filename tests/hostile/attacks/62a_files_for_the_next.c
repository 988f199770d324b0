/* ATTACK 62: leaves the answer in /tmp and /var/tmp for the next student.
 * assignment: pipe_ring
 * gains: a channel from one student to the next
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock
 * off: file /var/tmp/kit-hostile-62a
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
	static const char *const place[] = {"/tmp/kit-hostile-62a", "/var/tmp/kit-hostile-62a", "/dev/shm/kit-hostile-62a"};
	for (int i = 0; i < 3; i++) {
		int fd = open(place[i], O_CREAT | O_WRONLY, 0666);
		if (fd >= 0 && write(fd, "the answer", 10) == 10)
			close(fd);
	}
	return -1;
}
