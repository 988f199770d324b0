/* criterion.c - `criterion`: the tests under Criterion's own runner, without the kit's host; and whether both give the
 * same answer. */
#include "../class/candidates.h"
#include "../class/trial.h"
#include "../course/mutant.h"
#include "../file.h"
#include "../memory.h"
#include "../report/report.h"
#include "command.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_NAMES = 64 };

struct wish {
	const struct session *session;
	const struct kit *kit;
	const char *name[MAX_NAMES];
	size_t name_count;
	const char *folder;
	unsigned schedule;
	bool agree;
	size_t done, total; /* trials */
};

static const struct argp_option options[] = {
    {"assignment", 'a', "NAME", 0, "this assignment (repeatable; default: all)", 0},
    {"submission", 's', "DIR", 0, "folder of the submission (default: the kit's own tree)", 0},
    {"schedule", 'n', "N", 0, "the schedule to run (default: 0)", 0},
    {"agree", 'g', NULL, 0,
     "run reference, alternatives, skeleton and mutants under Criterion's runner and under the kit's host, and say "
     "where they differ",
     0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct wish *wish = state->input;
	switch (key) {
	case 'a':
		if (wish->name_count == MAX_NAMES)
			argp_error(state, "too many assignments");
		wish->name[wish->name_count++] = argument;
		return 0;
	case 's':
		wish->folder = argument;
		return 0;
	case 'n':
		wish->schedule = whole_number(state, "--schedule", argument, 0, MOST_NUMBER);
		return 0;
	case 'g':
		wish->agree = true;
		return 0;
	case ARGP_KEY_END:
		if (wish->agree && wish->folder)
			argp_error(state, "--agree tries the kit's own solutions and mutants: it takes no --submission");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void progress(void *context)
{
	struct wish *wish = context;
	wish->done++;
	if (!wish->session->progress)
		return;
	fprintf(stderr, "\r\033[K  %zu of %zu", wish->done, wish->total);
	if (wish->done == wish->total)
		fputs("\r\033[K", stderr);
	fflush(stderr);
}

/* ---- one submission ------------------------------------------------------------------------- */

/* "/home/me/kit/tests/assignments/race_fix/public.c:12: text" -> "public.c:12: text" */
static const char *without_folders(const char *message)
{
	size_t path = strcspn(message, ": ");
	const char *base = message;
	for (size_t i = 0; i < path && message[path] == ':'; i++)
		if (message[i] == '/')
			base = message + i + 1;
	return base;
}

static int print_trial(const struct assignment *assignment, const struct trial *trial)
{
	size_t passed = 0;
	if (trial->problem) {
		printf("%s: not run\n", assignment->name);
		print_lines(trial->problem, "  ");
		return EXIT_NOT_JUDGED;
	}
	printf("%s under the runner of %s, schedule %u\n", assignment->name, trial->runner.version, trial->schedule);
	for (size_t i = 0; i < trial->runner.count; i++) {
		const struct runner_test *test = &trial->runner.test[i];
		passed += test->status == RUNNER_PASSED;
		printf("  %-8s %s\n", runner_status_name(test->status), test->name);
		for (size_t m = 0; m < test->message_count; m++)
			print_lines(without_folders(test->message[m]), "             ");
		if (test->status == RUNNER_FAILED && test->message_count == 0)
			print_lines("its process left the test early: a hang, an exit or a busy wait (make grade says which)",
			            "             ");
	}
	printf("%zu tests: %zu pass, %zu do not\n", trial->runner.count, passed, trial->runner.count - passed);
	return passed == trial->runner.count && passed ? EXIT_FULL_MARKS : EXIT_POINTS_LOST;
}

static int try_submission(struct wish *wish, const struct assignment *assignment, struct queue *queue,
                          struct error *error)
{
	struct trial trial = {.folder = wish->folder ? wish->folder : assignment->root, .schedule = wish->schedule};
	wish->done = 0;
	wish->total = 1;
	int status = trials_run(wish->kit, assignment, queue, &trial, 1, progress, wish, error) == 0
	                 ? print_trial(assignment, &trial)
	                 : -1;
	trial_clear(&trial);
	return status;
}

/* ---- agreement ------------------------------------------------------------------------------ */

static const char *reason(const struct test_run *run)
{
	return run->evidence_count ? run->evidence[0].kind : "no evidence";
}

static void print_difference(const struct candidate *candidate, const char *test, const struct runner_test *runner,
                             const struct test_run *hosted)
{
	printf("  DIFFERS  %s: %s: %s\n", candidate->assignment->name, candidate->name, test);
	printf("             Criterion's runner: %s\n",
	       runner ? runner_status_name(runner->status) : "the test is not there");
	for (size_t m = 0; runner && m < runner->message_count; m++)
		print_lines(without_folders(runner->message[m]), "               ");
	printf("             the kit's host: %s", hosted ? hosted->status : "the test is not there");
	if (hosted && strcmp(hosted->status, "pass") != 0)
		printf(" (%s)", reason(hosted));
	putchar('\n');
}

/* Returns how many tests pass here and not there. */
static size_t compare(const struct candidate *candidate, const struct trial *trial)
{
	size_t differences = 0;
	if (trial->problem) {
		printf("  NOT RUN  %s: %s\n", candidate->assignment->name, candidate->name);
		print_lines(trial->problem, "             ");
		return 1;
	}
	for (size_t i = 0; i < trial->runner.count; i++) {
		const struct runner_test *runner = &trial->runner.test[i];
		const struct test_run *hosted = host_report_test(trial->hosted, runner->name);
		if (hosted && (strcmp(hosted->status, "pass") == 0) == (runner->status == RUNNER_PASSED))
			continue;
		print_difference(candidate, runner->name, runner, hosted);
		differences++;
	}
	for (size_t i = 0; i < trial->hosted->count; i++) {
		const struct test_run *hosted = &trial->hosted->run[i];
		if (runner_report_test(&trial->runner, hosted->test))
			continue;
		print_difference(candidate, hosted->test, NULL, hosted);
		differences++;
	}
	return differences;
}

/* A mutant of which the C standard says nothing may do another thing in each process: then its comment says so,
 * ` * undefined: what`. */
static bool is_undefined(const struct candidate *candidate)
{
	char *path = format("%s/%s.c", candidate->folder, candidate->assignment->name);
	char *text = file_read(path, 1 << 20, NULL, NULL), *why = text ? mutant_key(text, "undefined") : NULL;
	bool undefined = why != NULL;
	free(why);
	free(text);
	free(path);
	return undefined;
}

/* The candidates that can be compared come first; returns how many those are. */
static size_t leave_out_undefined(struct candidates *candidates)
{
	size_t count = 0;
	for (size_t i = 0; i < candidates->count; i++) {
		if (is_undefined(&candidates->item[i]))
			continue;
		struct candidate kept = candidates->item[i];
		candidates->item[i] = candidates->item[count];
		candidates->item[count++] = kept;
	}
	return count;
}

static int try_agreement(struct wish *wish, const struct assignment *assignment, struct queue *queue,
                         struct error *error)
{
	struct candidates candidates = {0};
	int result = candidates_add(&candidates, wish->kit, assignment, error);
	size_t count = leave_out_undefined(&candidates);
	struct trial *trial = zeroed(count + 1, sizeof *trial);
	for (size_t i = 0; i < count; i++)
		trial[i] =
		    (struct trial){.folder = candidates.item[i].folder, .host = true, .own = true, .schedule = wish->schedule};
	wish->done = 0;
	wish->total = count;
	if (result == 0)
		result = trials_run(wish->kit, assignment, queue, trial, count, progress, wish, error);
	size_t differences = 0, tests = 0;
	for (size_t i = 0; i < count; i++) {
		if (result == 0)
			differences += compare(&candidates.item[i], &trial[i]);
		tests += trial[i].runner.count;
		trial_clear(&trial[i]);
	}
	if (result == 0) {
		printf("%s: %zu solutions and mutants, %zu tests: Criterion's runner and the kit's host ", assignment->name,
		       count, tests);
		if (differences)
			printf("differ in %zu", differences);
		else
			printf("agree");
		if (candidates.count > count)
			printf("; %zu not compared: their behaviour is undefined", candidates.count - count);
		putchar('\n');
		result = differences ? EXIT_POINTS_LOST : EXIT_FULL_MARKS;
	}
	free(trial);
	candidates_clear(&candidates);
	return result;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int try_all(struct wish *wish, struct queue *queue)
{
	const struct course *course = wish->kit->course;
	size_t count = wish->name_count ? wish->name_count : course->assignment_count;
	int status = EXIT_FULL_MARKS;
	for (size_t i = 0; i < count; i++) {
		const struct assignment *assignment =
		    wish->name_count ? find_assignment(wish->kit, wish->name[i]) : course->assignment[i];
		if (!assignment)
			return EXIT_USAGE;
		struct error error;
		int one = (wish->agree ? try_agreement : try_submission)(wish, assignment, queue, &error);
		if (one < 0)
			return complain_of(&error);
		fflush(stdout);
		status = one > status ? one : status;
	}
	return status;
}

/* In the strong mode each run has a /dev/shm of its own. */
static bool can_start(const struct cage *cage)
{
	if (cage_mode(cage) == CAGE_STRONG || access("/dev/shm", W_OK) == 0)
		return true;
	complain(EXIT_NOT_JUDGED,
	         "Criterion's runner cannot start here: it shares memory in /dev/shm, which cannot be written "
	         "(mount -t tmpfs -o mode=1777 tmpfs /dev/shm)");
	return false;
}

int command_criterion(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {options,
	                                 parse,
	                                 NULL,
	                                 "Runs the tests of a submission under Criterion's own runner, without the kit's "
	                                 "host, and prints what it says of each. "
	                                 "With --agree: proves that both give the same answer.\v"
	                                 "Exit status: 0 all tests pass (with --agree: no test differs), 1 some do not, 2 "
	                                 "usage or broken kit, 3 the submission "
	                                 "could not be run.",
	                                 NULL,
	                                 NULL,
	                                 NULL};
	struct wish wish = {.session = session};
	if (argp_parse(&argp, argc, argv, 0, NULL, &wish) != 0)
		return EXIT_USAGE;
	struct error error;
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	wish.kit = kit;
	struct cage *cage = open_cage(session, kit, wish.folder);
	bool starts = cage && can_start(cage);
	struct queue *queue = starts ? queue_new(0, session->signals, cage) : NULL;
	int status = queue ? try_all(&wish, queue) : cage && !starts ? EXIT_NOT_JUDGED : EXIT_USAGE;
	queue_free(queue);
	cage_close(cage);
	kit_free(kit);
	return status;
}
