/* locks.c - mutexes, condition variables, read-write locks, spinlocks, semaphores, barriers, once.
 *
 * The pattern: wait in the table until the call would not block, then make the real call. */
#include "internal.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t ns_of(const struct timespec *time)
{
	return time ? (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_nsec : 0;
}

static void misuse(const char *what, uintptr_t site)
{
	struct rt_evidence *evidence = rt_evidence_add("mutex_misuse");
	char name[64];
	snprintf(evidence->text, sizeof evidence->text, "%s %s", rt_thread_name(rt_me, name, sizeof name), what);
	evidence->frame[0] = site;
}

/* ---- mutexes -------------------------------------------------------------------------------- */

int rt_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_object(mutex, OBJECT_MUTEX)->kind = OBJECT_NONE; /* whatever was at this address is gone */
		rt_return();
	}
	return pthread_mutex_init(mutex, attributes);
}

int rt_pthread_mutex_destroy(pthread_mutex_t *mutex)
{
	FRAME;
	if (!active())
		return pthread_mutex_destroy(mutex);
	rt_enter();
	rt_switch_point(false);
	struct rt_object *object = rt_object(mutex, OBJECT_MUTEX);
	bool held = object->owner != -1;
	if (!held)
		object->kind = OBJECT_NONE;
	rt_return();
	return held ? EBUSY : pthread_mutex_destroy(mutex);
}

static int mutex_type(const pthread_mutex_t *mutex)
{
	return mutex->__data.__kind & 3; /* glibc; type is not readable otherwise */
}

/* Waits until the caller may take the mutex. 0, or the error that the call has to return. Inside the runtime. */
static int admit(pthread_mutex_t *mutex, bool try, uint64_t until_ns, uintptr_t site)
{
	for (;;) {
		struct rt_object *object = rt_object(mutex, OBJECT_MUTEX);
		if (object->owner == -1) {
			object->owner = rt_me;
			object->depth = 1;
			object->site = site;
			return 0;
		}
		if (object->owner == rt_me && mutex_type(mutex) == PTHREAD_MUTEX_RECURSIVE_NP) {
			object->depth++;
			return 0;
		}
		if (object->owner == rt_me && mutex_type(mutex) == PTHREAD_MUTEX_ERRORCHECK_NP && !try)
			return EDEADLK;
		if (try)
			return EBUSY;
		rt_block_until(WAIT_LOCK, "for a mutex", (uintptr_t)mutex, -1, site, until_ns);
		if (ME->timed_out)
			return ETIMEDOUT;
	}
}

/* The table's part of an unlock. Inside the runtime. */
static void release(pthread_mutex_t *mutex, uintptr_t site)
{
	struct rt_object *object = rt_object(mutex, OBJECT_MUTEX);
	if (object->owner != rt_me) {
		misuse(object->owner == -1 ? "unlocks a mutex that nobody holds" : "unlocks a mutex that another thread holds",
		       site);
		return;
	}
	if (--object->depth)
		return;
	object->kind = OBJECT_NONE; /* an unlocked mutex needs no place in the table */
	object->owner = -1;
	rt_wake_object((uintptr_t)mutex);
}

static int lock(pthread_mutex_t *mutex, bool try, uint64_t until_ns, uintptr_t site)
{
	rt_enter();
	rt_switch_point(false);
	int error = admit(mutex, try, until_ns, site);
	if (!error)
		error = try ? pthread_mutex_trylock(mutex) : pthread_mutex_lock(mutex);
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
	return active() ? lock(mutex, false, ns_of(until), SITE) : pthread_mutex_timedlock(mutex, until);
}

int rt_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	FRAME;
	if (!active())
		return pthread_mutex_unlock(mutex);
	rt_enter();
	rt_switch_point(false);
	struct rt_object *object = rt_object(mutex, OBJECT_MUTEX);
	int error = object->owner == rt_me || mutex_type(mutex) == PTHREAD_MUTEX_NORMAL ? 0 : EPERM;
	release(mutex, SITE);
	if (!error)
		error = pthread_mutex_unlock(mutex);
	rt_switch_point(false);
	rt_return();
	return error;
}

/* ---- condition variables -------------------------------------------------------------------- */

int rt_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
	FRAME;
	return pthread_cond_init(condition, attributes);
}

int rt_pthread_cond_destroy(pthread_cond_t *condition)
{
	FRAME;
	rt_point();
	return pthread_cond_destroy(condition);
}

static int wait_for_signal(pthread_cond_t *condition, pthread_mutex_t *mutex, uint64_t until_ns, uintptr_t site)
{
	rt_enter();
	rt_switch_point(false);
	if (rt_object(mutex, OBJECT_MUTEX)->owner != rt_me)
		misuse("waits on a condition variable without holding the mutex", site);
	release(mutex, site);
	pthread_mutex_unlock(mutex);
	ME->object2 = (uintptr_t)mutex;
	rt_block_until(WAIT_COND, "for a signal on a condition variable", (uintptr_t)condition, -1, site, until_ns);
	bool timed_out = ME->timed_out;
	admit(mutex, false, 0, site);
	pthread_mutex_lock(mutex);
	rt_return();
	return timed_out ? ETIMEDOUT : 0;
}

int rt_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	FRAME;
	return active() ? wait_for_signal(condition, mutex, 0, SITE) : pthread_cond_wait(condition, mutex);
}

int rt_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until)
{
	FRAME;
	return active() ? wait_for_signal(condition, mutex, ns_of(until), SITE)
	                : pthread_cond_timedwait(condition, mutex, until);
}

int rt_pthread_cond_clockwait(pthread_cond_t *condition, pthread_mutex_t *mutex, clockid_t clock,
                              const struct timespec *until)
{
	FRAME;
	return active() ? wait_for_signal(condition, mutex, ns_of(until), SITE)
	                : pthread_cond_clockwait(condition, mutex, clock, until);
}

void rt_spurious(void *mutex)
{
	uintptr_t site = SITE;
	rt_enter();
	release(mutex, site);
	pthread_mutex_unlock(mutex);
	rt_switch_point(true);
	admit(mutex, false, 0, site);
	pthread_mutex_lock(mutex);
	rt_return();
}

/* POSIX lets a signal wake any waiter: schedule 0 takes the one that waits longest, the others take any. */
static void wake_one(uintptr_t condition)
{
	int process = rt_key(condition), chosen = -1;
	unsigned seen = 0;
	for (int i = 0; i < WORLD->thread_count; i++) {
		struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state != RT_BLOCKED || thread->wait != WAIT_COND || thread->object != condition ||
		    thread->object_process != process)
			continue;
		seen++;
		if (chosen < 0 ||
		    (WORLD->schedule == 0 ? thread->queued < WORLD->thread[chosen].queued : rt_random() % seen == 0))
			chosen = i;
	}
	if (chosen >= 0)
		rt_make_runnable(chosen);
}

int rt_pthread_cond_signal(pthread_cond_t *condition)
{
	FRAME;
	if (!active())
		return pthread_cond_signal(condition);
	rt_enter();
	rt_switch_point(false);
	wake_one((uintptr_t)condition);
	int error = pthread_cond_signal(condition);
	rt_return();
	return error;
}

int rt_pthread_cond_broadcast(pthread_cond_t *condition)
{
	FRAME;
	if (!active())
		return pthread_cond_broadcast(condition);
	rt_enter();
	rt_switch_point(false);
	rt_wake_object((uintptr_t)condition);
	int error = pthread_cond_broadcast(condition);
	rt_return();
	return error;
}

/* ---- read-write locks ----------------------------------------------------------------------- */

static int rw_lock(pthread_rwlock_t *lock, bool writer, bool try, uintptr_t site)
{
	rt_enter();
	rt_switch_point(false);
	for (;;) {
		struct rt_object *object = rt_object(lock, OBJECT_RWLOCK);
		if (object->owner == -1 && !(writer && object->readers)) {
			if (writer)
				object->owner = rt_me;
			else
				object->readers++;
			object->site = site;
			break;
		}
		if (try) {
			rt_return();
			return EBUSY;
		}
		rt_block(WAIT_LOCK, writer ? "to write-lock a read-write lock" : "to read-lock a read-write lock",
		         (uintptr_t)lock, -1, site);
	}
	int error = writer ? pthread_rwlock_wrlock(lock) : pthread_rwlock_rdlock(lock);
	rt_return();
	return error;
}

int rt_pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_object(lock, OBJECT_RWLOCK)->kind = OBJECT_NONE;
		rt_return();
	}
	return pthread_rwlock_init(lock, attributes);
}

int rt_pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
	FRAME;
	rt_point();
	return pthread_rwlock_destroy(lock);
}

int rt_pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	FRAME;
	return active() ? rw_lock(lock, false, false, SITE) : pthread_rwlock_rdlock(lock);
}

int rt_pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	FRAME;
	return active() ? rw_lock(lock, true, false, SITE) : pthread_rwlock_wrlock(lock);
}

int rt_pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
	FRAME;
	return active() ? rw_lock(lock, false, true, SITE) : pthread_rwlock_tryrdlock(lock);
}

int rt_pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
	FRAME;
	return active() ? rw_lock(lock, true, true, SITE) : pthread_rwlock_trywrlock(lock);
}

int rt_pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
	FRAME;
	if (!active())
		return pthread_rwlock_unlock(lock);
	rt_enter();
	rt_switch_point(false);
	struct rt_object *object = rt_object(lock, OBJECT_RWLOCK);
	if (object->owner == rt_me)
		object->owner = -1;
	else if (object->owner == -1 && object->readers)
		object->readers--;
	else
		misuse("unlocks a read-write lock that it does not hold", SITE);
	if (object->owner == -1 && !object->readers)
		object->kind = OBJECT_NONE;
	rt_wake_object((uintptr_t)lock);
	int error = pthread_rwlock_unlock(lock);
	rt_switch_point(false);
	rt_return();
	return error;
}

/* ---- semaphores: the real count decides ----------------------------------------------------- */

static int semaphore_wait(sem_t *semaphore, uint64_t until_ns, uintptr_t site)
{
	rt_enter();
	rt_switch_point(false);
	while (sem_trywait(semaphore) != 0) {
		if (errno != EAGAIN) {
			rt_return();
			return -1;
		}
		rt_block_until(WAIT_SEM, "for a semaphore", (uintptr_t)semaphore, -1, site, until_ns);
		if (ME->timed_out) {
			rt_return();
			errno = ETIMEDOUT;
			return -1;
		}
	}
	rt_return();
	return 0;
}

int rt_sem_wait(sem_t *semaphore)
{
	FRAME;
	return active() ? semaphore_wait(semaphore, 0, SITE) : sem_wait(semaphore);
}

int rt_sem_timedwait(sem_t *semaphore, const struct timespec *until)
{
	FRAME;
	return active() ? semaphore_wait(semaphore, ns_of(until), SITE) : sem_timedwait(semaphore, until);
}

int rt_sem_trywait(sem_t *semaphore)
{
	FRAME;
	rt_point();
	return sem_trywait(semaphore);
}

int rt_sem_post(sem_t *semaphore)
{
	FRAME;
	if (!active())
		return sem_post(semaphore);
	rt_enter();
	rt_switch_point(false);
	int result = sem_post(semaphore);
	rt_wake_object((uintptr_t)semaphore);
	rt_switch_point(false);
	rt_return();
	return result;
}

/* ---- barriers and once: the real call would block, so it is not made; ThreadSanitizer is told the order ---- */

static void order_release(void *object)
{
	if (__tsan_release)
		__tsan_release(object);
}

static void order_acquire(void *object)
{
	if (__tsan_acquire)
		__tsan_acquire(object);
}

int rt_pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes, unsigned count)
{
	FRAME;
	if (active()) {
		rt_enter();
		struct rt_object *object = rt_object(barrier, OBJECT_BARRIER);
		object->depth = count;
		object->count = 0;
		rt_return();
	}
	return pthread_barrier_init(barrier, attributes, count);
}

int rt_pthread_barrier_destroy(pthread_barrier_t *barrier)
{
	FRAME;
	rt_point();
	return pthread_barrier_destroy(barrier);
}

int rt_pthread_barrier_wait(pthread_barrier_t *barrier)
{
	FRAME;
	if (!active())
		return pthread_barrier_wait(barrier);
	rt_enter();
	rt_switch_point(false);
	struct rt_object *object = rt_object(barrier, OBJECT_BARRIER);
	order_release(barrier);
	bool last = ++object->count == object->depth;
	if (last) {
		object->count = 0;
		object->round++;
		rt_wake_object((uintptr_t)barrier);
	} else {
		for (unsigned round = object->round; object->round == round;)
			rt_block(WAIT_BARRIER, "at a barrier", (uintptr_t)barrier, -1, SITE);
	}
	order_acquire(barrier);
	rt_return();
	return last ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

int rt_pthread_once(pthread_once_t *control, void (*routine)(void))
{
	FRAME;
	if (!active())
		return pthread_once(control, routine);
	rt_enter();
	rt_switch_point(false);
	struct rt_object *object = rt_object(control, OBJECT_ONCE);
	if (object->round == 0) {
		object->round = 1;
		rt_return();
		routine();
		rt_enter();
		object = rt_object(control, OBJECT_ONCE);
		object->round = 2;
		order_release(control);
		rt_wake_object((uintptr_t)control);
	}
	while (object->round == 1)
		rt_block(WAIT_ONCE, "for pthread_once in another thread", (uintptr_t)control, -1, SITE);
	order_acquire(control);
	rt_return();
	return 0;
}

/* ---- spinlocks ------------------------------------------------------------------------------ */

int rt_pthread_spin_lock(pthread_spinlock_t *lock)
{
	FRAME;
	if (!active())
		return pthread_spin_lock(lock);
	rt_enter();
	rt_switch_point(false);
	while (pthread_spin_trylock(lock) != 0)
		rt_block(WAIT_LOCK, "for a spinlock", (uintptr_t)lock, -1, SITE);
	rt_return();
	return 0;
}

int rt_pthread_spin_unlock(pthread_spinlock_t *lock)
{
	FRAME;
	if (!active())
		return pthread_spin_unlock(lock);
	rt_enter();
	int error = pthread_spin_unlock(lock);
	rt_wake_object((uintptr_t)(void *)lock);
	rt_switch_point(false);
	rt_return();
	return error;
}
