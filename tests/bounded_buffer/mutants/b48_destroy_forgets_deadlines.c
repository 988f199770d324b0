/* Mutant B48: bbuf_destroy waits only for those who sleep without a deadline; the others will leave by themselves.
 * loses: hygiene
 * check: explore
 * test: destroy_waits_until_all_have_left
 * contract: destroy, destroy_blocks
 */
#include "bounded_buffer.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct bbuf {
	pthread_mutex_t lock;     /* guards everything below that changes after bbuf_create */
	pthread_cond_t not_full;  /* puts: an item was taken out, or the buffer was closed. By CLOCK_MONOTONIC */
	pthread_cond_t not_empty; /* gets: an item was put in, or the buffer was closed */
	pthread_cond_t left;      /* bbuf_destroy: the last blocked caller leaves */
	bool closed;
	unsigned blocked; /* callers that wait for room or for an item */
	size_t cap;
	size_t first; /* place of the oldest item */
	size_t count; /* how many items are in: place[first], place[first + 1], ..., round the end of the array */
	void *place[];
};

/* Lock held, and there is room. */
static void ring_push(bbuf *buffer, void *item)
{
	size_t room = buffer->cap - buffer->first; /* from the oldest item to the end of the array */

	buffer->place[buffer->count < room ? buffer->first + buffer->count : buffer->count - room] = item;
	buffer->count++;
}

/* Lock held, and there is an item. */
static void *ring_pop(bbuf *buffer)
{
	void *item = buffer->place[buffer->first];

	buffer->first = buffer->first + 1 == buffer->cap ? 0 : buffer->first + 1;
	buffer->count--;
	return item;
}

/* A condition variable whose deadlines are those of CLOCK_MONOTONIC. Returns 0 or the error. */
static int init_monotonic(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	int error = pthread_condattr_init(&attributes);

	if (error)
		return error;
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC); /* fails only for a clock that there is not */
	error = pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
	return error;
}

/* Returns 0, or the error, and then nothing is left behind. */
static int init_locks(bbuf *buffer)
{
	int error = pthread_mutex_init(&buffer->lock, NULL);

	if (error)
		return error;
	error = init_monotonic(&buffer->not_full);
	if (error)
		goto destroy_lock;
	error = pthread_cond_init(&buffer->not_empty, NULL);
	if (error)
		goto destroy_not_full;
	error = pthread_cond_init(&buffer->left, NULL);
	if (error)
		goto destroy_not_empty;
	return 0;

destroy_not_empty:
	pthread_cond_destroy(&buffer->not_empty);
destroy_not_full:
	pthread_cond_destroy(&buffer->not_full);
destroy_lock:
	pthread_mutex_destroy(&buffer->lock);
	return error;
}

bbuf *bbuf_create(size_t cap)
{
	bbuf *buffer;
	int error;

	if (cap == 0) {
		errno = EINVAL;
		return NULL;
	}
	if (cap > (SIZE_MAX - sizeof(*buffer)) / sizeof(buffer->place[0])) {
		errno = ENOMEM;
		return NULL;
	}
	buffer = malloc(sizeof(*buffer) + cap * sizeof(buffer->place[0]));
	if (!buffer)
		return NULL;
	*buffer = (bbuf){.cap = cap};
	error = init_locks(buffer);
	if (error) {
		free(buffer);
		errno = error;
		return NULL;
	}
	return buffer;
}

/* Lock held. Waits once for a change; without a deadline if that is NULL. Returns 0 or ETIMEDOUT. */
static int wait_for(bbuf *buffer, pthread_cond_t *change, const struct timespec *deadline)
{
	int error;

	if (deadline)
		return pthread_cond_timedwait(change, &buffer->lock, deadline);
	buffer->blocked++;
	error = pthread_cond_wait(change, &buffer->lock);
	buffer->blocked--;
	if (buffer->closed && buffer->blocked == 0)
		pthread_cond_signal(&buffer->left); /* under the lock: once it is free the buffer may be gone */
	return error;
}

/* Returns 0 or the error. */
static int put(bbuf *buffer, void *item, const struct timespec *deadline)
{
	int error = 0;

	pthread_mutex_lock(&buffer->lock);
	while (!buffer->closed && buffer->count == buffer->cap && error == 0)
		error = wait_for(buffer, &buffer->not_full, deadline);
	if (buffer->closed) {
		error = EPIPE;
	} else if (buffer->count < buffer->cap) {
		error = 0; /* also when time is over */
		ring_push(buffer, item);
		pthread_cond_signal(&buffer->not_empty);
	}
	pthread_mutex_unlock(&buffer->lock);
	return error;
}

static int result_of(int error)
{
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

int bbuf_put(bbuf *buffer, void *item)
{
	return result_of(put(buffer, item, NULL));
}

int bbuf_put_until(bbuf *buffer, void *item, const struct timespec *deadline)
{
	if (deadline->tv_nsec < 0 || deadline->tv_nsec >= 1000000000)
		return result_of(EINVAL);
	return result_of(put(buffer, item, deadline));
}

int bbuf_get(bbuf *buffer, void **item)
{
	int got = 0;

	pthread_mutex_lock(&buffer->lock);
	while (!buffer->closed && buffer->count == 0)
		wait_for(buffer, &buffer->not_empty, NULL);
	if (buffer->count > 0) {
		*item = ring_pop(buffer);
		got = 1;
		pthread_cond_signal(&buffer->not_full);
	}
	pthread_mutex_unlock(&buffer->lock);
	return got;
}

/* Lock held. */
static void close_and_wake(bbuf *buffer)
{
	buffer->closed = true;
	pthread_cond_broadcast(&buffer->not_full);
	pthread_cond_broadcast(&buffer->not_empty);
}

void bbuf_close(bbuf *buffer)
{
	pthread_mutex_lock(&buffer->lock);
	close_and_wake(buffer);
	pthread_mutex_unlock(&buffer->lock);
}

void bbuf_destroy(bbuf *buffer)
{
	if (!buffer)
		return;
	pthread_mutex_lock(&buffer->lock);
	close_and_wake(buffer);
	while (buffer->blocked > 0)
		pthread_cond_wait(&buffer->left, &buffer->lock);
	pthread_mutex_unlock(&buffer->lock);
	pthread_cond_destroy(&buffer->left);
	pthread_cond_destroy(&buffer->not_empty);
	pthread_cond_destroy(&buffer->not_full);
	pthread_mutex_destroy(&buffer->lock);
	free(buffer);
}
