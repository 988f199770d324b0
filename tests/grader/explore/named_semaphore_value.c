/* named_semaphore_value: a producer and a consumer open the same named semaphore, and either may create it. Only
 * the one who creates it gives it its value, and the producer's value is 1: the consumer then does not wait for
 * the item.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#ifdef FIXED
enum { PRODUCER_VALUE = 0 };
#else
enum { PRODUCER_VALUE = 1 };
#endif

static char name[64];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int items; /* protected by lock */

static void *consumer(void *arg)
{
	sem_t *ready = sem_open(name, O_CREAT, 0600, 0);

	(void)arg;
	assert(ready != SEM_FAILED);
	sem_wait(ready);
	pthread_mutex_lock(&lock);
	assert(items == 1);
	items--;
	pthread_mutex_unlock(&lock);
	sem_close(ready);
	return NULL;
}

static void *producer(void *arg)
{
	sem_t *ready = sem_open(name, O_CREAT, 0600, PRODUCER_VALUE);

	(void)arg;
	assert(ready != SEM_FAILED);
	pthread_mutex_lock(&lock);
	items++;
	pthread_mutex_unlock(&lock);
	sem_post(ready);
	sem_close(ready);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	snprintf(name, sizeof(name), "/named_semaphore_value.%ld", (long)getpid());
	sem_unlink(name); /* left by an earlier process with our number */
	pthread_create(&threads[0], NULL, consumer, NULL);
	pthread_create(&threads[1], NULL, producer, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	sem_unlink(name);
	assert(items == 0);
	return 0;
}
