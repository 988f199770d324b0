/* buffer_one_condvar: a buffer with one slot, one producer and two consumers. Those who wait for "not full" and
 * those who wait for "not empty" share a condition variable, so that a signal meant for the producer may wake a
 * consumer, who only goes back to sleep.
 * kind: missing_signal
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#ifdef FIXED
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
#else
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
#define not_full changed
#define not_empty changed
#endif
static bool full; /* protected by lock */
static int slot;  /* protected by lock */
static int sum;   /* protected by lock */

static void put(int item)
{
	pthread_mutex_lock(&lock);
	while (full) {
		pthread_cond_wait(&not_full, &lock);
	}
	slot = item;
	full = true;
	pthread_cond_signal(&not_empty);
	pthread_mutex_unlock(&lock);
}

static void *producer(void *arg)
{
	(void)arg;
	put(1);
	put(2);
	return NULL;
}

static void *consumer(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	while (!full) {
		pthread_cond_wait(&not_empty, &lock);
	}
	sum += slot;
	full = false;
	pthread_cond_signal(&not_full);
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t threads[3];

	pthread_create(&threads[0], NULL, producer, NULL);
	pthread_create(&threads[1], NULL, consumer, NULL);
	pthread_create(&threads[2], NULL, consumer, NULL);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
	}
	assert(sum == 3);
	return 0;
}
