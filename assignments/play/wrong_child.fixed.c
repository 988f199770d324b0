#include <assert.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	atomic_int *number = mmap(NULL, sizeof *number, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t works = fork();
	if (works == 0) {
		atomic_store(number, 42);
		_exit(0);
	}
	pid_t sweeps = fork();
	if (sweeps == 0)
		_exit(0);
	waitpid(works, NULL, 0);
	assert(atomic_load(number) == 42);
	waitpid(sweeps, NULL, 0);
}
