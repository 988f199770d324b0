/* once.c - pthread_once: the real call would block, so it is not made; ThreadSanitizer is told the order. */
#include "objects.h"

int rt_pthread_once(pthread_once_t *control, void (*routine)(void))
{
	FRAME;
	if (!active())
		return pthread_once(control, routine);
	rt_enter();
	rt_switch_point(OP_ONCE, control, true, SITE);
	struct rt_object *object = rt_object(control, KIND_ONCE);
	rt_event(OP_ONCE, control, true, SITE);
	if (object->once.state == ONCE_NEVER) {
		object->once.state = ONCE_RUNS;
		object->owner = rt_me;
		rt_return();
		routine();
		rt_enter();
		object = rt_object(control, KIND_ONCE);
		object->once.state = ONCE_DONE;
		object->owner = -1;
		rt_both_release(control);
		rt_wake(control);
	}
	while (object->once.state == ONCE_RUNS)
		rt_block(KIND_ONCE, "for pthread_once in another thread", (uintptr_t)control, -1, SITE);
	rt_both_acquire(control);
	rt_return();
	return 0;
}

const struct rt_traits rt_once_traits = {.name = "once", .in_memory = true, .is_held = true};
