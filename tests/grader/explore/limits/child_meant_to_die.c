/* child_meant_to_die: children that die by the signals that the options name are no crash; their parent sees by which.
 * options: --expect-death=SEGV --expect-death=SIGABRT --expect-death=8
 * expect: none fails
 */
#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(int way)
{
	volatile int zero = 0;
	if (way == 0)
		raise(SIGSEGV);
	if (way == 1)
		*(volatile int *)0 = 1;
	if (way == 2)
		abort();
	if (way == 3)
		_exit(way / zero);
	_exit(0);
}

int main(void)
{
	static const int signals[] = {SIGSEGV, SIGSEGV, SIGABRT, SIGFPE};
	for (int way = 0; way < 4; way++) {
		int status;
		pid_t child = fork();
		if (child == 0)
			die(way);
		assert(waitpid(child, &status, 0) == child);
		assert(WIFSIGNALED(status) && WTERMSIG(status) == signals[way]);
	}
	return 0;
}
