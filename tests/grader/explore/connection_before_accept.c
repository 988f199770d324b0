/* connection_before_accept: a server that takes two connections and answers the first one only when it has the second:
 * clients that come one after the other wait for ever.
 * kind: deadlock hang
 * says: accept +socket 0, end 1, descriptor
 * says: connect to +listener 0: socket [01], end 0, descriptor
 * says: child [12] waits to read socket [01], end 0 \(descriptor 3, .*\); its other end is still open in the program$
 * says: waits in accept for a connection at listener 0 .*: no process can connect any more
 */
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sockaddr_un address;
static socklen_t size = sizeof address;

static int ask(void)
{
	char answer = 0;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, size) != 0 || write(fd, "?", 1) != 1 ||
	    read(fd, &answer, 1) != 1)
		return 1;
	close(fd);
	return answer == '!' ? 0 : 1;
}

static void answer(int fd)
{
	char question;
	if (read(fd, &question, 1) == 1)
		write(fd, "!", 1);
	close(fd);
}

static void serve(int listener)
{
	int first = accept(listener, NULL, NULL);
#ifdef FIXED
	answer(first);
	answer(accept(listener, NULL, NULL));
#else
	int second = accept(listener, NULL, NULL);
	answer(first);
	answer(second);
#endif
}

int main(void)
{
	int status, listener = socket(AF_UNIX, SOCK_STREAM, 0);
	address.sun_family = AF_UNIX;
	if (listener < 0 ||
	    bind(listener, (const struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path)) != 0 ||
	    listen(listener, 5) != 0 || getsockname(listener, (struct sockaddr *)&address, &size) != 0)
		return 1;
	pid_t client = fork();
	if (client < 0)
		return 1;
	if (client == 0) {
		close(listener);
		_exit(ask() || ask());
	}
	serve(listener);
	close(listener);
	return waitpid(client, &status, 0) == client && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
