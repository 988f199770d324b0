/* steps_test.c - declared steps: what starts when, and what a failure, a shard or a cancelled run means. */
#include "../../grader/class/steps.h"
#include "../../grader/memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LONG_WALL_MS = 50000 }; /* so long that only a broken test reaches it */

/* The owner of the steps here: a diary of what ended. */
struct grading {
	struct steps steps;
	char diary[64];
	int ended;
	int status; /* of the result that the last step had */
};

static char folder[64];

static void enter(void)
{
	strcpy(folder, "/tmp/steps_test.XXXXXX");
	cr_assert(ne(ptr, mkdtemp(folder), NULL));
	cr_assert(eq(int, chdir(folder), 0));
}

static void leave(void)
{
	cr_assert(eq(int, chdir("/"), 0));
	folder_remove(folder);
}

TestSuite(steps, .init = enter, .fini = leave);

/* What runs is chosen by the step's rank; $1 is the shard. */
static const char *const texts[] = {"exit 0", "exit 3", "[ $1 != 1 ] || kill -KILL $$"};
enum { SUCCEEDS, FAILS, CUT_IN_SHARD_1 };

static struct run *run_text(const struct grading *grading, const struct step *step, unsigned shard)
{
	(void)grading;
	struct run *run = run_new(folder, CAGE_NONE);
	run->output = format("%s/output", folder);
	run->wall_ms = LONG_WALL_MS;
	run_add(run, "sh");
	run_add(run, "-c");
	run_add(run, "%s", texts[step->rank]);
	run_add(run, "step");
	run_add(run, "%u", shard);
	return run;
}

static struct run *nothing_in_shard_0(const struct grading *grading, const struct step *step, unsigned shard)
{
	return shard == 0 ? NULL : run_text(grading, step, shard);
}

static struct run *nothing(const struct grading *grading, const struct step *step, unsigned shard)
{
	(void)grading, (void)step, (void)shard;
	return NULL;
}

/* Notes the step, by the letter of what it gives. */
static bool note(struct grading *grading, const struct step *step)
{
	char letter[2] = {(char)('a' + __builtin_ctzll(step->gives))};
	strcat(grading->diary, letter);
	grading->status = step->result.status;
	return run_succeeded(&step->result);
}

static bool note_and_stop(struct grading *grading, const struct step *step)
{
	note(grading, step);
	steps_stop(&grading->steps);
	return true;
}

static void count_end(struct grading *grading)
{
	grading->ended++;
}

enum { A = 1, B = 2, C = 4, D = 8, E = 16 };

static void add(struct grading *grading, facts needs, facts gives, int text)
{
	steps_add(&grading->steps,
	          (struct step){.needs = needs, .gives = gives, .rank = text, .run = run_text, .shards = 1, .then = note});
}

static void work(struct grading *grading, unsigned slots)
{
	grading->steps.queue = queue_new(slots, -1, NULL);
	grading->steps.grading = grading;
	grading->steps.ended = count_end;
	steps_start(&grading->steps);
	cr_assert(eq(int, queue_work(grading->steps.queue), 0));
	queue_free(grading->steps.queue);
	steps_free(&grading->steps);
	cr_expect(eq(int, grading->ended, 1), "told of the end once");
}

Test(steps, each_starts_when_all_that_it_needs_is_there)
{
	struct grading grading = {0};
	add(&grading, B | C, D, SUCCEEDS); /* declared first, and yet the last */
	add(&grading, A, C, SUCCEEDS);
	add(&grading, A, B, SUCCEEDS);
	add(&grading, 0, A, SUCCEEDS);
	work(&grading, 1);
	cr_expect(eq(str, grading.diary, "acbd"));
}

Test(steps, what_needs_the_fact_of_a_failed_step_never_starts)
{
	struct grading grading = {0};
	add(&grading, 0, A, FAILS);
	add(&grading, A, B, SUCCEEDS);
	add(&grading, 0, C, SUCCEEDS);
	work(&grading, 1);
	cr_expect(eq(str, grading.diary, "ac"), "independent steps go on");
}

Test(steps, a_step_without_a_run_ends_as_it_starts)
{
	struct grading grading = {0};
	steps_add(&grading.steps, (struct step){.gives = A, .then = note});
	steps_add(&grading.steps, (struct step){.needs = A, .gives = B, .then = note});
	grading.steps.grading = &grading;
	grading.steps.ended = count_end;
	steps_start(&grading.steps);
	cr_expect(eq(str, grading.diary, "ab"), "without a queue");
	cr_expect(eq(int, grading.ended, 1));
	steps_free(&grading.steps);
}

Test(steps, a_step_ends_with_its_last_shard_and_has_the_result_that_was_cut_off)
{
	struct grading grading = {0};
	add(&grading, 0, A, CUT_IN_SHARD_1);
	grading.steps.step[0].shards = 2;
	add(&grading, A, B, SUCCEEDS);
	work(&grading, 2);
	cr_expect(eq(str, grading.diary, "a"), "one end for both shards, and not a good one");
	cr_expect(eq(int, grading.status, SIGKILL), "of the shard that was cut off, whichever ended first");
}

Test(steps, a_shard_may_have_nothing_to_run)
{
	struct grading grading = {0};
	add(&grading, 0, A, SUCCEEDS);
	grading.steps.step[0].shards = 3;
	grading.steps.step[0].run = nothing_in_shard_0;
	work(&grading, 1);
	cr_expect(eq(str, grading.diary, "a"));
}

Test(steps, without_any_run_a_step_gives_nothing)
{
	struct grading grading = {0};
	add(&grading, 0, A, SUCCEEDS);
	grading.steps.step[0].run = nothing;
	add(&grading, A, B, SUCCEEDS);
	work(&grading, 1);
	cr_expect(eq(str, grading.diary, ""));
}

Test(steps, after_a_stop_nothing_starts_and_what_runs_says_nothing)
{
	struct grading grading = {0};
	add(&grading, 0, A, SUCCEEDS);
	grading.steps.step[0].then = note_and_stop;
	add(&grading, A, B, SUCCEEDS);
	add(&grading, 0, C, SUCCEEDS); /* runs already when the first ends: one slot, but it is in the queue */
	work(&grading, 1);
	cr_expect(eq(str, grading.diary, "a"));
}
