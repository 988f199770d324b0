/* baton.c - one thread at a time has the baton: handing it over, waiting for it, asking for it back. Who gets it next
 * is in schedule.c. */
#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Values of rt_thread.go. Only a thread that sleeps has to be woken. A futex that one process uses is cheaper than one
 * that processes share. */
enum { GO_NOT, GO, GO_ASLEEP, GO_ASLEEP_SHARED };

static bool is_asleep(uint32_t go)
{
	return go == GO_ASLEEP || go == GO_ASLEEP_SHARED;
}

static void futex_wait(_Atomic uint32_t *word, uint32_t asleep, const struct timespec *limit)
{
	int error = errno; /* of the program, which need not learn how the runtime waits */
	syscall(SYS_futex, word, asleep == GO_ASLEEP ? FUTEX_WAIT_PRIVATE : FUTEX_WAIT, asleep, limit, NULL, 0);
	errno = error;
}

static void futex_wake(_Atomic uint32_t *word, uint32_t asleep)
{
	syscall(SYS_futex, word, asleep == GO_ASLEEP ? FUTEX_WAKE_PRIVATE : FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Whoever sleeps by itself wakes up, and goes to sleep so that other processes can wake it. */
void rt_become_shared(void)
{
	if (atomic_exchange(&WORLD->forks, true))
		return;
	for (int i = 0; i < WORLD->thread_count; i++) {
		_Atomic uint32_t *go = &WORLD->thread[i].go;
		uint32_t asleep = GO_ASLEEP;
		if (atomic_compare_exchange_strong(go, &asleep, GO_NOT))
			futex_wake(go, GO_ASLEEP);
	}
}

void rt_rouse(int process)
{
	for (int i = 0; i < WORLD->thread_count; i++) {
		_Atomic uint32_t *go = &WORLD->thread[i].go;
		uint32_t asleep = atomic_load(go);
		if (WORLD->thread[i].process == process && is_asleep(asleep) &&
		    atomic_compare_exchange_strong(go, &asleep, GO_NOT))
			futex_wake(go, asleep);
	}
}

/* While schedules are explored the host gives the baton to no thread of the first process (rt_watch ends such a run):
 * so until the test forks, all who use the futexes are in one process. */
static uint32_t asleep_value(void)
{
	return exploring() && !atomic_load(&WORLD->forks) ? GO_ASLEEP : GO_ASLEEP_SHARED;
}

/* Where the thread's kernel thread sleeps. */
static _Atomic uint32_t *go_of(int thread)
{
	struct rt_thread *it = &WORLD->thread[thread];
	return rt_local.fibres ? &WORLD->process[it->process].go : &it->go;
}

/* Sleeps unless it has the baton, or gets it. May return early. */
static void sleep_until_go(const struct timespec *limit)
{
	_Atomic uint32_t *go = go_of(rt_me);
	uint32_t asleep = asleep_value(), not = GO_NOT;
	if (!atomic_compare_exchange_strong(go, &not, asleep))
		return;
	/* Announced first, looked second: rt_become_shared and rt_rouse do it the other way round, so one of both sees the
	 * other. */
	rt_write_counts_if_wanted();
	rt_follow_masks();
	if (asleep == asleep_value())
		futex_wait(go, asleep, limit);
	atomic_compare_exchange_strong(go, &asleep, GO_NOT);
}

static bool take_go(void)
{
	uint32_t go = GO;
	return atomic_compare_exchange_strong(go_of(rt_me), &go, GO_NOT);
}

/* Does the calling kernel thread run that thread, when its turn comes? */
static bool is_here(int thread)
{
	return rt_local.fibres && rt_local.begun && WORLD->thread[thread].process == rt_local.process;
}

/* Whoever of this process is to run, runs: the caller when it is its turn. */
static void await_as_fibre(void)
{
	for (;;) {
		int next = atomic_load(&WORLD->current) & 0xffff;
		if (next == rt_me)
			return;
		if (next != RT_NOBODY && is_here(next))
			rt_fibre_go_on(next);
		else
			while (!take_go())
				sleep_until_go(NULL);
	}
}

void rt_await(void)
{
	if (rt_local.fibres) {
		await_as_fibre();
		return;
	}
	while (!take_go())
		sleep_until_go(NULL);
	rt_see_off();
	rt_wipe_below();
}

void rt_give(int thread)
{
	if (thread == RT_NOBODY) {
		atomic_store(&WORLD->current, RT_NOBODY);
		return;
	}
	atomic_store(&WORLD->current, thread | RT_INSIDE);
	if (is_here(thread))
		return;
	uint32_t before = atomic_exchange(go_of(thread), GO);
	if (is_asleep(before))
		futex_wake(go_of(thread), before);
}

/* A thread that the host took the baton from (it looped without a call) asks for it here. */
static void come_back(void)
{
	atomic_store(&ME->strayed, 2);
	for (;;) {
		int nobody = RT_NOBODY;
		if (atomic_compare_exchange_strong(&WORLD->current, &nobody, rt_me | RT_INSIDE))
			break;
		if (take_go())
			break;
		sleep_until_go(&(struct timespec){.tv_nsec = 5000000});
	}
	atomic_store(&ME->strayed, 0);
	rt_see_off();
}

void rt_take_baton(void)
{
	search_written();
	int mine = rt_me;
	if (!atomic_compare_exchange_strong(&WORLD->current, &mine, rt_me | RT_INSIDE))
		come_back();
	if (!rt_local.stack[rt_me].depth)
		rt_local.stack[rt_me].depth = (uintptr_t)__builtin_dwarf_cfa();
}

void rt_enter(void)
{
	rt_take_baton();
	WORLD->idle_blocks = 0;
	rt_spin.left = rt_spin.due = rt_spin.patience;
	if (rt_spin.points)
		rt_spin_over();
}

void rt_return(void)
{
	if (rt_due_signals(ME))
		rt_run_handlers();
	search_settle();
	rt_local.stack[rt_me].depth = 0;
	atomic_store(&WORLD->current, rt_me);
}
