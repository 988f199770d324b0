/* signal_for_all_after_one: two workers, one job that was there before them, and an end that both have to be told.
 * The end is signalled, not broadcast. That the signal for the job came when nobody waited did no harm.
 * kind: missing_signal
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum { WORKERS = 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int jobs;     /* under lock */
static bool closing; /* under lock */

static void *work(void *unused)
{
	pthread_mutex_lock(&lock);
	while (!closing) {
		while (jobs == 0 && !closing)
			pthread_cond_wait(&changed, &lock);
		if (jobs > 0)
			jobs--;
	}
	pthread_mutex_unlock(&lock);
	return unused;
}

int main(void)
{
	pthread_t thread[WORKERS];
	pthread_mutex_lock(&lock);
	jobs = 1;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < WORKERS; i++)
		if (pthread_create(&thread[i], NULL, work, NULL) != 0)
			return 1;
	pthread_mutex_lock(&lock);
	closing = true;
#ifdef FIXED
	pthread_cond_broadcast(&changed);
#else
	pthread_cond_signal(&changed);
#endif
	pthread_mutex_unlock(&lock);
	for (int i = 0; i < WORKERS; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
