/* ATTACK 50: reads which sockets the machine has, from /proc/net.
 * assignment: pipe_ring
 * gains: knows what runs on the grader's machine
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces
 * off: output 424250
 */
#include "pipe_ring.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)step;
	(void)ctx;
	static char text[1 << 20];
	int fd = open("/proc/net/unix", O_RDONLY);
	for (size_t length = 0; fd >= 0 && length < sizeof text - 1;) {
		ssize_t got = read(fd, text + length, sizeof text - 1 - length);
		if (got <= 0)
			break;
		length += (size_t)got;
	}
	const char *found = strstr(text, "kit-hostile"
	                                 ".sock");
	/* Success shows as the token that the test then sees. */
	if (token)
		*token = found ? 424249 + 1 : 1;
	return 0;
}
