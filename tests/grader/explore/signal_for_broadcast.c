/* signal_for_broadcast: two runners wait for the start. The starter changes the condition for both of them but
 * wakes one only; when both already wait, the other one waits for ever.
 * kind: missing_signal
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t start = PTHREAD_COND_INITIALIZER;
static bool started; /* protected by lock */
static int running;  /* protected by lock */

static void *runner(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	while (!started) {
		pthread_cond_wait(&start, &lock);
	}
	running++;
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t runners[2];

	for (int i = 0; i < 2; i++) {
		pthread_create(&runners[i], NULL, runner, NULL);
	}
	pthread_mutex_lock(&lock);
	started = true;
#ifdef FIXED
	pthread_cond_broadcast(&start);
#else
	pthread_cond_signal(&start);
#endif
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < 2; i++) {
		pthread_join(runners[i], NULL);
	}
	assert(running == 2);
	return 0;
}
