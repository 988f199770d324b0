/* double_fork_not_waited: a child hands its work to a grandchild and ends; the parent waits for the child and uses the
 * result. waitpid knows only one's own children: nobody waited for the grandchild.
 * kind: assertion
 * switches: 0
 */
#include <assert.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void __attribute__((noreturn)) delegate(atomic_int *result)
{
	pid_t grandchild = fork();
	if (grandchild < 0)
		_exit(1);
	if (grandchild == 0) {
		atomic_store(result, 42);
		_exit(0);
	}
#ifdef FIXED
	waitpid(grandchild, NULL, 0);
#endif
	_exit(0);
}

int main(void)
{
	atomic_int *result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (result == MAP_FAILED)
		return 1;
	pid_t child = fork();
	if (child < 0)
		return 1;
	if (child == 0)
		delegate(result);
	if (waitpid(child, NULL, 0) != child)
		return 1;
	assert(atomic_load(result) == 42);
	munmap(result, sizeof *result);
	return 0;
}
