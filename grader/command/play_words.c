/* play_words.c - a choice in words, and by keys. */
#include "../memory.h"
#include "play.h"

bool position_asks_for_lane(const struct position *position)
{
	return position->kind == MOMENT_NEXT || position->kind == MOMENT_WAITER;
}

static const char keys[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"; /* small letters mean something else */
_Static_assert(sizeof keys == MOMENT_KEYS + 1, "play.h says how many");

static bool keys_are_lanes(const struct position *position)
{
	if (!position_asks_for_lane(position))
		return false;
	for (size_t i = 0; i < position->option_count; i++)
		if (position->option[i].value >= MOMENT_KEYS)
			return false;
	return true;
}

char moment_key(const struct position *position, size_t option)
{
	if (keys_are_lanes(position))
		return keys[position->option[option].value];
	return option + 1 < MOMENT_KEYS ? keys[option + 1] : ' ';
}

char *moment_words(const struct position *position, size_t at)
{
	const struct moment_option *option = &position->option[at];
	const struct interleaving *interleaving = position->state->interleaving;
	if (position->kind == MOMENT_SPURIOUS)
		return format(option->value ? "it goes on without a signal" : "it waits for a signal");
	if (!position_asks_for_lane(position) || option->value >= interleaving->lane_count)
		return format("possibility %zu", option->value + 1);
	return option->fires ? format("%s: the time limit of its wait is over", interleaving->lane[option->value])
	                     : format("%s", interleaving->lane[option->value]);
}

char *moment_question(const struct position *position)
{
	const char *who = position->state->interleaving->lane[position->current];
	switch (position->kind) {
	case MOMENT_WAITER:
		return format("Whom does the signal of %s wake?", who);
	case MOMENT_SPURIOUS:
		return format("%s begins to wait for a signal. A wait may end without one: does it?", who);
	case MOMENT_CHOICE:
		return format("What does the test choose?");
	default:
		return format("Who goes on?");
	}
}
