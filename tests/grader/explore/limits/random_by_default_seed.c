/* random_by_default_seed.c - rand() begins with the same seed each time, and the clock is the explorer's: the same
 * schedule is the same run.
 *
 * expect: ^all schedules .*: none fails
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *unused)
{
	for (long rounds = rand() % 3 + time(NULL) % 2; rounds >= 0; rounds--) {
		pthread_mutex_lock(&lock);
		pthread_mutex_unlock(&lock);
	}
	return unused;
}

int main(void)
{
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
