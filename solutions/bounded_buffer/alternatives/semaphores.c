/* Alternative: two semaphores count free places and items; a mutex guards the ring.
 *
 * Nobody waits under the lock. Closing adds one place and one item that are not there: whoever takes one of them finds
 * the buffer closed (and empty) and hands it on to the next, so that all who wait leave one after the other, and
 * whoever comes later does not wait.
 */
#include "bounded_buffer.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct bbuf {
	sem_t places; /* free places; once closed, one more */
	sem_t items;  /* items that are in; once closed, one more */
	sem_t left;   /* bbuf_destroy waits here for the last caller */
	pthread_mutex_t lock;
	bool closed, destroyed;
	size_t inside;          /* callers of put and get */
	size_t cap, head, tail; /* head and tail only grow: item number n is in place[n % cap] */
	void *place[];
};

static void enter(bbuf *buffer)
{
	pthread_mutex_lock(&buffer->lock);
	buffer->inside++;
	pthread_mutex_unlock(&buffer->lock);
}

/* Lock held on entry, free on return. Afterwards the buffer may be gone. */
static void leave(bbuf *buffer)
{
	bool last = --buffer->inside == 0 && buffer->destroyed;

	pthread_mutex_unlock(&buffer->lock);
	if (last)
		sem_post(&buffer->left);
}

bbuf *bbuf_create(size_t cap)
{
	bbuf *buffer;

	if (cap == 0) {
		errno = EINVAL;
		return NULL;
	}
	if (cap >= SEM_VALUE_MAX) { /* closing adds one */
		errno = ENOMEM;
		return NULL;
	}
	buffer = calloc(1, sizeof(*buffer) + cap * sizeof(buffer->place[0]));
	if (!buffer)
		return NULL;
	/* With these values sem_init cannot fail. */
	sem_init(&buffer->places, 0, (unsigned)cap);
	sem_init(&buffer->items, 0, 0);
	sem_init(&buffer->left, 0, 0);
	buffer->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	buffer->cap = cap;
	return buffer;
}

/* Returns 0, or ETIMEDOUT. */
static int take(sem_t *semaphore, const struct timespec *deadline)
{
	int result;

	do {
		result = deadline ? sem_clockwait(semaphore, CLOCK_MONOTONIC, deadline) : sem_wait(semaphore);
	} while (result == -1 && errno == EINTR);
	return result == 0 ? 0 : ETIMEDOUT;
}

static int put(bbuf *buffer, void *item, const struct timespec *deadline)
{
	int saved = errno, error;

	enter(buffer);
	error = take(&buffer->places, deadline);
	pthread_mutex_lock(&buffer->lock);
	if (error && sem_trywait(&buffer->places) == 0)
		error = 0; /* there was room at the last moment */
	if (buffer->closed) {
		if (!error)
			sem_post(&buffer->places); /* for the next */
		error = EPIPE;
	} else if (!error) {
		buffer->place[buffer->tail++ % buffer->cap] = item;
		sem_post(&buffer->items);
	}
	leave(buffer);
	errno = error ? error : saved;
	return error ? -1 : 0;
}

int bbuf_put(bbuf *buffer, void *item)
{
	return put(buffer, item, NULL);
}

int bbuf_put_until(bbuf *buffer, void *item, const struct timespec *deadline)
{
	if (deadline->tv_nsec < 0 || deadline->tv_nsec > 999999999) {
		errno = EINVAL;
		return -1;
	}
	return put(buffer, item, deadline);
}

int bbuf_get(bbuf *buffer, void **item)
{
	int saved = errno, got;

	enter(buffer);
	take(&buffer->items, NULL);
	pthread_mutex_lock(&buffer->lock);
	got = buffer->head != buffer->tail;
	if (got) {
		*item = buffer->place[buffer->head++ % buffer->cap];
		sem_post(&buffer->places);
	} else {
		sem_post(&buffer->items); /* closed and empty: for the next */
	}
	leave(buffer);
	errno = saved;
	return got;
}

/* Lock held. */
static void close_once(bbuf *buffer)
{
	if (buffer->closed)
		return;
	buffer->closed = true;
	sem_post(&buffer->places);
	sem_post(&buffer->items);
}

void bbuf_close(bbuf *buffer)
{
	pthread_mutex_lock(&buffer->lock);
	close_once(buffer);
	pthread_mutex_unlock(&buffer->lock);
}

void bbuf_destroy(bbuf *buffer)
{
	bool wait;

	if (!buffer)
		return;
	pthread_mutex_lock(&buffer->lock);
	close_once(buffer);
	buffer->destroyed = true;
	wait = buffer->inside > 0;
	pthread_mutex_unlock(&buffer->lock);
	if (wait)
		take(&buffer->left, NULL);
	pthread_mutex_destroy(&buffer->lock);
	sem_destroy(&buffer->left);
	sem_destroy(&buffer->items);
	sem_destroy(&buffer->places);
	free(buffer);
}
