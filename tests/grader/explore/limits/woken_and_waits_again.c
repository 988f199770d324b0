/* woken_and_waits_again: the wait is a loop; what fails after a wakeup without a signal is something else: each wakeup
 * is counted as an item.
 * expect: woke up without a signal, as POSIX allows$
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool ready;     /* protected by lock */
static unsigned items; /* the same */

static void *set(void *unused)
{
	pthread_mutex_lock(&lock);
	ready = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
	return unused;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, set, NULL);
	pthread_mutex_lock(&lock);
	while (!ready) {
		pthread_cond_wait(&changed, &lock);
		items++;
	}
	assert(items <= 1);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	return 0;
}
