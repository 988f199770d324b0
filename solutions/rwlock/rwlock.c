/* rwlock.c - reference: the table is the whole state. Who unlocks changes the entries of those who go on.
 *
 * Invariant, whenever the mutex is free: if anybody waits, somebody holds the lock; if a reader waits, a writer holds
 * it or waits for it; and if a writer holds it, nobody else does.
 */
#include "rwlock.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum state { FREE, WAITS_TO_READ, WAITS_TO_WRITE, READS, WRITES, STATES };

struct place {
	enum state state;
	pthread_t thread;       /* unless FREE */
	unsigned long arrival;  /* WAITS_TO_WRITE: who came earlier has the smaller number */
	pthread_cond_t changed; /* the state is not WAITS_... any more */
};

struct rw {
	pthread_mutex_t mutex;  /* guards everything below that changes after rw_create */
	unsigned count[STATES]; /* places in each state */
	unsigned long arrivals; /* writers that have had to wait */
	unsigned places;
	struct place place[];
};

static void destroy_first(rw *lock, unsigned conditions)
{
	while (conditions > 0)
		pthread_cond_destroy(&lock->place[--conditions].changed);
	pthread_mutex_destroy(&lock->mutex);
}

/* Returns 0, or the error, and then nothing is left behind. */
static int init_locks(rw *lock)
{
	int error = pthread_mutex_init(&lock->mutex, NULL);

	if (error)
		return error;
	for (unsigned i = 0; i < lock->places; i++) {
		error = pthread_cond_init(&lock->place[i].changed, NULL);
		if (error) {
			destroy_first(lock, i);
			return error;
		}
	}
	return 0;
}

rw *rw_create(unsigned max_holders)
{
	rw *lock;
	int error;

	if (max_holders == 0) {
		errno = EINVAL;
		return NULL;
	}
	lock = calloc(1, sizeof(*lock) + max_holders * sizeof(lock->place[0])); /* all FREE */
	if (!lock)
		return NULL;
	lock->places = lock->count[FREE] = max_holders;
	error = init_locks(lock);
	if (error) {
		free(lock);
		errno = error;
		return NULL;
	}
	return lock;
}

/* The functions from here to rw_rdlock are called with the mutex held. */

static void change(rw *lock, struct place *place, enum state state)
{
	lock->count[place->state]--;
	place->state = state;
	lock->count[state]++;
}

static struct place *place_of_caller(rw *lock)
{
	for (unsigned i = 0; i < lock->places; i++)
		if (lock->place[i].state != FREE && pthread_equal(lock->place[i].thread, pthread_self()))
			return &lock->place[i];
	return NULL;
}

/* Gives the caller a free place, which stays FREE until it is changed; or NULL and errno. */
static struct place *take_place(rw *lock)
{
	if (place_of_caller(lock)) {
		errno = EDEADLK;
		return NULL;
	}
	for (unsigned i = 0; i < lock->places; i++) {
		if (lock->place[i].state == FREE) {
			lock->place[i].thread = pthread_self();
			return &lock->place[i];
		}
	}
	errno = EAGAIN;
	return NULL;
}

static void wait_while(rw *lock, struct place *place, enum state waiting)
{
	change(lock, place, waiting);
	while (place->state == waiting)
		pthread_cond_wait(&place->changed, &lock->mutex);
}

static void admit(rw *lock, struct place *place, enum state state)
{
	change(lock, place, state);
	pthread_cond_signal(&place->changed);
}

static void admit_readers(rw *lock)
{
	for (unsigned i = 0; i < lock->places; i++)
		if (lock->place[i].state == WAITS_TO_READ)
			admit(lock, &lock->place[i], READS);
}

static void admit_next_writer(rw *lock)
{
	struct place *next = NULL;

	for (unsigned i = 0; i < lock->places; i++) {
		struct place *place = &lock->place[i];

		if (place->state == WAITS_TO_WRITE && (!next || place->arrival < next->arrival))
			next = place;
	}
	if (next)
		admit(lock, next, WRITES);
}

static void read_by_rule_1(rw *lock, struct place *place)
{
	if (lock->count[WRITES] > 0 || lock->count[WAITS_TO_WRITE] > 0)
		wait_while(lock, place, WAITS_TO_READ);
	else
		change(lock, place, READS);
}

static void write_by_rule_4(rw *lock, struct place *place)
{
	if (lock->count[WRITES] > 0 || lock->count[READS] > 0) {
		place->arrival = lock->arrivals++;
		wait_while(lock, place, WAITS_TO_WRITE);
	} else {
		change(lock, place, WRITES);
	}
}

static void let_others_go_on(rw *lock, enum state before)
{
	if (before == WRITES && lock->count[WAITS_TO_READ] > 0)
		admit_readers(lock);
	else if (lock->count[READS] == 0)
		admit_next_writer(lock);
}

int rw_rdlock(rw *lock)
{
	struct place *place;

	pthread_mutex_lock(&lock->mutex);
	place = take_place(lock);
	if (place)
		read_by_rule_1(lock, place);
	pthread_mutex_unlock(&lock->mutex);
	return place ? 0 : -1;
}

int rw_wrlock(rw *lock)
{
	struct place *place;

	pthread_mutex_lock(&lock->mutex);
	place = take_place(lock);
	if (place)
		write_by_rule_4(lock, place);
	pthread_mutex_unlock(&lock->mutex);
	return place ? 0 : -1;
}

int rw_unlock(rw *lock)
{
	struct place *place;

	pthread_mutex_lock(&lock->mutex);
	place = place_of_caller(lock);
	if (place) {
		enum state before = place->state;

		change(lock, place, FREE);
		let_others_go_on(lock, before);
	} else {
		errno = EPERM;
	}
	pthread_mutex_unlock(&lock->mutex);
	return place ? 0 : -1;
}

void rw_destroy(rw *lock)
{
	if (!lock)
		return;
	destroy_first(lock, lock->places);
	free(lock);
}
