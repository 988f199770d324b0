/* weaker_atomics: right only by the orders of its atomics, of which the explorer tries the sequentially consistent
 * ones. expect: none fails; it uses atomics weaker than seq_cst, but only sequentially consistent orders were tried
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static int data;
static atomic_int ready;

static void *publish(void *unused)
{
	data = 42;
	atomic_store_explicit(&ready, 1, memory_order_release);
	return unused;
}

int main(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, publish, NULL) != 0)
		return 1;
	int seen = atomic_load_explicit(&ready, memory_order_acquire) ? data : 42;
	pthread_join(thread, NULL);
	return seen != 42;
}
