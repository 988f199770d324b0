/* poll_ignores_hangup: a parent polls a pipe and reads whenever POLLIN is set, until end of file.
 * After the last byte, poll on a pipe reports POLLHUP alone: the parent never reads again and polls for ever.
 * kind: livelock hang
 * switches: 0
 */
#include <poll.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef FIXED
enum { READABLE = POLLIN | POLLHUP };
#else
enum { READABLE = POLLIN };
#endif

int main(void)
{
	int ends[2], received = 0;
	bool end_of_file = false;
	char byte;
	if (pipe(ends) != 0)
		return 1;
	pid_t child = fork();
	if (child < 0)
		return 1;
	if (child == 0) {
		close(ends[0]);
		_exit(write(ends[1], "hi", 2) == 2 ? 0 : 1);
	}
	close(ends[1]);

	struct pollfd poller = {.fd = ends[0], .events = POLLIN};
	while (!end_of_file) {
		if (poll(&poller, 1, -1) < 0)
			return 1;
		if ((poller.revents & READABLE) == 0)
			continue;
		if (read(ends[0], &byte, 1) == 1)
			received++;
		else
			end_of_file = true;
	}
	if (waitpid(child, NULL, 0) != child)
		return 1;
	return received == 2 ? 0 : 1;
}
