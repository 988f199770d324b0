/* rwlock.c - your solution. The contract is in include/rwlock.h, the handout in README.md.
 *
 * Given: the table, and the errors of rw_create. Yours: everything that says TODO.
 */
#include "rwlock.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* A thread that holds the lock or waits for it. */
struct place {
	bool taken;
	pthread_t thread; /* if taken */
	                  /* TODO: what does it hold, or wait for? */
};

struct rw {
	pthread_mutex_t mutex; /* guards everything below that changes after rw_create */
	                       /* TODO: where do readers wait, where do writers, and for what? */
	unsigned places;
	struct place place[];
};

rw *rw_create(unsigned max_holders)
{
	rw *lock;
	int error;

	if (max_holders == 0) {
		errno = EINVAL;
		return NULL;
	}
	lock = calloc(1, sizeof(*lock) + max_holders * sizeof(lock->place[0]));
	if (!lock)
		return NULL;
	lock->places = max_holders;
	error = pthread_mutex_init(&lock->mutex, NULL);
	if (error) {
		free(lock);
		errno = error;
		return NULL;
	}
	return lock; /* TODO: what else has to be made, and may fail? */
}

int rw_rdlock(rw *lock)
{
	/* TODO */
	(void)lock;
	errno = ENOSYS;
	return -1;
}

int rw_wrlock(rw *lock)
{
	/* TODO */
	(void)lock;
	errno = ENOSYS;
	return -1;
}

int rw_unlock(rw *lock)
{
	/* TODO */
	(void)lock;
	errno = ENOSYS;
	return -1;
}

void rw_destroy(rw *lock)
{
	if (!lock)
		return;
	pthread_mutex_destroy(&lock->mutex);
	free(lock);
}
