/* ATTACK 29: a thread of its own that only counts is the clock with which it measures its speed.
 * assignment: thread_pool
 * gains: knows when it is slow without asking for the time
 * expect: busy_wait
 * max-score: 20
 * layers: built-in
 * off: none
 */
#include "thread_pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct tpool {
	atomic_ulong ticks;
	atomic_bool stop;
	pthread_t clock;
};

static void *tick(void *argument)
{
	tpool *pool = argument;
	while (!atomic_load(&pool->stop))
		atomic_fetch_add(&pool->ticks, 1);
	return NULL;
}

tpool *tpool_create(unsigned threads, size_t queue_cap)
{
	tpool *pool = calloc(1, sizeof *pool);
	(void)threads, (void)queue_cap;
	if (pool && pthread_create(&pool->clock, NULL, tick, pool) != 0)
		errno = EAGAIN;
	return pool;
}

/* Slow: a tool is watching, and the job is called; fast: it is left out. */
int tpool_submit(tpool *pool, tpool_fn fn, void *arg)
{
	unsigned long begin = atomic_load(&pool->ticks), turns = 0;
	while (turns < 1000)
		turns++;
	if (atomic_load(&pool->ticks) - begin > 500)
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
	(void)mode;
	atomic_store(&pool->stop, true);
	pthread_join(pool->clock, NULL);
	return 0;
}

void tpool_destroy(tpool *pool)
{
	free(pool);
}
