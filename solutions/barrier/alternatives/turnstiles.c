/* Alternative: two turnstiles, each a semaphore. The last to arrive opens the first for all; the last to come through
 * it opens the second. Nobody leaves before all are between the two, so nobody can come round and pass the first a
 * second time: no round needs a number. (The Little Book of Semaphores, 3.7: the preloaded turnstile.)
 */
#include "barrier.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>

struct barrier {
	sem_t in, out; /* the turnstiles */
	sem_t left;    /* barrier_destroy waits here for the last caller */
	pthread_mutex_t lock;
	unsigned parties;
	unsigned waiting; /* between arrival and the first turnstile */
	unsigned inside;  /* between arrival and return */
	bool complete;    /* all have arrived; until the last is through the first turnstile */
	bool destroyed;
};

barrier *barrier_create(unsigned parties)
{
	barrier *barrier;

	if (parties == 0) {
		errno = EINVAL;
		return NULL;
	}
	barrier = calloc(1, sizeof(*barrier));
	if (!barrier)
		return NULL;
	/* With these values sem_init cannot fail. */
	sem_init(&barrier->in, 0, 0);
	sem_init(&barrier->out, 0, 0);
	sem_init(&barrier->left, 0, 0);
	barrier->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	barrier->parties = parties;
	return barrier;
}

static void pass(sem_t *turnstile)
{
	int saved = errno;

	while (sem_wait(turnstile) == -1)
		errno = saved; /* it was EINTR */
}

static void open_for(sem_t *turnstile, unsigned callers)
{
	for (unsigned i = 0; i < callers; i++)
		sem_post(turnstile);
}

/* Returns whether this was the last to arrive. */
static bool arrive(barrier *barrier)
{
	bool last;

	pthread_mutex_lock(&barrier->lock);
	barrier->inside++;
	last = ++barrier->waiting == barrier->parties;
	if (last) {
		barrier->complete = true;
		open_for(&barrier->in, barrier->parties);
	}
	pthread_mutex_unlock(&barrier->lock);
	pass(&barrier->in);
	return last;
}

static void step_between(barrier *barrier)
{
	pthread_mutex_lock(&barrier->lock);
	if (--barrier->waiting == 0) {
		barrier->complete = false;
		open_for(&barrier->out, barrier->parties);
	}
	pthread_mutex_unlock(&barrier->lock);
	pass(&barrier->out);
}

static void leave(barrier *barrier)
{
	bool last;

	pthread_mutex_lock(&barrier->lock);
	last = --barrier->inside == 0 && barrier->destroyed;
	pthread_mutex_unlock(&barrier->lock);
	if (last)
		sem_post(&barrier->left);
}

int barrier_wait(barrier *barrier)
{
	bool last = arrive(barrier);

	step_between(barrier);
	leave(barrier);
	return last;
}

int barrier_destroy(barrier *barrier)
{
	bool busy, others;

	if (!barrier)
		return 0;
	pthread_mutex_lock(&barrier->lock);
	busy = barrier->waiting > 0 && !barrier->complete;
	others = barrier->inside > 0;
	barrier->destroyed = !busy;
	pthread_mutex_unlock(&barrier->lock);
	if (busy) {
		errno = EBUSY;
		return -1;
	}
	if (others)
		pass(&barrier->left);
	pthread_mutex_destroy(&barrier->lock);
	sem_destroy(&barrier->left);
	sem_destroy(&barrier->out);
	sem_destroy(&barrier->in);
	free(barrier);
	return 0;
}
