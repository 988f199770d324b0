/* waited_for_any_child: of two children the first computes a result in shared memory, the second one has other work.
 * The parent calls wait once and uses the result; wait returns for whichever child ends first.
 * kind: assertion
 * switches: 0
 */
#include <assert.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	atomic_int *result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (result == MAP_FAILED)
		return 1;

	pid_t computes = fork();
	if (computes == 0) {
		atomic_store(result, 42);
		_exit(0);
	}
	pid_t other = fork();
	if (other == 0)
		_exit(0);
	if (computes < 0 || other < 0)
		return 1;

#ifdef FIXED
	waitpid(computes, NULL, 0);
#else
	wait(NULL);
#endif
	assert(atomic_load(result) == 42);
	wait(NULL);
	munmap(result, sizeof *result);
	return 0;
}
