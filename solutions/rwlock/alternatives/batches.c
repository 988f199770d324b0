/* Alternative: counts, and two kinds of waiting. Readers wait together for the number of the batch to change, as in a
 * barrier. Writers stand in a queue, each with a condition variable of its own on its own stack. The table is asked
 * only who is who.
 */
#include "rwlock.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct holder {
	pthread_t thread;
	bool taken;
	bool writes;
};

struct writer {
	struct writer *next;
	pthread_cond_t turn;
	bool admitted;
};

struct rw {
	pthread_mutex_t mutex;
	pthread_cond_t admitted; /* readers: their batch has been admitted */
	unsigned batch;          /* number of the batch that has not been admitted yet; it may wrap */
	unsigned readers;        /* that hold the lock */
	unsigned waiting_readers;
	bool writing;
	struct writer *first, **end; /* writers that wait */
	unsigned places;
	struct holder holder[];
};

rw *rw_create(unsigned max_holders)
{
	rw *lock = max_holders ? calloc(1, sizeof(*lock) + max_holders * sizeof(lock->holder[0])) : NULL;
	int error;

	if (!max_holders)
		errno = EINVAL;
	if (!lock)
		return NULL;
	lock->places = max_holders;
	lock->end = &lock->first;
	error = pthread_mutex_init(&lock->mutex, NULL);
	if (error)
		goto free_lock;
	error = pthread_cond_init(&lock->admitted, NULL);
	if (error)
		goto destroy_mutex;
	return lock;

destroy_mutex:
	pthread_mutex_destroy(&lock->mutex);
free_lock:
	free(lock);
	errno = error;
	return NULL;
}

static struct holder *find_caller(rw *lock)
{
	for (struct holder *holder = lock->holder; holder < lock->holder + lock->places; holder++)
		if (holder->taken && pthread_equal(holder->thread, pthread_self()))
			return holder;
	return NULL;
}

static struct holder *find_free(rw *lock)
{
	for (struct holder *holder = lock->holder; holder < lock->holder + lock->places; holder++)
		if (!holder->taken)
			return holder;
	return NULL;
}

/* Returns 0, or the error. */
static int enter(rw *lock, bool to_write)
{
	struct holder *holder;

	if (find_caller(lock))
		return EDEADLK;
	holder = find_free(lock);
	if (!holder)
		return EAGAIN;
	*holder = (struct holder){.thread = pthread_self(), .taken = true, .writes = to_write};
	return 0;
}

static void wait_for_batch(rw *lock)
{
	unsigned mine = lock->batch;

	lock->waiting_readers++;
	while (lock->batch == mine)
		pthread_cond_wait(&lock->admitted, &lock->mutex);
}

static void admit_batch(rw *lock)
{
	lock->readers = lock->waiting_readers; /* they need not have woken up for that */
	lock->waiting_readers = 0;
	lock->batch++;
	pthread_cond_broadcast(&lock->admitted);
}

static void wait_for_turn(rw *lock)
{
	struct writer self = {.turn = PTHREAD_COND_INITIALIZER};

	*lock->end = &self;
	lock->end = &self.next;
	while (!self.admitted)
		pthread_cond_wait(&self.turn, &lock->mutex);
	pthread_cond_destroy(&self.turn);
}

static void admit_writer(rw *lock)
{
	struct writer *writer = lock->first;

	lock->first = writer->next;
	if (!lock->first)
		lock->end = &lock->first;
	lock->writing = true;
	writer->admitted = true;
	pthread_cond_signal(&writer->turn);
}

static int return_error(rw *lock, int error)
{
	pthread_mutex_unlock(&lock->mutex);
	if (error)
		errno = error;
	return error ? -1 : 0;
}

int rw_rdlock(rw *lock)
{
	int error;

	pthread_mutex_lock(&lock->mutex);
	error = enter(lock, false);
	if (!error) {
		if (lock->writing || lock->first)
			wait_for_batch(lock);
		else
			lock->readers++;
	}
	return return_error(lock, error);
}

int rw_wrlock(rw *lock)
{
	int error;

	pthread_mutex_lock(&lock->mutex);
	error = enter(lock, true);
	if (!error) {
		if (lock->writing || lock->readers > 0)
			wait_for_turn(lock);
		else
			lock->writing = true;
	}
	return return_error(lock, error);
}

int rw_unlock(rw *lock)
{
	struct holder *holder;

	pthread_mutex_lock(&lock->mutex);
	holder = find_caller(lock);
	if (!holder)
		return return_error(lock, EPERM);
	holder->taken = false;
	if (holder->writes)
		lock->writing = false;
	else
		lock->readers--;
	if (holder->writes && lock->waiting_readers > 0)
		admit_batch(lock);
	else if (lock->readers == 0 && lock->first)
		admit_writer(lock);
	return return_error(lock, 0);
}

void rw_destroy(rw *lock)
{
	if (!lock)
		return;
	pthread_cond_destroy(&lock->admitted);
	pthread_mutex_destroy(&lock->mutex);
	free(lock);
}
