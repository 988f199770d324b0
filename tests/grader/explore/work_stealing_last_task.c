/* work_stealing_last_task: the owner of a deque takes tasks from the bottom, a thief steals them from the top.
 * Both claim the last task; the owner has to win it with a compare-and-swap on the top, and does not.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { TASKS = 2, NONE = -1 };

/* Tasks top .. bottom - 1 are waiting; task i has number i. */
static atomic_int top, bottom = TASKS;
static atomic_int runs[TASKS];

static int take(void)
{
	int last = atomic_load(&bottom) - 1;
	atomic_store(&bottom, last);
	int first = atomic_load(&top);
	if (first < last)
		return last;
	bool mine = first == last;
#ifdef FIXED
	if (mine)
		mine = atomic_compare_exchange_strong(&top, &first, last + 1);
	atomic_store(&bottom, last + 1);
#else
	if (!mine)
		atomic_store(&bottom, last + 1);
#endif
	return mine ? last : NONE;
}

static int steal(void)
{
	int first = atomic_load(&top);
	if (first >= atomic_load(&bottom))
		return NONE;
	return atomic_compare_exchange_strong(&top, &first, first + 1) ? first : NONE;
}

static void run(int task)
{
	if (task != NONE)
		assert(atomic_fetch_add(&runs[task], 1) == 0);
}

static void *owner(void *unused)
{
	(void)unused;
	for (int i = 0; i < TASKS; i++)
		run(take());
	return NULL;
}

static void *thief(void *unused)
{
	(void)unused;
	run(steal());
	return NULL;
}

int main(void)
{
	pthread_t a, b;
	pthread_create(&a, NULL, owner, NULL);
	pthread_create(&b, NULL, thief, NULL);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	for (int i = 0; i < TASKS; i++)
		assert(atomic_load(&runs[i]) == 1);
	return 0;
}
