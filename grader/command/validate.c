/* validate.c - `validate`: proof that the assignments judge rightly. The reference and the alternatives get 100, the
 * skeleton at most 5, each mutant loses points on its own rubric line through the check that its comment names, and
 * each sentence of the header has a test and a mutant. */
#include "../build/seal/seal.h"
#include "../class/candidates.h"
#include "../class/class.h"
#include "../class/sentences.h"
#include "../course/copy.h"
#include "../course/notes.h"
#include "../course/syllabus.h"
#include "../finding/kind.h"
#include "../handout/handout.h"
#include "../memory.h"
#include "../report/report.h"
#include "play.h"

#include <argp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 64, SKELETON_MAY_HAVE = 5, KEY_LEVELS = 1000 };

struct validation {
	const struct session *session;
	const struct kit *kit;
	const char *name[MAX_NAMES];
	size_t name_count;
	const char *verdicts; /* file, or NULL */
	bool all_checks, sentences, only_levels;
	const char *levels; /* folder, or NULL: the kit's own */
	struct candidates candidates;
	int problems, warnings;
};

static const struct argp_option options[] = {
    {"assignment", 'a', "NAME", 0, "this assignment (repeatable; default: all)", 0},
    {"all-checks", 'l', NULL, 0, "all checks on all mutants, not only the one that the mutant names", 0},
    {"verdicts", 'v', "FILE", 0, "write all verdicts there, to compare runs", 0},
    {"levels", KEY_LEVELS, "DIR", OPTION_ARG_OPTIONAL, "the levels of play only, the kit's own or those in DIR", 0},
    {"sentences", 's', NULL, 0, "print which tests and mutants stand for each sentence of the header; judge nothing",
     0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct validation *validation = state->input;
	switch (key) {
	case 'a':
		if (validation->name_count == MAX_NAMES)
			argp_error(state, "too many assignments");
		validation->name[validation->name_count++] = argument;
		return 0;
	case 'l':
		validation->all_checks = true;
		return 0;
	case KEY_LEVELS:
		validation->only_levels = true;
		validation->levels = argument;
		return 0;
	case 's':
		validation->sentences = true;
		return 0;
	case 'v':
		validation->verdicts = argument;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool is(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static void problem(struct validation *validation, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void problem(struct validation *validation, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	fputs("  PROBLEM  ", stdout);
	vprintf(template, args);
	putchar('\n');
	va_end(args);
	validation->problems++;
}

static void warning(struct validation *validation, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void warning(struct validation *validation, const char *template, ...)
{
	va_list args;
	va_start(args, template);
	fputs("  warning  ", stdout);
	vprintf(template, args);
	putchar('\n');
	va_end(args);
	validation->warnings++;
}

/* ---- candidates ----------------------------------------------------------------------------- */

static void check_comment(struct validation *validation, const struct candidate *mutant)
{
	if (!mutant->loses || !mutant->check)
		problem(validation, "%s: mutant %s does not begin with a comment that says `loses:` and `check:`",
		        mutant->assignment->name, mutant->name);
	for (size_t i = 0; i < mutant->tests.count; i++)
		if (!assignment_test(mutant->assignment, mutant->tests.item[i]))
			problem(validation, "%s: mutant %s names the test '%s', which does not exist", mutant->assignment->name,
			        mutant->name, mutant->tests.item[i]);
}

static int add_all(struct validation *validation, const struct assignment *assignment, struct error *error)
{
	size_t first = validation->candidates.count;
	int result = candidates_add(&validation->candidates, validation->kit, assignment, error);
	for (size_t i = first; result == 0 && i < validation->candidates.count; i++)
		if (validation->candidates.item[i].role == MUTANT)
			check_comment(validation, &validation->candidates.item[i]);
	return result;
}

/* ---- expectations --------------------------------------------------------------------------- */

/* Who has changed nothing is told the first step, and not a hundred faults: by this. */
static void expect_mark(struct validation *validation, const struct candidate *candidate)
{
	struct source *source = source_find(candidate->assignment->root, candidate->folder, candidate->assignment->name);
	char mark[SKELETON_MARK + 1];
	if (source->text && !is_skeleton(candidate->assignment, source->text)) {
		skeleton_mark(source->text, mark);
		problem(validation, "%s: the skeleton is not the one that assignment.yaml marks: write 'skeleton: %s' there",
		        candidate->assignment->name, mark);
	}
	source_free(source);
}

static void expect_score(struct validation *validation, const struct candidate *candidate)
{
	const struct grade *grade = candidate->grade;
	bool skeleton = candidate->role == SKELETON;
	if (skeleton)
		expect_mark(validation, candidate);
	if (skeleton ? grade->score <= SKELETON_MAY_HAVE : grade->score == grade->max_score)
		return;
	problem(validation, "%s: %s %s gets %d of %d, expected %s", candidate->assignment->name,
	        candidate->role == ALTERNATIVE ? "the alternative" : "the", candidate->name, grade->score, grade->max_score,
	        skeleton ? "5 at most" : "full marks");
	for (size_t i = 0; i < grade->findings.count && !skeleton; i++) {
		const struct finding *finding = &grade->findings.item[i];
		if (finding->points_lost)
			printf("           -%d %s/%s in %s: %s (%s:%u)\n", finding->points_lost, finding->check, finding->kind,
			       finding->test ? finding->test : "-", finding->seen ? finding->seen : "",
			       finding->where_count ? finding->where[0].file : "-",
			       finding->where_count ? finding->where[0].line : 0);
	}
}

/* Its own check, or the explorer where it says the same as that check and came first. */
static bool by_check(const struct candidate *mutant, const struct finding *finding)
{
	return is(finding->check, mutant->check) ||
	       (is(finding->check, "explore") && kind_find(finding->kind)->seen_by & kind_check_bit(mutant->check));
}

static bool pays(const struct candidate *mutant)
{
	for (size_t i = 0; i < mutant->grade->findings.count; i++) {
		const struct finding *finding = &mutant->grade->findings.item[i];
		if (finding->points_lost > 0 && by_check(mutant, finding) && is(finding->rubric, mutant->loses))
			return true;
	}
	return false;
}

static bool shown_by(const struct candidate *mutant, const char *test)
{
	for (size_t i = 0; i < mutant->grade->findings.count; i++) {
		const struct finding *finding = &mutant->grade->findings.item[i];
		if (is(finding->check, mutant->check) && is(finding->test, test))
			return true;
	}
	return false;
}

static void print_losses(const struct grade *grade)
{
	for (size_t i = 0; i < grade->findings.count; i++) {
		const struct finding *finding = &grade->findings.item[i];
		printf("           -%d %s %s/%s in %s\n", finding->points_lost, finding->rubric ? finding->rubric : "-",
		       finding->check, finding->diagnosis ? finding->diagnosis : finding->kind,
		       finding->test ? finding->test : "-");
	}
}

/* A hang is classified by the explorer, and its hint depends on that. */
static bool is_undiagnosed(const struct grade *grade)
{
	for (size_t i = 0; i < grade->findings.count; i++)
		if (is(grade->findings.item[i].kind, "hang") && !grade->findings.item[i].diagnosis)
			return true;
	return false;
}

/* A wrong hint costs a student an evening: each mutant says to which one its report has to lead first. That is known
 * where the report is whole. */
static void expect_hint(struct validation *validation, const struct candidate *mutant)
{
	bool whole = validation->all_checks || (is(mutant->check, "criterion") && !is_undiagnosed(mutant->grade));
	if (mutant->hint && !whole)
		return;
	const struct hint *hint = report_first_hint(mutant->grade, mutant->assignment);
	if (!mutant->hint)
		problem(validation, "%s: mutant %s does not say ` * hint: ...`; its report leads to '%s'",
		        mutant->assignment->name, mutant->name, hint ? hint->id : "none");
	else if (!hint || !is(hint->id, mutant->hint))
		problem(validation, "%s: the report of mutant %s leads to the hint '%s', not to '%s'", mutant->assignment->name,
		        mutant->name, hint ? hint->id : "none", mutant->hint);
	if (!mutant->hint || !hint || !is(hint->id, mutant->hint))
		print_losses(mutant->grade);
}

/* What the judge has seen of a wrong solution: the tests that it ran, and each finding. */
static void print_seen(const struct grade *grade)
{
	size_t passed = 0, ran = 0;
	for (size_t i = 0; i < grade->test_count; i++) {
		passed += grade->test[i].status == TEST_PASS;
		ran += grade->test[i].status != TEST_NOT_RUN;
	}
	printf("           seen: %zu of %zu tests pass%s\n", passed, ran,
	       grade->findings.count ? "" : ", and nothing was found");
	print_losses(grade);
}

/* Where none of its tests or checks asks what the mutant does wrong. */
static void survives(struct validation *validation, const struct candidate *mutant)
{
	const char *name = mutant->assignment->name;
	char *folder = format("%s/mutants/%s/%s", validation->kit->build, name, mutant->name), *word = shell_word(folder);
	problem(validation, "%s: mutant %s survives: it loses nothing on %s through %s (score %d)", name, mutant->name,
	        mutant->loses, mutant->check, mutant->grade->score);
	print_seen(mutant->grade);
	printf("           look at it: make mutant A=%s M=%s, then make grade A=%s S=%s\n", name, mutant->name, name, word);
	free(word);
	free(folder);
}

static void expect_mutant(struct validation *validation, const struct candidate *mutant)
{
	if (!mutant->loses || !mutant->check)
		return;
	if (!pays(mutant)) {
		survives(validation, mutant);
		return;
	}
	for (size_t i = 0; i < mutant->tests.count; i++)
		if (!shown_by(mutant, mutant->tests.item[i]))
			problem(validation, "%s: mutant %s is not caught by %s in %s", mutant->assignment->name, mutant->name,
			        mutant->check, mutant->tests.item[i]);
	expect_hint(validation, mutant);
}

static void expect(struct validation *validation, const struct candidate *candidate)
{
	if (!candidate->grade->judged) {
		problem(validation, "%s: %s could not be judged", candidate->assignment->name, candidate->name);
		return;
	}
	for (size_t i = 0; i < candidate->grade->check_count; i++)
		if (strcmp(candidate->grade->check[i].status, "failed") == 0)
			problem(validation, "%s: %s: the check %s failed: %s", candidate->assignment->name, candidate->name,
			        candidate->grade->check[i].name,
			        candidate->grade->check[i].reason ? candidate->grade->check[i].reason : "");
	if (candidate->role == MUTANT)
		expect_mutant(validation, candidate);
	else
		expect_score(validation, candidate);
}

/* ---- what assignment.yaml promises ---------------------------------------------------------- */

static bool hint_used(const struct assignment *assignment, const char *id)
{
	for (size_t i = 0; i < assignment->test_count; i++)
		if (is(assignment->test[i].hint, id))
			return true;
	for (size_t i = 0; i < assignment->check_count; i++)
		if (is(assignment->check[i].hint, id))
			return true;
	for (size_t i = 0; i < assignment->reason_count; i++)
		if (is(assignment->reason[i].hint, id))
			return true;
	return false;
}

static bool named_by_mutant(const struct validation *validation, const struct assignment *assignment, const char *test)
{
	for (size_t c = 0; c < validation->candidates.count; c++) {
		const struct candidate *candidate = &validation->candidates.item[c];
		if (candidate->assignment != assignment || candidate->role != MUTANT)
			continue;
		for (size_t i = 0; i < candidate->tests.count; i++)
			if (strcmp(candidate->tests.item[i], test) == 0)
				return true;
	}
	return false;
}

/* Can the line be judged in a student's handout, where there are only public tests? */
static bool has_public_property(const struct assignment *assignment, const char *line)
{
	for (size_t i = 0; i < assignment->test_count; i++)
		if (is(assignment->test[i].rubric, line) && !assignment->test[i].hidden && assignment->test[i].points)
			return true;
	for (size_t i = 0; i < assignment->check_count; i++) {
		const struct check_spec *check = &assignment->check[i];
		bool public = check->tests.count > 0 || is(check->check, "symbols");
		for (size_t t = 0; t < check->tests.count; t++) {
			const struct test_spec *test = assignment_test(assignment, check->tests.item[t]);
			public = public && test && !test->hidden;
		}
		if (is(check->rubric, line) && public)
			return true;
	}
	return false;
}

/* Tests that are written but not asked for would never run. */
static void check_tests_listed(struct validation *validation, const struct assignment *assignment, const char *part,
                               bool hidden)
{
	static const char macro[] = "KIT_TEST(";
	char *path = format("%s/tests/assignments/%s/%s.c", assignment->root, assignment->name, part);
	char *text = file_read(path, 1 << 20, NULL, NULL);
	const char *yaml = hidden ? "assignment.hidden.yaml" : "assignment.yaml";
	for (const char *at = text; at && (at = strstr(at, macro)); at++) {
		char suite[128], name[128];
		if (sscanf(at + sizeof macro - 1, " %127[a-zA-Z0-9_] , %127[a-zA-Z0-9_]", suite, name) != 2)
			continue;
		const struct test_spec *test = assignment_test(assignment, name);
		if (!test)
			problem(validation, "tests/assignments/%s/%s.c has the test '%s', which %s does not name: it is never run",
			        assignment->name, part, name, yaml);
		else if (test->hidden != hidden)
			problem(validation, "%s:%u: the test '%s' is in tests/assignments/%s/%s.c: it belongs into %s",
			        assignment_file(assignment, test), test->line, name, assignment->name, part, yaml);
	}
	free(text);
	free(path);
}

static void check_points(struct validation *validation, const struct assignment *assignment)
{
	int total = 0;
	for (size_t r = 0; r < assignment->rubric_count; r++) {
		const struct rubric_line *line = &assignment->rubric[r];
		int sum = 0;
		for (size_t i = 0; i < assignment->test_count; i++)
			sum += is(assignment->test[i].rubric, line->id) ? assignment->test[i].points : 0;
		for (size_t i = 0; i < assignment->check_count; i++)
			sum += is(assignment->check[i].rubric, line->id) ? assignment->check[i].points : 0;
		for (size_t i = 0; i < assignment->elsewhere_count; i++)
			sum += is(assignment->elsewhere[i].rubric, line->id) ? assignment->elsewhere[i].points : 0;
		if (sum != line->points)
			warning(validation, "%s: the properties of %s add to %d, not to %d", assignment->path, line->id, sum,
			        line->points);
		if (!has_public_property(assignment, line->id))
			warning(validation, "%s: no property of %s needs only public tests; students see 0 of 0 there",
			        assignment->path, line->id);
		total += line->points;
	}
	if (total != 100)
		warning(validation, "%s: the rubric lines add to %d, not to 100", assignment->path, total);
}

/* A handout has no table: it would name the hidden tests. */
static void check_contract(struct validation *validation, const struct assignment *assignment)
{
	if (assignment->sentence_count == 0) {
		if (assignment->elsewhere_count == 0)
			warning(validation, "%s: without 'contract' nobody knows which sentences of include/%s.h are tested",
			        assignment->path, assignment->name);
		return;
	}
	struct string_list problems = sentences_problems(assignment, &validation->candidates);
	for (size_t i = 0; i < problems.count; i++) {
		problem(validation, "%s", problems.item[i]);
		free(problems.item[i]);
	}
	free(problems.item);
	if (validation->sentences)
		sentences_print(stdout, assignment, &validation->candidates);
	if (problems.count == 0)
		sentences_summary(stdout, assignment);
}

/* The first line of README.md says what assignment.yaml says. */
static void check_needs(struct validation *validation, const struct assignment *assignment)
{
	char *path = format("%s/assignments/%s/README.md", assignment->root, assignment->name);
	char *text = file_read(path, 1 << 20, NULL, NULL);
	char *needs = strdup(assignment->needs.count ? "needs: " : "needs: nothing before it");
	for (size_t i = 0; i < assignment->needs.count; i++) {
		char *longer = format("%s%s%s", needs, i ? ", " : "", assignment->needs.item[i]);
		free(needs);
		needs = longer;
	}
	if (text)
		text[strcspn(text, "\n")] = 0;
	size_t length = text ? strlen(text) : 0, wanted = strlen(needs);
	if (text && (length < wanted || !is(text + length - wanted, needs)))
		problem(validation, "%s: the first line does not end with '%s', as assignment.yaml says", path, needs);
	free(needs);
	free(text);
	free(path);
}

/* Functions that the solution does without are for nothing. */
static void check_calls(struct validation *validation, const struct assignment *assignment)
{
	char *path = format("%s/solutions/%s/%s.c", assignment->root, assignment->name, assignment->name);
	size_t size = 0;
	char *text = file_read(path, SOURCE_LIMIT, &size, NULL);
	for (size_t i = 0; text && i < assignment->reuse_count; i++)
		for (size_t f = 0; f < assignment->reuse[i].functions.count; f++)
			if (!seal_line_of(text, size, assignment->reuse[i].functions.item[f]))
				problem(validation, "%s: 'reuses' names %s, which %s does not call", assignment->path,
				        assignment->reuse[i].functions.item[f], path);
	free(text);
	free(path);
}

static bool is_validated(const struct validation *validation, const struct assignment *assignment)
{
	for (size_t i = 0; i < validation->candidates.count; i++)
		if (validation->candidates.item[i].assignment == assignment)
			return true;
	return false;
}

/* The references that are linked with its submissions have to be right themselves. */
static void add_reused(struct validation *validation, const struct assignment *assignment)
{
	for (size_t i = 0; i < assignment->reuse_count; i++)
		if (assignment->reuse[i].assignment && !is_validated(validation, assignment->reuse[i].assignment))
			candidates_add_reference(&validation->candidates, assignment->reuse[i].assignment);
}

static void check_promises(struct validation *validation, const struct assignment *assignment)
{
	check_needs(validation, assignment);
	check_calls(validation, assignment);
	check_contract(validation, assignment);
	check_points(validation, assignment);
	check_tests_listed(validation, assignment, "public", false);
	check_tests_listed(validation, assignment, "hidden", true);
	for (size_t i = 0; i < assignment->hint_count; i++)
		if (!hint_used(assignment, assignment->hint[i].id))
			warning(validation, "%s:%u: no test and no check refers to the hint '%s'", assignment->path,
			        assignment->hint[i].line, assignment->hint[i].id);
	for (size_t i = 0; i < assignment->test_count; i++) {
		const struct test_spec *test = &assignment->test[i];
		if (!named_by_mutant(validation, assignment, test->name))
			warning(validation, "%s:%u: no mutant needs the test '%s'", assignment_file(assignment, test), test->line,
			        test->name);
		if (!test->points && !test->cost)
			warning(validation, "%s:%u: the test '%s' has neither points nor a cost", assignment_file(assignment, test),
			        test->line, test->name);
	}
}

/* ---- the course ----------------------------------------------------------------------------- */

/* Rows that only exercises to come will show. */
static void print_rows(const struct course *course, const struct notes *notes)
{
	size_t taught = 0;
	for (size_t i = 0; i < notes->count; i++)
		taught += is_taught(course, &notes->row[i]);
	printf("%zu of %zu rows of the notes are shown by an exercise", taught, notes->count);
	for (size_t i = 0, missing = 0; i < notes->count; i++) {
		const struct note_row *row = &notes->row[i];
		if (!is_taught(course, row))
			printf("%s%s (%s)", missing++ ? ", " : "; planned: ", row->id,
			       row->planned.count ? row->planned.item[0] : "nowhere");
	}
	putchar('\n');
}

static void check_notes(struct validation *validation, const struct notes *notes)
{
	struct string_list problems = notes_problems(validation->kit->course, notes);
	for (size_t i = 0; i < problems.count; i++) {
		problem(validation, "%s", problems.item[i]);
		free(problems.item[i]);
	}
	free(problems.item);
}

/* What several exercises say together. 0, or -1 and *error. */
static int check_course(struct validation *validation, struct error *error)
{
	const struct course *course = validation->kit->course;
	struct notes *notes = notes_load(course->root, error);
	int current = notes ? syllabus_is_current(course, error) : -1;
	if (current == 0)
		problem(validation, "assignments/README.md is not what the course says now: `make syllabus` writes it anew");
	if (current >= 0 && !course->folder) {
		check_notes(validation, notes);
		print_rows(course, notes);
	}
	notes_free(notes);
	return current < 0 ? -1 : 0;
}

/* What a handout of these exercises would tell that students must not see. */
static int check_handout(struct validation *validation, struct error *error)
{
	char *name[MAX_NAMES];
	for (size_t i = 0; i < validation->name_count; i++)
		name[i] = (char *)validation->name[i];
	const struct string_list names = {name, validation->name_count};
	const struct handout_wish wish = {.course = validation->kit->course, .assignment = &names};
	struct handout_done done;
	int result = handout_search(&wish, &done, error);
	for (size_t i = 0; i < done.leaks.count; i++)
		problem(validation, "%s", done.leaks.item[i].text);
	leaks_clear(&done.leaks);
	return result;
}

/* ---- the run -------------------------------------------------------------------------------- */

static void progress(const struct validation *validation, size_t done)
{
	if (!validation->session->progress)
		return;
	fprintf(stderr, "\r\033[K  %zu of %zu", done, validation->candidates.count);
	if (done == validation->candidates.count)
		fputs("\r\033[K", stderr);
	fflush(stderr);
}

static void deliver(void *context, const struct request *request, struct grade *grade)
{
	struct validation *validation = context;
	size_t done = 0;
	((struct candidate *)request->context)->grade = grade;
	for (size_t i = 0; i < validation->candidates.count; i++)
		done += validation->candidates.item[i].grade != NULL;
	progress(validation, done);
}

static int save_verdicts(const struct validation *validation, struct error *error)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = memory_open(&text, &size);
	for (size_t i = 0; i < validation->candidates.count; i++) {
		char *verdict = grade_verdict(validation->candidates.item[i].grade);
		fprintf(out, "=== %s/%s\n%s\n", validation->candidates.item[i].assignment->name,
		        validation->candidates.item[i].name, verdict);
		free(verdict);
	}
	fclose(out);
	int result = file_write(validation->verdicts, text, size, error);
	free(text);
	return result;
}

static int judge_all(struct validation *validation, struct queue *queue, struct error *error)
{
	struct request *request = zeroed(validation->candidates.count + 1, sizeof *request);
	for (size_t i = 0; i < validation->candidates.count; i++) {
		struct candidate *candidate = &validation->candidates.item[i];
		bool one = candidate->role == MUTANT && candidate->check && !validation->all_checks;
		request[i] = (struct request){.assignment = candidate->assignment,
		                              .folder = candidate->folder,
		                              .submission = candidate->name,
		                              .only_check = one ? candidate->check : NULL,
		                              .context = candidate};
	}
	struct class_options how = {.cache = validation->session->cache};
	int result = class_grade(validation->kit, queue, request, validation->candidates.count, &how, deliver, NULL,
	                         validation, error);
	free(request);
	return result;
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

static void summary(const struct validation *validation)
{
	size_t right = 0, mutants = 0;
	for (size_t i = 0; i < validation->candidates.count; i++) {
		right += validation->candidates.item[i].role != MUTANT;
		mutants += validation->candidates.item[i].role == MUTANT;
	}
	printf("%zu solutions and skeletons, %zu mutant%s: %d problem%s, %d warning%s", right, mutants, plural(mutants),
	       validation->problems, plural((size_t)validation->problems), validation->warnings,
	       plural((size_t)validation->warnings));
	putchar('\n');
}

/* What the author has left to do, the next step first. */
static void print_todo(const struct assignment *assignment)
{
	struct string_list todo = assignment_todo(assignment);
	for (size_t i = 0; i < todo.count; i++) {
		printf("  %s  %s\n", i ? "then     " : "next step", todo.item[i]);
		free(todo.item[i]);
	}
	free(todo.item);
}

/* The levels of play belong to no assignment: they are proved with all of them, or alone. */
static int validate_levels(struct validation *validation, struct queue *queue, struct error *error)
{
	struct levels *levels = open_levels(validation->kit, validation->levels, error);
	int problems = levels ? prove_levels(validation->session, validation->kit, queue, levels, error) : -1;
	levels_free(levels);
	validation->problems += problems > 0 ? problems : 0;
	return problems < 0 ? -1 : 0;
}

static int validate(struct validation *validation, struct queue *queue)
{
	const struct course *course = validation->kit->course;
	size_t count = validation->name_count ? validation->name_count : course->assignment_count;
	struct error error;
	if (!validation->name_count && !validation->sentences && validate_levels(validation, queue, &error) != 0)
		return complain_of(&error);
	if (validation->only_levels)
		return validation->problems ? 1 : 0;
	for (size_t i = 0; i < course->remarks.count; i++)
		warning(validation, "%s", course->remarks.item[i]);
	if (!validation->name_count && check_course(validation, &error) != 0)
		return complain_of(&error);
	for (size_t i = 0; i < count; i++) {
		const struct assignment *assignment =
		    validation->name_count ? find_assignment(validation->kit, validation->name[i]) : course->assignment[i];
		if (!assignment)
			return EXIT_USAGE;
		if (add_all(validation, assignment, &error) != 0)
			return complain(EXIT_USAGE, "%s", error.text);
		check_promises(validation, assignment);
	}
	if (check_handout(validation, &error) != 0)
		return complain_of(&error);
	for (size_t i = 0; i < count; i++)
		add_reused(validation,
		           validation->name_count ? course_find(course, validation->name[i]) : course->assignment[i]);
	if (validation->sentences)
		return validation->problems ? 1 : 0;
	if (judge_all(validation, queue, &error) != 0)
		return complain_of(&error);
	for (size_t i = 0; i < validation->candidates.count; i++)
		expect(validation, &validation->candidates.item[i]);
	if (validation->verdicts && save_verdicts(validation, &error) != 0)
		return complain(EXIT_USAGE, "%s", error.text);
	summary(validation);
	for (size_t i = 0; i < count; i++)
		print_todo(validation->name_count ? course_find(course, validation->name[i]) : course->assignment[i]);
	return validation->problems ? 1 : 0;
}

int command_validate(const struct session *session, int argc, char **argv)
{
	static const struct argp argp = {
	    options,
	    parse,
	    NULL,
	    "Proves that the assignments judge rightly: reference and alternatives get full marks, the skeleton at most 5, "
	    "every mutant loses points on its own rubric line through the check that it names, every sentence of the "
	    "header has a test and a mutant, and a handout would tell nothing that students must not see. Of the levels of "
	    "play: that their par is the fewest switches.\v"
	    "Exit status: 0 all is as it should be, 1 problems were found, 2 usage or broken kit.",
	    NULL,
	    NULL,
	    NULL};
	struct validation validation = {.session = session};
	if (argp_parse(&argp, argc, argv, 0, NULL, &validation) != 0)
		return EXIT_USAGE;
	struct error error;
	struct kit *kit = kit_open(session->root, session->course, &error);
	if (!kit)
		return complain(EXIT_USAGE, "%s", error.text);
	validation.kit = kit;
	struct cage *cage = open_cage(session, kit, NULL);
	struct queue *queue = cage ? queue_new(0, session->signals, cage) : NULL;
	int status = queue ? validate(&validation, queue) : EXIT_USAGE;
	candidates_clear(&validation.candidates);
	queue_free(queue);
	cage_close(cage);
	kit_free(kit);
	return status;
}
