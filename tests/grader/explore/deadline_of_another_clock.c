/* deadline_of_another_clock: a thread waits at most five seconds for an answer that comes after one.
 * The deadline is read from CLOCK_MONOTONIC, but a condition variable goes by CLOCK_REALTIME unless its attributes say
 * otherwise, and by that one the deadline was over decades ago.
 * kind: assertion
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t answered;
static bool answer; /* under mutex */

static void *ask(void *unused)
{
	struct timespec deadline;
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += 5;
	pthread_mutex_lock(&mutex);
	time_t before = time(NULL);
	int error = 0;
	while (!answer && error == 0)
		error = pthread_cond_timedwait(&answered, &mutex, &deadline);
	assert(answer || time(NULL) - before >= 4);
	pthread_mutex_unlock(&mutex);
	return unused;
}

int main(void)
{
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
#ifdef FIXED
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
#endif
	pthread_cond_init(&answered, &attributes);
	pthread_t thread;
	if (pthread_create(&thread, NULL, ask, NULL) != 0)
		return 1;
	sleep(1);
	pthread_mutex_lock(&mutex);
	answer = true;
	pthread_cond_signal(&answered);
	pthread_mutex_unlock(&mutex);
	pthread_join(thread, NULL);
	return 0;
}
