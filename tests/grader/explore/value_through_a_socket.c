/* value_through_a_socket: what was written before a message is there for who has received it, over a pair of sockets
 * and over a connection; what is written after it is a race.
 * kind: data_race
 */
#include <pthread.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int ends[2], value, other;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t size = sizeof address;

static void *give(void *unused)
{
	(void)unused;
	value = 1;
#ifdef FIXED
	other = 2;
#endif
	write(ends[1], "x", 1);
#ifndef FIXED
	other = 2;
#endif
	return NULL;
}

static void *dial(void *unused)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)unused;
	value = 3;
	if (connect(fd, (const struct sockaddr *)&address, size) == 0)
		close(fd);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	char byte;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0 || pthread_create(&thread, NULL, give, NULL) != 0)
		return 1;
	if (read(ends[0], &byte, 1) != 1 || value + other == 0)
		return 1;
	pthread_join(thread, NULL);

	int listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (listener < 0 ||
	    bind(listener, (const struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path)) != 0 ||
	    listen(listener, 1) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
	    pthread_create(&thread, NULL, dial, NULL) != 0)
		return 1;
	int connection = accept(listener, NULL, NULL);
	if (value != 3)
		return 1;
	close(connection);
	pthread_join(thread, NULL);
	close(listener);
	close(ends[0]);
	close(ends[1]);
	return 0;
}
