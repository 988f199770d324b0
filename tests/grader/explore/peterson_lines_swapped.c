/* peterson_lines_swapped: Peterson's lock for two threads, with its first two lines swapped.
 * A thread that gives the turn away before it shows its interest can meet the other one in the critical section.
 * kind: assertion
 * switches: 2
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static atomic_bool interested[2];
static atomic_int turn;
static atomic_int inside;

static void lock(int me)
{
	int other = 1 - me;
#ifdef FIXED
	atomic_store(&interested[me], true);
	atomic_store(&turn, other);
#else
	atomic_store(&turn, other);
	atomic_store(&interested[me], true);
#endif
	while (atomic_load(&interested[other]) && atomic_load(&turn) == other)
		sched_yield();
}

static void unlock(int me)
{
	atomic_store(&interested[me], false);
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
