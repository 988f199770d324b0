/* failure_in_a_long_run.c - a schedule that fails, of which not all decisions can be kept: that is said, and why.
 *
 * expect: ^  The schedule did not reproduce it: its run makes more than 16,384 scheduling decisions.* fewer rounds or threads
 */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROUNDS = 14000, LATE = 4000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t all_here = PTHREAD_COND_INITIALIZER;
static int arrived, number;

static void meet(void)
{
	pthread_mutex_lock(&lock);
	int round = number;
	if (++arrived == 2) {
		arrived = 0;
		number++;
		pthread_cond_broadcast(&all_here);
	} else {
		do /* late in the run it no longer looks again */
			pthread_cond_wait(&all_here, &lock);
		while (number == round && round < LATE);
	}
	pthread_mutex_unlock(&lock);
}

static void *work(void *unused)
{
	for (int i = 0; i < ROUNDS; i++) {
		assert(number == i);
		meet();
		usleep((useconds_t)random() % 100);
	}
	return unused;
}

int main(void)
{
	pthread_t thread[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, work, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
