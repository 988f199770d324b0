/* children_run_on: children that wait, poll or compute for ever when the program has ended are none of its failures.
 * expect: none fails
 */
#include <unistd.h>

int main(void)
{
	int fds[2];
	char byte;
	if (pipe(fds) != 0)
		return 1;
	if (fork() == 0)
		return read(fds[0], &byte, 1) == 1; /* it holds the other end itself */
	if (fork() == 0)
		while (getppid() != 0)
			sleep(1);
	return 0;
}
