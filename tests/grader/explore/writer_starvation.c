/* writer_starvation: a readers-writer lock made of a mutex and a condition variable. It lets readers in while a
 * writer waits, so that readers who come again and again can overtake the writer without limit; an assertion
 * allows three.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { READERS = 2, PASSES = 3, MAX_OVERTAKEN = 3 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* protected by lock */
static int readers;
static int overtaken;
static bool writer_waits;
static bool written;

static void enter_reader(void)
{
	pthread_mutex_lock(&lock);
#ifdef FIXED
	while (writer_waits) {
		pthread_cond_wait(&changed, &lock);
	}
#endif
	if (writer_waits) {
		overtaken++;
	}
	assert(overtaken <= MAX_OVERTAKEN);
	readers++;
	pthread_mutex_unlock(&lock);
}

static void leave_reader(void)
{
	pthread_mutex_lock(&lock);
	readers--;
	if (readers == 0) {
		pthread_cond_broadcast(&changed);
	}
	pthread_mutex_unlock(&lock);
}

static void *reader(void *arg)
{
	(void)arg;
	for (int i = 0; i < PASSES; i++) {
		enter_reader();
		leave_reader();
	}
	return NULL;
}

static void *writer(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	writer_waits = true;
	while (readers > 0) {
		pthread_cond_wait(&changed, &lock);
	}
	written = true;
	writer_waits = false;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t threads[READERS + 1];

	for (int i = 0; i < READERS; i++) {
		pthread_create(&threads[i], NULL, reader, NULL);
	}
	pthread_create(&threads[READERS], NULL, writer, NULL);
	for (int i = 0; i < READERS + 1; i++) {
		pthread_join(threads[i], NULL);
	}
	assert(readers == 0 && written);
	return 0;
}
