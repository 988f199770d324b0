/* barrier.c - barriers: the real call would block, so it is not made; ThreadSanitizer is told the order. */
#include "objects.h"

#include <errno.h>

int rt_pthread_barrier_init(pthread_barrier_t *barrier, const pthread_barrierattr_t *attributes, unsigned count)
{
	FRAME;
	if (active()) {
		rt_enter();
		struct rt_object *object = rt_object(barrier, KIND_BARRIER);
		object->barrier.needed = count;
		object->barrier.arrived = 0;
		int shared = PTHREAD_PROCESS_PRIVATE;
		if (attributes)
			pthread_barrierattr_getpshared(attributes, &shared);
		rt_initialised(barrier, shared == PTHREAD_PROCESS_SHARED, SITE);
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
	struct rt_object *object = rt_object(barrier, KIND_BARRIER);
	if (exploring() && object->barrier.arrived)
		rt_misuse("destroy_in_use", "destroys a barrier at which others are waiting", SITE);
	bool initialised = object->barrier.needed != 0;
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
	struct rt_object *object = rt_object(barrier, KIND_BARRIER);
	bool last = ++object->barrier.arrived == object->barrier.needed;
	rt_event(OP_BARRIER, barrier, true, SITE);
	rt_both_release(barrier);
	search_effect(-1, "is number %u of %u%s", object->barrier.arrived, object->barrier.needed,
	              last ? ": all go on" : "");
	if (last) {
		object->barrier.arrived = 0;
		object->barrier.round++;
		rt_wake(barrier);
	} else {
		for (unsigned round = object->barrier.round; object->barrier.round == round;)
			rt_block(KIND_BARRIER, "at @", (uintptr_t)barrier, -1, SITE);
		rt_event(OP_WAKE, barrier, false, SITE);
	}
	rt_both_acquire(barrier);
	rt_return();
	return last ? PTHREAD_BARRIER_SERIAL_THREAD : 0;
}

/* glibc: struct pthread_barrier (nptl/internaltypes.h); not readable otherwise. */
static bool for_processes(const void *object)
{
	struct {
		unsigned in, round, count;
		int shared;
	} const *barrier = object;
	return barrier->shared;
}

const struct rt_traits rt_barrier_traits = {
    .name = "barrier",
    .any = "a barrier",
    .in_memory = true,
    .when_shared = SHARED_BY("a barrier", "pthread_barrierattr_setpshared"),
    .for_processes = for_processes,
};
