/* killed_child_already_done: a parent stops its child with SIGTERM and takes for granted that the signal ended it.
 * The child may have ended by itself: kill also succeeds on a zombie, and the status then says exited, not signalled.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static bool ended_as_expected(int status)
{
	bool by_signal = WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
#ifdef FIXED
	return by_signal || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
#else
	return by_signal;
#endif
}

int main(void)
{
	int status;
	atomic_int *progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED)
		return 1;
	pid_t child = fork();
	if (child < 0)
		return 1;
	if (child == 0) {
		atomic_fetch_add(progress, 1);
		_exit(0);
	}
	if (kill(child, SIGTERM) != 0 || waitpid(child, &status, 0) != child)
		return 1;
	assert(ended_as_expected(status));
	assert(atomic_load(progress) <= 1);
	munmap(progress, sizeof *progress);
	return 0;
}
