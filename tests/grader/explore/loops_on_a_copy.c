/* loops_on_a_copy: who waits looks under the lock, but only once: the loop tests its own copy, and that never changes.
 * kind: livelock
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool ready;
#ifdef FIXED
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
#endif

static void *get_ready(void *unused)
{
	pthread_mutex_lock(&lock);
	ready = true;
#ifdef FIXED
	pthread_cond_signal(&changed);
#endif
	pthread_mutex_unlock(&lock);
	return unused;
}

static void *wait_until_ready(void *unused)
{
	pthread_mutex_lock(&lock);
#ifdef FIXED
	while (!ready)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
#else
	bool copy = ready;
	pthread_mutex_unlock(&lock);
	while (!copy)
		;
#endif
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, get_ready, NULL);
	pthread_create(&second, NULL, wait_until_ready, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	return 0;
}
