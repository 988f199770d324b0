/* steps.c - see steps.h. */
#include "steps.h"

#include "../file.h"
#include "../memory.h"
#include "columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *step_lane(const struct interleaving *interleaving, size_t lane)
{
	const char *name = interleaving->lane[lane];

	return name && *name ? visible(name) : format("lane %zu", lane + 1);
}

char *step_label(const struct step *step)
{
	static const char *const unnamed[] = {
	    [STEP_PLAIN] = "runs",   [STEP_ACQUIRE] = "acquires", [STEP_RELEASE] = "releases", [STEP_WAIT] = "waits",
	    [STEP_START] = "starts", [STEP_END] = "ends",         [STEP_FAIL] = "fails",
	};
	const char *operation = step->operation ? step->operation : unnamed[step->kind];
	char *text = format("%s%s%s", operation, step->object ? " " : "", step->object ? step->object : "");
	char *result = visible(text);

	free(text);
	return result;
}

char *step_place(const struct step *step)
{
	char line[16], *text, *result;

	snprintf(line, sizeof line, ":%u", step->line);
	text = format("%s%s", step->file ? step->file : "", step->file && step->line ? line : "");
	result = visible(text);
	free(text);
	return result;
}

size_t step_interrupted(const struct interleaving *interleaving, size_t at)
{
	while (at-- > 0)
		if (interleaving->step[at].lane < interleaving->lane_count)
			return interleaving->step[at].lane;
	return NONE;
}

/* ---- loops ---------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Values that change from round to round make no other step of it: "1 -> 2", then "2 -> 3". */
static bool same_step(const struct step *a, const struct step *b)
{
	return !b->switched && a->kind == b->kind && a->lane == b->lane && a->line == b->line &&
	       same_text(a->file, b->file) && same_text(a->operation, b->operation) && same_text(a->object, b->object);
}

/* How often the `length` steps before `at` come again from there on. */
static size_t rounds_from(const struct interleaving *interleaving, size_t at, size_t length)
{
	size_t count = 0;

	for (size_t i = at; i < interleaving->step_count; i++) {
		if (interleaving->step[i].kind == STEP_FAIL ||
		    !same_step(&interleaving->step[i - length], &interleaving->step[i]))
			break;
		count += (i - at) % length == length - 1;
	}
	return count;
}

size_t steps_again(const struct interleaving *interleaving, size_t at, size_t least, size_t *length)
{
	enum { LONGEST = 24 };

	for (*length = 1; *length <= LONGEST && *length <= at; ++*length) {
		size_t rounds = rounds_from(interleaving, at, *length);
		if (rounds >= least)
			return rounds;
	}
	return 0;
}

char *loop_words(size_t rounds, size_t length)
{
	return length == 1 ? format("the last step again, %zu times", rounds)
	                   : format("the last %zu steps again, %zu times", length, rounds);
}
