/* aba_free_list: a lock-free stack of free buffers. While one thread is between reading the successor of the top
 * and its compare-and-swap, the other takes two buffers and gives the first back: the top is the same again (ABA),
 * its successor is not, and one buffer gets two owners.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

/* The top of the stack is the number of a buffer (0: none) in the low byte and a version above it. */
enum { BUFFERS = 3, NUMBER = 0xff };
#ifdef FIXED
enum { NEXT_VERSION = 0x100 };
#else
enum { NEXT_VERSION = 0 };
#endif

static atomic_uint top = 1;
static atomic_uint next[BUFFERS + 1] = {0, 2, 3, 0};
static atomic_int owners[BUFFERS + 1];

static unsigned take(void)
{
	unsigned old = atomic_load(&top), new;
	do {
		if ((old & NUMBER) == 0)
			return 0;
		new = ((old & ~NUMBER) + NEXT_VERSION) | atomic_load(&next[old & NUMBER]);
	} while (!atomic_compare_exchange_weak(&top, &old, new));
	assert(atomic_fetch_add(&owners[old & NUMBER], 1) == 0);
	return old & NUMBER;
}

static void give_back(unsigned buffer)
{
	unsigned old = atomic_load(&top), new;
	if (buffer == 0)
		return;
	atomic_fetch_sub(&owners[buffer], 1);
	do {
		atomic_store(&next[buffer], old & NUMBER);
		new = ((old & ~NUMBER) + NEXT_VERSION) | buffer;
	} while (!atomic_compare_exchange_weak(&top, &old, new));
}

static void *keeps_both(void *unused)
{
	(void)unused;
	take();
	take();
	return NULL;
}

static void *keeps_second(void *unused)
{
	(void)unused;
	unsigned first = take();
	take();
	give_back(first);
	return NULL;
}

int main(void)
{
	pthread_t a, b;
	pthread_create(&a, NULL, keeps_both, NULL);
	pthread_create(&b, NULL, keeps_second, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	return 0;
}
