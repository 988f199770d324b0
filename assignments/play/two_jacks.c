#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t jacks;

static void *lifts(void *unused)
{
	sem_wait(&jacks);
	sem_wait(&jacks);
	sem_post(&jacks);
	sem_post(&jacks);
	return unused;
}

int main(void)
{
	pthread_t first, second;
	sem_init(&jacks, 0, 2);
	pthread_create(&first, NULL, lifts, NULL);
	pthread_create(&second, NULL, lifts, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
}
