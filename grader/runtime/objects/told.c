/* told.c - what an operation on an object tells the report, the record and the search. */
#include "objects.h"

#include <errno.h>
#include <stdio.h>

bool rt_is_no_time(const struct timespec *time)
{
	return time->tv_nsec < 0 || time->tv_nsec >= 1000000000;
}

void rt_misuse(const char *kind, const char *what, uintptr_t site)
{
	char name[64];
	rt_note(exploring() ? kind : "mutex_misuse", site, "%s %s", rt_thread_name(rt_me, name, sizeof name), what);
}

void rt_tell(int step, const char *text, const void *object)
{
	search_effect(step, "%s {obj:%lx}", text, (unsigned long)rt_key_of(object));
}

void rt_initialised(const void *object, bool for_processes, uintptr_t site)
{
	rt_made(object, for_processes, site);
	if (!exploring())
		return;
	order_reset(rt_key_of(object));
	order_object(object, 4, true, false, site);
}

/* The current thread rather than another one that reads, too. */
static int holder_of(const struct rt_object *object)
{
	bool (*shares)(const struct rt_object *, int) = rt_traits[object->kind]->shares;
	return object->owner < 0 && shares && shares(object, rt_me) ? rt_me : rt_holder(object);
}

/* Who has locked it is alone in it: that disturbs nobody yet, and is told as what it is. */
void rt_locked_when_gone(struct rt_object *object, const char *does, uintptr_t site)
{
	char me[64], other[64];
	const char *who = rt_thread_name(rt_me, me, sizeof me);
	const char *what = rt_traits[object->kind]->any;
	int holder = holder_of(object);
	if (object->told)
		return;
	object->told = true;
	if (holder == rt_me)
		rt_note("mutex_misuse", site, "%s %s %s that it has locked itself ({pc:%lx}): it is locked when destroyed", who,
		        does, what, (unsigned long)object->site);
	else if (holder >= 0)
		rt_note("destroy_in_use", site, "%s %s %s that %s has locked ({pc:%lx})", who, does, what,
		        rt_thread_name(holder, other, sizeof other), (unsigned long)object->site);
	else
		rt_note("destroy_in_use", site, "%s %s %s that others are waiting for", who, does, what);
}

void rt_took_or_not(enum rt_op op, const void *object, int error, uintptr_t site)
{
	if (error == EBUSY || error == EAGAIN || error == ETIMEDOUT)
		rt_event_in_vain(op, object, site);
	else
		rt_event(op, object, true, site);
}
