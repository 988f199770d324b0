/* pool_stop_without_lock: a pool of two threads that main stops when the jobs are done. The stop flag is an
 * atomic, and is set without the lock: a worker may have read it as false and not yet be waiting when the
 * broadcast comes.
 * kind: lost_wakeup
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { WORKERS = 2, JOBS = 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static sem_t finished; /* one post for each finished job */
static int jobs;       /* protected by lock */
static atomic_bool stop;

static void *worker(void *arg)
{
	(void)arg;
	for (;;) {
		pthread_mutex_lock(&lock);
		while (jobs == 0 && !stop) {
			pthread_cond_wait(&changed, &lock);
		}
		if (jobs == 0) {
			pthread_mutex_unlock(&lock);
			return NULL;
		}
		jobs--;
		pthread_mutex_unlock(&lock);
		sem_post(&finished);
	}
}

static void submit(void)
{
	pthread_mutex_lock(&lock);
	jobs++;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
}

static void shut_down(void)
{
#ifdef FIXED
	pthread_mutex_lock(&lock);
#endif
	stop = true;
	pthread_cond_broadcast(&changed);
#ifdef FIXED
	pthread_mutex_unlock(&lock);
#endif
}

int main(void)
{
	pthread_t threads[WORKERS];

	sem_init(&finished, 0, 0);
	for (int i = 0; i < WORKERS; i++) {
		pthread_create(&threads[i], NULL, worker, NULL);
	}
	for (int i = 0; i < JOBS; i++) {
		submit();
	}
	for (int i = 0; i < JOBS; i++) {
		sem_wait(&finished);
	}
	shut_down();
	for (int i = 0; i < WORKERS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert(jobs == 0);
	sem_destroy(&finished);
	return 0;
}
