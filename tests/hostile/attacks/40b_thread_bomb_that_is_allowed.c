/* ATTACK 40: a pool that makes a thread for each job and joins none.
 * assignment: thread_pool
 * gains: a machine that answers nobody, with functions that the exercise allows
 * expect: score<=40
 * max-score: 40
 * layers: built-in
 * off: none
 */
#include "thread_pool.h"

#include <pthread.h>
#include <stdlib.h>

struct tpool {
	size_t jobs;
};

struct job {
	tpool_fn fn;
	void *arg;
};

static void *run(void *argument)
{
	struct job job = *(struct job *)argument;
	free(argument);
	for (;;)
		job.fn(job.arg);
	return NULL;
}

tpool *tpool_create(unsigned threads, size_t queue_cap)
{
	(void)threads, (void)queue_cap;
	return calloc(1, sizeof(tpool));
}

int tpool_submit(tpool *pool, tpool_fn fn, void *arg)
{
	for (int i = 0; i < 100; i++) {
		pthread_t thread;
		struct job *job = malloc(sizeof *job);
		*job = (struct job){fn, arg};
		pthread_create(&thread, NULL, run, job);
	}
	pool->jobs++;
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
	return pool->jobs;
}

void tpool_destroy(tpool *pool)
{
	free(pool);
}
