/* poll_of_what_stays_open: a server polls the connections of two workers until both have ended. It keeps its copies of
 * their ends, so no connection ever ends.
 * kind: deadlock hang
 * switches: 0
 * says: waits in poll for a descriptor \(poll_of_what_stays_open.c:[0-9]+\): to read socket 0, end 0 \(descriptor
 * says: end 0 \(descriptor [0-9]+; its other end is open nowhere but in the program\), or to read socket 1, end 0
 * says: socket 1, end 0 \(descriptor [0-9]+; its other end is open nowhere but in the program\)$
 */
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 2 };

int main(void)
{
	struct pollfd pollers[WORKERS];
	int ends[WORKERS][2], open = WORKERS;
	char byte;
	for (int i = 0; i < WORKERS; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends[i]) != 0)
			return 1;
		pid_t worker = fork();
		if (worker < 0)
			return 1;
		if (worker == 0)
			_exit(write(ends[i][1], "x", 1) == 1 ? 0 : 1);
#ifdef FIXED
		close(ends[i][1]);
#endif
		pollers[i] = (struct pollfd){.fd = ends[i][0], .events = POLLIN};
	}
	while (open) {
		if (poll(pollers, WORKERS, -1) < 0)
			return 1;
		for (int i = 0; i < WORKERS; i++)
			if (pollers[i].revents && read(pollers[i].fd, &byte, 1) <= 0) {
				pollers[i].fd = -1;
				open--;
			}
	}
	while (wait(NULL) > 0)
		;
	return 0;
}
