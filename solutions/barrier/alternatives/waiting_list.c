/* Alternative: who arrives stands in a list, with a condition variable of its own on its own stack; the last to arrive
 * takes the whole list and lets them go one by one. There is neither a count of the round nor a number of it: a round
 * is the list.
 */
#include "barrier.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct waiter {
	struct waiter *next;
	pthread_cond_t let_go;
	bool free_to_go;
};

struct barrier {
	pthread_mutex_t lock;
	pthread_cond_t left; /* barrier_destroy: nobody is leaving any more */
	struct waiter *round;
	unsigned missing; /* calls that the round still needs */
	unsigned parties;
	unsigned leaving;
};

barrier *barrier_create(unsigned parties)
{
	barrier *barrier = parties ? calloc(1, sizeof(*barrier)) : NULL;

	if (!parties)
		errno = EINVAL;
	if (!barrier)
		return NULL;
	barrier->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	barrier->left = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	barrier->parties = barrier->missing = parties;
	return barrier;
}

static void let_all_go(barrier *barrier)
{
	struct waiter *next;

	for (struct waiter *waiter = barrier->round; waiter; waiter = next) {
		next = waiter->next;
		waiter->free_to_go = true;
		pthread_cond_signal(&waiter->let_go); /* its stack is there until it has had the lock */
		barrier->leaving++;
	}
	barrier->round = NULL;
	barrier->missing = barrier->parties;
}

static void wait_in_list(barrier *barrier)
{
	struct waiter self = {.next = barrier->round, .let_go = PTHREAD_COND_INITIALIZER};

	barrier->round = &self;
	while (!self.free_to_go)
		pthread_cond_wait(&self.let_go, &barrier->lock);
	pthread_cond_destroy(&self.let_go);
	if (--barrier->leaving == 0)
		pthread_cond_broadcast(&barrier->left);
}

int barrier_wait(barrier *barrier)
{
	bool last;

	pthread_mutex_lock(&barrier->lock);
	last = --barrier->missing == 0;
	if (last)
		let_all_go(barrier);
	else
		wait_in_list(barrier);
	pthread_mutex_unlock(&barrier->lock);
	return last;
}

int barrier_destroy(barrier *barrier)
{
	if (!barrier)
		return 0;
	pthread_mutex_lock(&barrier->lock);
	if (barrier->round) {
		pthread_mutex_unlock(&barrier->lock);
		errno = EBUSY;
		return -1;
	}
	while (barrier->leaving > 0)
		pthread_cond_wait(&barrier->left, &barrier->lock);
	pthread_mutex_unlock(&barrier->lock);
	pthread_cond_destroy(&barrier->left);
	pthread_mutex_destroy(&barrier->lock);
	free(barrier);
	return 0;
}
