/* child_keeps_write_end: a child adds up the bytes from a pipe until end of file.
 * fork gave it the write end too; as long as that is open there is no end of file, and the child waits for itself.
 * kind: deadlock hang
 * switches: 0
 */
#include <sys/wait.h>
#include <unistd.h>

static void __attribute__((noreturn)) add_up(int ends[2])
{
	int sum = 0;
	char byte;
#ifdef FIXED
	close(ends[1]);
#endif
	while (read(ends[0], &byte, 1) == 1)
		sum += byte;
	_exit(sum == 3 ? 0 : 1);
}

int main(void)
{
	int ends[2], status;
	if (pipe(ends) != 0)
		return 1;
	pid_t child = fork();
	if (child < 0)
		return 1;
	if (child == 0)
		add_up(ends);

	close(ends[0]);
	if (write(ends[1], "\1\2", 2) != 2)
		return 1;
	close(ends[1]);
	if (waitpid(child, &status, 0) != child)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
