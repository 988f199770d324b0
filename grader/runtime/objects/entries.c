/* entries.c - the table of objects: one entry for each that is in use, of each process that has one. */
#include "objects.h"

struct rt_object *rt_object(const void *pointer, enum rt_kind kind)
{
	uintptr_t address = (uintptr_t)pointer;
	int process = rt_key(address);
	struct rt_object *spare = NULL;
	for (int i = 0; i < WORLD->object_count; i++) {
		struct rt_object *object = &WORLD->object[i];
		if (object->address == address && object->process == process && object->kind == kind)
			return object;
		if (object->kind == KIND_NONE && !spare)
			spare = object;
	}
	if (!spare) {
		if (WORLD->object_count == RT_OBJECTS) {
			rt_leave_test("limit", "more locks in use than the kit can track");
		}
		spare = &WORLD->object[WORLD->object_count++];
	}
	*spare = (struct rt_object){.address = address, .process = process, .kind = kind, .owner = -1};
	return spare;
}

void rt_forget(const void *memory, size_t bytes)
{
	if (!active())
		return;
	uintptr_t begin = (uintptr_t)memory;
	for (int i = 0; i < WORLD->object_count; i++) {
		struct rt_object *object = &WORLD->object[i];
		if (object->address < begin || object->address >= begin + bytes || object->process != rt_local.process)
			continue;
		bool (*in_use)(const struct rt_object *) = rt_traits[object->kind]->in_use;
		if (exploring() && in_use && in_use(object))
			rt_locked_when_gone(object, "frees the memory of", SITE);
		object->kind = KIND_NONE;
	}
}

struct rt_object *rt_waited_object(const struct rt_thread *thread, enum rt_kind kind)
{
	for (int i = 0; i < WORLD->object_count; i++) {
		struct rt_object *object = &WORLD->object[i];
		if (object->kind == kind && object->address == thread->object && object->process == thread->object_process)
			return object;
	}
	return NULL;
}

bool rt_waited_for(const void *object)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].state == RT_BLOCKED && WORLD->thread[i].object == (uintptr_t)object &&
		    WORLD->thread[i].object_process == rt_key((uintptr_t)object))
			return true;
	return false;
}

int rt_holder(const struct rt_object *object)
{
	bool (*shares)(const struct rt_object *, int) = rt_traits[object->kind]->shares;
	if (object->owner >= 0)
		return object->owner;
	for (int i = 0; shares && i < WORLD->thread_count; i++)
		if (shares(object, i))
			return i;
	return -1;
}

/* Locks held at fork: the child's copy is held too, by the child's own copy of the thread or by nobody who could
 * release it. */
void rt_inherit_objects(int process, int thread)
{
	int count = WORLD->object_count;
	for (int i = 0; i < count; i++) {
		struct rt_object *object = &WORLD->object[i];
		if (object->kind == KIND_NONE || object->process != rt_local.process || WORLD->object_count == RT_OBJECTS)
			continue;
		struct rt_object *copy = &WORLD->object[WORLD->object_count++];
		*copy = *object;
		copy->process = process;
		if (object->owner >= 0)
			copy->owner = object->owner == rt_me ? thread : OWNER_GONE;
		rt_inherit_unseen(copy, thread);
	}
	WORLD->thread[thread].locks_shown = ME->locks_shown;
}
