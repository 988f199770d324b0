/* mutex.c - mutexes: who has locked one is in the table; the real call is made when it will not block. */
#include "objects.h"

#include <errno.h>
#include <string.h>

int rt_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
	FRAME;
	if (active()) {
		rt_enter();
		rt_object(mutex, KIND_MUTEX)->kind = KIND_NONE; /* whatever was at this address is gone */
		int shared = PTHREAD_PROCESS_PRIVATE;
		if (attributes)
			pthread_mutexattr_getpshared(attributes, &shared);
		rt_initialised(mutex, shared == PTHREAD_PROCESS_SHARED, SITE);
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
	rt_switch_point(OP_DESTROY, mutex, true, SITE);
	struct rt_object *object = rt_object(mutex, KIND_MUTEX);
	bool held = object->owner != -1;
	rt_event(OP_DESTROY, mutex, true, SITE);
	if (exploring() && (held || rt_waited_for(mutex)))
		rt_locked_when_gone(object, "destroys", SITE);
	if (!held)
		object->kind = KIND_NONE;
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

bool rt_mutex_in_table_alone(pthread_mutex_t *mutex)
{
	struct rt_object *object = rt_object(mutex, KIND_MUTEX);
	return is_robust(mutex) || rt_is_unseen(object, object->owner);
}

int rt_mutex_take(pthread_mutex_t *mutex, bool try)
{
	if (!rt_mutex_in_table_alone(mutex))
		return try ? pthread_mutex_trylock(mutex) : pthread_mutex_lock(mutex);
	rt_tsan_acquire(mutex);
	return 0;
}

int rt_mutex_give_back(pthread_mutex_t *mutex, bool alone)
{
	if (!alone)
		return pthread_mutex_unlock(mutex);
	rt_tsan_release(mutex);
	return 0;
}

/* Its bytes, of a mutex that no thread of the table holds. */
static bool is_locked_by_nobody(const pthread_mutex_t *mutex)
{
	return !is_robust(mutex) && mutex->__data.__lock != 0;
}

/* The caller has it from here on. */
static void take_in_table(struct rt_object *object, pthread_mutex_t *mutex, uintptr_t site)
{
	object->owner = rt_me;
	object->site = site;
	object->mutex.depth = 1;
	object->mutex.robust = is_robust(mutex);
	object->mutex.took_at = WORLD->ticket;
	ME->took = (uintptr_t)mutex;
	if (!object->mutex.robust)
		rt_count_shown(object);
	order_acquire(rt_key_of(mutex));
	order_took(rt_key_of(mutex), site);
}

static bool is_orphaned(const struct rt_object *object, const pthread_mutex_t *mutex)
{
	return object->owner >= 0 && is_robust(mutex) && WORLD->thread[object->owner].state == RT_DONE;
}

int rt_mutex_admit(pthread_mutex_t *mutex, bool try, uint64_t until_ns, uintptr_t site)
{
	for (;;) {
		struct rt_object *object = rt_object(mutex, KIND_MUTEX);
		if (object->mutex.state == MUTEX_LOST)
			return ENOTRECOVERABLE;
		if (is_orphaned(object, mutex)) {
			order_after_thread(object->owner);
			take_in_table(object, mutex, site);
			object->mutex.state = MUTEX_INCONSISTENT;
			return EOWNERDEAD;
		}
		bool nobodys = object->owner == -1 && is_locked_by_nobody(mutex);
		if (object->owner == -1 && !nobodys) {
			take_in_table(object, mutex, site);
			return 0;
		}
		if (object->owner == rt_me && mutex_type(mutex) == PTHREAD_MUTEX_RECURSIVE_NP) {
			object->mutex.depth++;
			return 0;
		}
		if (object->owner == rt_me && mutex_type(mutex) == PTHREAD_MUTEX_ERRORCHECK_NP && !try)
			return EDEADLK;
		if (try)
			return EBUSY;
		rt_block_until(KIND_MUTEX, nobodys ? "for @" NOBODYS : "for @", (uintptr_t)mutex, -1, site, until_ns);
		if (ME->timed_out)
			return ETIMEDOUT;
	}
}

void rt_mutex_release(pthread_mutex_t *mutex, uintptr_t site)
{
	struct rt_object *object = rt_object(mutex, KIND_MUTEX);
	if (object->owner != rt_me) {
		rt_misuse("unlock_not_owner",
		          object->owner == -1 ? "unlocks a mutex that no thread holds"
		                              : "unlocks a mutex that another thread holds",
		          site);
		return;
	}
	if (--object->mutex.depth)
		return;
	if (!object->mutex.robust)
		rt_count_hidden(object);
	order_release(rt_key_of(mutex), true);
	order_dropped(rt_key_of(mutex));
	object->owner = -1;
	if (object->mutex.state == MUTEX_INCONSISTENT)
		object->mutex.state = MUTEX_LOST; /* unlocked without pthread_mutex_consistent */
	else
		object->kind = KIND_NONE; /* an unlocked mutex needs no place in the table */
	rt_wake(mutex);
}

/* The real call refused what the table had admitted. */
static void take_back(pthread_mutex_t *mutex)
{
	struct rt_object *object = rt_object(mutex, KIND_MUTEX);
	if (object->owner != rt_me || --object->mutex.depth)
		return;
	rt_count_hidden(object);
	order_dropped(rt_key_of(mutex));
	object->kind = KIND_NONE;
}

static int lock(pthread_mutex_t *mutex, bool try, uint64_t until_ns, uintptr_t site)
{
	rt_enter();
	enum rt_op op = try ? OP_TRYLOCK : OP_LOCK;
	rt_switch_point(op, mutex, true, site);
	if (exploring() && is_destroyed(mutex))
		rt_misuse("destroy_in_use", "locks a mutex that was destroyed", site);
	int error = rt_mutex_admit(mutex, try, until_ns, site);
	rt_took_or_not(op, mutex, error, site);
	if (!error || error == EOWNERDEAD)
		rt_tell(STEP_ACQUIRE, "takes", mutex);
	else
		search_effect(-1, "fails: %s", strerrorname_np(error));
	if (!error && (error = rt_mutex_take(mutex, try)) != 0)
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
	if (active() && rt_is_no_time(until))
		return EINVAL;
	return active() ? lock(mutex, false, rt_deadline(CLOCK_REALTIME, until), SITE)
	                : pthread_mutex_timedlock(mutex, until);
}

int rt_pthread_mutex_clocklock(pthread_mutex_t *mutex, clockid_t clock, const struct timespec *until)
{
	FRAME;
	if (active() && rt_is_no_time(until))
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
	struct rt_object *object = rt_object(mutex, KIND_MUTEX);
	int error = object->owner == rt_me || mutex_type(mutex) == PTHREAD_MUTEX_NORMAL ? 0 : EPERM;
	rt_event(OP_UNLOCK, mutex, true, SITE);
	rt_tell(object->owner == rt_me && object->mutex.depth == 1 ? STEP_RELEASE : STEP_PLAIN, "releases", mutex);
	bool alone = rt_mutex_in_table_alone(mutex);
	rt_mutex_release(mutex, SITE);
	if (!error)
		error = rt_mutex_give_back(mutex, alone);
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
	struct rt_object *object = rt_object(mutex, KIND_MUTEX);
	bool mine = object->owner == rt_me && object->mutex.state == MUTEX_INCONSISTENT;
	if (mine)
		object->mutex.state = MUTEX_CONSISTENT;
	rt_return();
	return mine ? 0 : EINVAL;
}

/* ---- mutexes of threads and processes that end ---------------------------------------------- */

void rt_note_held_mutexes(int thread)
{
	for (int i = 0; i < WORLD->object_count; i++) {
		struct rt_object *object = &WORLD->object[i];
		if (object->kind != KIND_MUTEX || object->owner != thread)
			continue;
		if (object->mutex.robust) { /* its next owner will learn of it */
			order_release(rt_key_of((const void *)object->address), true);
			rt_wake((const void *)object->address);
			continue;
		}
		struct rt_evidence *evidence = rt_evidence_add("lock_held");
		char name[64];
		snprintf(evidence->text, sizeof evidence->text, "%s ended and still holds the mutex that it took at {pc:%lx}",
		         rt_thread_name(thread, name, sizeof name), (unsigned long)object->site);
		evidence->frame[0] = object->site;
	}
}

/* Who waits for a robust mutex of a process that has ended gets it (EOWNERDEAD). */
void rt_let_go_of_robust_mutexes(int process)
{
	for (int i = 0; i < WORLD->object_count; i++) {
		const struct rt_object *object = &WORLD->object[i];
		if (object->kind != KIND_MUTEX || !object->mutex.robust || object->owner < 0 ||
		    WORLD->thread[object->owner].process != process)
			continue;
		if (rt_me >= 0)
			rt_event(OP_NONE, (const void *)object->address, true, 0);
		rt_wake((const void *)object->address);
	}
}

/* The kernel wakes who waits for such a lock, as if its owner had died. */
void rt_refuse_robust_mutexes(void)
{
	for (int i = 0; i < WORLD->object_count; i++) {
		const struct rt_object *object = &WORLD->object[i];
		if (object->kind == KIND_MUTEX && object->mutex.robust && object->process < 0 && object->owner >= 0 &&
		    WORLD->thread[object->owner].process == rt_local.process)
			rt_leave_test("limit",
			              "a process that holds a robust mutex executes another program, which is not covered");
	}
}

static bool in_use(const struct rt_object *object)
{
	return object->owner >= 0;
}

/* glibc; not readable otherwise. */
static bool for_processes(const void *mutex)
{
	return ((const pthread_mutex_t *)mutex)->__data.__kind & 128;
}

const struct rt_traits rt_mutex_traits = {
    .name = "mutex",
    .any = "a mutex",
    .ends_by_signal = true,
    .in_memory = true,
    .is_held = true,
    .is_lock = true,
    .in_use = in_use,
    .when_shared = SHARED_BY("a mutex", "pthread_mutexattr_setpshared"),
    .for_processes = for_processes,
};
