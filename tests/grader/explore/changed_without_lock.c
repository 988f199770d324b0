/* changed_without_lock: the waiter tests under the mutex, but the flag is set, and signalled, without it: in between.
 * An earlier signal, for another change, did no harm.
 * kind: lost_wakeup
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static atomic_int stage;

static void go_on(int to)
{
#ifdef FIXED
	pthread_mutex_lock(&lock);
#endif
	atomic_store(&stage, to);
	pthread_cond_signal(&changed);
#ifdef FIXED
	pthread_mutex_unlock(&lock);
#endif
}

static void *await_second(void *unused)
{
	pthread_mutex_lock(&lock);
	while (atomic_load(&stage) < 2)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return unused;
}

int main(void)
{
	pthread_t thread;
	go_on(1);
	if (pthread_create(&thread, NULL, await_second, NULL) != 0)
		return 1;
	go_on(2);
	pthread_join(thread, NULL);
	return 0;
}
