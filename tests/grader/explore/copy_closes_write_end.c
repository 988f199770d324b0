/* copy_closes_write_end: a child redirects a log to its own pipe with dup2, onto the number that was the last write end
 * of the parent's pipe; the parent takes end-of-file for the end of the child.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int fds[2];
	char byte;
	atomic_int *done = mmap(NULL, sizeof *done, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (done == MAP_FAILED || pipe(fds) != 0)
		return 1;
	pid_t child = fork();
	if (child == 0) {
		int log[2];
		if (pipe(log) != 0)
			_exit(1);
		dup2(log[1], fds[1]);
		atomic_store(done, 1);
		_exit(0);
	}
	close(fds[1]);
	while (read(fds[0], &byte, 1) > 0)
		;
#ifdef FIXED
	waitpid(child, NULL, 0);
#endif
	assert(atomic_load(done) == 1);
	return 0;
}
