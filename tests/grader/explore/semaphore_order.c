/* semaphore_order: the bounded buffer with three semaphores. A producer takes the mutex first and then waits for
 * an empty slot, which nobody can make without the mutex.
 * kind: deadlock hang
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t mutex;
static sem_t empty; /* free slots, at most one */
static sem_t full;  /* used slots */
static int slot;    /* protected by mutex */
static int sum;     /* written by the consumer only */
static int items[2] = {1, 2};

static void *producer(void *arg)
{
#ifdef FIXED
	sem_wait(&empty);
	sem_wait(&mutex);
#else
	sem_wait(&mutex);
	sem_wait(&empty);
#endif
	slot = *(int *)arg;
	sem_post(&mutex);
	sem_post(&full);
	return NULL;
}

static void *consumer(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2; i++) {
		sem_wait(&full);
		sem_wait(&mutex);
		sum += slot;
		sem_post(&mutex);
		sem_post(&empty);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[3];

	sem_init(&mutex, 0, 1);
	sem_init(&empty, 0, 1);
	sem_init(&full, 0, 0);
	pthread_create(&threads[0], NULL, consumer, NULL);
	pthread_create(&threads[1], NULL, producer, &items[0]);
	pthread_create(&threads[2], NULL, producer, &items[1]);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
	}
	assert(sum == 3);
	sem_destroy(&full);
	sem_destroy(&empty);
	sem_destroy(&mutex);
	return 0;
}
