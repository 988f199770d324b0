/* lost_wakeup_test_outside: a consumer waits until a value is ready. It tests the flag in one critical section and
 * waits in another; a signal that comes between the two wakes nobody, and no other signal follows.
 * kind: lost_wakeup
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t became_ready = PTHREAD_COND_INITIALIZER;
static bool ready; /* protected by lock */
static int value;  /* protected by lock */

#ifdef FIXED
static void wait_until_ready(void)
{
	pthread_mutex_lock(&lock);
	while (!ready) {
		pthread_cond_wait(&became_ready, &lock);
	}
	pthread_mutex_unlock(&lock);
}
#else
static bool is_ready(void)
{
	pthread_mutex_lock(&lock);
	bool answer = ready;
	pthread_mutex_unlock(&lock);
	return answer;
}

static void wait_until_ready(void)
{
	while (!is_ready()) {
		pthread_mutex_lock(&lock);
		pthread_cond_wait(&became_ready, &lock);
		pthread_mutex_unlock(&lock);
	}
}
#endif

static void *consumer(void *arg)
{
	(void)arg;
	wait_until_ready();
	pthread_mutex_lock(&lock);
	assert(value == 42);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *producer(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	value = 42;
	ready = true;
	pthread_cond_signal(&became_ready);
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	pthread_create(&threads[0], NULL, consumer, NULL);
	pthread_create(&threads[1], NULL, producer, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}
