/* locks.c - mutexes, condition variables, read-write locks, spinlocks, semaphores, barriers, once.
 *
 * The pattern: wait in the table until the call would not block, then make the real call. */
#include "internal.h"

#include "../finding/interleaving.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* POSIX: the call fails with EINVAL (pthread_mutex_timedlock and the others). */
static bool is_bad(const struct timespec *time)
{
	return time->tv_nsec < 0 || time->tv_nsec >= 1000000000;
}

/* `kind` tells them apart where schedules are explored; elsewhere there is one kind. */
static void misuse(const char *kind, const char *what, uintptr_t site)
{
	char name[64];
	rt_note(exploring() ? kind : "mutex_misuse", site, "%s %s", rt_thread_name(rt_me, name, sizeof name), what);
}

static void tell(int step, const char *text, const void *object)
{
	if (exploring())
		search_effect(step, "%s {obj:%lx}", text, (unsigned long)rt_key_of(object));
}

static void initialised(const void *object, bool for_processes, uintptr_t site)
{
	rt_made(object, for_processes, site);
	if (!exploring())
		return;
	order_reset(rt_key_of(object));
	order_object(object, 4, true, false, site);
}

static void order_release_tsan(void *object)
{
	if (__tsan_release)
		__tsan_release(object);
}

static void order_acquire_tsan(void *object)
{
	if (__tsan_acquire)
		__tsan_acquire(object);
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

static bool is_unseen(struct rt_object *object, int thread)
{
	return thread >= 0 && *unseen_word(object, thread) >> thread % 64 & 1;
}

void rt_inherit_unseen(struct rt_object *copy, int child)
{
	if (is_unseen(copy, rt_me))
		*unseen_word(copy, child) |= 1ull << child % 64;
}

/* The calling thread has got the lock. */
static void count_shown(struct rt_object *object)
{
	if (is_unseen(object, rt_me))
		return; /* a reader once more */
	if (ME->locks_shown < SHOWN_LOCKS)
		ME->locks_shown++;
	else
		*unseen_word(object, rt_me) |= 1ull << rt_me % 64;
}

/* It is about to give it back. */
static void count_hidden(struct rt_object *object)
{
	if (!is_unseen(object, rt_me) && ME->locks_shown)
		ME->locks_shown--;
}

/* ---- mutexes -------------------------------------------------------------------------------- */

int rt_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_object(mutex, OBJECT_MUTEX)->kind = OBJECT_NONE; /* whatever was at this address is gone */
		int shared = PTHREAD_PROCESS_PRIVATE;
		if (attributes)
			pthread_mutexattr_getpshared(attributes, &shared);
		initialised(mutex, shared == PTHREAD_PROCESS_SHARED, SITE);
		rt_return();
	}
	return pthread_mutex_init(mutex, attributes);
}

static bool waited_for(const void *object)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].state == RT_BLOCKED && WORLD->thread[i].object == (uintptr_t)object &&
		    WORLD->thread[i].object_process == rt_key((uintptr_t)object))
			return true;
	return false;
}

static int holder_of(const struct rt_object *object)
{
	if (object->owner >= 0 || !object->readers || object->reader[rt_me / 64] >> rt_me % 64 & 1)
		return object->owner >= 0 || !object->readers ? object->owner : rt_me;
	for (int i = 0; i < WORLD->thread_count; i++)
		if (object->reader[i / 64] >> i % 64 & 1)
			return i;
	return -1;
}

/* Who has locked it is alone in it: that disturbs nobody yet, and is told as what it is. */
void rt_locked_when_gone(struct rt_object *object, const char *does, uintptr_t site)
{
	char me[64], other[64];
	const char *who = rt_thread_name(rt_me, me, sizeof me);
	const char *what = object->kind == OBJECT_RWLOCK ? "a read-write lock" : "a mutex";
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

int rt_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
	FRAME;
	if (!active())
		return pthread_mutex_destroy(mutex);
	rt_enter();
	rt_switch_point(OP_DESTROY, mutex, true, SITE);
	struct rt_object *object = rt_object(mutex, OBJECT_MUTEX);
	bool held = object->owner != -1;
	if (!held)
		object->kind = OBJECT_NONE;
	rt_event(OP_DESTROY, mutex, true, SITE);
	if (exploring() && (held || waited_for(mutex)))
		rt_locked_when_gone(object, "destroys", SITE);
	rt_return();
	return held ? EBUSY : pthread_mutex_destroy(mutex);
}

/* glibc; neither is readable otherwise. */
static int mutex_type(const pthread_mutex_t *mutex)
{
	return mutex->__data.__kind & 3;
}

static bool is_robust(const pthread_mutex_t *mutex)
{
	return mutex->__data.__kind >= 0 && mutex->__data.__kind & 16;
}

static bool is_destroyed(const pthread_mutex_t *mutex)
{
	return mutex->__data.__kind == -1;
}

/* The real calls. A robust mutex is kept in the table alone: what the kernel says of a dead owner depends on when the
 * thread is quite gone. */
static bool in_table_alone(pthread_mutex_t *mutex)
{
	struct rt_object *object = rt_object(mutex, OBJECT_MUTEX);
	return is_robust(mutex) || is_unseen(object, object->owner);
}

static int take(pthread_mutex_t *mutex, bool try)
{
	if (!in_table_alone(mutex))
		return try ? pthread_mutex_trylock(mutex) : pthread_mutex_lock(mutex);
	order_acquire_tsan(mutex);
	return 0;
}

static int give_back(pthread_mutex_t *mutex, bool alone)
{
	if (!alone)
		return pthread_mutex_unlock(mutex);
	order_release_tsan(mutex);
	return 0;
}

enum { ROBUST_FINE, ROBUST_INCONSISTENT, ROBUST_LOST }; /* rt_object.round of a robust mutex */

/* ---- locks whose bytes say something else than the table ------------------------------------
 *
 * A lock that was copied while it was held, that nobody initialised, or that something wrote over. Whoever waits for it
 * waits for ever, and does it here: the real call would wait where the table cannot see it. */

#define NOBODYS                                                                                                        \
	", which is locked although no thread has locked it: a copy of a locked one, never initialised, or "               \
	"written over"

/* Its bytes, of a mutex that no thread of the table holds. */
static bool is_locked_by_nobody(const pthread_mutex_t *mutex)
{
	return !is_robust(mutex) && mutex->__data.__lock != 0;
}

/* glibc: 1 means that the last one was a writer, 2 that there is one; from 8 on readers are counted. */
static bool is_rw_locked_by_nobody(const pthread_rwlock_t *lock, bool writer)
{
	return lock->__data.__readers & 2 || (writer && lock->__data.__readers >= 8);
}

/* The real condition variable has no waiters, as nobody ever waits there: calls that find some would wait for them. */
static bool is_condition(const pthread_cond_t *condition)
{
	return condition->__data.__wrefs >> 3 == 0;
}

/* Waits until the caller may take the mutex. 0, or the error that the call has to return. Inside the runtime. */
static int admit(pthread_mutex_t *mutex, bool try, uint64_t until_ns, uintptr_t site)
{
	for (;;) {
		struct rt_object *object = rt_object(mutex, OBJECT_MUTEX);
		if (object->round == ROBUST_LOST)
			return ENOTRECOVERABLE;
		bool orphaned = object->owner >= 0 && is_robust(mutex) && WORLD->thread[object->owner].state == RT_DONE;
		bool nobodys = object->owner == -1 && is_locked_by_nobody(mutex);
		if ((object->owner == -1 && !nobodys) || orphaned) {
			if (orphaned)
				order_after_thread(object->owner);
			object->owner = rt_me;
			object->depth = 1;
			object->site = site;
			object->robust = is_robust(mutex);
			object->sent = WORLD->ticket;
			ME->took = (uintptr_t)mutex;
			if (!object->robust)
				count_shown(object);
			order_acquire(rt_key_of(mutex));
			order_took(rt_key_of(mutex), site);
			if (orphaned)
				object->round = ROBUST_INCONSISTENT;
			return orphaned ? EOWNERDEAD : 0;
		}
		if (object->owner == rt_me && mutex_type(mutex) == PTHREAD_MUTEX_RECURSIVE_NP) {
			object->depth++;
			return 0;
		}
		if (object->owner == rt_me && mutex_type(mutex) == PTHREAD_MUTEX_ERRORCHECK_NP && !try)
			return EDEADLK;
		if (try)
			return EBUSY;
		rt_block_until(WAIT_MUTEX, nobodys ? "for @" NOBODYS : "for @", (uintptr_t)mutex, -1, site, until_ns);
		if (ME->timed_out)
			return ETIMEDOUT;
	}
}

/* The table's part of an unlock. Inside the runtime. */
static void release(pthread_mutex_t *mutex, uintptr_t site)
{
	struct rt_object *object = rt_object(mutex, OBJECT_MUTEX);
	if (object->owner != rt_me) {
		misuse("unlock_not_owner",
		       object->owner == -1 ? "unlocks a mutex that no thread holds"
		                           : "unlocks a mutex that another thread holds",
		       site);
		return;
	}
	if (--object->depth)
		return;
	if (!object->robust)
		count_hidden(object);
	order_release(rt_key_of(mutex), true);
	order_dropped(rt_key_of(mutex));
	object->owner = -1;
	if (object->round == ROBUST_INCONSISTENT)
		object->round = ROBUST_LOST; /* unlocked without pthread_mutex_consistent */
	else
		object->kind = OBJECT_NONE; /* an unlocked mutex needs no place in the table */
	rt_wake_object((uintptr_t)mutex);
}

/* The real call refused what the table had admitted. */
static void take_back(pthread_mutex_t *mutex)
{
	struct rt_object *object = rt_object(mutex, OBJECT_MUTEX);
	if (object->owner != rt_me || --object->depth)
		return;
	count_hidden(object);
	order_dropped(rt_key_of(mutex));
	object->kind = OBJECT_NONE;
}

/* What can be tried was taken, or is in use. */
static void took_or_not(enum rt_op op, const void *object, int error, uintptr_t site)
{
	if (error == EBUSY || error == EAGAIN || error == ETIMEDOUT)
		rt_event_in_vain(op, object, site);
	else
		rt_event(op, object, true, site);
}

static int lock(pthread_mutex_t *mutex, bool try, uint64_t until_ns, uintptr_t site)
{
	rt_enter();
	enum rt_op op = try ? OP_TRYLOCK : OP_LOCK;
	rt_switch_point(op, mutex, true, site);
	if (exploring() && is_destroyed(mutex))
		misuse("destroy_in_use", "locks a mutex that was destroyed", site);
	int error = admit(mutex, try, until_ns, site);
	took_or_not(op, mutex, error, site);
	if (!error || error == EOWNERDEAD)
		tell(STEP_ACQUIRE, "takes", mutex);
	else if (exploring())
		search_effect(-1, "fails: %s", strerrorname_np(error));
	if (!error && (error = take(mutex, try)) != 0)
		take_back(mutex); /* its bytes are those of no mutex */
	rt_return();
	return error;
}

int rt_pthread_mutex_lock(pthread_mutex_t *mutex)
{
	FRAME;
	return active() ? lock(mutex, false, 0, SITE) : pthread_mutex_lock(mutex);
}

int rt_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	FRAME;
	return active() ? lock(mutex, true, 0, SITE) : pthread_mutex_trylock(mutex);
}

int rt_pthread_mutex_timedlock(pthread_mutex_t *mutex, const struct timespec *until)
{
	FRAME;
	if (active() && is_bad(until))
		return EINVAL;
	return active() ? lock(mutex, false, rt_deadline(CLOCK_REALTIME, until), SITE)
	                : pthread_mutex_timedlock(mutex, until);
}

int rt_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
	FRAME;
	if (active() && is_bad(until))
		return EINVAL;
	return active() ? lock(mutex, false, rt_deadline(clock, until), SITE)
	                : pthread_mutex_clocklock(mutex, clock, until);
}

int rt_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	FRAME;
	if (!active())
		return pthread_mutex_unlock(mutex);
	rt_enter();
	rt_switch_point(OP_UNLOCK, mutex, true, SITE);
	struct rt_object *object = rt_object(mutex, OBJECT_MUTEX);
	int error = object->owner == rt_me || mutex_type(mutex) == PTHREAD_MUTEX_NORMAL ? 0 : EPERM;
	rt_event(OP_UNLOCK, mutex, true, SITE);
	tell(object->owner == rt_me && object->depth == 1 ? STEP_RELEASE : STEP_PLAIN, "releases", mutex);
	bool alone = in_table_alone(mutex);
	release(mutex, SITE);
	if (!error)
		error = give_back(mutex, alone);
	rt_let_on();
	rt_return();
	return error;
}

int rt_pthread_mutex_consistent(pthread_mutex_t *mutex)
{
	FRAME;
	if (!active())
		return pthread_mutex_consistent(mutex);
	rt_enter();
	struct rt_object *object = rt_object(mutex, OBJECT_MUTEX);
	bool mine = object->owner == rt_me && object->round == ROBUST_INCONSISTENT;
	if (mine)
		object->round = ROBUST_FINE;
	rt_return();
	return mine ? 0 : EINVAL;
}

/* ---- condition variables -------------------------------------------------------------------- */

int rt_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
	FRAME;
	if (active()) {
		rt_enter();
		int shared = PTHREAD_PROCESS_PRIVATE;
		if (attributes)
			pthread_condattr_getpshared(attributes, &shared);
		initialised(condition, shared == PTHREAD_PROCESS_SHARED, SITE);
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
	if (exploring() && waited_for(condition))
		misuse("destroy_in_use", "destroys a condition variable on which others are waiting", SITE);
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
		if (thread->state != RT_BLOCKED || thread->wait != WAIT_COND || thread->object != (uintptr_t)condition ||
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
	if (rt_object(mutex, OBJECT_MUTEX)->owner != rt_me)
		misuse("mutex_misuse", "waits on a condition variable without holding the mutex", site);
	check_mutex(condition, mutex, site);
	uint64_t taken = rt_object(mutex, OBJECT_MUTEX)->sent;
	ME->looked_at = ME->read_at >= taken ? taken : 0;
	rt_event(OP_COND_WAIT, condition, true, site);
	if (exploring())
		search_replace(OP_UNLOCK, rt_key_of(mutex));
	tell(STEP_RELEASE, "while it waits, it releases", mutex);
	bool timed_out = until_ns && until_ns <= WORLD->now_ns; /* POSIX: at once */
	bool spurious = !timed_out && exploring() && search_ends_wait(site), alone = in_table_alone(mutex);
	release(mutex, site);
	give_back(mutex, alone);
	if (timed_out) {
		rt_event(OP_WAKE, condition, false, site);
		rt_switch_point(OP_LOCK, mutex, true, site);
	} else if (spurious) {
		rt_event(OP_WAKE, condition, false, site);
		if (exploring()) {
			search_effect(-1, "wakes up without a signal, as POSIX allows");
			search_spurious();
		}
		rt_switch_point(OP_LOCK, mutex, true, site);
	} else {
		ME->mutex = (uintptr_t)mutex;
		rt_block_until(WAIT_COND, "for a signal on @", (uintptr_t)condition, -1, site, until_ns);
		timed_out = ME->timed_out;
	}
	int error = admit(mutex, false, 0, site);
	rt_event(OP_WAKE, mutex, true, site);
	tell(STEP_ACQUIRE, timed_out ? "times out; takes" : "wakes up; takes", mutex);
	if (!error || error == EOWNERDEAD)
		take(mutex, false);
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
	if (active() && is_bad(until))
		return EINVAL;
	return active() ? wait_for_signal(condition, mutex, rt_deadline(clock_of(condition), until), SITE)
	                : pthread_cond_timedwait(condition, mutex, until);
}

int rt_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                              const struct timespec *until)
{
	FRAME;
	if (active() && is_bad(until))
		return EINVAL;
	return active() ? wait_for_signal(condition, mutex, rt_deadline(clock, until), SITE)
	                : pthread_cond_clockwait(condition, mutex, clock, until);
}

void rt_spurious(void *mutex)
{
	uintptr_t site = SITE;
	rt_enter();
	bool alone = in_table_alone(mutex);
	release(mutex, site);
	give_back(mutex, alone);
	rt_yield(site);
	admit(mutex, false, 0, site);
	take(mutex, false);
	rt_return();
}

/* What a hang has to know of a condition variable: its last signal, whom it woke (-1: all, if there is anybody), and
 * how many woke nobody. */
static void note_signal(const void *condition, int woken, bool any, uintptr_t site)
{
	if (!exploring())
		return;
	struct rt_object *object = rt_object(condition, OBJECT_CONDITION);
	object->count++;
	object->site = site;
	object->taker = woken;
	object->round += !any;
	object->sent = WORLD->ticket;
	object->wasted = any ? object->wasted : WORLD->ticket;
	object->to_all = any && woken < 0;
	char name[64];
	if (!any)
		search_effect(-1, "no thread is waiting: no effect");
	else if (woken >= 0)
		search_effect(-1, "wakes %s", rt_thread_name(woken, name, sizeof name));
	else
		search_effect(-1, "wakes all waiters");
}

/* POSIX lets a signal wake any waiter: schedule 0 takes the one that waits longest, the others take any. */
static int wake_one(uintptr_t condition)
{
	int process = rt_key(condition), chosen = -1, waiter[RT_THREADS];
	unsigned seen = 0;
	for (int i = 0; i < WORLD->thread_count; i++) {
		struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state != RT_BLOCKED || thread->wait != WAIT_COND || thread->object != condition ||
		    thread->object_process != process)
			continue;
		waiter[seen++] = i;
		if (chosen < 0 || (WORLD->schedule == 0 || exploring() ? thread->queued < WORLD->thread[chosen].queued
		                                                       : rt_drawn() % seen == 0))
			chosen = i;
	}
	if (exploring() && seen > 1) {
		for (unsigned i = 0; i < seen; i++)
			if (waiter[i] == chosen) {
				waiter[i] = waiter[0];
				waiter[0] = chosen;
			}
		chosen = search_choose(DECIDE_WAITER, waiter, seen);
	}
	if (chosen >= 0)
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
	note_signal(condition, -1, waited_for(condition), SITE);
	rt_wake_object((uintptr_t)condition);
	int error = is_condition(condition) ? pthread_cond_broadcast(condition) : 0;
	rt_return();
	return error;
}

/* ---- read-write locks ----------------------------------------------------------------------- */

/* Two orders: a reader comes after writers, a writer after all. */
static uintptr_t readers_of(const void *lock)
{
	return rt_key_of(lock) ^ 1;
}

/* The real calls, or what they order where the table alone has the lock. */
static int take_rw(pthread_rwlock_t *lock, bool writer)
{
	if (!is_unseen(rt_object(lock, OBJECT_RWLOCK), rt_me))
		return writer ? pthread_rwlock_wrlock(lock) : pthread_rwlock_rdlock(lock);
	order_acquire_tsan(lock);
	return 0;
}

static int give_back_rw(pthread_rwlock_t *lock, bool alone)
{
	if (!alone)
		return pthread_rwlock_unlock(lock);
	order_release_tsan(lock);
	return 0;
}

/* No reader overtakes a writer that waits, not even one who reads already. */
static bool prefers_writers(const pthread_rwlock_t *lock)
{
	return lock->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

static bool is_free_for(const struct rt_object *object, bool writer, const pthread_rwlock_t *lock)
{
	if (object->owner != -1 || (!object->readers && is_rw_locked_by_nobody(lock, writer)))
		return false;
	return writer ? !object->readers : !object->writers || !prefers_writers(lock);
}

/* A writer that gives up no longer stands in the readers' way. */
static void wait_for_rw(pthread_rwlock_t *lock, bool writer, uint64_t until_ns, uintptr_t site)
{
	struct rt_object *object = rt_object(lock, OBJECT_RWLOCK);
	const char *what = object->owner != -1 || object->readers || !is_rw_locked_by_nobody(lock, writer)
	                       ? (writer ? "to write-lock @" : "to read-lock @")
	                       : (writer ? "to write-lock @" NOBODYS : "to read-lock @" NOBODYS);
	object->writers += writer;
	rt_block_until(WAIT_RWLOCK, what, (uintptr_t)lock, -1, site, until_ns);
	rt_object(lock, OBJECT_RWLOCK)->writers -= writer;
	if (writer && ME->timed_out)
		rt_wake_object((uintptr_t)lock);
}

static int rw_lock(pthread_rwlock_t *lock, bool writer, bool try, uint64_t until_ns, uintptr_t site)
{
	enum rt_op op = writer ? OP_WRITE_LOCK : OP_READ_LOCK;
	int error = 0;
	rt_enter();
	rt_switch_point(op, lock, true, site);
	for (;;) {
		struct rt_object *object = rt_object(lock, OBJECT_RWLOCK);
		if (is_free_for(object, writer, lock)) {
			if (writer)
				object->owner = rt_me;
			else
				object->readers++;
			object->reader[rt_me / 64] |= writer ? 0 : 1ull << rt_me % 64;
			object->site = site;
			count_shown(object);
			order_acquire(rt_key_of(lock));
			if (writer)
				order_acquire(readers_of(lock));
			order_took(rt_key_of(lock), site);
			break;
		}
		if (try) {
			error = EBUSY;
			break;
		}
		wait_for_rw(lock, writer, until_ns, site);
		if (ME->timed_out) {
			error = ETIMEDOUT;
			break;
		}
	}
	took_or_not(op, lock, error, site);
	if (!error) {
		tell(STEP_ACQUIRE, writer ? "takes, alone," : "takes, as a reader,", lock);
		error = take_rw(lock, writer);
	}
	rt_return();
	return error;
}

int rt_pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_object(lock, OBJECT_RWLOCK)->kind = OBJECT_NONE;
		int shared = PTHREAD_PROCESS_PRIVATE;
		if (attributes)
			pthread_rwlockattr_getpshared(attributes, &shared);
		initialised(lock, shared == PTHREAD_PROCESS_SHARED, SITE);
		order_reset(readers_of(lock));
		rt_return();
	}
	return pthread_rwlock_init(lock, attributes);
}

int rt_pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
	FRAME;
	if (!active())
		return pthread_rwlock_destroy(lock);
	rt_enter();
	rt_switch_point(OP_DESTROY, lock, true, SITE);
	rt_event(OP_DESTROY, lock, true, SITE);
	struct rt_object *object = rt_object(lock, OBJECT_RWLOCK);
	if (exploring() && (object->owner != -1 || object->readers || waited_for(lock)))
		rt_locked_when_gone(object, "destroys", SITE);
	rt_return();
	return pthread_rwlock_destroy(lock);
}

int rt_pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	FRAME;
	return active() ? rw_lock(lock, false, false, 0, SITE) : pthread_rwlock_rdlock(lock);
}

int rt_pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	FRAME;
	return active() ? rw_lock(lock, true, false, 0, SITE) : pthread_rwlock_wrlock(lock);
}

int rt_pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
	FRAME;
	return active() ? rw_lock(lock, false, true, 0, SITE) : pthread_rwlock_tryrdlock(lock);
}

int rt_pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
	FRAME;
	return active() ? rw_lock(lock, true, true, 0, SITE) : pthread_rwlock_trywrlock(lock);
}

int rt_pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *until)
{
	FRAME;
	if (active() && is_bad(until))
		return EINVAL;
	return active() ? rw_lock(lock, false, false, rt_deadline(CLOCK_REALTIME, until), SITE)
	                : pthread_rwlock_timedrdlock(lock, until);
}

int rt_pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *until)
{
	FRAME;
	if (active() && is_bad(until))
		return EINVAL;
	return active() ? rw_lock(lock, true, false, rt_deadline(CLOCK_REALTIME, until), SITE)
	                : pthread_rwlock_timedwrlock(lock, until);
}

int rt_pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
	FRAME;
	if (!active())
		return pthread_rwlock_unlock(lock);
	rt_enter();
	rt_switch_point(OP_RW_UNLOCK, lock, true, SITE);
	rt_event(OP_RW_UNLOCK, lock, true, SITE);
	tell(STEP_RELEASE, "releases", lock);
	struct rt_object *object = rt_object(lock, OBJECT_RWLOCK);
	bool alone = is_unseen(object, object->owner == -1 ? rt_me : object->owner);
	if (object->owner == rt_me) {
		count_hidden(object);
		object->owner = -1;
		order_release(rt_key_of(lock), false);
	} else if (object->owner == -1 && object->readers) {
		count_hidden(object);
		object->readers--;
		object->reader[rt_me / 64] &= ~(1ull << rt_me % 64);
		order_release(readers_of(lock), false);
	} else {
		misuse("unlock_not_owner", "unlocks a read-write lock that it does not hold", SITE);
	}
	order_dropped(rt_key_of(lock));
	if (object->owner == -1 && !object->readers)
		object->kind = OBJECT_NONE;
	rt_wake_object((uintptr_t)lock);
	int error = give_back_rw(lock, alone);
	rt_let_on();
	rt_return();
	return error;
}

/* ---- semaphores: the real count decides ----------------------------------------------------- */

/* A named semaphore is mapped at another address in each process that opens it. */
static const void *identity_of(const sem_t *semaphore)
{
	for (size_t i = 0; i < sizeof rt_local.named / sizeof *rt_local.named; i++)
		if (rt_local.named[i].semaphore == semaphore)
			return rt_local.named[i].identity;
	return semaphore;
}

static const void *identity_of_name(const char *name)
{
	uintptr_t hash = 0xcbf29ce484222325;
	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 0x100000001b3;
	return (const void *)(hash | 1ull << 63);
}

static void remember_name(const sem_t *semaphore, const char *name)
{
	for (size_t i = 0; i < sizeof rt_local.named / sizeof *rt_local.named; i++)
		if (!rt_local.named[i].semaphore || rt_local.named[i].semaphore == semaphore) {
			rt_local.named[i].semaphore = semaphore;
			rt_local.named[i].identity = identity_of_name(name);
			return;
		}
}

sem_t *rt_sem_open(const char *name, int flags, ...)
{
	FRAME;
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	unsigned value = flags & O_CREAT ? va_arg(args, unsigned) : 0;
	va_end(args);
	if (active()) { /* who comes first gives it its value */
		rt_enter();
		rt_switch_point(OP_SEM_WAIT, identity_of_name(name), true, SITE);
		rt_event(OP_SEM_WAIT, identity_of_name(name), true, SITE);
		rt_return();
	}
	sem_t *semaphore = sem_open(name, flags, mode, value);
	if (active() && semaphore != SEM_FAILED)
		remember_name(semaphore, name);
	if (active() && flags & O_CREAT && strlen(name) < sizeof WORLD->semaphore[0]) {
		rt_enter();
		unsigned used = WORLD->semaphores;
		if (used < sizeof WORLD->semaphore / sizeof *WORLD->semaphore)
			snprintf(WORLD->semaphore[WORLD->semaphores++], sizeof WORLD->semaphore[0], "%s", name);
		rt_return();
	}
	return semaphore;
}

int rt_sem_unlink(const char *name)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_switch_point(OP_SEM_WAIT, identity_of_name(name), true, SITE);
		rt_event(OP_SEM_WAIT, identity_of_name(name), true, SITE);
		rt_return();
	}
	return sem_unlink(name);
}

/* A run that ended in the middle leaves its named semaphores, and the next would find them. */
void rt_forget_names(void)
{
	for (unsigned i = 0; i < WORLD->semaphores; i++)
		sem_unlink(WORLD->semaphore[i]);
}

static void note_semaphore(const void *identity, bool posts, uintptr_t site)
{
	if (!exploring())
		return;
	struct rt_object *object = rt_object(identity, OBJECT_SEMAPHORE);
	*(posts ? &object->poster : &object->taker) = rt_me;
	*(posts ? &object->site : &object->taken_at) = site;
}

static void note_count(const void *identity, sem_t *semaphore)
{
	int value;
	if (exploring() && SEARCH->recording && sem_getvalue(semaphore, &value) == 0)
		search_counts(rt_key_of(identity), value);
}

int rt_sem_destroy(sem_t *semaphore)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_switch_point(OP_DESTROY, semaphore, true, SITE);
		rt_event(OP_DESTROY, semaphore, true, SITE);
		if (exploring() && waited_for(semaphore))
			misuse("destroy_in_use", "destroys a semaphore on which others are waiting", SITE);
		rt_object(semaphore, OBJECT_SEMAPHORE)->kind = OBJECT_NONE;
		rt_return();
	}
	return sem_destroy(semaphore);
}

int rt_sem_init(sem_t *semaphore, int shared, unsigned value)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_object(semaphore, OBJECT_SEMAPHORE)->kind = OBJECT_NONE;
		initialised(semaphore, shared, SITE);
		rt_return();
	}
	return sem_init(semaphore, shared, value);
}

static int semaphore_wait(sem_t *semaphore, bool try, uint64_t until_ns, uintptr_t site)
{
	const void *identity = identity_of(semaphore);
	int before = errno;
	rt_enter();
	rt_switch_point(OP_SEM_WAIT, identity, true, site);
	int error = 0;
	while (!error && sem_trywait(semaphore) != 0) {
		error = errno == EAGAIN && !try ? 0 : errno;
		if (error)
			break;
		rt_block_until(WAIT_SEM, "for @", (uintptr_t)identity, -1, site, until_ns);
		error = ME->timed_out ? ETIMEDOUT : rt_interrupted(true) ? EINTR : 0;
	}
	took_or_not(OP_SEM_WAIT, identity, error, site);
	if (error && exploring())
		search_effect(-1, "fails: %s", strerrorname_np(error));
	else
		tell(-1, "takes one from", identity);
	if (!error) {
		order_acquire(rt_key_of(identity));
		note_semaphore(identity, false, site);
		note_count(identity, semaphore);
	}
	rt_return();
	errno = error ? error
	              : before; /* a wait that succeeds leaves it, as the library's does: the tries in it do not count */
	return error ? -1 : 0;
}

int rt_sem_wait(sem_t *semaphore)
{
	FRAME;
	return active() ? semaphore_wait(semaphore, false, 0, SITE) : sem_wait(semaphore);
}

int rt_sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
	FRAME;
	if (active() && is_bad(until)) {
		errno = EINVAL;
		return -1;
	}
	return active() ? semaphore_wait(semaphore, false, rt_deadline(CLOCK_REALTIME, until), SITE)
	                : sem_timedwait(semaphore, until);
}

int rt_sem_clockwait(sem_t *semaphore, clockid_t clock, const struct timespec *until)
{
	FRAME;
	if (active() && is_bad(until)) {
		errno = EINVAL;
		return -1;
	}
	return active() ? semaphore_wait(semaphore, false, rt_deadline(clock, until), SITE)
	                : sem_clockwait(semaphore, clock, until);
}

int rt_sem_trywait(sem_t *semaphore)
{
	FRAME;
	return active() ? semaphore_wait(semaphore, true, 0, SITE) : sem_trywait(semaphore);
}

int rt_sem_getvalue(sem_t *semaphore, int *value)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_switch_point(OP_SEM_WAIT, identity_of(semaphore), false, SITE);
		rt_event(OP_SEM_WAIT, identity_of(semaphore), false, SITE);
		order_acquire(rt_key_of(identity_of(semaphore)));
		rt_return();
	}
	return sem_getvalue(semaphore, value);
}

int rt_sem_post(sem_t *semaphore)
{
	FRAME;
	if (!active())
		return sem_post(semaphore);
	const void *identity = identity_of(semaphore);
	rt_enter();
	rt_switch_point(OP_SEM_POST, identity, true, SITE);
	rt_event(OP_SEM_POST, identity, true, SITE);
	tell(-1, "adds one to", identity);
	note_semaphore(identity, true, SITE);
	order_release(rt_key_of(identity), false);
	int result = sem_post(semaphore);
	note_count(identity, semaphore);
	rt_wake_object((uintptr_t)identity);
	rt_let_on();
	rt_return();
	return result;
}

/* ---- barriers and once: the real call would block, so it is not made; ThreadSanitizer is told the order ---- */

static void both_release(void *object)
{
	order_release_tsan(object);
	order_release(rt_key_of(object), false);
}

static void both_acquire(void *object)
{
	order_acquire_tsan(object);
	order_acquire(rt_key_of(object));
}

int rt_pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes, unsigned count)
{
	FRAME;
	if (active()) {
		rt_enter();
		struct rt_object *object = rt_object(barrier, OBJECT_BARRIER);
		object->depth = count;
		object->count = 0;
		int shared = PTHREAD_PROCESS_PRIVATE;
		if (attributes)
			pthread_barrierattr_getpshared(attributes, &shared);
		initialised(barrier, shared == PTHREAD_PROCESS_SHARED, SITE);
		rt_return();
	}
	return pthread_barrier_init(barrier, attributes, count);
}

int rt_pthread_barrier_destroy(pthread_barrier_t *barrier)
{
	FRAME;
	if (!active())
		return pthread_barrier_destroy(barrier);
	rt_enter();
	rt_switch_point(OP_DESTROY, barrier, true, SITE);
	rt_event(OP_DESTROY, barrier, true, SITE);
	struct rt_object *object = rt_object(barrier, OBJECT_BARRIER);
	if (exploring() && object->count)
		misuse("destroy_in_use", "destroys a barrier at which others are waiting", SITE);
	bool initialised = object->depth != 0;
	rt_return();
	return initialised ? pthread_barrier_destroy(barrier) : EINVAL;
}

int rt_pthread_barrier_wait(pthread_barrier_t *barrier)
{
	FRAME;
	if (!active())
		return pthread_barrier_wait(barrier);
	rt_enter();
	rt_switch_point(OP_BARRIER, barrier, true, SITE);
	struct rt_object *object = rt_object(barrier, OBJECT_BARRIER);
	bool last = ++object->count == object->depth;
	rt_event(OP_BARRIER, barrier, true, SITE);
	both_release(barrier);
	if (exploring())
		search_effect(-1, "is number %u of %u%s", object->count, object->depth, last ? ": all go on" : "");
	if (last) {
		object->count = 0;
		object->round++;
		rt_wake_object((uintptr_t)barrier);
	} else {
		for (unsigned round = object->round; object->round == round;)
			rt_block(WAIT_BARRIER, "at @", (uintptr_t)barrier, -1, SITE);
		rt_event(OP_WAKE, barrier, false, SITE);
	}
	both_acquire(barrier);
	rt_return();
	return last ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

int rt_pthread_once(pthread_once_t *control, void (*routine)(void))
{
	FRAME;
	if (!active())
		return pthread_once(control, routine);
	rt_enter();
	rt_switch_point(OP_ONCE, control, true, SITE);
	struct rt_object *object = rt_object(control, OBJECT_ONCE);
	rt_event(OP_ONCE, control, true, SITE);
	if (object->round == 0) {
		object->round = 1;
		object->owner = rt_me;
		rt_return();
		routine();
		rt_enter();
		object = rt_object(control, OBJECT_ONCE);
		object->round = 2;
		object->owner = -1;
		both_release(control);
		rt_wake_object((uintptr_t)control);
	}
	while (object->round == 1)
		rt_block(WAIT_ONCE, "for pthread_once in another thread", (uintptr_t)control, -1, SITE);
	both_acquire(control);
	rt_return();
	return 0;
}

/* ---- spinlocks ------------------------------------------------------------------------------ */

static int try_spin(pthread_spinlock_t *lock, uintptr_t site)
{
	struct rt_object *object = rt_object((void *)(uintptr_t)lock, OBJECT_SPIN);
	if (object->owner != -1)
		return EBUSY;
	count_shown(object);
	if (is_unseen(object, rt_me)) {
		order_acquire_tsan((void *)(uintptr_t)lock);
	} else if (pthread_spin_trylock(lock) != 0) {
		count_hidden(object);
		object->kind = OBJECT_NONE;
		return EBUSY;
	}
	object->owner = rt_me;
	object->site = site;
	return 0;
}

static int spin(pthread_spinlock_t *lock, bool try, uintptr_t site)
{
	void *address = (void *)(uintptr_t)lock;
	rt_enter();
	rt_switch_point(OP_SPIN_LOCK, address, true, site);
	int error;
	while ((error = try_spin(lock, site)) != 0 && !try)
		rt_block(WAIT_SPIN, rt_object(address, OBJECT_SPIN)->owner == -1 ? "for @" NOBODYS : "for @", (uintptr_t)lock,
		         -1, site);
	took_or_not(OP_SPIN_LOCK, address, error, site);
	if (!error) {
		order_acquire(rt_key_of(address));
		order_took(rt_key_of(address), site);
		tell(STEP_ACQUIRE, "takes", address);
	}
	rt_return();
	return error;
}

int rt_pthread_spin_lock(pthread_spinlock_t *lock)
{
	FRAME;
	return active() ? spin(lock, false, SITE) : pthread_spin_lock(lock);
}

int rt_pthread_spin_trylock(pthread_spinlock_t *lock)
{
	FRAME;
	return active() ? spin(lock, true, SITE) : pthread_spin_trylock(lock);
}

int rt_pthread_spin_unlock(pthread_spinlock_t *lock)
{
	FRAME;
	if (!active())
		return pthread_spin_unlock(lock);
	void *address = (void *)(uintptr_t)lock;
	rt_enter();
	if (exploring())
		rt_switch_point(OP_SPIN_UNLOCK, address, true, SITE);
	rt_event(OP_SPIN_UNLOCK, address, true, SITE);
	tell(STEP_RELEASE, "releases", address);
	struct rt_object *object = rt_object(address, OBJECT_SPIN);
	if (exploring() && object->owner != rt_me)
		misuse("unlock_not_owner", "unlocks a spinlock that it does not hold", SITE);
	bool alone = is_unseen(object, object->owner);
	count_hidden(object);
	object->kind = OBJECT_NONE;
	order_release(rt_key_of(address), true);
	order_dropped(rt_key_of(address));
	int error = 0;
	if (alone)
		order_release_tsan(address);
	else
		error = pthread_spin_unlock(lock);
	rt_wake_object((uintptr_t)lock);
	rt_let_on();
	rt_return();
	return error;
}
