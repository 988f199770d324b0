/* Mutant M44: the size of the ring is a product that may not fit into a size_t (the ring of the alternative).
 * loses: correctness
 * check: criterion
 * test: a_queue_cap_too_large_is_enomem
 * contract: create_enomem
 */
#include "thread_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct job {
	tpool_fn fn;
	void *arg;
};

struct tpool {
	pthread_mutex_t lock;
	pthread_cond_t changed;  /* something below has changed */
	size_t cap, head, count; /* ring[head] is the oldest of `count` jobs */
	struct job *ring;
	bool closing, joined;
	unsigned threads, running;
	pthread_t *thread;
	pthread_t *task; /* the first `running` are the threads that run a task */
};

/* Lock held. */
static void enter_task(tpool *pool)
{
	pool->task[pool->running++] = pthread_self();
}

/* Lock held. */
static void leave_task(tpool *pool)
{
	unsigned i = 0;

	while (!pthread_equal(pool->task[i], pthread_self()))
		i++;
	pool->task[i] = pool->task[--pool->running];
}

/* Lock held. */
static bool in_task(const tpool *pool)
{
	for (unsigned i = 0; i < pool->running; i++)
		if (pthread_equal(pool->task[i], pthread_self()))
			return true;
	return false;
}

static void *work(void *arg)
{
	tpool *pool = arg;

	pthread_mutex_lock(&pool->lock);
	while (pool->count > 0 || !pool->closing) {
		struct job job;

		if (pool->count == 0) {
			pthread_cond_wait(&pool->changed, &pool->lock);
			continue;
		}
		job = pool->ring[pool->head];
		pool->head = (pool->head + 1) % pool->cap;
		pool->count--;
		enter_task(pool);
		pthread_cond_broadcast(&pool->changed);
		pthread_mutex_unlock(&pool->lock);
		job.fn(job.arg);
		pthread_mutex_lock(&pool->lock);
		leave_task(pool);
		pthread_cond_broadcast(&pool->changed);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

static void pool_free(tpool *pool)
{
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->lock);
	free(pool->task);
	free(pool->thread);
	free(pool->ring);
	free(pool);
}

/* Closes the pool, joins its threads, and returns how many jobs were dropped. */
static size_t close_and_join(tpool *pool, bool discard)
{
	size_t dropped;

	pthread_mutex_lock(&pool->lock);
	if (pool->closing) {
		while (!pool->joined)
			pthread_cond_wait(&pool->changed, &pool->lock);
		pthread_mutex_unlock(&pool->lock);
		return 0;
	}
	pool->closing = true;
	dropped = discard ? pool->count : 0;
	pool->count -= dropped;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);

	for (unsigned i = 0; i < pool->threads; i++)
		pthread_join(pool->thread[i], NULL);

	pthread_mutex_lock(&pool->lock);
	pool->joined = true;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	return dropped;
}

tpool *tpool_create(unsigned threads, size_t queue_cap)
{
	tpool *pool;
	int error;

	if (threads == 0 || queue_cap == 0) {
		errno = EINVAL;
		return NULL;
	}
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->changed, NULL);
	pool->cap = queue_cap;
	pool->ring = malloc(queue_cap * sizeof(*pool->ring));
	pool->thread = calloc(threads, sizeof(*pool->thread));
	pool->task = calloc(threads, sizeof(*pool->task));
	if (!pool->ring || !pool->thread || !pool->task) {
		pool_free(pool);
		errno = ENOMEM;
		return NULL;
	}
	while (pool->threads < threads) {
		error = pthread_create(&pool->thread[pool->threads], NULL, work, pool);
		if (error) {
			close_and_join(pool, true);
			pool_free(pool);
			errno = error;
			return NULL;
		}
		pool->threads++;
	}
	return pool;
}

int tpool_submit(tpool *pool, tpool_fn fn, void *arg)
{
	if (!fn) {
		errno = EINVAL;
		return -1;
	}
	pthread_mutex_lock(&pool->lock);
	while (!pool->closing && pool->count == pool->cap)
		pthread_cond_wait(&pool->changed, &pool->lock);
	if (pool->closing) {
		pthread_mutex_unlock(&pool->lock);
		errno = ECANCELED;
		return -1;
	}
	pool->ring[(pool->head + pool->count) % pool->cap] = (struct job){fn, arg};
	pool->count++;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	return 0;
}

int tpool_wait(tpool *pool)
{
	int result = 0;

	pthread_mutex_lock(&pool->lock);
	if (in_task(pool)) {
		errno = EDEADLK;
		result = -1;
	} else {
		while (pool->count > 0 || pool->running > 0)
			pthread_cond_wait(&pool->changed, &pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return result;
}

size_t tpool_shutdown(tpool *pool, int mode)
{
	bool from_task;

	if (mode != TP_DRAIN && mode != TP_DISCARD) {
		errno = EINVAL;
		return TP_ERROR;
	}
	pthread_mutex_lock(&pool->lock);
	from_task = in_task(pool);
	pthread_mutex_unlock(&pool->lock);
	if (from_task) {
		errno = EDEADLK;
		return TP_ERROR;
	}
	return close_and_join(pool, mode == TP_DISCARD);
}

void tpool_destroy(tpool *pool)
{
	if (!pool)
		return;
	close_and_join(pool, false);
	pool_free(pool);
}
