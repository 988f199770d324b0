/* Alternative: two semaphores count free slots and queued jobs; a mutex guards the list; thread-specific data tells a
 * task apart.
 *
 * Nobody waits for the queue under the lock: the counting is done by the semaphores. Closing is a token that is passed
 * on: each submitter that finds the pool closed gives its slot to the next one, and each worker finds one item more
 * than there are jobs.
 */
#include "thread_pool.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>

struct job {
	tpool_fn fn;
	void *arg;
	struct job *next;
};

struct tpool {
	sem_t slots;        /* free places in the queue */
	sem_t items;        /* queued jobs; once closing, also one per worker */
	pthread_key_t here; /* in a worker of this pool: the pool */
	pthread_mutex_t lock;
	pthread_cond_t rest; /* unfinished became 0, or joined became true */
	struct job *first, **end;
	size_t unfinished; /* jobs queued or running */
	bool closing, joined;
	unsigned threads;
	pthread_t *thread;
};

static void take(sem_t *semaphore)
{
	while (sem_wait(semaphore) == -1 && errno == EINTR)
		;
}

/* Lock held. */
static void finish(tpool *pool, size_t jobs)
{
	pool->unfinished -= jobs;
	if (pool->unfinished == 0)
		pthread_cond_broadcast(&pool->rest);
}

static void *work(void *arg)
{
	tpool *pool = arg;
	struct job *job;

	pthread_setspecific(pool->here, pool);
	for (;;) {
		take(&pool->items);
		pthread_mutex_lock(&pool->lock);
		job = pool->first;
		if (job) {
			pool->first = job->next;
			if (!pool->first)
				pool->end = &pool->first;
		}
		pthread_mutex_unlock(&pool->lock);
		if (!job)
			return NULL; /* an item without a job: closing */
		sem_post(&pool->slots);
		job->fn(job->arg);
		free(job);
		pthread_mutex_lock(&pool->lock);
		finish(pool, 1);
		pthread_mutex_unlock(&pool->lock);
	}
}

static size_t close_and_join(tpool *pool, bool discard)
{
	struct job *job, *next;
	size_t dropped = 0;

	pthread_mutex_lock(&pool->lock);
	if (pool->closing) {
		while (!pool->joined)
			pthread_cond_wait(&pool->rest, &pool->lock);
		pthread_mutex_unlock(&pool->lock);
		return 0;
	}
	pool->closing = true;
	if (discard) {
		for (job = pool->first; job; job = next) {
			next = job->next;
			free(job);
			dropped++;
		}
		pool->first = NULL;
		pool->end = &pool->first;
		finish(pool, dropped);
	}
	pthread_mutex_unlock(&pool->lock);

	for (unsigned i = 0; i < pool->threads; i++)
		sem_post(&pool->items);
	sem_post(&pool->slots);
	for (unsigned i = 0; i < pool->threads; i++)
		pthread_join(pool->thread[i], NULL);

	pthread_mutex_lock(&pool->lock);
	pool->joined = true;
	pthread_cond_broadcast(&pool->rest);
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
	if (queue_cap >= SEM_VALUE_MAX - threads) {
		errno = ENOMEM;
		return NULL;
	}
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	pool->thread = calloc(threads, sizeof(*pool->thread));
	if (!pool->thread) {
		error = ENOMEM;
		goto no_threads;
	}
	error = pthread_key_create(&pool->here, NULL);
	if (error)
		goto no_key;
	sem_init(&pool->slots, 0, (unsigned)queue_cap); /* cannot fail: the value was checked above */
	sem_init(&pool->items, 0, 0);
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->rest, NULL);
	pool->end = &pool->first;
	while (pool->threads < threads) {
		error = pthread_create(&pool->thread[pool->threads], NULL, work, pool);
		if (error) {
			tpool_destroy(pool);
			errno = error;
			return NULL;
		}
		pool->threads++;
	}
	return pool;

no_key:
	free(pool->thread);
no_threads:
	free(pool);
	errno = error;
	return NULL;
}

int tpool_submit(tpool *pool, tpool_fn fn, void *arg)
{
	struct job *job;

	if (!fn) {
		errno = EINVAL;
		return -1;
	}
	job = malloc(sizeof(*job));
	if (!job)
		return -1;
	*job = (struct job){fn, arg, NULL};
	take(&pool->slots);
	pthread_mutex_lock(&pool->lock);
	if (pool->closing) {
		pthread_mutex_unlock(&pool->lock);
		sem_post(&pool->slots); /* for the next one that waits */
		free(job);
		errno = ECANCELED;
		return -1;
	}
	*pool->end = job;
	pool->end = &job->next;
	pool->unfinished++;
	pthread_mutex_unlock(&pool->lock);
	sem_post(&pool->items);
	return 0;
}

int tpool_wait(tpool *pool)
{
	if (pthread_getspecific(pool->here)) {
		errno = EDEADLK;
		return -1;
	}
	pthread_mutex_lock(&pool->lock);
	while (pool->unfinished > 0)
		pthread_cond_wait(&pool->rest, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	return 0;
}

size_t tpool_shutdown(tpool *pool, int mode)
{
	if (mode != TP_DRAIN && mode != TP_DISCARD) {
		errno = EINVAL;
		return TP_ERROR;
	}
	if (pthread_getspecific(pool->here)) {
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
	pthread_cond_destroy(&pool->rest);
	pthread_mutex_destroy(&pool->lock);
	sem_destroy(&pool->items);
	sem_destroy(&pool->slots);
	pthread_key_delete(pool->here);
	free(pool->thread);
	free(pool);
}
