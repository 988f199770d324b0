/* polite_livelock: two hungry philosophers share a spoon. Whoever has it and sees the other one hungry hands it over.
 * When both are hungry the spoon goes to and fro without end: everybody is busy, nobody eats.
 * kind: livelock hang
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static atomic_bool hungry[2];
static atomic_int spoon; /* number of the philosopher who has it */
static int meals;        /* only the one with the spoon touches it */

static void *dine(void *arg)
{
	int me = *(const int *)arg, other = 1 - me;
	bool polite = true;
	atomic_store(&hungry[me], true);
	while (atomic_load(&hungry[me])) {
		if (atomic_load(&spoon) != me) {
			sched_yield();
		} else if (polite && atomic_load(&hungry[other])) {
#ifdef FIXED
			polite = false; /* once is enough */
#endif
			atomic_store(&spoon, other);
		} else {
			meals++;
			atomic_store(&hungry[me], false);
			atomic_store(&spoon, other);
		}
	}
	return NULL;
}

int main(void)
{
	static const int numbers[] = {0, 1};
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, dine, (void *)&numbers[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert(meals == 2);
	return 0;
}
