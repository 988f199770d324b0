/* child_reads_too_early: a parent forks a child and then writes its task into shared memory.
 * Nothing makes the child wait for it: a child that runs first finds no task.
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
	int status;
	atomic_int *task = mmap(NULL, sizeof *task, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (task == MAP_FAILED)
		return 1;
#ifdef FIXED
	atomic_store(task, 42); /* fork orders what came before it before everything the child does */
#endif
	pid_t child = fork();
	if (child < 0)
		return 1;
	if (child == 0) {
		assert(atomic_load(task) == 42);
		_exit(0);
	}
#ifndef FIXED
	atomic_store(task, 42);
#endif
	if (waitpid(child, &status, 0) != child)
		return 1;
	munmap(task, sizeof *task);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
