/* dining_philosophers: three philosophers, three forks. Each takes the left fork and then the right one; when all
 * hold the left one, each waits for the next.
 * kind: deadlock
 * switches: 2
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

enum { SEATS = 3 };

static pthread_mutex_t forks[SEATS] = {
    PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_MUTEX_INITIALIZER,
};
static int seats[SEATS] = {0, 1, 2};
static int meals[SEATS]; /* each written by its own philosopher */

static void *philosopher(void *arg)
{
	int seat = *(int *)arg;
	int first = seat;
	int second = (seat + 1) % SEATS;

#ifdef FIXED
	/* Everyone takes the fork with the lower number first. */
	if (first > second) {
		int other = first;
		first = second;
		second = other;
	}
#endif
	pthread_mutex_lock(&forks[first]);
	pthread_mutex_lock(&forks[second]);
	meals[seat]++;
	pthread_mutex_unlock(&forks[second]);
	pthread_mutex_unlock(&forks[first]);
	return NULL;
}

int main(void)
{
	pthread_t threads[SEATS];

	for (int i = 0; i < SEATS; i++) {
		pthread_create(&threads[i], NULL, philosopher, &seats[i]);
	}
	for (int i = 0; i < SEATS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert(meals[0] + meals[1] + meals[2] == SEATS);
	return 0;
}
