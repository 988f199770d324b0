/* dekker_without_turn: a lock in which each of two threads shows its wish and waits until the other has none.
 * When both show it first, both wait for ever; Dekker's turn says who steps back.
 * kind: livelock hang
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static atomic_bool wants[2];
static atomic_int turn;
static atomic_int inside;

static void lock(int me)
{
	int other = 1 - me;
	atomic_store(&wants[me], true);
	while (atomic_load(&wants[other])) {
#ifdef FIXED
		if (atomic_load(&turn) != me) {
			atomic_store(&wants[me], false);
			while (atomic_load(&turn) != me)
				sched_yield();
			atomic_store(&wants[me], true);
		}
#endif
		sched_yield();
	}
}

static void unlock(int me)
{
	atomic_store(&turn, 1 - me);
	atomic_store(&wants[me], false);
}

static void *visit(void *arg)
{
	int me = *(const int *)arg;
	lock(me);
	assert(atomic_fetch_add(&inside, 1) == 0);
	atomic_fetch_sub(&inside, 1);
	unlock(me);
	return NULL;
}

int main(void)
{
	static const int numbers[] = {0, 1};
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, visit, (void *)&numbers[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
