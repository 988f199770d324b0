/* connects_to_the_outside: a process that is not of the run listens there.
 * expect: ^not explored: it connects to a socket of a process outside of the run, which is not covered
 */
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Before main, and so before the run. */
__attribute__((constructor)) static void listen_first(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "forkjoin-outside-%d", (int)getpid());
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		listen(fd, 5);
}

int main(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "forkjoin-outside-%d", (int)getppid());
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	return connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0 : 2;
}
