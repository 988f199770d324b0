/* barrier_made_for_threads: three processes meet at a barrier in shared memory, which was made without attributes.
 * kind: not_process_shared
 */
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 3 };

int main(void)
{
	pthread_barrier_t *all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		return 1;
	pthread_barrierattr_t attributes;
	pthread_barrierattr_init(&attributes);
#ifdef FIXED
	pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
#endif
	pthread_barrier_init(all, &attributes, PROCESSES);
	for (int i = 1; i < PROCESSES; i++)
		if (fork() == 0) {
			pthread_barrier_wait(all);
			_exit(0);
		}
	pthread_barrier_wait(all);
	for (int i = 1; i < PROCESSES; i++)
		wait(NULL);
	return 0;
}
