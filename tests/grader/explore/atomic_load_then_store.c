/* atomic_load_then_store: two sellers count tickets in an atomic counter, but with a load and a store.
 * Each of the two steps is atomic, the increment is not: a sale made between them is lost.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

enum { SALES = 2 };

static atomic_int sold;

static void *sell(void *unused)
{
	(void)unused;
	for (int i = 0; i < SALES; i++) {
#ifdef FIXED
		atomic_fetch_add(&sold, 1);
#else
		atomic_store(&sold, atomic_load(&sold) + 1);
#endif
	}
	return NULL;
}

int main(void)
{
	pthread_t sellers[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&sellers[i], NULL, sell, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(sellers[i], NULL);
	assert(atomic_load(&sold) == 2 * SALES);
	return 0;
}
