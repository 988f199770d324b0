/* decides_by_pid.c - which of two locks is taken depends on the process id, not on the schedule.
 *
 * expect: ^not explored: it does not behave the same in the same schedule .*(16|17).*: it depends on something else
 */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t even = PTHREAD_MUTEX_INITIALIZER, odd = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *unused)
{
	pthread_mutex_t *lock = NULL;
	if (getpid() % 2)
		pthread_mutex_lock(lock = &odd);
	else
		pthread_mutex_lock(lock = &even);
	pthread_mutex_unlock(lock);
	return unused;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, work, NULL);
	pthread_join(thread, NULL);
	return 0;
}
