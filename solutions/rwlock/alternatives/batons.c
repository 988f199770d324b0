/* Alternative: passing the baton, with semaphores only. There is one baton, and who has it may look at the lock and
 * change it. Who goes on is given the baton by who lets it go on: no third one can get in between. The readers of a
 * batch hand it on from one to the next; the last of them puts it down. (Andrews, "Concurrent Programming", 4.4.)
 */
#include "rwlock.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>

struct place {
	pthread_t thread;
	bool taken;
	bool writes;
	sem_t turn; /* the baton, for a writer: a semaphore alone promises no order of those who wait */
};

struct rw {
	sem_t entry;   /* the baton, for whoever comes */
	sem_t readers; /* the baton, for readers that wait */
	unsigned reading, writing;
	unsigned delayed;        /* readers that wait, and... */
	unsigned batch;          /* ...how many of them can go on now */
	unsigned first, writers; /* of the ring */
	struct place **queue;    /* a ring of writers that wait, with a cell for each place */
	unsigned places;
	struct place place[];
};

rw *rw_create(unsigned max_holders)
{
	rw *lock;

	if (max_holders == 0) {
		errno = EINVAL;
		return NULL;
	}
	lock = calloc(1, sizeof(*lock) + max_holders * sizeof(lock->place[0]));
	if (!lock)
		return NULL;
	lock->queue = calloc(max_holders, sizeof(lock->queue[0]));
	if (!lock->queue) {
		free(lock);
		return NULL;
	}
	/* With these values sem_init cannot fail. */
	sem_init(&lock->entry, 0, 1);
	sem_init(&lock->readers, 0, 0);
	for (unsigned i = 0; i < max_holders; i++)
		sem_init(&lock->place[i].turn, 0, 0);
	lock->places = max_holders;
	return lock;
}

static void await(sem_t *baton)
{
	int saved = errno;

	while (sem_wait(baton) == -1)
		errno = saved; /* it was EINTR */
}

static struct place *find_caller(rw *lock)
{
	for (unsigned i = 0; i < lock->places; i++)
		if (lock->place[i].taken && pthread_equal(lock->place[i].thread, pthread_self()))
			return &lock->place[i];
	return NULL;
}

/* With the baton. Returns NULL and errno where the caller gets no place. */
static struct place *enter(rw *lock, bool to_write)
{
	struct place *place = lock->place;

	if (find_caller(lock)) {
		errno = EDEADLK;
		return NULL;
	}
	while (place < lock->place + lock->places && place->taken)
		place++;
	if (place == lock->place + lock->places) {
		errno = EAGAIN;
		return NULL;
	}
	place->thread = pthread_self();
	place->taken = true;
	place->writes = to_write;
	return place;
}

/* With the baton, which somebody else, or nobody, has afterwards. */
static void pass_on(rw *lock)
{
	if (lock->batch > 0) {
		sem_post(&lock->readers);
	} else if (lock->reading == 0 && lock->writing == 0 && lock->writers > 0) {
		struct place *next = lock->queue[lock->first];

		lock->first = (lock->first + 1) % lock->places;
		lock->writers--;
		sem_post(&next->turn);
	} else {
		sem_post(&lock->entry);
	}
}

static void wait_to_read(rw *lock)
{
	lock->delayed++;
	sem_post(&lock->entry);
	await(&lock->readers);
	lock->batch--;
	lock->delayed--;
}

static void wait_to_write(rw *lock, struct place *place)
{
	lock->queue[(lock->first + lock->writers++) % lock->places] = place;
	sem_post(&lock->entry);
	await(&place->turn);
}

int rw_rdlock(rw *lock)
{
	struct place *place;

	await(&lock->entry);
	place = enter(lock, false);
	if (!place) {
		sem_post(&lock->entry);
		return -1;
	}
	if (lock->writing > 0 || lock->writers > 0)
		wait_to_read(lock);
	lock->reading++;
	pass_on(lock);
	return 0;
}

int rw_wrlock(rw *lock)
{
	struct place *place;

	await(&lock->entry);
	place = enter(lock, true);
	if (!place) {
		sem_post(&lock->entry);
		return -1;
	}
	if (lock->writing > 0 || lock->reading > 0)
		wait_to_write(lock, place);
	lock->writing++;
	sem_post(&lock->entry);
	return 0;
}

int rw_unlock(rw *lock)
{
	struct place *place;

	await(&lock->entry);
	place = find_caller(lock);
	if (!place) {
		sem_post(&lock->entry);
		errno = EPERM;
		return -1;
	}
	place->taken = false;
	if (place->writes) {
		lock->writing--;
		lock->batch = lock->delayed;
	} else {
		lock->reading--;
	}
	pass_on(lock);
	return 0;
}

void rw_destroy(rw *lock)
{
	if (!lock)
		return;
	for (unsigned i = 0; i < lock->places; i++)
		sem_destroy(&lock->place[i].turn);
	sem_destroy(&lock->readers);
	sem_destroy(&lock->entry);
	free(lock->queue);
	free(lock);
}
