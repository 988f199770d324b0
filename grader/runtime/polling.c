/* polling.c - who asks again and again, instead of sleeping until there is something to do: while schedules are
 * explored.
 *
 * An atomic operation that changes nothing, a trylock that fails, a read that would block: each asks, and gets an
 * answer. A thread that asks the same again, and has done nothing in between that others could see, waits; it has
 * polled when the answer becomes another one and it goes on with something else. So these have not: who tries again
 * because another one was faster (it gets another answer), who works and looks now and then whether to stop (it gets on
 * meanwhile), who reads a variable in a loop (it goes on reading, whatever the answer), and who asks a few times and
 * then sleeps. */
#include "internal.h"

enum {
	TIMES = 100 /* it asks in vain, unless it lets others on in between: then once is enough */
};

_Thread_local struct rt_polling rt_polling;

static struct rt_question *asked_before(uintptr_t site, uintptr_t object)
{
	for (unsigned i = 0; i < rt_polling.count; i++)
		if (rt_polling.question[i].site == site && rt_polling.question[i].object == object)
			return &rt_polling.question[i];
	return NULL;
}

static bool asks_at(uintptr_t site)
{
	for (unsigned i = 0; i < rt_polling.count; i++)
		if (rt_polling.question[i].site == site)
			return true;
	return false;
}

static bool polls(void)
{
	return rt_polling.times >= (rt_polling.gave_way ? 1 : TIMES);
}

static void note(uintptr_t site)
{
	if (WORLD->waited_at)
		return;
	WORLD->waiter = rt_me;
	WORLD->waited_at = site;
	WORLD->waiter_asked = true;
}

static void begin_anew(void)
{
	rt_polling = (struct rt_polling){0};
}

static void add_question(uintptr_t site, uintptr_t object, uint64_t answer)
{
	if (rt_polling.count == RT_QUESTIONS)
		begin_anew();
	rt_polling.question[rt_polling.count++] = (struct rt_question){.site = site, .object = object, .answer = answer};
}

/* Whatever the thread does after the answer that it waited for: does it still ask there? */
static void see_what_follows(uintptr_t site)
{
	if (rt_polling.answered && site != rt_polling.answered)
		note(rt_polling.answered);
	if (rt_polling.answered)
		begin_anew();
}

void rt_asked(uintptr_t site, const void *object, uint64_t answer)
{
	if (!exploring())
		return;
	see_what_follows(site);
	struct rt_question *question = asked_before(site, rt_key_of(object));
	if (!question) {
		add_question(site, rt_key_of(object), answer);
	} else if (question->answer == answer) {
		rt_polling.times++;
	} else {
		bool waited = polls();
		begin_anew();
		rt_polling.answered = waited ? site : 0;
		add_question(site, rt_key_of(object), answer);
	}
}

void rt_got_on(uintptr_t site)
{
	if (!rt_polling.count)
		return;
	if (polls() && asks_at(site)) /* what it asked for is done */
		note(site);
	see_what_follows(site);
	begin_anew();
}

void rt_let_others(void)
{
	rt_polling.gave_way |= rt_polling.count > 0;
}

void rt_wrote(const void *memory)
{
	const struct rt_stack *own = &rt_local.stack[rt_me];
	if ((uintptr_t)memory < own->low || (uintptr_t)memory >= own->high)
		rt_got_on(0);
}
