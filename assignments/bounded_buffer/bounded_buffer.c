/* bounded_buffer.c - your solution. The contract is in include/bounded_buffer.h, the handout in README.md.
 *
 * Given: the types and the ring of items. The ring knows nothing of threads: whoever calls it must hold the buffer's
 * lock. Yours: everything that says TODO.
 */
#include "bounded_buffer.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* Some given functions are not called yet; this keeps the compiler silent about it. Take it away when you call them. */
#define GIVEN __attribute__((unused)) static

struct bbuf {
	pthread_mutex_t lock; /* guards everything below that changes after bbuf_create */
	/* TODO: what else must the buffer know? For what does a blocked put wait, for what a blocked get? */
	size_t cap;
	size_t first; /* place of the oldest item */
	size_t count; /* how many items are in: place[first], place[first + 1], ..., round the end of the array */
	void *place[];
};

/* Lock held, and there is room. */
GIVEN void ring_push(bbuf *buffer, void *item)
{
	size_t room = buffer->cap - buffer->first; /* from the oldest item to the end of the array */

	buffer->place[buffer->count < room ? buffer->first + buffer->count : buffer->count - room] = item;
	buffer->count++;
}

/* Lock held, and there is an item. */
GIVEN void *ring_pop(bbuf *buffer)
{
	void *item = buffer->place[buffer->first];

	buffer->first = buffer->first + 1 == buffer->cap ? 0 : buffer->first + 1;
	buffer->count--;
	return item;
}

bbuf *bbuf_create(size_t cap)
{
	/* TODO */
	(void)cap;
	errno = ENOSYS;
	return NULL;
}

int bbuf_put(bbuf *buffer, void *item)
{
	/* TODO */
	(void)buffer;
	(void)item;
	errno = ENOSYS;
	return -1;
}

int bbuf_put_until(bbuf *buffer, void *item, const struct timespec *deadline)
{
	/* TODO */
	(void)buffer;
	(void)item;
	(void)deadline;
	errno = ENOSYS;
	return -1;
}

int bbuf_get(bbuf *buffer, void **item)
{
	/* TODO */
	(void)buffer;
	(void)item;
	return 0;
}

void bbuf_close(bbuf *buffer)
{
	/* TODO */
	(void)buffer;
}

void bbuf_destroy(bbuf *buffer)
{
	/* TODO */
	(void)buffer;
}
