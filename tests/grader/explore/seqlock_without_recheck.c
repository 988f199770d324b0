/* seqlock_without_recheck: a reader of a sequence lock waits for an even number, copies both coordinates and goes.
 * It must compare the number afterwards, or it returns one old and one new coordinate.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static atomic_uint sequence; /* odd while the writer is at work */
static atomic_int x, y;

static void *move(void *unused)
{
	(void)unused;
	atomic_fetch_add(&sequence, 1);
	atomic_store(&x, 1);
	atomic_store(&y, 1);
	atomic_fetch_add(&sequence, 1);
	return NULL;
}

static bool unchanged_since(unsigned before)
{
#ifdef FIXED
	return atomic_load(&sequence) == before;
#else
	(void)before;
	return true;
#endif
}

static void *look(void *unused)
{
	(void)unused;
	unsigned before;
	int seen_x, seen_y;
	for (;;) {
		before = atomic_load(&sequence);
		seen_x = atomic_load(&x);
		seen_y = atomic_load(&y);
		if (before % 2 == 0 && unchanged_since(before))
			break;
		sched_yield();
	}
	assert(seen_x == seen_y);
	return NULL;
}

int main(void)
{
	pthread_t reader, writer;
	pthread_create(&reader, NULL, look, NULL);
	pthread_create(&writer, NULL, move, NULL);
	pthread_join(reader, NULL);
	pthread_join(writer, NULL);
	return 0;
}
