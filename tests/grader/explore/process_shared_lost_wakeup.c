/* process_shared_lost_wakeup: a parent waits on a process-shared condition variable until its child is ready.
 * It does not test the predicate first: a child that was faster has signalled to nobody, and the parent sleeps on.
 * kind: lost_wakeup
 * switches: 1
 */
#include <pthread.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool ready; /* under mutex */
};

static void init(struct shared *shared)
{
	pthread_mutexattr_t mutex_attributes;
	pthread_mutexattr_init(&mutex_attributes);
	pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->mutex, &mutex_attributes);
	pthread_mutexattr_destroy(&mutex_attributes);

	pthread_condattr_t cond_attributes;
	pthread_condattr_init(&cond_attributes);
	pthread_condattr_setpshared(&cond_attributes, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&shared->changed, &cond_attributes);
	pthread_condattr_destroy(&cond_attributes);
}

int main(void)
{
	struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	init(shared);

	pid_t child = fork();
	if (child < 0)
		return 1;
	if (child == 0) {
		pthread_mutex_lock(&shared->mutex);
		shared->ready = true;
		pthread_cond_signal(&shared->changed);
		pthread_mutex_unlock(&shared->mutex);
		_exit(0);
	}
	pthread_mutex_lock(&shared->mutex);
#ifdef FIXED
	while (!shared->ready)
#endif
		pthread_cond_wait(&shared->changed, &shared->mutex);
	pthread_mutex_unlock(&shared->mutex);

	if (waitpid(child, NULL, 0) != child)
		return 1;
	pthread_cond_destroy(&shared->changed);
	pthread_mutex_destroy(&shared->mutex);
	munmap(shared, sizeof *shared);
	return 0;
}
