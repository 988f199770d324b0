/* Alternative: each blocked caller has a condition variable of its own and stands in a queue; whoever makes it possible
 * does the other's work for it, in order of arrival, and wakes just this one.
 *
 * So nobody who is woken has to look whether it can go on: its outcome is decided. A get that finds puts in the queue
 * lets the first one's item in; a put that finds gets in the queue gives its item to the first. At any time only one
 * of the two kinds waits.
 */
#include "bounded_buffer.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

struct waiter {
	struct waiter *next;
	pthread_cond_t decided;
	void *item; /* of a put: to go in; of a get: what it got */
	enum { WAITING, DONE, CLOSED } outcome;
};

struct queue {
	struct waiter *first, **end;
};

struct bbuf {
	pthread_mutex_t lock;
	pthread_condattr_t monotonic;
	pthread_cond_t left; /* inside became 0 after the buffer was closed */
	struct queue puts, gets;
	unsigned inside; /* waiters that have not left yet, in a queue or not */
	bool closed;
	size_t cap, count, next_in, next_out;
	void **place;
};

static void append(struct queue *queue, struct waiter *waiter)
{
	*queue->end = waiter;
	queue->end = &waiter->next;
}

static void take_out(struct queue *queue, const struct waiter *waiter)
{
	struct waiter **at = &queue->first;

	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
	if (!*at)
		queue->end = at;
}

static void decide(struct queue *queue, int outcome)
{
	struct waiter *waiter = queue->first;

	take_out(queue, waiter);
	waiter->outcome = outcome;
	pthread_cond_signal(&waiter->decided);
}

/* Lock held. Returns when the outcome is decided, or the time is over and it is still WAITING. */
static void await(bbuf *buffer, struct queue *queue, struct waiter *self, const struct timespec *deadline)
{
	int error = 0;

	pthread_cond_init(&self->decided, &buffer->monotonic);
	append(queue, self);
	buffer->inside++;
	while (self->outcome == WAITING && error == 0)
		error = deadline ? pthread_cond_timedwait(&self->decided, &buffer->lock, deadline)
		                 : pthread_cond_wait(&self->decided, &buffer->lock);
	if (self->outcome == WAITING)
		take_out(queue, self);
	if (--buffer->inside == 0 && buffer->closed)
		pthread_cond_signal(&buffer->left);
	pthread_cond_destroy(&self->decided);
}

static void store(bbuf *buffer, void *item)
{
	buffer->place[buffer->next_in] = item;
	buffer->next_in = (buffer->next_in + 1) % buffer->cap;
	buffer->count++;
}

bbuf *bbuf_create(size_t cap)
{
	bbuf *buffer = NULL;
	int error = cap == 0 ? EINVAL : cap > PTRDIFF_MAX / sizeof(void *) ? ENOMEM : 0;

	if (error)
		goto failed;
	error = ENOMEM;
	buffer = calloc(1, sizeof(*buffer));
	if (!buffer)
		goto failed;
	buffer->place = malloc(cap * sizeof(void *));
	if (!buffer->place)
		goto failed;
	error = pthread_mutex_init(&buffer->lock, NULL);
	if (error)
		goto failed;
	error = pthread_cond_init(&buffer->left, NULL);
	if (error) {
		pthread_mutex_destroy(&buffer->lock);
		goto failed;
	}
	pthread_condattr_init(&buffer->monotonic);
	pthread_condattr_setclock(&buffer->monotonic, CLOCK_MONOTONIC);
	buffer->puts.end = &buffer->puts.first;
	buffer->gets.end = &buffer->gets.first;
	buffer->cap = cap;
	return buffer;

failed:
	if (buffer)
		free(buffer->place);
	free(buffer);
	errno = error;
	return NULL;
}

static int put(bbuf *buffer, void *item, const struct timespec *deadline)
{
	struct waiter self = {.item = item};
	int error = 0;

	pthread_mutex_lock(&buffer->lock);
	if (buffer->closed) {
		error = EPIPE;
	} else if (buffer->gets.first) {
		buffer->gets.first->item = item;
		decide(&buffer->gets, DONE);
	} else if (buffer->count < buffer->cap) {
		store(buffer, item);
	} else {
		await(buffer, &buffer->puts, &self, deadline);
		error = self.outcome == DONE ? 0 : self.outcome == CLOSED ? EPIPE : ETIMEDOUT;
	}
	pthread_mutex_unlock(&buffer->lock);
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

int bbuf_put(bbuf *buffer, void *item)
{
	return put(buffer, item, NULL);
}

int bbuf_put_until(bbuf *buffer, void *item, const struct timespec *deadline)
{
	if (deadline->tv_nsec >= 0 && deadline->tv_nsec < 1000000000)
		return put(buffer, item, deadline);
	errno = EINVAL;
	return -1;
}

int bbuf_get(bbuf *buffer, void **item)
{
	struct waiter self = {0};
	int got = 1;

	pthread_mutex_lock(&buffer->lock);
	if (buffer->count > 0) {
		*item = buffer->place[buffer->next_out];
		buffer->next_out = (buffer->next_out + 1) % buffer->cap;
		buffer->count--;
		if (buffer->puts.first) {
			store(buffer, buffer->puts.first->item);
			decide(&buffer->puts, DONE);
		}
	} else if (buffer->closed) {
		got = 0;
	} else {
		await(buffer, &buffer->gets, &self, NULL);
		got = self.outcome == DONE;
		if (got)
			*item = self.item;
	}
	pthread_mutex_unlock(&buffer->lock);
	return got;
}

/* Lock held. */
static void close_and_decide(bbuf *buffer)
{
	buffer->closed = true;
	while (buffer->puts.first)
		decide(&buffer->puts, CLOSED);
	while (buffer->gets.first)
		decide(&buffer->gets, CLOSED);
}

void bbuf_close(bbuf *buffer)
{
	pthread_mutex_lock(&buffer->lock);
	close_and_decide(buffer);
	pthread_mutex_unlock(&buffer->lock);
}

void bbuf_destroy(bbuf *buffer)
{
	if (!buffer)
		return;
	pthread_mutex_lock(&buffer->lock);
	close_and_decide(buffer);
	while (buffer->inside > 0)
		pthread_cond_wait(&buffer->left, &buffer->lock);
	pthread_mutex_unlock(&buffer->lock);
	pthread_condattr_destroy(&buffer->monotonic);
	pthread_cond_destroy(&buffer->left);
	pthread_mutex_destroy(&buffer->lock);
	free(buffer->place);
	free(buffer);
}
