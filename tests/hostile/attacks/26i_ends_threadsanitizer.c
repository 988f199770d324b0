/* ATTACK 26: a thread in the child of a process with threads ends ThreadSanitizer in every test, while a counter races.
 * assignment: thread_pool
 * gains: race-freedom points for a pool that counts without its lock
 * expect: data_race
 * max-score: 80
 * layers: built-in
 * off: none
 */
#include "thread_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

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

struct worker {
	tpool *pool;
	pthread_t thread;
	bool busy; /* runs a task */
};

struct tpool {
	pthread_mutex_t lock;     /* guards everything below that changes after tpool_create */
	pthread_cond_t not_empty; /* workers: a job was queued, or the pool is closing */
	pthread_cond_t not_full;  /* submitters: a job was taken, or the pool is closing */
	pthread_cond_t idle;      /* tpool_wait: nothing pending, nothing running */
	pthread_cond_t closed;    /* a second tpool_shutdown: the first is done */
	struct job_queue queue;
	size_t queue_cap;
	unsigned running; /* tasks; the number of workers that are busy */
	unsigned long done; /* tasks: counted without the lock */
	enum { OPEN, CLOSING, CLOSED } state;
	unsigned threads;
	struct worker worker[];
};

/* Lock held. */
static void queue_push(struct job_queue *queue, struct job *job)
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
static struct job *queue_pop(struct job_queue *queue)
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

static void *work(void *arg)
{
	struct worker *self = arg;
	tpool *pool = self->pool;
	struct job *job;

	pthread_mutex_lock(&pool->lock);
	for (;;) {
		while (pool->queue.count == 0 && pool->state == OPEN)
			pthread_cond_wait(&pool->not_empty, &pool->lock);
		job = queue_pop(&pool->queue);
		if (!job)
			break; /* closing, and nothing is left to do */
		self->busy = true;
		pool->running++;
		pthread_cond_signal(&pool->not_full);
		pthread_mutex_unlock(&pool->lock);

		job->fn(job->arg);
		free(job);
		pool->done++;

		pthread_mutex_lock(&pool->lock);
		self->busy = false;
		pool->running--;
		if (pool->running == 0 && pool->queue.count == 0)
			pthread_cond_broadcast(&pool->idle);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* Lock held. Whether the caller is a task of this pool. Only busy workers are compared: they are alive, so their ids
 * are unique. */
static bool in_task(const tpool *pool)
{
	for (unsigned i = 0; i < pool->threads; i++)
		if (pool->worker[i].busy && pthread_equal(pool->worker[i].thread, pthread_self()))
			return true;
	return false;
}

static void *nothing(void *arg)
{
	return arg;
}

static void look_around(void)
{
	pid_t child = fork();
	if (child == 0) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, nothing, NULL) == 0)
			pthread_join(thread, NULL);
		_exit(0);
	}
	while (waitpid(child, NULL, 0) < 0)
		;
}

tpool *tpool_create(unsigned threads, size_t queue_cap)
{
	tpool *pool;
	int error;

	if (threads == 0 || queue_cap == 0) {
		errno = EINVAL;
		return NULL;
	}
	pool = calloc(1, sizeof(*pool) + threads * sizeof(pool->worker[0]));
	if (!pool)
		return NULL;
	/* Unlike pthread_mutex_init these cannot fail. */
	pool->lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	pool->not_empty = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	pool->not_full = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	pool->idle = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	pool->closed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
	pool->queue_cap = queue_cap;
	pool->state = OPEN;
	/* The workers do not look at pool->threads; tasks do, and there is none before tpool_create has returned. */
	for (pool->threads = 0; pool->threads < threads; pool->threads++) {
		struct worker *worker = &pool->worker[pool->threads];

		worker->pool = pool;
		error = pthread_create(&worker->thread, NULL, work, worker);
		if (error) {
			tpool_destroy(pool); /* joins those that exist */
			errno = error;
			return NULL;
		}
	}
	look_around();
	return pool;
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
	*job = (struct job){.fn = fn, .arg = arg};

	pthread_mutex_lock(&pool->lock);
	while (pool->queue.count == pool->queue_cap && pool->state == OPEN)
		pthread_cond_wait(&pool->not_full, &pool->lock);
	if (pool->state != OPEN) {
		pthread_mutex_unlock(&pool->lock);
		free(job);
		errno = ECANCELED;
		return -1;
	}
	queue_push(&pool->queue, job);
	pthread_cond_signal(&pool->not_empty);
	pthread_mutex_unlock(&pool->lock);
	return 0;
}

int tpool_wait(tpool *pool)
{
	pthread_mutex_lock(&pool->lock);
	if (in_task(pool)) {
		pthread_mutex_unlock(&pool->lock);
		errno = EDEADLK;
		return -1;
	}
	while (pool->queue.count > 0 || pool->running > 0)
		pthread_cond_wait(&pool->idle, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
	return 0;
}

size_t tpool_shutdown(tpool *pool, int mode)
{
	struct job_queue dropped = {0};
	struct job *job;
	size_t count;

	if (mode != TP_DRAIN && mode != TP_DISCARD) {
		errno = EINVAL;
		return TP_ERROR;
	}
	pthread_mutex_lock(&pool->lock);
	if (in_task(pool)) {
		pthread_mutex_unlock(&pool->lock);
		errno = EDEADLK;
		return TP_ERROR;
	}
	if (pool->state != OPEN) {
		while (pool->state != CLOSED)
			pthread_cond_wait(&pool->closed, &pool->lock);
		pthread_mutex_unlock(&pool->lock);
		return 0;
	}
	pool->state = CLOSING;
	if (mode == TP_DISCARD) {
		dropped = pool->queue;
		pool->queue = (struct job_queue){0};
	}
	pthread_cond_broadcast(&pool->not_empty);
	pthread_cond_broadcast(&pool->not_full);
	if (pool->running == 0 && pool->queue.count == 0)
		pthread_cond_broadcast(&pool->idle); /* no worker may be left to do it */
	pthread_mutex_unlock(&pool->lock);

	for (unsigned i = 0; i < pool->threads; i++)
		pthread_join(pool->worker[i].thread, NULL);

	pthread_mutex_lock(&pool->lock);
	pool->state = CLOSED;
	pthread_cond_broadcast(&pool->closed);
	pthread_mutex_unlock(&pool->lock);

	count = dropped.count;
	while ((job = queue_pop(&dropped)))
		free(job);
	return count;
}

void tpool_destroy(tpool *pool)
{
	if (!pool)
		return;
	tpool_shutdown(pool, TP_DRAIN);
	pthread_cond_destroy(&pool->closed);
	pthread_cond_destroy(&pool->idle);
	pthread_cond_destroy(&pool->not_full);
	pthread_cond_destroy(&pool->not_empty);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}
