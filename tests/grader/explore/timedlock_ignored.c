/* timedlock_ignored: a service holds its mutex until the client lets it go on. The client takes the mutex with a
 * time limit and goes on as if it had it when the time is over: it enters the critical section and unlocks another
 * thread's mutex.
 * kind: assertion data_race unlock_not_owner
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t go_on;
static bool busy; /* protected by lock; true while the service works */

static void *client(void *arg)
{
	struct timespec deadline;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_nsec += 2 * 1000 * 1000;
	if (deadline.tv_nsec >= 1000000000) {
		deadline.tv_sec++;
		deadline.tv_nsec -= 1000000000;
	}
	int error = pthread_mutex_timedlock(&lock, &deadline);
#ifndef FIXED
	error = 0;
#endif
	if (error == 0) {
		assert(!busy);
		pthread_mutex_unlock(&lock);
	}
	sem_post(&go_on);
	return NULL;
}

static void *service(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	busy = true;
	sem_wait(&go_on);
	busy = false;
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	sem_init(&go_on, 0, 0);
	pthread_create(&threads[0], NULL, client, NULL);
	pthread_create(&threads[1], NULL, service, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	sem_destroy(&go_on);
	return 0;
}
