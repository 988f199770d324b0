/* shown.c - what the tools see of locks, and are told where they see nothing. */
#include "objects.h"

void rt_tsan_release(void *object)
{
	if (__tsan_release)
		__tsan_release(object);
}

void rt_tsan_acquire(void *object)
{
	if (__tsan_acquire)
		__tsan_acquire(object);
}

void rt_both_release(void *object)
{
	rt_tsan_release(object);
	order_release(rt_key_of(object), false);
}

void rt_both_acquire(void *object)
{
	rt_tsan_acquire(object);
	order_acquire(rt_key_of(object));
}

/* ---- locks that the tools do not see --------------------------------------------------------
 *
 * ThreadSanitizer follows the order of locks for at most 64 that one thread holds, and ends the process at the next.
 * So those beyond SHOWN_LOCKS are kept in the table alone, and ThreadSanitizer is told what they order. */

enum { SHOWN_LOCKS = 60 };

static uint64_t *unseen_word(struct rt_object *object, int thread)
{
	return &object->unseen[thread / 64];
}

bool rt_is_unseen(struct rt_object *object, int thread)
{
	return thread >= 0 && *unseen_word(object, thread) >> thread % 64 & 1;
}

void rt_inherit_unseen(struct rt_object *copy, int child)
{
	if (rt_is_unseen(copy, rt_me))
		*unseen_word(copy, child) |= 1ull << child % 64;
}

void rt_count_shown(struct rt_object *object)
{
	if (rt_is_unseen(object, rt_me))
		return; /* a reader once more */
	if (ME->locks_shown < SHOWN_LOCKS)
		ME->locks_shown++;
	else
		*unseen_word(object, rt_me) |= 1ull << rt_me % 64;
}

void rt_count_hidden(struct rt_object *object)
{
	if (!rt_is_unseen(object, rt_me) && ME->locks_shown)
		ME->locks_shown--;
}
