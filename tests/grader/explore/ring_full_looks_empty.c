/* ring_full_looks_empty: a ring for one producer and one consumer; head and tail are equal when it is empty.
 * The producer also fills the last free slot: then they are equal again, and the consumer waits at a full ring.
 * kind: livelock hang
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { SLOTS = 3, ITEMS = 3 };

static int slots[SLOTS];
static atomic_int head, tail; /* next slot to read, next slot to write */

static bool full(void)
{
#ifdef FIXED
	return (atomic_load(&tail) + 1) % SLOTS == atomic_load(&head); /* one slot stays empty */
#else
	return atomic_load(&tail) - atomic_load(&head) == SLOTS; /* never true: both wrap round */
#endif
}

static void *produce(void *unused)
{
	(void)unused;
	for (int i = 0; i < ITEMS; i++) {
		while (full())
			sched_yield();
		int slot = atomic_load(&tail);
		slots[slot] = i;
		atomic_store(&tail, (slot + 1) % SLOTS);
	}
	return NULL;
}

static void *consume(void *unused)
{
	(void)unused;
	for (int i = 0; i < ITEMS; i++) {
		int slot = atomic_load(&head);
		while (slot == atomic_load(&tail))
			sched_yield();
		assert(slots[slot] == i);
		atomic_store(&head, (slot + 1) % SLOTS);
	}
	return NULL;
}

int main(void)
{
	pthread_t producer, consumer;
	pthread_create(&consumer, NULL, consume, NULL);
	pthread_create(&producer, NULL, produce, NULL);
	pthread_join(consumer, NULL);
	pthread_join(producer, NULL);
	return 0;
}
