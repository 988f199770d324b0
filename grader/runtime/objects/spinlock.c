/* spinlock.c - spinlocks. */
#include "objects.h"

#include <errno.h>

static int try_spin(pthread_spinlock_t *lock, uintptr_t site)
{
	struct rt_object *object = rt_object((void *)(uintptr_t)lock, KIND_SPINLOCK);
	if (object->owner != -1)
		return EBUSY;
	rt_count_shown(object);
	if (rt_is_unseen(object, rt_me)) {
		rt_tsan_acquire((void *)(uintptr_t)lock);
	} else if (pthread_spin_trylock(lock) != 0) {
		rt_count_hidden(object);
		object->kind = KIND_NONE;
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
		rt_block(KIND_SPINLOCK, rt_object(address, KIND_SPINLOCK)->owner == -1 ? "for @" NOBODYS : "for @",
		         (uintptr_t)lock, -1, site);
	rt_took_or_not(OP_SPIN_LOCK, address, error, site);
	if (!error) {
		order_acquire(rt_key_of(address));
		order_took(rt_key_of(address), site);
		rt_tell(STEP_ACQUIRE, "takes", address);
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
	rt_tell(STEP_RELEASE, "releases", address);
	struct rt_object *object = rt_object(address, KIND_SPINLOCK);
	if (exploring() && object->owner != rt_me)
		rt_misuse("unlock_not_owner", "unlocks a spinlock that it does not hold", SITE);
	bool alone = rt_is_unseen(object, object->owner);
	rt_count_hidden(object);
	object->kind = KIND_NONE;
	order_release(rt_key_of(address), true);
	order_dropped(rt_key_of(address));
	int error = 0;
	if (alone)
		rt_tsan_release(address);
	else
		error = pthread_spin_unlock(lock);
	rt_wake(address);
	rt_let_on();
	rt_return();
	return error;
}

/* glibc's are the same for one process and for several. */
const struct rt_traits rt_spinlock_traits = {
    .name = "spinlock", .any = "a spinlock", .in_memory = true, .is_held = true, .is_lock = true};
