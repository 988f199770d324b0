/* fifo_opened_at_both_ends: a server opens its FIFO to read and to write, which never waits and ends the wait of a
 * client that has it open to read. The client reads until the end of file: the server has to close before it waits.
 * kind: deadlock hang
 * switches: 0
 * says: open +fifo news.PID, both ends
 * says: child 1 waits to read fifo news.PID \(descriptor [0-9]+, .*\); its write end is still open in the program$
 * says: read from +pipe 0, read end: 1 byte
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Returns how many bytes came before the end of file. */
static int read_all(const char *name, int opened)
{
	char byte;
	int count = 0, fifo = open(name, O_RDONLY);
	if (fifo < 0 || write(opened, "o", 1) != 1)
		return -1;
	while (read(fifo, &byte, 1) == 1)
		count++;
	close(fifo);
	return count;
}

int main(void)
{
	char name[64], byte;
	int opened[2], pair[2], status;
	snprintf(name, sizeof name, "news.%d", (int)getpid());
	unlink(name); /* of a run that hung, long ago, with the same number */
	if (mkfifo(name, 0600) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || pipe(opened) != 0)
		return 1;
	close(pair[0]);
	close(pair[1]);
	pid_t client = fork();
	if (client == 0)
		_exit(read_all(name, opened[1]) == 2 ? 0 : 1);
	int fifo = open(name, O_RDWR);
	if (fifo < 0 || write(fifo, "ab", 2) != 2 || read(opened[0], &byte, 1) != 1)
		return 1;
#ifdef FIXED
	close(fifo);
#endif
	if (waitpid(client, &status, 0) != client || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return 1;
	unlink(name);
	return 0;
}
