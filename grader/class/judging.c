/* judging.c - the checks, as steps: each runs its program, in one run or in several side by side, and judges what came
 * of it. The first check goes alone, since the others need to know which tests come to an end. */
#include "parts.h"

#include "../memory.h"

#include <stdlib.h>
#include <string.h>

enum { RANK_LONG = 40, RANK_CHECK = 30, RANK_ADVICE = 10 };

static bool wanted(const struct grading *grading, const struct check *check)
{
	const char *only = grading->request->only_check;
	if (check->turn == TURN_ADVICE)
		return grading->workshop->options->coverage && !only && !grading->request->only_test;
	return !only || strcmp(check->name, only) == 0 || check->turn == TURN_FIRST || !check->run;
}

bool wants_program(const struct grading *grading, enum variant variant)
{
	if (variant == VARIANT_PLAIN)
		return true;
	for (const struct check *const *check = check_list; *check; check++) {
		if ((*check)->variant != variant || !wanted(grading, *check) || !(*check)->run)
			continue;
		struct run *run = (*check)->run(&grading->subject, 0);
		run_free(run);
		if (run)
			return true;
	}
	return false;
}

void look_at_object(struct grading *grading, enum variant variant)
{
	for (const struct check *const *check = check_list; *check; check++)
		if ((*check)->variant == variant && !(*check)->run && wanted(grading, *check))
			(*check)->judge(&grading->subject, NULL);
}

static void say(const struct grading *grading, const char *what)
{
	if (grading->workshop->progress)
		grading->workshop->progress(grading->workshop->context, what);
}

static bool judge(struct grading *grading, const struct step *step)
{
	step->check->judge(&grading->subject, &step->result);
	char *what = format("%s done", step->check->name);
	say(grading, what);
	free(what);
	if (step->check->turn == TURN_FIRST && grading->workshop->options->tested)
		grading->workshop->options->tested(grading->workshop->context, grading->request, grading->subject.grade);
	return true;
}

static bool has_run(struct grading *grading, const struct step *step)
{
	(void)grading, (void)step;
	return true;
}

static struct run *run_check(const struct grading *grading, const struct step *step, unsigned shard)
{
	return step->check->run(&grading->subject, shard);
}

static struct run *run_after(const struct grading *grading, const struct step *step, unsigned shard)
{
	(void)shard;
	return step->check->after(&grading->subject);
}

static int rank_of(const struct check *check)
{
	return check->turn == TURN_LONG ? RANK_LONG : check->turn == TURN_ADVICE ? RANK_ADVICE : RANK_CHECK;
}

static void add_check(struct grading *grading, const struct check *check, size_t place, bool backwards)
{
	bool first = check->turn == TURN_FIRST;
	struct step run = {.needs = fact_of(PROGRAM, check->variant) | (first ? 0 : TESTED),
	                   .gives = first ? TESTED : 0,
	                   .rank = rank_of(check),
	                   .variant = check->variant,
	                   .check = check,
	                   .run = run_check,
	                   .shards = check->splits ? grading->subject.shards : 1,
	                   .backwards = backwards,
	                   .then = judge};
	if (check->after) {
		struct step after = run;
		after.needs = RAN(place);
		after.rank = RANK_ADVICE;
		after.run = run_after;
		after.shards = 1;
		steps_add(&grading->steps, after);
		run.gives = RAN(place);
		run.then = has_run;
	}
	steps_add(&grading->steps, run);
}

/* Tests that take long in one check do so in the next: of two checks that are split, one has its shards from the last
 * to the first, so that the core that was free first gets the longer one. */
void judging_add_steps(struct grading *grading)
{
	bool backwards = false;
	for (size_t place = 0; check_list[place]; place++) {
		const struct check *check = check_list[place];
		if (!check->run || !wanted(grading, check))
			continue;
		add_check(grading, check, place, backwards);
		backwards ^= check->splits;
	}
}
