/* ATTACK 71: a thread goes on after the pool was destroyed.
 * assignment: thread_pool
 * gains: work that disturbs the next test
 * expect: thread_leak
 * max-score: 40
 * layers: built-in
 * off: none
 */
#include "thread_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct tpool {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
};

static void *go_on(void *argument)
{
	tpool *pool = argument;
	pthread_mutex_lock(&pool->lock);
	for (;;)
		pthread_cond_wait(&pool->changed, &pool->lock);
	return NULL;
}

tpool *tpool_create(unsigned threads, size_t queue_cap)
{
	tpool *pool = threads && queue_cap ? calloc(1, sizeof *pool) : NULL;
	if (!pool) {
		errno = EINVAL;
		return NULL;
	}
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->changed, NULL);
	pthread_create(&pool->thread, NULL, go_on, pool);
	return pool;
}

int tpool_submit(tpool *pool, tpool_fn fn, void *arg)
{
	(void)pool;
	if (!fn) {
		errno = EINVAL;
		return -1;
	}
	fn(arg);
	return 0;
}

int tpool_wait(tpool *pool)
{
	(void)pool;
	return 0;
}

size_t tpool_shutdown(tpool *pool, int mode)
{
	(void)pool, (void)mode;
	return 0;
}

void tpool_destroy(tpool *pool)
{
	(void)pool;
}
