/* history.c - whether calls that were made at the same time fit a model in which they are made one after the other. */
#include "kit_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CALLS = 16, MODEL_BYTES = 256 };

struct search {
	const char *calls;
	size_t count, size, model_size;
	bool (*step)(void *model, const void *call);
};

unsigned kit_stamp(void)
{
	unsigned stamp = atomic_fetch_add_explicit(&kit_local.state->stamp, 1, memory_order_relaxed) + 1;
	rt_learn(stamp); /* who came earlier is what a test judges by */
	return stamp;
}

static const struct kit_call *call_at(const struct search *search, size_t index)
{
	return (const void *)(search->calls + index * search->size);
}

void kit_note(unsigned *where, unsigned value)
{
	__atomic_store_n(where, value, __ATOMIC_RELAXED);
}

unsigned kit_noted(const unsigned *where)
{
	return __atomic_load_n(where, __ATOMIC_RELAXED);
}

/* Whether the call may be the next one: no other that is left had returned before it was made. */
static bool may_be_next(const struct search *search, unsigned left, size_t next)
{
	for (size_t i = 0; i < search->count; i++) {
		const struct kit_call *other = call_at(search, i);
		if (left & 1u << i && other->returned && other->returned < call_at(search, next)->made)
			return false;
	}
	return true;
}

static bool all_returned_are_placed(const struct search *search, unsigned left)
{
	for (size_t i = 0; i < search->count; i++)
		if (left & 1u << i && call_at(search, i)->returned)
			return false;
	return true;
}

static bool place(const struct search *search, unsigned left, const void *model)
{
	if (all_returned_are_placed(search, left))
		return true;
	for (size_t i = 0; i < search->count; i++) {
		_Alignas(max_align_t) char after[MODEL_BYTES];
		if (!(left & 1u << i) || !may_be_next(search, left, i))
			continue;
		memcpy(after, model, search->model_size);
		if (search->step(after, call_at(search, i)) && place(search, left & ~(1u << i), after))
			return true;
	}
	return false;
}

bool kit_some_order(const void *calls, size_t count, size_t size, const void *model, size_t model_size,
                    bool (*step)(void *model, const void *call))
{
	struct search search = {calls, count, size, model_size, step};
	if (count > MOST_CALLS || model_size > MODEL_BYTES) {
		fprintf(stderr, "kit_some_order: at most %d calls and %d bytes\n", MOST_CALLS, MODEL_BYTES);
		abort();
	}
	return place(&search, (1u << count) - 1, model);
}
