/* steps.c - see steps.h. */
#include "steps.h"

#include "../file.h"
#include "../memory.h"
#include "columns.h"

#include <stdio.h>
#include <stdlib.h>

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
