/* schedule.c - which thread runs next, and what it means when none can. */
#include "internal.h"

#include "vault.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { EXIT_HUNG = 175, CALL_NS = 1000 };

uint64_t rt_drawn(void)
{
	return splitmix64(&WORLD->random);
}

void rt_make_runnable(int index)
{
	struct rt_thread *thread = &WORLD->thread[index];
	thread->state = RT_RUNNABLE;
	thread->queued = ++WORLD->ticket;
}

static bool is_pipe(const void *channel)
{
	uintptr_t number = (uintptr_t)channel;
	return number >= (uintptr_t)RT_PIPE(0) && number < (uintptr_t)RT_PIPE(RT_PIPES);
}

/* Does it wait for one of the things that the channel stands for? Of descriptors, all stand for each and each for all.
 */
static bool waits_on(const struct rt_thread *thread, const void *channel, int process)
{
	const void *own = (const void *)thread->object;
	if (thread->state != RT_BLOCKED)
		return false;
	if (own == channel)
		return thread->object_process == process;
	return (own == RT_ALL_DESCRIPTORS && is_pipe(channel)) || (channel == RT_ALL_DESCRIPTORS && is_pipe(own));
}

void rt_wake(const void *channel)
{
	int process = rt_key((uintptr_t)channel);
	for (int i = 0; i < WORLD->thread_count; i++)
		if (waits_on(&WORLD->thread[i], channel, process))
			rt_make_runnable(i);
}

/* Those for whom something may have come about, and nobody would have told the table. Is there one? */
static bool wake_those_who_look_again(void)
{
	bool any = false;
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state != RT_BLOCKED || !rt_traits[thread->wait]->comes_unseen)
			continue;
		rt_make_runnable(i);
		any = true;
	}
	return any;
}

int rt_earliest_timed(void)
{
	int first = RT_NOBODY;
	for (int i = 0; i < WORLD->thread_count; i++) {
		struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state == RT_BLOCKED && thread->timed &&
		    (first == RT_NOBODY || thread->until_ns < WORLD->thread[first].until_ns ||
		     (thread->until_ns == WORLD->thread[first].until_ns && thread->queued < WORLD->thread[first].queued)))
			first = i;
	}
	return first;
}

/* Virtual time: when nothing can run (or the search says so), the earliest sleep ends. */
void rt_fire(int index)
{
	struct rt_thread *thread = &WORLD->thread[index];
	if (thread->until_ns > WORLD->now_ns)
		WORLD->now_ns = thread->until_ns;
	thread->timed_out = true;
	DIRECTOR->knows(index, 1);
	WORLD->fires++;
	rt_make_runnable(index);
}

static int find_resting(void)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].state == RT_RESTING)
			return i;
	return RT_NOBODY;
}

static bool any_strayed(void)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].state == RT_RUNNABLE && atomic_load(&WORLD->thread[i].strayed) == 1)
			return true;
	return false;
}

void rt_end_test(enum rt_end end)
{
	if (end == RT_HUNG)
		DIRECTOR->hangs();
	WORLD->end = end;
	if (rt_in_test_process())
		rt_quit(EXIT_HUNG);
	kill(WORLD->process[0].pid, rt_local.debugged ? SIGTRAP : SIGKILL);
	for (;;)
		pause();
}

/* What a rest is measured by: a timed wait that ends is as much as many steps. */
static uint64_t steps_and_fires(void)
{
	return WORLD->steps + WORLD->fires * (REST_STEPS / REST_FIRES);
}

/* Invariant: whoever calls this is inside the runtime, so the table is ours. */
static int pick(bool can_go_on, bool yields)
{
	int resting = find_resting();
	if (resting != RT_NOBODY && WORLD->thread[resting].until_step < steps_and_fires()) {
		WORLD->thread[resting].timed_out = true; /* the others do not come to rest */
		rt_make_runnable(resting);
		return resting;
	}
	int next = DIRECTOR->next(can_go_on, yields);
	if (next != RT_NOBODY)
		return next;
	if (WORLD->progress != WORLD->stalled_at) {
		/* A descriptor may have been closed by a process that died: all who wait look once more. */
		WORLD->stalled_at = WORLD->progress;
		if (wake_those_who_look_again())
			return DIRECTOR->next(false, false);
	}
	next = rt_earliest_timed();
	if (next != RT_NOBODY) {
		rt_fire(next);
		return next;
	}
	if (any_strayed())
		return RT_NOBODY;
	if (resting != RT_NOBODY) {
		WORLD->thread[resting].timed_out = false;
		rt_make_runnable(resting);
		return resting;
	}
	if (rt_signal_is_late())
		rt_leave_test("limit", "a signal arrives while its process waits for a condition variable, a barrier or the "
		                       "like: a handler that runs there is not covered");
	rt_describe_hang();
	rt_end_test(RT_HUNG);
}

/* Not inlined: its frame is the one that waits. */
__attribute__((noinline)) static void hand_over(int next)
{
	const void *frame = __builtin_frame_address(0);
	vault_wait_begins(frame);
	rt_give(next);
	rt_await();
	vault_wait_ends(frame);
	if (!rt_local.fibres)
		rt_wipe_below(); /* also what waking the next one has left, if it slept */
}

/* Did another one run? */
static bool switch_point(bool yield, uintptr_t site)
{
	ME->queued = ++WORLD->ticket;
	int next = pick(true, yield);
	if (next == rt_me)
		return false;
	ME->site = site;
	hand_over(next);
	return true;
}

/* One more call. */
static void tick(uintptr_t site)
{
	WORLD->progress++;
	WORLD->now_ns += CALL_NS;
	if (++WORLD->steps > DIRECTOR->most_calls) {
		struct rt_evidence *evidence = rt_evidence_add("busy_wait");
		snprintf(evidence->text, sizeof evidence->text,
		         ME->loops ? "the test made more than %llu calls, or ran long loops without one, and did not end"
		                   : "the test made more than %llu calls and did not end",
		         (unsigned long long)DIRECTOR->most_calls);
		evidence->frame[0] = site;
		rt_end_test(RT_HUNG);
	}
}

uintptr_t rt_key_of(const void *address)
{
	uintptr_t key = (uintptr_t)address;
	return !key || WORLD->process_count < 2 || rt_key(key) < 0 ? key : key ^ (uintptr_t)rt_local.process << 48;
}

void rt_switch_point(enum rt_op op, const void *object, bool write, uintptr_t site)
{
	tick(site);
	rt_check_shared(op, object, site);
	if (DIRECTOR->arrives(op, object, write, site))
		switch_point(false, site);
	if (rt_due_signals(ME))
		rt_run_handlers();
}

bool rt_alone(void)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (i != rt_me && WORLD->thread[i].process == rt_local.process && WORLD->thread[i].state != RT_DONE)
			return false;
	return true;
}

void rt_own_point(enum rt_op op, uintptr_t site)
{
	if (DIRECTOR->points_alone || !rt_alone()) {
		rt_switch_point(op, NULL, false, site);
		return;
	}
	tick(site);
	DIRECTOR->arrives(op, NULL, false, site);
}

void rt_let_on(void)
{
	if (DIRECTOR->points_after)
		rt_switch_point(OP_NONE, NULL, false, ME->site);
}

bool rt_yield(uintptr_t site)
{
	tick(site);
	DIRECTOR->arrives(OP_YIELD, NULL, false, site);
	rt_let_others();
	return switch_point(true, site);
}

void rt_event(enum rt_op op, const void *object, bool write, uintptr_t site)
{
	DIRECTOR->event(op, object, write, site);
}

void rt_event_in_vain(enum rt_op op, const void *object, uintptr_t site)
{
	DIRECTOR->in_vain(op, object, site);
}

void rt_block_until(enum rt_kind kind, const char *what, uintptr_t object, int fd, uintptr_t site, uint64_t until_ns)
{
	struct rt_thread *me = ME;
	if (rt_handler_is_due(kind)) {
		me->timed_out = false;
		rt_run_handlers();
		return;
	}
	me->interrupted = NOT_INTERRUPTED;
	me->timed_out = until_ns && until_ns <= WORLD->now_ns;
	if (me->timed_out) { /* a deadline that is past: nothing to wait for */
		rt_let_on();
		return;
	}
	me->state = RT_BLOCKED;
	me->wait = kind;
	me->what = what;
	me->object = object;
	me->object_process = object ? rt_key(object) : -1;
	me->fd = fd;
	me->site = site;
	me->timed = until_ns != 0;
	me->until_ns = until_ns;
	me->queued = ++WORLD->ticket;
	DIRECTOR->waits();
	int next = pick(false, false);
	if (next != rt_me)
		hand_over(next);
	me->wait = KIND_NONE;
	me->timed = false;
	if (rt_handler_is_due(kind)) {
		rt_run_handlers();
		me->timed_out = false;
	}
}

void rt_block(enum rt_kind kind, const char *what, uintptr_t object, int fd, uintptr_t site)
{
	rt_block_until(kind, what, object, fd, site, 0);
}

bool rt_rest_for(unsigned steps)
{
	struct rt_thread *me = ME;
	me->state = RT_RESTING;
	me->until_step = steps_and_fires() + steps;
	me->timed_out = false;
	int next = pick(false, false);
	if (next != rt_me)
		hand_over(next);
	return !me->timed_out;
}

void rt_give_to_next(void)
{
	rt_give(pick(false, false));
}

void rt_pass_on(void)
{
	DIRECTOR->leaves();
	rt_give_to_next();
}
