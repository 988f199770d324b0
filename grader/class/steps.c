/* steps.c - starts what is ready, until nothing is. */
#include "steps.h"

#include "../memory.h"

#include <stdlib.h>

void steps_add(struct steps *steps, struct step step)
{
	steps->step = must(realloc(steps->step, (steps->count + 1) * sizeof *steps->step));
	steps->step[steps->count++] = step;
}

void steps_stop(struct steps *steps)
{
	steps->stopped = true;
}

void steps_free(struct steps *steps)
{
	free(steps->step);
}

bool run_succeeded(const struct run_result *result)
{
	return result->end == RUN_EXITED && result->status == 0;
}

static bool goes_on(const struct steps *steps)
{
	return !steps->stopped && !steps->cancelled;
}

static void end(struct step *step)
{
	struct steps *steps = step->steps;
	if (goes_on(steps) && step->then(steps->grading, step))
		steps->there |= step->gives;
}

static void keep_longest(struct run_result *longest, const struct run_result *result)
{
	bool cut = result->end != RUN_EXITED, was_cut = longest->end != RUN_EXITED;
	if (cut != was_cut ? cut : result->wall_ms >= longest->wall_ms)
		*longest = *result;
}

static void advance(struct steps *steps);

static void ran(void *context, const struct run_result *result)
{
	struct step *step = context;
	struct steps *steps = step->steps;
	keep_longest(&step->result, result);
	steps->cancelled |= result->end == RUN_CANCELLED;
	steps->running--;
	if (--step->running == 0)
		end(step);
	advance(steps);
}

static void start(struct step *step)
{
	struct steps *steps = step->steps;
	step->started = true;
	for (unsigned i = 0; step->run && i < step->shards; i++) {
		struct run *run = step->run(steps->grading, step, step->backwards ? step->shards - 1 - i : i);
		if (!run)
			continue;
		step->running++;
		steps->running++;
		queue_add(steps->queue, run, step->rank, ran, step);
	}
	if (!step->run)
		end(step);
}

static struct step *ready(const struct steps *steps)
{
	for (size_t i = 0; goes_on(steps) && i < steps->count; i++)
		if (!steps->step[i].started && (steps->step[i].needs & ~steps->there) == 0)
			return &steps->step[i];
	return NULL;
}

static void advance(struct steps *steps)
{
	for (struct step *step; (step = ready(steps));)
		start(step);
	if (steps->running == 0)
		steps->ended(steps->grading);
}

void steps_start(struct steps *steps)
{
	for (size_t i = 0; i < steps->count; i++)
		steps->step[i].steps = steps;
	advance(steps);
}
