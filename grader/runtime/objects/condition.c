/* condition.c - condition variables. Nobody ever waits on the real one: who waits is in the table alone. */
#include "objects.h"

#include <errno.h>

/* The real condition variable has no waiters, as nobody ever waits there: calls that find some would wait for them. */
static bool is_condition(const pthread_cond_t *condition)
{
	return condition->__data.__wrefs >> 3 == 0;
}

int rt_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
	FRAME;
	if (active()) {
		rt_enter();
		int shared = PTHREAD_PROCESS_PRIVATE;
		if (attributes)
			pthread_condattr_getpshared(attributes, &shared);
		rt_initialised(condition, shared == PTHREAD_PROCESS_SHARED, SITE);
		rt_return();
	}
	return pthread_cond_init(condition, attributes);
}

int rt_pthread_cond_destroy(pthread_cond_t *condition)
{
	FRAME;
	if (!active())
		return pthread_cond_destroy(condition);
	rt_enter();
	rt_switch_point(OP_DESTROY, condition, true, SITE);
	rt_event(OP_DESTROY, condition, true, SITE);
	if (exploring() && rt_waited_for(condition))
		rt_misuse("destroy_in_use", "destroys a condition variable on which others are waiting", SITE);
	rt_return();
	return is_condition(condition) ? pthread_cond_destroy(condition) : 0;
}

/* glibc: which clock pthread_condattr_setclock chose. */
static clockid_t clock_of(const pthread_cond_t *condition)
{
	return condition->__data.__wrefs & 2 ? CLOCK_MONOTONIC : CLOCK_REALTIME;
}

/* POSIX: as long as a thread waits, all who wait there do so with the same mutex (pthread_cond_wait). */
static void check_mutex(const pthread_cond_t *condition, const pthread_mutex_t *mutex, uintptr_t site)
{
	int process = rt_key((uintptr_t)condition);
	char me[64], other[64];
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state != RT_BLOCKED || thread->wait != KIND_CONDITION || thread->object != (uintptr_t)condition ||
		    thread->object_process != process || thread->mutex == (uintptr_t)mutex)
			continue;
		rt_note("mutex_misuse", site,
		        "%s waits on a condition variable with another mutex than %s, which waits there at the same time "
		        "({pc:%lx})",
		        rt_thread_name(rt_me, me, sizeof me), rt_thread_name(i, other, sizeof other),
		        (unsigned long)thread->site);
		return;
	}
}

static int wait_for_signal(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t until_ns, uintptr_t site)
{
	rt_enter();
	rt_switch_point(OP_COND_WAIT, condition, true, site);
	if (rt_object(mutex, KIND_MUTEX)->owner != rt_me)
		rt_misuse("mutex_misuse", "waits on a condition variable without holding the mutex", site);
	check_mutex(condition, mutex, site);
	uint64_t taken = rt_object(mutex, KIND_MUTEX)->mutex.took_at;
	ME->looked_at = ME->read_at >= taken ? taken : 0;
	rt_event(OP_COND_WAIT, condition, true, site);
	search_replace(OP_UNLOCK, rt_key_of(mutex));
	rt_tell(STEP_RELEASE, "while it waits, it releases", mutex);
	bool timed_out = until_ns && until_ns <= WORLD->now_ns; /* POSIX: at once */
	bool spurious = !timed_out && DIRECTOR->ends_wait(site), alone = rt_mutex_in_table_alone(mutex);
	rt_mutex_release(mutex, site);
	rt_mutex_give_back(mutex, alone);
	if (timed_out) {
		rt_event(OP_WAKE, condition, false, site);
		rt_switch_point(OP_LOCK, mutex, true, site);
	} else if (spurious) {
		rt_event(OP_WAKE, condition, false, site);
		search_effect(-1, "wakes up without a signal, as POSIX allows");
		search_spurious();
		rt_switch_point(OP_LOCK, mutex, true, site);
	} else {
		ME->mutex = (uintptr_t)mutex;
		rt_block_until(KIND_CONDITION, "for a signal on @", (uintptr_t)condition, -1, site, until_ns);
		timed_out = ME->timed_out;
	}
	int error = rt_mutex_admit(mutex, false, 0, site);
	rt_event(OP_WAKE, mutex, true, site);
	rt_tell(STEP_ACQUIRE, timed_out ? "times out; takes" : "wakes up; takes", mutex);
	if (!error || error == EOWNERDEAD)
		rt_mutex_take(mutex, false);
	rt_return();
	return error ? error : timed_out ? ETIMEDOUT : 0; /* what the mutex says comes first, as in glibc */
}

int rt_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	FRAME;
	return active() ? wait_for_signal(condition, mutex, 0, SITE) : pthread_cond_wait(condition, mutex);
}

int rt_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until)
{
	FRAME;
	if (active() && rt_is_no_time(until))
		return EINVAL;
	return active() ? wait_for_signal(condition, mutex, rt_deadline(clock_of(condition), until), SITE)
	                : pthread_cond_timedwait(condition, mutex, until);
}

int rt_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                              const struct timespec *until)
{
	FRAME;
	if (active() && rt_is_no_time(until))
		return EINVAL;
	return active() ? wait_for_signal(condition, mutex, rt_deadline(clock, until), SITE)
	                : pthread_cond_clockwait(condition, mutex, clock, until);
}

void rt_spurious(void *mutex)
{
	uintptr_t site = SITE;
	rt_enter();
	bool alone = rt_mutex_in_table_alone(mutex);
	rt_mutex_release(mutex, site);
	rt_mutex_give_back(mutex, alone);
	rt_yield(site);
	rt_mutex_admit(mutex, false, 0, site);
	rt_mutex_take(mutex, false);
	rt_return();
}

/* What a hang has to know of a condition variable: its last signal, whom it woke (-1: all, if there is anybody), and
 * how many woke nobody. */
static void note_signal(const void *condition, int woken, bool any, uintptr_t site)
{
	if (!exploring())
		return;
	struct rt_condition *signals = &rt_object(condition, KIND_CONDITION)->condition;
	signals->sent++;
	signals->site = site;
	signals->woken = woken;
	signals->wasted += !any;
	signals->last = WORLD->ticket;
	signals->last_wasted = any ? signals->last_wasted : WORLD->ticket;
	signals->to_all = any && woken < 0;
	char name[64];
	if (!any)
		search_effect(-1, "no thread is waiting: no effect");
	else if (woken >= 0)
		search_effect(-1, "wakes %s", rt_thread_name(woken, name, sizeof name));
	else
		search_effect(-1, "wakes all waiters");
}

static int wake_one(uintptr_t condition)
{
	int process = rt_key(condition), waiter[RT_THREADS];
	unsigned count = 0;
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state == RT_BLOCKED && thread->wait == KIND_CONDITION && thread->object == condition &&
		    thread->object_process == process)
			waiter[count++] = i;
	}
	if (!count)
		return -1;
	int chosen = DIRECTOR->woken(waiter, count);
	rt_make_runnable(chosen);
	return chosen;
}

int rt_pthread_cond_signal(pthread_cond_t *condition)
{
	FRAME;
	if (!active())
		return pthread_cond_signal(condition);
	rt_enter();
	rt_switch_point(OP_SIGNAL, condition, true, SITE);
	rt_event(OP_SIGNAL, condition, true, SITE);
	int woken = wake_one((uintptr_t)condition);
	note_signal(condition, woken, woken >= 0, SITE);
	int error = is_condition(condition) ? pthread_cond_signal(condition) : 0;
	rt_return();
	return error;
}

int rt_pthread_cond_broadcast(pthread_cond_t *condition)
{
	FRAME;
	if (!active())
		return pthread_cond_broadcast(condition);
	rt_enter();
	rt_switch_point(OP_BROADCAST, condition, true, SITE);
	rt_event(OP_BROADCAST, condition, true, SITE);
	note_signal(condition, -1, rt_waited_for(condition), SITE);
	rt_wake(condition);
	int error = is_condition(condition) ? pthread_cond_broadcast(condition) : 0;
	rt_return();
	return error;
}

/* Is a signal of that time, which this thread did not get, lost on it? It is if the thread looks at nothing before it
 * waits, or looked before: then it does not know what the signal was to tell. Who looks under the mutex after a signal
 * sees what had changed: to that thread it did no harm that the signal woke nobody, or others. */
static bool is_lost(uint64_t sent, const struct rt_thread *thread)
{
	return sent < thread->queued && sent > thread->looked_at;
}

bool rt_describe_missed_signal(void)
{
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state != RT_BLOCKED || thread->wait != KIND_CONDITION)
			continue;
		const struct rt_object *object = rt_waited_object(thread, KIND_CONDITION);
		const struct rt_condition *condition = object ? &object->condition : NULL;
		bool early = condition && condition->to_all && is_lost(condition->last, thread);
		bool lost = condition && (early || (condition->wasted && is_lost(condition->last_wasted, thread)));
		struct rt_evidence *evidence = rt_evidence_add(lost ? "lost_wakeup" : "missing_signal");
		char name[64], other[64];
		rt_append(evidence->text, sizeof evidence->text, "%s waits at {pc:%lx} ", rt_thread_name(i, name, sizeof name),
		          (unsigned long)thread->site);
		rt_append_what(evidence->text, sizeof evidence->text, thread, exploring());
		rt_append(evidence->text, sizeof evidence->text, " that never comes: ");
		if (early)
			rt_append(evidence->text, sizeof evidence->text, "the broadcast from {pc:%lx} came before it waited",
			          (unsigned long)condition->site);
		else if (lost && condition->woken < 0)
			rt_append(evidence->text, sizeof evidence->text, "the one from {pc:%lx} was sent when no thread waited",
			          (unsigned long)condition->site);
		else if (lost)
			rt_append(evidence->text, sizeof evidence->text,
			          "%u of %u were sent when no thread waited, and the last one ({pc:%lx}) woke %s",
			          condition->wasted, condition->sent, (unsigned long)condition->site,
			          rt_thread_name(condition->woken, other, sizeof other));
		else if (condition && condition->last_wasted == condition->last)
			rt_append(evidence->text, sizeof evidence->text,
			          "the last one ({pc:%lx}) came before it checked what it waits for",
			          (unsigned long)condition->site);
		else if (condition)
			rt_append(evidence->text, sizeof evidence->text, "the last one ({pc:%lx}) woke %s",
			          (unsigned long)condition->site,
			          condition->woken < 0 ? "others" : rt_thread_name(condition->woken, other, sizeof other));
		else
			rt_append(evidence->text, sizeof evidence->text, "none was sent");
		evidence->frame[0] = thread->site;
		evidence->frame[1] = condition ? condition->site : 0;
		return true;
	}
	return false;
}

/* glibc; not readable otherwise. */
static bool for_processes(const void *condition)
{
	return ((const pthread_cond_t *)condition)->__data.__wrefs & 1;
}

const struct rt_traits rt_condition_traits = {
    .name = "condition",
    .any = "a condition variable",
    .in_memory = true,
    .when_shared = SHARED_BY("a condition variable", "pthread_condattr_setpshared"),
    .for_processes = for_processes,
};
