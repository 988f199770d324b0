/* support.c - what tests/support asks of the runtime: gates, rests, choices that the schedule makes. */
#include "internal.h"

#include <stdio.h>
#include <string.h>

void rt_expect_debugger(void)
{
	rt_local.debugged = true;
}

void rt_control_memory(void)
{
	rt_local.controls_memory = true;
}

bool rt_controls_memory(void)
{
	return rt_local.controls_memory;
}

bool rt_is_watched(void)
{
	return rt_controls_memory() || (__tsan_acquire && !exploring());
}

bool rt_first_schedule(void)
{
	return !exploring() && (!WORLD || WORLD->schedule == 0);
}

void rt_learn(uint64_t value)
{
	if (active())
		DIRECTOR->knows(rt_me, value);
}

unsigned rt_choose(unsigned count)
{
	if (!active() || count < 1 || count > RT_CHOICES)
		return 0;
	rt_enter();
	unsigned chosen = DIRECTOR->choose(count, SITE);
	WORLD->choices++;
	rt_return();
	return chosen;
}

void rt_chose(const char *text)
{
	if (!active())
		return;
	rt_enter();
	size_t used = strlen(WORLD->chosen);
	if (used + strlen(text) + 3 < sizeof WORLD->chosen)
		snprintf(WORLD->chosen + used, sizeof WORLD->chosen - used, "%s%s", used ? "; " : "", text);
	search_effect(-1, "the test chooses: %s", text);
	rt_return();
}

void rt_point(void)
{
	if (!active())
		return;
	rt_enter();
	rt_switch_point(OP_TEST, NULL, false, SITE);
	rt_return();
}

void rt_park(const char *what, const void *object, void *site)
{
	rt_enter();
	rt_block(KIND_GATE, what, (uintptr_t)object, -1, (uintptr_t)site);
	rt_return();
}

void rt_unpark(const void *object)
{
	rt_enter();
	rt_wake(object);
	rt_return();
}

/* Who does not rest: but rather one that asks by itself than one that looks again because another one woke it. */
static int find_restless(void)
{
	int found = RT_NOBODY;
	for (int i = WORLD->thread_count - 1; i >= 0; i--) {
		const struct rt_thread *thread = &WORLD->thread[i];
		bool woken = thread->state == RT_RUNNABLE && thread->wait != KIND_NONE && !thread->timed;
		bool restless = thread->state == RT_RUNNABLE || (thread->state == RT_BLOCKED && thread->timed);
		if (i != rt_me && restless && (!woken || found == RT_NOBODY))
			found = i;
	}
	return found;
}

bool rt_rest(struct rt_restless *restless)
{
	rt_enter();
	bool rested = rt_rest_for(REST_STEPS);
	DIRECTOR->knows(rt_me, rested);
	int thread = rested ? RT_NOBODY : find_restless();
	if (thread != RT_NOBODY) {
		rt_thread_name(thread, restless->who, sizeof restless->who);
		restless->site = WORLD->thread[thread].site;
		restless->loops = WORLD->thread[thread].loops;
	}
	rt_return();
	return rested;
}

bool rt_waited_in_loop(struct rt_restless *restless)
{
	if (!WORLD->waited_at)
		return false;
	rt_thread_name(WORLD->waiter, restless->who, sizeof restless->who);
	restless->site = WORLD->waited_at;
	restless->loops = !WORLD->waiter_asked;
	return true;
}
