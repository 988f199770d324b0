/* socketpair_without_shutdown: a client sends its request and waits for the answer; the server reads the request until
 * end of file. The client keeps the socket open for the answer, so it has to shut down its sending half, or both wait.
 * kind: deadlock hang
 * switches: 0
 * says: create +a pair of sockets
 * says: read from +socket 0, end 1, descriptor
 * says: main thread waits to read socket 0, end 0 \(descriptor 3, .*\); its other end is still open in child 1$
 * says: child 1 waits to read socket 0, end 1 \(descriptor [0-9]+, .*\); its other end is still open in the program$
 * says: pipes +socket 0, end 0: 0 bytes to be read; open in: main thread
 * says: socket 0, end 1: 0 bytes to be read; open in: child 1
 */
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void __attribute__((noreturn)) serve(int client)
{
	char byte, sum = 0;
	while (read(client, &byte, 1) == 1)
		sum += byte;
	_exit(write(client, &sum, 1) == 1 ? 0 : 1);
}

int main(void)
{
	int ends[2], status;
	char answer = 0;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return 1;
	pid_t server = fork();
	if (server < 0)
		return 1;
	if (server == 0) {
		close(ends[0]);
		serve(ends[1]);
	}
	close(ends[1]);

	if (write(ends[0], "\1\2", 2) != 2)
		return 1;
#ifdef FIXED
	shutdown(ends[0], SHUT_WR);
#endif
	if (read(ends[0], &answer, 1) != 1)
		return 1;
	close(ends[0]);
	if (waitpid(server, &status, 0) != server || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return 1;
	return answer == 3 ? 0 : 1;
}
