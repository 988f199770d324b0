/* semaphore_made_for_threads: a parent waits until its child has written a value; the semaphore is in shared memory.
 * It was made with pshared 0, so that the wake-up of the child need not reach the parent.
 * kind: not_process_shared
 */
#include <assert.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef FIXED
enum { SHARED = 1 };
#else
enum { SHARED = 0 };
#endif

struct answer {
	sem_t written;
	int value;
};

int main(void)
{
	struct answer *answer = mmap(NULL, sizeof *answer, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (answer == MAP_FAILED || sem_init(&answer->written, SHARED, 0) != 0)
		return 1;
	if (fork() == 0) {
		answer->value = 42;
		sem_post(&answer->written);
		_exit(0);
	}
	sem_wait(&answer->written);
	assert(answer->value == 42);
	wait(NULL);
	sem_destroy(&answer->written);
	return 0;
}
