/* ATTACK 50: connects to a server of the machine by TCP.
 * assignment: pipe_ring
 * gains: tells the tests to a friend
 * expect: sealed_out
 * max-score: 0
 * layers: object, namespaces, landlock, seccomp
 * off: listener 50a
 */
#include "pipe_ring.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx)
{
	(void)nodes;
	(void)laps;
	(void)token;
	(void)step;
	(void)ctx;
	struct sockaddr_in address = {
	    .sin_family = AF_INET, .sin_port = htons(47250), .sin_addr.s_addr = htonl(0x7f000001)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		dprintf(fd, "50a\n");
	return -1;
}
