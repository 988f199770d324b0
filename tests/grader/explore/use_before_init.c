/* use_before_init: main starts a worker that reads the price table. The table is set under the lock, but only
 * after the thread has been created, so that the worker may come first.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static const int prices[] = {3, 4};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const int *table; /* protected by lock */
static int total;        /* protected by lock */

static void publish_table(void)
{
	pthread_mutex_lock(&lock);
	table = prices;
	pthread_mutex_unlock(&lock);
}

static void *worker(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	assert(table != NULL);
	total = table[0] + table[1];
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t thread;

#ifdef FIXED
	publish_table();
#endif
	pthread_create(&thread, NULL, worker, NULL);
#ifndef FIXED
	publish_table();
#endif
	pthread_join(thread, NULL);
	assert(total == 7);
	return 0;
}
