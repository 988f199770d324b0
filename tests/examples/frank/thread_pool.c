/* thread_pool.c - your solution. The contract is in include/thread_pool.h, the handout in README.md.
 *
 * Given: the types and the job queue. The queue knows nothing of threads: whoever calls it must hold the pool's lock.
 * Yours: everything that says TODO.
 */
#include "thread_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* Some given functions are not called yet; this keeps the compiler silent about it. Take it away when you call them. */
#define GIVEN __attribute__((unused)) static

struct job {
	tpool_fn fn;
	void *arg;
	struct job *next; /* used by the queue while the job is in it */
};

/* Jobs in the order of their arrival. A job is allocated with malloc; it belongs to the queue from push to pop. */
struct job_queue {
	struct job *first, *last;
	size_t count;
};

struct tpool {
	pthread_mutex_t lock; /* guards everything below that changes after tpool_create */
	struct job_queue queue;
	size_t queue_cap;
	unsigned threads;
	/* TODO: what else must the pool know? Which conditions do workers, submitters and waiters wait for? */
};

/* Lock held. */
GIVEN void queue_push(struct job_queue *queue, struct job *job)
{
	job->next = NULL;
	if (queue->last)
		queue->last->next = job;
	else
		queue->first = job;
	queue->last = job;
	queue->count++;
}

/* Lock held. The oldest job, or NULL when there is none. The caller owns it. */
GIVEN struct job *queue_pop(struct job_queue *queue)
{
	struct job *job = queue->first;

	if (!job)
		return NULL;
	queue->first = job->next;
	if (!queue->first)
		queue->last = NULL;
	queue->count--;
	return job;
}

/* TODO: the loop of a worker. */

tpool *tpool_create(unsigned threads, size_t queue_cap)
{
	/* TODO */
	(void)threads;
	(void)queue_cap;
	errno = ENOSYS;
	return NULL;
}

int tpool_submit(tpool *pool, tpool_fn fn, void *arg)
{
	/* TODO */
	(void)pool;
	(void)fn;
	(void)arg;
	errno = ENOSYS;
	return -1;
}

int tpool_wait(tpool *pool)
{
	/* TODO */
	(void)pool;
	errno = ENOSYS;
	return -1;
}

size_t tpool_shutdown(tpool *pool, int mode)
{
	/* TODO */
	(void)pool;
	(void)mode;
	errno = ENOSYS;
	return TP_ERROR;
}

void tpool_destroy(tpool *pool)
{
	/* TODO */
	(void)pool;
}
