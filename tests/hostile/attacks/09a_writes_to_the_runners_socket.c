/* ATTACK 9: connects to the socket of a test runner in /tmp and says that the test has passed.
 * assignment: pipe_ring
 * gains: a forged message in the runner's socket
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, seccomp
 * off: listener passed
 */
#include "pipe_ring.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void tell_runner(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/tmp/kit-hostile.sock"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		dprintf(fd, "passed\n");
	close(fd);
}

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	tell_runner();
	return -1;
}
