/* Alternative: two semaphores count free slots and items; two robust mutexes, one for those who put and one for those
 * who get, so that a fill and a take can be under way at the same time.
 *
 * How many items were ever put, and how many ever got, is the truth: only a put changes the former, only a get the
 * latter, each as its last step. The semaphores are hints: who passes one has reason to look, and waits again if there
 * is nothing. One too many does no harm; one too few is what a dead one leaves, and shmring_recover adds it. A closed
 * ring keeps both above 0: who passes one posts it again for the next.
 */
#include "shm_ring_buffer.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct head {
	sem_t free, filled;
	pthread_mutex_t putting, getting;
	size_t bytes; /* of the file */
	size_t slots, slot_bytes;
	_Atomic size_t put; /* changed under `putting` */
	_Atomic size_t got; /* changed under `getting` */
	atomic_bool closed; /* changed under both */
};

struct shmring {
	struct head head;
	unsigned char slot[];
};

static shmring *map(int fd, size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static int make_locks(struct head *head)
{
	pthread_mutexattr_t robust;
	int error = pthread_mutexattr_init(&robust);

	if (error)
		return error;
	pthread_mutexattr_setpshared(&robust, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
	error = pthread_mutex_init(&head->putting, &robust);
	if (!error) {
		error = pthread_mutex_init(&head->getting, &robust);
		if (error)
			pthread_mutex_destroy(&head->putting);
	}
	pthread_mutexattr_destroy(&robust);
	return error;
}

static shmring *give_up(shmring *ring, size_t bytes, int error)
{
	if (ring)
		munmap(ring, bytes);
	errno = error;
	return NULL;
}

shmring *shmring_create(int fd, size_t slots, size_t slot_bytes)
{
	size_t bytes;
	shmring *ring;
	int error;

	if (!slots || !slot_bytes)
		return give_up(NULL, 0, EINVAL);
	if (__builtin_mul_overflow(slots, slot_bytes, &bytes) || bytes > PTRDIFF_MAX - sizeof(struct head) ||
	    slots > SEM_VALUE_MAX / 2)
		return give_up(NULL, 0, ENOMEM);
	bytes += sizeof(struct head);
	if (ftruncate(fd, (off_t)bytes) != 0)
		return NULL;
	ring = map(fd, bytes);
	if (!ring)
		return NULL;
	error = make_locks(&ring->head);
	if (error)
		return give_up(ring, bytes, error);
	sem_init(&ring->head.free, 1, (unsigned)slots); /* with these values it cannot fail */
	sem_init(&ring->head.filled, 1, 0);
	ring->head.bytes = bytes;
	ring->head.slots = slots;
	ring->head.slot_bytes = slot_bytes;
	return ring;
}

shmring *shmring_attach(int fd)
{
	struct stat file;

	if (fstat(fd, &file) != 0)
		return NULL;
	if (file.st_size == 0)
		return give_up(NULL, 0, EINVAL);
	return map(fd, (size_t)file.st_size);
}

void shmring_detach(shmring *ring)
{
	if (ring)
		munmap(ring, ring->head.bytes);
}

static void lock(pthread_mutex_t *mutex)
{
	if (pthread_mutex_lock(mutex) == EOWNERDEAD)
		pthread_mutex_consistent(mutex); /* a number is changed last: what the dead one did has not happened */
}

/* Returns 0, or ETIMEDOUT. */
static int pass(sem_t *semaphore, const struct timespec *deadline)
{
	int saved = errno, result;

	do {
		result = deadline ? sem_clockwait(semaphore, CLOCK_MONOTONIC, deadline) : sem_wait(semaphore);
	} while (result != 0 && errno == EINTR);
	errno = saved;
	return result == 0 ? 0 : ETIMEDOUT;
}

static bool is_wrong(const struct timespec *deadline)
{
	return deadline && (deadline->tv_nsec < 0 || deadline->tv_nsec > 999999999);
}

static void *slot_of(shmring *ring, size_t number)
{
	return ring->slot + number % ring->head.slots * ring->head.slot_bytes;
}

static size_t items_in(struct head *head)
{
	return head->put - head->got;
}

enum outcome { DONE, CLOSED, NOTHING_THERE };

static enum outcome try_to_put(shmring *ring, shmring_fill *fill, void *context)
{
	struct head *head = &ring->head;
	enum outcome outcome = DONE;

	lock(&head->putting);
	if (head->closed) {
		outcome = CLOSED;
	} else if (items_in(head) == head->slots) {
		outcome = NOTHING_THERE;
	} else {
		fill(slot_of(ring, head->put), context);
		head->put++;
		sem_post(&head->filled);
	}
	pthread_mutex_unlock(&head->putting);
	return outcome;
}

int shmring_put(shmring *ring, shmring_fill *fill, void *context, const struct timespec *deadline)
{
	enum outcome outcome = NOTHING_THERE;
	int error = is_wrong(deadline) ? EINVAL : 0;

	while (error == 0 && outcome == NOTHING_THERE) {
		error = pass(&ring->head.free, deadline);
		if (error == 0)
			outcome = try_to_put(ring, fill, context);
		if (outcome == CLOSED)
			sem_post(&ring->head.free); /* for the next */
	}
	if (error == ETIMEDOUT) /* once more, without a hint */
		outcome = try_to_put(ring, fill, context);
	if (outcome == DONE)
		return 0;
	errno = outcome == CLOSED ? EPIPE : error;
	return -1;
}

static enum outcome try_to_get(shmring *ring, shmring_take *take, void *context)
{
	struct head *head = &ring->head;
	enum outcome outcome = DONE;

	lock(&head->getting);
	if (items_in(head) > 0) {
		take(slot_of(ring, head->got), context);
		head->got++;
		sem_post(&head->free);
	} else if (head->closed) {
		outcome = CLOSED;
	} else {
		outcome = NOTHING_THERE;
	}
	pthread_mutex_unlock(&head->getting);
	return outcome;
}

int shmring_get(shmring *ring, shmring_take *take, void *context, const struct timespec *deadline)
{
	enum outcome outcome = NOTHING_THERE;
	int error = is_wrong(deadline) ? EINVAL : 0;

	while (error == 0 && outcome == NOTHING_THERE) {
		error = pass(&ring->head.filled, deadline);
		if (error == 0)
			outcome = try_to_get(ring, take, context);
		if (outcome == CLOSED)
			sem_post(&ring->head.filled); /* for the next */
	}
	if (error == ETIMEDOUT)
		outcome = try_to_get(ring, take, context);
	if (outcome != NOTHING_THERE)
		return outcome == DONE ? 1 : 0;
	errno = error;
	return -1;
}

void shmring_close(shmring *ring)
{
	struct head *head = &ring->head;

	lock(&head->putting); /* no put is under way any more, */
	lock(&head->getting); /* and no get that has looked before */
	if (!head->closed) {
		head->closed = true;
		sem_post(&head->free);
		sem_post(&head->filled);
	}
	pthread_mutex_unlock(&head->getting);
	pthread_mutex_unlock(&head->putting);
}

/* Whoever has died had passed `semaphore`, or not: it has to let at least `least` pass. */
static void raise_to(sem_t *semaphore, size_t least)
{
	int value;

	for (sem_getvalue(semaphore, &value); value < 0 || (size_t)value < least; value++)
		sem_post(semaphore);
}

void shmring_recover(shmring *ring)
{
	struct head *head = &ring->head;

	lock(&head->putting);
	lock(&head->getting);
	raise_to(&head->free, head->slots - items_in(head) + head->closed);
	raise_to(&head->filled, items_in(head) + head->closed);
	pthread_mutex_unlock(&head->getting);
	pthread_mutex_unlock(&head->putting);
}
