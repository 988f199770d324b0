/* too_long_to_explore.c - right, but one run makes more steps than the explorer follows.
 *
 * expect: ^not explored: too long: a run keeps making progress for more than 300000 steps; use fewer rounds or threads
 */
#include <pthread.h>

enum { ROUNDS = 90000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long total;

static void *add(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&lock);
		total++;
		pthread_mutex_unlock(&lock);
	}
	return unused;
}

int main(void)
{
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, add, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
