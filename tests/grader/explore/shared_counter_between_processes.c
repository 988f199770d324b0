/* shared_counter_between_processes: parent and child count in shared memory without a lock.
 * count++ reads and writes; an increment of the other process between the two is lost.
 * kind: data_race assertion
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 2 };

struct shared {
	pthread_mutex_t mutex;
	int count;
};

static void count_up(struct shared *shared)
{
	for (int i = 0; i < ROUNDS; i++) {
#ifdef FIXED
		pthread_mutex_lock(&shared->mutex);
#endif
		shared->count++;
#ifdef FIXED
		pthread_mutex_unlock(&shared->mutex);
#endif
	}
}

int main(void)
{
	struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	pthread_mutexattr_t attributes;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);

	pid_t child = fork();
	if (child < 0)
		return 1;
	count_up(shared);
	if (child == 0)
		_exit(0);
	if (waitpid(child, NULL, 0) != child)
		return 1;
	assert(shared->count == 2 * ROUNDS);
	pthread_mutex_destroy(&shared->mutex);
	munmap(shared, sizeof *shared);
	return 0;
}
