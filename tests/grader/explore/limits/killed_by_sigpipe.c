/* killed_by_sigpipe: a program that dies because nobody reads any more is told in which write, and why.
 * expect: the main thread was killed by SIGPIPE in write at killed_by_sigpipe.c:18: no process has the other end open
 */
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int fds[2];
	char byte = 'x';
	if (pipe(fds) != 0)
		return 1;
	if (fork() == 0)
		_exit(0);
	close(fds[0]);
	wait(NULL);
	/* The child's copy of the read end went with the child. */
	return write(fds[1], &byte, 1) == 1;
}
