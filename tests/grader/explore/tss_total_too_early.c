/* tss_total_too_early: each thread counts in thread-specific memory; the destructor adds the count to the total.
 * Destructors run after the thread function has returned, so main must join before it reads the total: the
 * threads' own "finished" comes too early.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <stdlib.h>
#include <threads.h>

enum { THREADS = 2, COUNT = 3 };

static tss_t counter;
static mtx_t mutex;
static cnd_t changed;
static int finished, total; /* under mutex */

static void add_to_total(void *value)
{
	int *count = value;
	mtx_lock(&mutex);
	total += *count;
	mtx_unlock(&mutex);
	free(count);
}

static int work(void *unused)
{
	(void)unused;
	int *count = malloc(sizeof *count);
	if (!count || tss_set(counter, count) != thrd_success)
		abort();
	*count = COUNT;

	mtx_lock(&mutex);
	finished++;
	cnd_signal(&changed);
	mtx_unlock(&mutex);
	return 0;
}

static int read_total(void)
{
	mtx_lock(&mutex);
	while (finished < THREADS)
		cnd_wait(&changed, &mutex);
	int seen = total;
	mtx_unlock(&mutex);
	return seen;
}

int main(void)
{
	thrd_t threads[THREADS];
	mtx_init(&mutex, mtx_plain);
	cnd_init(&changed);
	tss_create(&counter, add_to_total);
	for (int i = 0; i < THREADS; i++)
		thrd_create(&threads[i], work, NULL);
#ifndef FIXED
	assert(read_total() == THREADS * COUNT);
#endif
	for (int i = 0; i < THREADS; i++)
		thrd_join(threads[i], NULL);
	assert(read_total() == THREADS * COUNT);
	tss_delete(counter);
	cnd_destroy(&changed);
	mtx_destroy(&mutex);
	return 0;
}
