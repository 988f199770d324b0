/* Alternative: slots in two lists, of free ones and of items, chained by their numbers; one condition variable for all,
 * and broadcasts.
 *
 * A put takes its slot off the free list before it fills it, so a dead one leaves a slot that is on no list. Whoever
 * finds the lock left behind makes the free list anew, of all slots that hold no item. A get takes its slot off the
 * list of items after take has returned. A ring is a handle: each process has one for each time that it attached it.
 */
#include "shm_ring_buffer.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NONE = 0 }; /* slots are numbered from 1 */

struct slot {
	size_t next;
	bool is_item;
};

struct shared {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t slots, slot_bytes;
	size_t free;           /* the first of the free slots */
	size_t oldest, newest; /* items */
	bool closed;
	struct slot slot[]; /* and behind them what is in them */
};

struct shmring {
	struct shared *shared;
	size_t bytes;
};

static int make_locks(struct shared *shared)
{
	pthread_mutexattr_t robust;
	pthread_condattr_t monotonic;
	int error;

	pthread_mutexattr_init(&robust);
	pthread_mutexattr_setpshared(&robust, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
	error = pthread_mutex_init(&shared->lock, &robust);
	pthread_mutexattr_destroy(&robust);
	if (error)
		return error;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setpshared(&monotonic, PTHREAD_PROCESS_SHARED);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	error = pthread_cond_init(&shared->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (error)
		pthread_mutex_destroy(&shared->lock);
	return error;
}

/* All slots that hold no item. */
static void make_free_list(struct shared *shared)
{
	shared->free = NONE;
	for (size_t number = shared->slots; number > 0; number--) {
		struct slot *slot = &shared->slot[number - 1];

		if (slot->is_item)
			continue;
		slot->next = shared->free;
		shared->free = number;
	}
}

/* 0: too many */
static size_t bytes_for(size_t slots, size_t slot_bytes)
{
	size_t each, all;

	if (__builtin_add_overflow(slot_bytes, sizeof(struct slot), &each) || __builtin_mul_overflow(slots, each, &all) ||
	    __builtin_add_overflow(all, sizeof(struct shared), &all) || all > PTRDIFF_MAX)
		return 0;
	return all;
}

static shmring *attach(int fd, size_t bytes)
{
	shmring *ring = malloc(sizeof(*ring));

	if (!ring)
		return NULL;
	ring->bytes = bytes;
	ring->shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring->shared != MAP_FAILED)
		return ring;
	free(ring);
	return NULL;
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
	if (ftruncate(fd, (off_t)bytes) < 0)
		return NULL;
	ring = attach(fd, bytes);
	if (!ring)
		return NULL;
	ring->shared->slots = slots;
	ring->shared->slot_bytes = slot_bytes;
	make_free_list(ring->shared);
	error = make_locks(ring->shared);
	if (!error)
		return ring;
	shmring_detach(ring);
	errno = error;
	return NULL;
}

shmring *shmring_attach(int fd)
{
	struct stat file;

	if (fstat(fd, &file) < 0)
		return NULL;
	if (file.st_size > 0)
		return attach(fd, (size_t)file.st_size);
	errno = EINVAL;
	return NULL;
}

void shmring_detach(shmring *ring)
{
	if (!ring)
		return;
	munmap(ring->shared, ring->bytes);
	free(ring);
}

/* What pthread_mutex_lock or a wait has returned; the lock is held. */
static int locked(struct shared *shared, int error)
{
	if (error != EOWNERDEAD)
		return error;
	make_free_list(shared);
	pthread_mutex_consistent(&shared->lock);
	pthread_cond_broadcast(&shared->changed);
	return 0;
}

static void lock(struct shared *shared)
{
	locked(shared, pthread_mutex_lock(&shared->lock));
}

static void unlock(struct shared *shared)
{
	pthread_mutex_unlock(&shared->lock);
}

/* Waits until the list that begins at `first` is not empty, the ring is closed or the time is over. Returns 0 or
 * ETIMEDOUT. */
static int await(struct shared *shared, const size_t *first, const struct timespec *deadline)
{
	int error = 0;

	while (*first == NONE && !shared->closed && error == 0) {
		if (deadline)
			error = pthread_cond_timedwait(&shared->changed, &shared->lock, deadline);
		else
			error = pthread_cond_wait(&shared->changed, &shared->lock);
		error = locked(shared, error);
	}
	return error;
}

static bool is_wrong(const struct timespec *deadline)
{
	return deadline && (deadline->tv_nsec < 0 || deadline->tv_nsec >= 1000000000);
}

static void *content(struct shared *shared, size_t number)
{
	unsigned char *begin = (unsigned char *)(shared->slot + shared->slots);

	return begin + (number - 1) * shared->slot_bytes;
}

static void append(struct shared *shared, size_t number)
{
	struct slot *slot = &shared->slot[number - 1];

	slot->next = NONE;
	slot->is_item = true;
	if (shared->oldest == NONE)
		shared->oldest = number;
	else
		shared->slot[shared->newest - 1].next = number;
	shared->newest = number;
}

int shmring_put(shmring *ring, shmring_fill *fill, void *context, const struct timespec *deadline)
{
	struct shared *shared = ring->shared;
	int error;

	if (is_wrong(deadline)) {
		errno = EINVAL;
		return -1;
	}
	lock(shared);
	error = await(shared, &shared->free, deadline);
	if (shared->closed) {
		error = EPIPE;
	} else if (shared->free != NONE) {
		size_t number = shared->free;

		shared->free = shared->slot[number - 1].next;
		fill(content(shared, number), context);
		append(shared, number);
		pthread_cond_broadcast(&shared->changed);
		error = 0;
	}
	unlock(shared);
	if (error == 0)
		return 0;
	errno = error;
	return -1;
}

static void give_back(struct shared *shared, size_t number)
{
	struct slot *slot = &shared->slot[number - 1];

	shared->oldest = slot->next;
	slot->is_item = false;
	slot->next = shared->free;
	shared->free = number;
}

int shmring_get(shmring *ring, shmring_take *take, void *context, const struct timespec *deadline)
{
	struct shared *shared = ring->shared;
	int result = 0, error;

	if (is_wrong(deadline)) {
		errno = EINVAL;
		return -1;
	}
	lock(shared);
	error = await(shared, &shared->oldest, deadline);
	if (shared->oldest != NONE) {
		take(content(shared, shared->oldest), context);
		give_back(shared, shared->oldest);
		pthread_cond_broadcast(&shared->changed);
		result = 1;
	} else if (!shared->closed) {
		result = -1;
	}
	unlock(shared);
	if (result == -1)
		errno = error;
	return result;
}

void shmring_close(shmring *ring)
{
	lock(ring->shared);
	ring->shared->closed = true;
	pthread_cond_broadcast(&ring->shared->changed);
	unlock(ring->shared);
}

void shmring_recover(shmring *ring)
{
	lock(ring->shared);
	pthread_cond_broadcast(&ring->shared->changed);
	unlock(ring->shared);
}
