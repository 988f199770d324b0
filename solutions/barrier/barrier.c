/* barrier.c - reference: the rounds are numbered, and who waits waits for the number to change */
#include "barrier.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

struct barrier {
	pthread_mutex_t lock;    /* guards everything below that changes after barrier_create */
	pthread_cond_t complete; /* callers: their round is complete */
	pthread_cond_t left;     /* barrier_destroy: nobody is leaving any more */
	unsigned parties;
	unsigned arrived; /* calls that have arrived in the round that is not complete */
	unsigned leaving; /* calls that were blocked, whose round is complete, and that have not left yet */
	uint8_t round;    /* number of the round that is not complete. It may wrap: see barrier_wait */
};

/* Returns 0, or the error, and then nothing is left behind. */
static int init_locks(barrier *barrier)
{
	int error = pthread_mutex_init(&barrier->lock, NULL);

	if (error)
		return error;
	error = pthread_cond_init(&barrier->complete, NULL);
	if (error)
		goto destroy_lock;
	error = pthread_cond_init(&barrier->left, NULL);
	if (error)
		goto destroy_complete;
	return 0;

destroy_complete:
	pthread_cond_destroy(&barrier->complete);
destroy_lock:
	pthread_mutex_destroy(&barrier->lock);
	return error;
}

barrier *barrier_create(unsigned parties)
{
	barrier *barrier;
	int error;

	if (parties == 0) {
		errno = EINVAL;
		return NULL;
	}
	barrier = malloc(sizeof(*barrier));
	if (!barrier)
		return NULL;
	*barrier = (struct barrier){.parties = parties};
	error = init_locks(barrier);
	if (error) {
		free(barrier);
		errno = error;
		return NULL;
	}
	return barrier;
}

/* Lock held: the last call of the round has arrived. */
static void complete_round(barrier *barrier)
{
	barrier->arrived = 0;
	barrier->leaving = barrier->parties - 1; /* it was 0: with anybody of the round before inside, not all can arrive */
	barrier->round++;
	pthread_cond_broadcast(&barrier->complete);
}

/* Lock held. Two numbers are enough to tell this round from the next, and there is no third: the next cannot be
 * completed as long as this call is inside. */
static void await_end_of_round(barrier *barrier)
{
	uint8_t mine = barrier->round;

	while (barrier->round == mine)
		pthread_cond_wait(&barrier->complete, &barrier->lock);
	barrier->leaving--;
	if (barrier->leaving == 0)
		pthread_cond_signal(&barrier->left); /* under the lock: once it is free the barrier may be gone */
}

int barrier_wait(barrier *barrier)
{
	int last;

	pthread_mutex_lock(&barrier->lock);
	barrier->arrived++;
	last = barrier->arrived == barrier->parties;
	if (last)
		complete_round(barrier);
	else
		await_end_of_round(barrier);
	pthread_mutex_unlock(&barrier->lock);
	return last;
}

int barrier_destroy(barrier *barrier)
{
	if (!barrier)
		return 0;
	pthread_mutex_lock(&barrier->lock);
	if (barrier->arrived > 0) {
		pthread_mutex_unlock(&barrier->lock);
		errno = EBUSY;
		return -1;
	}
	while (barrier->leaving > 0)
		pthread_cond_wait(&barrier->left, &barrier->lock);
	pthread_mutex_unlock(&barrier->lock);
	pthread_cond_destroy(&barrier->left);
	pthread_cond_destroy(&barrier->complete);
	pthread_mutex_destroy(&barrier->lock);
	free(barrier);
	return 0;
}
