/* group_waited_for_too_early: a shell-like parent puts its second child into a group of its own and waits for that
 * group. If only the child moves itself, the group may not be there yet when the parent waits for it.
 * kind: assertion
 * switches: 0
 */
#include <assert.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	pid_t first = fork();
	if (first == 0)
		_exit(0);
	pid_t second = fork();
	if (second == 0) {
		setpgid(0, 0);
		_exit(0);
	}
#ifdef FIXED
	setpgid(second, second);
#endif
	assert(waitpid(-second, NULL, 0) == second);
	assert(waitpid(first, NULL, 0) == first);
	return 0;
}
