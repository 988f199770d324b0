/* rwlock.c - read-write locks. */
#include "objects.h"

#include <errno.h>

/* glibc: 1 means that the last one was a writer, 2 that there is one; from 8 on readers are counted. */
static bool is_locked_by_nobody(const pthread_rwlock_t *lock, bool writer)
{
	return lock->__data.__readers & 2 || (writer && lock->__data.__readers >= 8);
}

/* Two orders: a reader comes after writers, a writer after all. */
static uintptr_t readers_of(const void *lock)
{
	return rt_key_of(lock) ^ 1;
}

/* The real calls, or what they order where the table alone has the lock. */
static int take(pthread_rwlock_t *lock, bool writer)
{
	if (!rt_is_unseen(rt_object(lock, KIND_RWLOCK), rt_me))
		return writer ? pthread_rwlock_wrlock(lock) : pthread_rwlock_rdlock(lock);
	rt_tsan_acquire(lock);
	return 0;
}

static int give_back(pthread_rwlock_t *lock, bool alone)
{
	if (!alone)
		return pthread_rwlock_unlock(lock);
	rt_tsan_release(lock);
	return 0;
}

/* No reader overtakes a writer that waits, not even one who reads already. */
static bool prefers_writers(const pthread_rwlock_t *lock)
{
	return lock->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

static bool is_free_for(const struct rt_object *object, bool writer, const pthread_rwlock_t *lock)
{
	if (object->owner != -1 || (!object->rwlock.readers && is_locked_by_nobody(lock, writer)))
		return false;
	return writer ? !object->rwlock.readers : !object->rwlock.waiting_writers || !prefers_writers(lock);
}

/* A writer that gives up no longer stands in the readers' way. */
static void wait_for(pthread_rwlock_t *lock, bool writer, uint64_t until_ns, uintptr_t site)
{
	struct rt_object *object = rt_object(lock, KIND_RWLOCK);
	const char *what = object->owner != -1 || object->rwlock.readers || !is_locked_by_nobody(lock, writer)
	                       ? (writer ? "to write-lock @" : "to read-lock @")
	                       : (writer ? "to write-lock @" NOBODYS : "to read-lock @" NOBODYS);
	object->rwlock.waiting_writers += writer;
	rt_block_until(KIND_RWLOCK, what, (uintptr_t)lock, -1, site, until_ns);
	rt_object(lock, KIND_RWLOCK)->rwlock.waiting_writers -= writer;
	if (writer && ME->timed_out)
		rt_wake(lock);
}

/* The caller has it from here on. */
static void take_in_table(struct rt_object *object, pthread_rwlock_t *lock, bool writer, uintptr_t site)
{
	if (writer) {
		object->owner = rt_me;
	} else {
		object->rwlock.readers++;
		object->rwlock.reader[rt_me / 64] |= 1ull << rt_me % 64;
	}
	object->site = site;
	rt_count_shown(object);
	order_acquire(rt_key_of(lock));
	if (writer)
		order_acquire(readers_of(lock));
	order_took(rt_key_of(lock), site);
}

/* Waits until the caller may take the lock. 0, EBUSY or ETIMEDOUT. */
static int admit(pthread_rwlock_t *lock, bool writer, bool try, uint64_t until_ns, uintptr_t site)
{
	for (;;) {
		struct rt_object *object = rt_object(lock, KIND_RWLOCK);
		if (is_free_for(object, writer, lock)) {
			take_in_table(object, lock, writer, site);
			return 0;
		}
		if (try)
			return EBUSY;
		wait_for(lock, writer, until_ns, site);
		if (ME->timed_out)
			return ETIMEDOUT;
	}
}

static int lock_as(pthread_rwlock_t *lock, bool writer, bool try, uint64_t until_ns, uintptr_t site)
{
	enum rt_op op = writer ? OP_WRITE_LOCK : OP_READ_LOCK;
	rt_enter();
	rt_switch_point(op, lock, true, site);
	int error = admit(lock, writer, try, until_ns, site);
	rt_took_or_not(op, lock, error, site);
	if (!error) {
		rt_tell(STEP_ACQUIRE, writer ? "takes, alone," : "takes, as a reader,", lock);
		error = take(lock, writer);
	}
	rt_return();
	return error;
}

int rt_pthread_rwlock_init(pthread_rwlock_t *lock, const pthread_rwlockattr_t *attributes)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_object(lock, KIND_RWLOCK)->kind = KIND_NONE;
		int shared = PTHREAD_PROCESS_PRIVATE;
		if (attributes)
			pthread_rwlockattr_getpshared(attributes, &shared);
		rt_initialised(lock, shared == PTHREAD_PROCESS_SHARED, SITE);
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
	struct rt_object *object = rt_object(lock, KIND_RWLOCK);
	if (exploring() && (object->owner != -1 || object->rwlock.readers || rt_waited_for(lock)))
		rt_locked_when_gone(object, "destroys", SITE);
	rt_return();
	return pthread_rwlock_destroy(lock);
}

int rt_pthread_rwlock_rdlock(pthread_rwlock_t *lock)
{
	FRAME;
	return active() ? lock_as(lock, false, false, 0, SITE) : pthread_rwlock_rdlock(lock);
}

int rt_pthread_rwlock_wrlock(pthread_rwlock_t *lock)
{
	FRAME;
	return active() ? lock_as(lock, true, false, 0, SITE) : pthread_rwlock_wrlock(lock);
}

int rt_pthread_rwlock_tryrdlock(pthread_rwlock_t *lock)
{
	FRAME;
	return active() ? lock_as(lock, false, true, 0, SITE) : pthread_rwlock_tryrdlock(lock);
}

int rt_pthread_rwlock_trywrlock(pthread_rwlock_t *lock)
{
	FRAME;
	return active() ? lock_as(lock, true, true, 0, SITE) : pthread_rwlock_trywrlock(lock);
}

int rt_pthread_rwlock_timedrdlock(pthread_rwlock_t *lock, const struct timespec *until)
{
	FRAME;
	if (active() && rt_is_no_time(until))
		return EINVAL;
	return active() ? lock_as(lock, false, false, rt_deadline(CLOCK_REALTIME, until), SITE)
	                : pthread_rwlock_timedrdlock(lock, until);
}

int rt_pthread_rwlock_timedwrlock(pthread_rwlock_t *lock, const struct timespec *until)
{
	FRAME;
	if (active() && rt_is_no_time(until))
		return EINVAL;
	return active() ? lock_as(lock, true, false, rt_deadline(CLOCK_REALTIME, until), SITE)
	                : pthread_rwlock_timedwrlock(lock, until);
}

/* The table's part of an unlock. */
static void release(struct rt_object *object, const pthread_rwlock_t *lock, uintptr_t site)
{
	if (object->owner == rt_me) {
		rt_count_hidden(object);
		object->owner = -1;
		order_release(rt_key_of(lock), false);
	} else if (object->owner == -1 && object->rwlock.readers) {
		rt_count_hidden(object);
		object->rwlock.readers--;
		object->rwlock.reader[rt_me / 64] &= ~(1ull << rt_me % 64);
		order_release(readers_of(lock), false);
	} else {
		rt_misuse("unlock_not_owner", "unlocks a read-write lock that it does not hold", site);
	}
	order_dropped(rt_key_of(lock));
	if (object->owner == -1 && !object->rwlock.readers)
		object->kind = KIND_NONE;
}

int rt_pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
	FRAME;
	if (!active())
		return pthread_rwlock_unlock(lock);
	rt_enter();
	rt_switch_point(OP_RW_UNLOCK, lock, true, SITE);
	rt_event(OP_RW_UNLOCK, lock, true, SITE);
	rt_tell(STEP_RELEASE, "releases", lock);
	struct rt_object *object = rt_object(lock, KIND_RWLOCK);
	bool alone = rt_is_unseen(object, object->owner == -1 ? rt_me : object->owner);
	release(object, lock, SITE);
	rt_wake(lock);
	int error = give_back(lock, alone);
	rt_let_on();
	rt_return();
	return error;
}

static bool shares(const struct rt_object *object, int thread)
{
	return object->rwlock.readers && object->rwlock.reader[thread / 64] >> thread % 64 & 1;
}

static bool in_use(const struct rt_object *object)
{
	return object->owner >= 0 || object->rwlock.readers;
}

static void describe(char *text, size_t size, const struct rt_thread *thread)
{
	const struct rt_object *object = rt_waited_object(thread, KIND_RWLOCK);
	rt_append_place(text, size, thread);
	if (object && object->owner == -1 && object->rwlock.readers)
		rt_append(text, size, object->rwlock.readers == 1 ? "; %u reader holds it" : "; %u readers hold it",
		          object->rwlock.readers);
}

/* glibc; not readable otherwise. */
static bool for_processes(const void *lock)
{
	return ((const pthread_rwlock_t *)lock)->__data.__shared;
}

const struct rt_traits rt_rwlock_traits = {
    .name = "rwlock",
    .any = "a read-write lock",
    .describe = describe,
    .in_memory = true,
    .is_held = true,
    .is_lock = true,
    .shares = shares,
    .in_use = in_use,
    .when_shared = SHARED_BY("a read-write lock", "pthread_rwlockattr_setpshared"),
    .for_processes = for_processes,
};
