/* callback_self_deadlock: a sensor calls its listener when the value changes, and still holds its lock. The
 * listener asks the sensor for the value, which takes the same lock again.
 * kind: deadlock
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void (*listener)(void); /* protected by lock */
static int value;              /* protected by lock */
static int heard;              /* only the sensor's thread calls the listener */

static int get_value(void)
{
	pthread_mutex_lock(&lock);
	int copy = value;
	pthread_mutex_unlock(&lock);
	return copy;
}

static void on_change(void)
{
	heard = get_value();
}

static void *sensor(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	value = 20;
	void (*call)(void) = listener;
#ifdef FIXED
	pthread_mutex_unlock(&lock);
	if (call != NULL) {
		call();
	}
#else
	if (call != NULL) {
		call();
	}
	pthread_mutex_unlock(&lock);
#endif
	return NULL;
}

static void *subscriber(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	listener = on_change;
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	pthread_create(&threads[0], NULL, sensor, NULL);
	pthread_create(&threads[1], NULL, subscriber, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert(heard == 0 || heard == 20);
	return 0;
}
