/* executes_nothing.c - exec fails, and says why: nothing else runs.
 * expect: all schedules \([0-9]+\).*: none fails
 */
#include <assert.h>
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int status;
	if (fork() == 0) {
		char *const argv[] = {"nothing", NULL};
		execv("/no/such/program", argv);
		_exit(errno == ENOENT && execvp("/dev/null/x", argv) == -1 && errno == ENOTDIR ? 42 : 1);
	}
	wait(&status);
	assert(WEXITSTATUS(status) == 42);
}
