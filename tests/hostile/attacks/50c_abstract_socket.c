/* ATTACK 50: connects to an abstract Unix socket, which no rule about files concerns.
 * assignment: pipe_ring
 * gains: tells the tests to a friend
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock, seccomp
 * off: listener 50c
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0kit-hostile"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&address, (socklen_t)(sizeof(sa_family_t) + sizeof "\0kit-hostile")) == 0)
		dprintf(fd, "50c\n");
	return -1;
}
