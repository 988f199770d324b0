/* c11_signal_before_change: a cook rings the bell first and puts the meal on the counter afterwards (C11 threads).
 * The waiter who was woken finds no meal, waits again, and no second signal comes.
 * kind: lost_wakeup missing_signal
 * switches: 1
 */
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <threads.h>

static mtx_t mutex;
static cnd_t bell;
static bool meal; /* under mutex */

static int cook(void *unused)
{
	(void)unused;
#ifndef FIXED
	mtx_lock(&mutex);
	cnd_signal(&bell);
	mtx_unlock(&mutex);
#endif

	mtx_lock(&mutex);
	meal = true;
#ifdef FIXED
	cnd_signal(&bell);
#endif
	mtx_unlock(&mutex);
	return 0;
}

static int serve(void *unused)
{
	(void)unused;
	mtx_lock(&mutex);
	while (!meal)
		cnd_wait(&bell, &mutex);
	meal = false;
	mtx_unlock(&mutex);
	return 0;
}

int main(void)
{
	mtx_init(&mutex, mtx_plain);
	cnd_init(&bell);
	thrd_t waiter, chef;
	thrd_create(&waiter, serve, NULL);
	thrd_create(&chef, cook, NULL);
	thrd_join(waiter, NULL);
	thrd_join(chef, NULL);
	assert(!meal);
	cnd_destroy(&bell);
	mtx_destroy(&mutex);
	return 0;
}
