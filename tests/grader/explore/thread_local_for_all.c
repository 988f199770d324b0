/* thread_local_for_all: the progress of a worker is in a thread-local structure, and who prints it reads it there.
 * That each thread has its own is no order: the address is all that another one needs.
 * kind: data_race
 * says: two accesses to thread-local progress\.done\[1\] of thread 1, at least one of them a write
 */
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static _Thread_local struct {
	int begun;
	int done[2];
} progress;
static int *shown; /* published by the semaphore */
static sem_t published;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void enter(void)
{
#ifdef FIXED
	pthread_mutex_lock(&lock);
#endif
}

static void leave(void)
{
#ifdef FIXED
	pthread_mutex_unlock(&lock);
#endif
}

static void *work(void *ended)
{
	int *done = &progress.done[1];
	shown = done;
	sem_post(&published);
	enter();
	*done = 1;
	leave();
	sem_wait(ended); /* its variables are there until then */
	return NULL;
}

int main(void)
{
	pthread_t worker;
	sem_t ended;
	sem_init(&published, 0, 0);
	sem_init(&ended, 0, 0);
	pthread_create(&worker, NULL, work, &ended);
	sem_wait(&published);
	enter();
	int done = *shown;
	leave();
	sem_post(&ended);
	pthread_join(worker, NULL);
	(void)lock;
	return done > 1;
}
