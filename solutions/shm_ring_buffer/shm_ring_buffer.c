/* shm_ring_buffer.c - reference: a ring under one robust mutex, a condition variable for each kind of waiter
 *
 * The invariant, whenever the lock is free and whenever somebody may die with it (inside of fill and take): the `count`
 * slots from `first` on, round the end, hold whole items, and all others are free. A put counts its item after fill has
 * returned, a get gives the slot back after take has returned; so the dead leave the ring as if they had not come.
 * What a dead one can have taken along is a wake-up that was meant for somebody who could go on. So who finds the lock
 * left by one wakes all.
 */
#include "shm_ring_buffer.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The beginning of the file. No pointers: each process has it at another address. */
struct shmring {
	pthread_mutex_t lock;     /* guards all below that changes after shmring_create */
	pthread_cond_t not_full;  /* puts: a slot was freed, or the ring was closed */
	pthread_cond_t not_empty; /* gets: an item was put in, or the ring was closed */
	bool closed;
	size_t slots, slot_bytes;
	size_t first; /* slot of the oldest item */
	size_t count; /* how many items are in */
	unsigned char slot[];
};

/* ---- making, attaching, detaching --------------------------------------------------------------- */

/* For all processes, and its next owner learns that the last one has died. Returns 0 or the error. */
static int init_lock(pthread_mutex_t *lock)
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

/* For all processes, with deadlines of CLOCK_MONOTONIC. Returns 0 or the error. */
static int init_condition(pthread_cond_t *condition)
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

/* Returns 0, or the error, and then nothing is left behind. */
static int init_locks(shmring *ring)
{
	int error = init_lock(&ring->lock);

	if (error)
		return error;
	error = init_condition(&ring->not_full);
	if (error)
		goto destroy_lock;
	error = init_condition(&ring->not_empty);
	if (error)
		goto destroy_not_full;
	return 0;

destroy_not_full:
	pthread_cond_destroy(&ring->not_full);
destroy_lock:
	pthread_mutex_destroy(&ring->lock);
	return error;
}

/* NULL and errno */
static void *failed(int error)
{
	errno = error;
	return NULL;
}

static size_t bytes_of(const shmring *ring)
{
	return sizeof(*ring) + ring->slots * ring->slot_bytes;
}

static shmring *map(int fd, size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

shmring *shmring_create(int fd, size_t slots, size_t slot_bytes)
{
	shmring *ring;
	size_t bytes;
	int error;

	if (slots == 0 || slot_bytes == 0)
		return failed(EINVAL);
	if (slots > (PTRDIFF_MAX - sizeof(*ring)) / slot_bytes)
		return failed(ENOMEM);
	bytes = sizeof(*ring) + slots * slot_bytes;
	if (ftruncate(fd, (off_t)bytes) == -1)
		return NULL;
	ring = map(fd, bytes);
	if (!ring)
		return NULL;
	ring->slots = slots; /* what else there is, is 0 in a new file */
	ring->slot_bytes = slot_bytes;
	error = init_locks(ring);
	if (error) {
		munmap(ring, bytes);
		return failed(error);
	}
	return ring;
}

shmring *shmring_attach(int fd)
{
	struct stat file;

	if (fstat(fd, &file) == -1)
		return NULL;
	if (file.st_size == 0)
		return failed(EINVAL);
	return map(fd, (size_t)file.st_size);
}

void shmring_detach(shmring *ring)
{
	if (ring)
		munmap(ring, bytes_of(ring));
}

/* ---- the lock ------------------------------------------------------------------------------------ */

static void wake_all(shmring *ring)
{
	pthread_cond_broadcast(&ring->not_full);
	pthread_cond_broadcast(&ring->not_empty);
}

/* Lock held: its last owner has died with it. The items and slots are as they should be; see above. */
static void put_right(shmring *ring)
{
	pthread_mutex_consistent(&ring->lock);
	wake_all(ring);
}

static void lock(shmring *ring)
{
	if (pthread_mutex_lock(&ring->lock) == EOWNERDEAD)
		put_right(ring);
}

static void unlock(shmring *ring)
{
	pthread_mutex_unlock(&ring->lock);
}

/* Lock held. Waits once for a change; without a deadline if that is NULL. Returns 0 or ETIMEDOUT. */
static int wait_for(shmring *ring, pthread_cond_t *change, const struct timespec *deadline)
{
	int error;

	if (deadline)
		error = pthread_cond_timedwait(change, &ring->lock, deadline);
	else
		error = pthread_cond_wait(change, &ring->lock);
	if (error != EOWNERDEAD)
		return error;
	put_right(ring); /* the wait takes the lock again, and finds what pthread_mutex_lock finds */
	return 0;
}

/* ---- using --------------------------------------------------------------------------------------- */

/* The slot that is `distance` behind the oldest item. */
static void *slot_at(shmring *ring, size_t distance)
{
	size_t room = ring->slots - ring->first; /* from the oldest item to the end of the array */

	return ring->slot + (distance < room ? ring->first + distance : distance - room) * ring->slot_bytes;
}

static bool is_wrong(const struct timespec *deadline)
{
	return deadline && (deadline->tv_nsec < 0 || deadline->tv_nsec >= 1000000000);
}

/* Returns 0 or the error. */
static int put(shmring *ring, shmring_fill *fill, void *context, const struct timespec *deadline)
{
	int error = 0;

	lock(ring);
	while (!ring->closed && ring->count == ring->slots && error == 0)
		error = wait_for(ring, &ring->not_full, deadline);
	if (ring->closed) {
		error = EPIPE;
	} else if (ring->count < ring->slots) {
		error = 0; /* also when time is over */
		fill(slot_at(ring, ring->count), context);
		ring->count++;
		pthread_cond_signal(&ring->not_empty);
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

/* Returns 1 or 0, or minus the error. */
static int get(shmring *ring, shmring_take *take, void *context, const struct timespec *deadline)
{
	int error = 0, got;

	lock(ring);
	while (!ring->closed && ring->count == 0 && error == 0)
		error = wait_for(ring, &ring->not_empty, deadline);
	got = ring->count > 0;
	if (got) {
		take(slot_at(ring, 0), context);
		ring->first = ring->first + 1 == ring->slots ? 0 : ring->first + 1;
		ring->count--;
		pthread_cond_signal(&ring->not_full);
	} else if (!ring->closed) {
		got = -error;
	}
	unlock(ring);
	return got;
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
	wake_all(ring);
	unlock(ring);
}

void shmring_recover(shmring *ring)
{
	lock(ring); /* puts right what there is */
	wake_all(ring);
	unlock(ring);
}
