/* trylock_ignored: two threads count with an errorcheck mutex that they take with trylock, whose result they
 * ignore. A thread that did not get the mutex counts all the same and then unlocks what it does not own.
 * kind: data_race unlock_not_owner assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock; /* errorcheck */
static int count;            /* protected by lock */

static void *worker(void *arg)
{
	(void)arg;
#ifdef FIXED
	if (pthread_mutex_trylock(&lock) != 0) {
		pthread_mutex_lock(&lock);
	}
#else
	pthread_mutex_trylock(&lock);
#endif
	count++;
	int error = pthread_mutex_unlock(&lock);
	assert(error == 0);
	return NULL;
}

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_t threads[2];

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&lock, &attr);
	pthread_mutexattr_destroy(&attr);

	for (int i = 0; i < 2; i++) {
		pthread_create(&threads[i], NULL, worker, NULL);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
	}
	assert(count == 2);
	pthread_mutex_destroy(&lock);
	return 0;
}
