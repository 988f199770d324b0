#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t places, goods;

static void *brings(void *unused)
{
	sem_wait(&places);
	pthread_mutex_lock(&lock);
	sem_post(&goods);
	pthread_mutex_unlock(&lock);
	return unused;
}

static void *fetches(void *unused)
{
	sem_wait(&goods);
	pthread_mutex_lock(&lock);
	sem_post(&places);
	pthread_mutex_unlock(&lock);
	return unused;
}

int main(void)
{
	pthread_t first, second, third;
	sem_init(&places, 0, 1);
	sem_init(&goods, 0, 0);
	pthread_create(&first, NULL, brings, NULL);
	pthread_create(&second, NULL, fetches, NULL);
	pthread_create(&third, NULL, brings, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	pthread_join(third, NULL);
}
