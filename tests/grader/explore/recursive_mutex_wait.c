/* recursive_mutex_wait: a function waits on a condition variable with a recursive mutex that its caller has
 * already locked. The wait gives back one level only, so that the thread sleeps with the mutex held and nobody can
 * wake it.
 * kind: deadlock
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock; /* recursive */
static pthread_cond_t became_ready = PTHREAD_COND_INITIALIZER;
static bool ready; /* protected by lock */
static int used;   /* protected by lock */

static void wait_until_ready(void)
{
	pthread_mutex_lock(&lock);
	while (!ready) {
		pthread_cond_wait(&became_ready, &lock);
	}
	pthread_mutex_unlock(&lock);
}

static void *user(void *arg)
{
	(void)arg;
#ifdef FIXED
	wait_until_ready();
	pthread_mutex_lock(&lock);
#else
	pthread_mutex_lock(&lock);
	wait_until_ready();
#endif
	used++;
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_t thread;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&lock, &attr);
	pthread_mutexattr_destroy(&attr);

	pthread_create(&thread, NULL, user, NULL);
	pthread_mutex_lock(&lock);
	ready = true;
	pthread_cond_signal(&became_ready);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	assert(used == 1);
	pthread_mutex_destroy(&lock);
	return 0;
}
