/* both_send_first.c - a socket holds only so much: two that send each other more than that, and receive afterwards,
 * wait for each other. With FIXED one of them receives first.
 *
 * kind: deadlock
 * says: to write to
 */
#include <assert.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BYTES = 300000 };
static char out[BYTES], in[BYTES];

static void send_all(int fd)
{
	for (size_t done = 0; done < BYTES;)
		done += (size_t)send(fd, out + done, BYTES - done, MSG_NOSIGNAL);
}

int main(void)
{
	int ends[2];
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	if (fork() == 0) {
		send_all(ends[1]);
		assert(recv(ends[1], in, BYTES, MSG_WAITALL) == BYTES);
		_exit(0);
	}
#ifdef FIXED
	assert(recv(ends[0], in, BYTES, MSG_WAITALL) == BYTES);
	send_all(ends[0]);
#else
	send_all(ends[0]);
	assert(recv(ends[0], in, BYTES, MSG_WAITALL) == BYTES);
#endif
	wait(NULL);
	return 0;
}
