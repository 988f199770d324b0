/* cas_failure_ignored: three threads record the highest value seen with compare-and-swap.
 * A failed exchange means that another thread was faster; giving up there loses the higher value.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int highest;

static void *record(void *arg)
{
	int value = *(const int *)arg;
	int seen = atomic_load(&highest);
#ifdef FIXED
	/* A failed exchange stores the current value in `seen`: decide again with it. */
	while (value > seen && !atomic_compare_exchange_weak(&highest, &seen, value))
		;
#else
	if (value > seen)
		atomic_compare_exchange_strong(&highest, &seen, value);
#endif
	return NULL;
}

int main(void)
{
	static const int values[] = {7, 3, 5};
	pthread_t threads[3];
	for (int i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, record, (void *)&values[i]);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert(atomic_load(&highest) == 7);
	return 0;
}
