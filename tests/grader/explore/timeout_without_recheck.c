/* timeout_without_recheck: a client waits for an answer with a time limit and cancels its request when the time is
 * over. The answer may have come between the timeout and the return of the wait, so that it is both given and
 * cancelled.
 * kind: assertion
 */
#define _GNU_SOURCE
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* protected by lock; invariant at the end: exactly one of the two */
static bool answered;
static bool cancelled;

static struct timespec in_one_millisecond(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	time.tv_nsec += 1000 * 1000;
	if (time.tv_nsec >= 1000000000) {
		time.tv_sec++;
		time.tv_nsec -= 1000000000;
	}
	return time;
}

static void *client(void *arg)
{
	struct timespec deadline = in_one_millisecond();
	int error = 0;

	(void)arg;
	pthread_mutex_lock(&lock);
	while (!answered && error != ETIMEDOUT) {
		error = pthread_cond_clockwait(&changed, &lock, CLOCK_MONOTONIC, &deadline);
	}
#ifdef FIXED
	cancelled = !answered;
#else
	cancelled = error == ETIMEDOUT;
#endif
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *server(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	if (!cancelled) {
		answered = true;
		pthread_cond_signal(&changed);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	pthread_create(&threads[0], NULL, client, NULL);
	pthread_create(&threads[1], NULL, server, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	assert(answered != cancelled);
	return 0;
}
