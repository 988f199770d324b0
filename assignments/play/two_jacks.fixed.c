#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t jacks;
static pthread_mutex_t shelf = PTHREAD_MUTEX_INITIALIZER; /* one after the other takes both */

static void *lifts(void *unused)
{
	pthread_mutex_lock(&shelf);
	sem_wait(&jacks);
	sem_wait(&jacks);
	pthread_mutex_unlock(&shelf);
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
