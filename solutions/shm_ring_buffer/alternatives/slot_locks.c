/* Alternative: fill and take run without the ring's lock, several at a time; each slot has a robust lock of its own.
 *
 * Under the ring's lock a slot only changes its state. Who fills or takes holds the slot's own lock meanwhile, so that
 * the death of its owner can be seen: by shmring_recover, which tries the locks of all slots that somebody works on. A
 * slot that was being filled becomes free, one that was being taken is full again, and still the oldest: only its
 * getter moves on to the next. Items are chained in the order in which their fills have returned.
 */
#include "shm_ring_buffer.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NONE = 0 }; /* slots are numbered from 1 */

struct slot {
	pthread_mutex_t owner; /* taken when nobody has it, with the ring's lock held: nobody ever waits for it */
	enum { FREE, FILLING, FULL, TAKING } state;
	size_t next; /* of an item */
};

struct shmring {
	pthread_mutex_t lock; /* never held while somebody may die */
	pthread_cond_t changed;
	size_t bytes, slots, slot_bytes;
	size_t oldest, newest; /* items */
	bool closed;
	struct slot slot[]; /* and behind them what is in them */
};

/* ---- making, attaching, detaching --------------------------------------------------------------- */

static int make_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attributes;
	int error = pthread_mutexattr_init(&attributes);

	if (error)
		return error;
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	error = pthread_mutex_init(lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return error;
}

static int make_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	int error = pthread_condattr_init(&attributes);

	if (error)
		return error;
	pthread_condattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	error = pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
	return error;
}

/* What was made before an error holds nothing but memory of the file. */
static int make_locks(shmring *ring)
{
	int error = make_lock(&ring->lock);

	for (size_t i = 0; i < ring->slots && error == 0; i++)
		error = make_lock(&ring->slot[i].owner);
	return error ? error : make_condition(&ring->changed);
}

static shmring *map(int fd, size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* 0: too many */
static size_t bytes_for(size_t slots, size_t slot_bytes)
{
	size_t each, all;

	if (__builtin_add_overflow(slot_bytes, sizeof(struct slot), &each) || __builtin_mul_overflow(slots, each, &all) ||
	    __builtin_add_overflow(all, sizeof(shmring), &all) || all > PTRDIFF_MAX)
		return 0;
	return all;
}

shmring *shmring_create(int fd, size_t slots, size_t slot_bytes)
{
	size_t bytes = slots && slot_bytes ? bytes_for(slots, slot_bytes) : 0;
	shmring *ring;
	int error;

	if (bytes == 0) {
		errno = slots && slot_bytes ? ENOMEM : EINVAL;
		return NULL;
	}
	ring = ftruncate(fd, (off_t)bytes) == 0 ? map(fd, bytes) : NULL;
	if (!ring)
		return NULL;
	ring->bytes = bytes;
	ring->slots = slots;
	ring->slot_bytes = slot_bytes;
	error = make_locks(ring);
	if (error == 0)
		return ring;
	munmap(ring, bytes);
	errno = error;
	return NULL;
}

shmring *shmring_attach(int fd)
{
	struct stat file;

	if (fstat(fd, &file) == -1)
		return NULL;
	if (file.st_size > 0)
		return map(fd, (size_t)file.st_size);
	errno = EINVAL;
	return NULL;
}

void shmring_detach(shmring *ring)
{
	if (ring)
		munmap(ring, ring->bytes);
}

/* ---- locks --------------------------------------------------------------------------------------- */

static void lock(shmring *ring)
{
	pthread_mutex_lock(&ring->lock);
}

static void unlock(shmring *ring)
{
	pthread_mutex_unlock(&ring->lock);
}

/* Lock held on entry, and not on return. */
static void begin(shmring *ring, struct slot *slot, int state)
{
	pthread_mutex_lock(&slot->owner);
	slot->state = state;
	unlock(ring);
}

/* Lock held on return. */
static void end(shmring *ring, struct slot *slot, int state)
{
	lock(ring);
	slot->state = state;
	pthread_mutex_unlock(&slot->owner);
	pthread_cond_broadcast(&ring->changed);
}

/* Lock held. Returns 0 or ETIMEDOUT. */
static int wait_for_change(shmring *ring, const struct timespec *deadline)
{
	return deadline ? pthread_cond_timedwait(&ring->changed, &ring->lock, deadline)
	                : pthread_cond_wait(&ring->changed, &ring->lock);
}

/* ---- using --------------------------------------------------------------------------------------- */

static void *content(shmring *ring, const struct slot *slot)
{
	unsigned char *begin = (unsigned char *)(ring->slot + ring->slots);

	return begin + (size_t)(slot - ring->slot) * ring->slot_bytes;
}

/* NULL: there is none. */
static struct slot *find(shmring *ring, int state)
{
	for (size_t i = 0; i < ring->slots; i++)
		if ((int)ring->slot[i].state == state)
			return &ring->slot[i];
	return NULL;
}

static void append(shmring *ring, struct slot *slot)
{
	size_t number = (size_t)(slot - ring->slot) + 1;

	slot->next = NONE;
	if (ring->oldest == NONE)
		ring->oldest = number;
	else
		ring->slot[ring->newest - 1].next = number;
	ring->newest = number;
}

static bool is_wrong(const struct timespec *deadline)
{
	return deadline && (deadline->tv_nsec < 0 || deadline->tv_nsec >= 1000000000);
}

/* Returns 0 or the error. */
static int put(shmring *ring, shmring_fill *fill, void *context, const struct timespec *deadline)
{
	struct slot *slot = NULL;
	int error = 0;

	lock(ring);
	while (!ring->closed && !(slot = find(ring, FREE)) && error == 0)
		error = wait_for_change(ring, deadline);
	if (ring->closed) {
		error = EPIPE;
	} else if (slot) {
		error = 0;
		begin(ring, slot, FILLING);
		fill(content(ring, slot), context);
		end(ring, slot, FULL);
		append(ring, slot);
	}
	unlock(ring);
	return error;
}

int shmring_put(shmring *ring, shmring_fill *fill, void *context, const struct timespec *deadline)
{
	int error = is_wrong(deadline) ? EINVAL : put(ring, fill, context, deadline);

	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

/* The oldest item, if nobody is taking it. */
static struct slot *oldest(shmring *ring)
{
	struct slot *slot = ring->oldest == NONE ? NULL : &ring->slot[ring->oldest - 1];

	return slot && slot->state == FULL ? slot : NULL;
}

/* A put that is under way when the ring is closed has found its slot before. */
static bool is_at_its_end(shmring *ring)
{
	return ring->closed && ring->oldest == NONE && !find(ring, FILLING);
}

/* Returns 1 or 0, or minus the error. */
static int get(shmring *ring, shmring_take *take, void *context, const struct timespec *deadline)
{
	struct slot *slot;
	int result = 0;

	lock(ring);
	while (!(slot = oldest(ring)) && !is_at_its_end(ring) && result == 0)
		result = -wait_for_change(ring, deadline);
	if (slot) {
		begin(ring, slot, TAKING);
		take(content(ring, slot), context);
		end(ring, slot, FREE);
		ring->oldest = slot->next;
		result = 1;
	} else if (is_at_its_end(ring)) {
		result = 0;
	}
	unlock(ring);
	return result;
}

int shmring_get(shmring *ring, shmring_take *take, void *context, const struct timespec *deadline)
{
	int got = is_wrong(deadline) ? -EINVAL : get(ring, take, context, deadline);

	if (got >= 0)
		return got;
	errno = -got;
	return -1;
}

void shmring_close(shmring *ring)
{
	lock(ring);
	ring->closed = true;
	pthread_cond_broadcast(&ring->changed);
	unlock(ring);
}

/* Lock held. */
static void put_right(struct slot *slot)
{
	if ((slot->state != FILLING && slot->state != TAKING) || pthread_mutex_trylock(&slot->owner) != EOWNERDEAD)
		return; /* its owner lives: between begin and end it has the lock */
	slot->state = slot->state == FILLING ? FREE : FULL;
	pthread_mutex_consistent(&slot->owner);
	pthread_mutex_unlock(&slot->owner);
}

void shmring_recover(shmring *ring)
{
	lock(ring);
	for (size_t i = 0; i < ring->slots; i++)
		put_right(&ring->slot[i]);
	pthread_cond_broadcast(&ring->changed);
	unlock(ring);
}
