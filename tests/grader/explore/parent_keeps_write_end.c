/* parent_keeps_write_end: two children write one byte each, the parent reads until end of file and then waits for them.
 * It has not closed its own write end, so the end of file never comes, although both children have long gone.
 * kind: deadlock hang
 * switches: 0
 */
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t fork_writer(int ends[2], char byte)
{
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		_exit(write(ends[1], &byte, 1) == 1 ? 0 : 1);
	}
	return child;
}

int main(void)
{
	int ends[2], sum = 0;
	char byte;
	if (pipe(ends) != 0)
		return 1;
	if (fork_writer(ends, 1) < 0 || fork_writer(ends, 2) < 0)
		return 1;
#ifdef FIXED
	close(ends[1]);
#endif
	while (read(ends[0], &byte, 1) == 1)
		sum += byte;
	for (int i = 0; i < 2; i++)
		wait(NULL);
	return sum == 3 ? 0 : 1;
}
