/* explore.c - the schedule explorer: every test that starts threads or processes, under as many schedules as the
 * assignment asks for. */
#include "../finding/kind.h"
#include "../layer.h"
#include "../memory.h"
#include "exploration.h"

#include <stdlib.h>
#include <string.h>

enum { SEED = 1, RUN_USE_MS = 3000, REPORT_KIB = 64 * 1024, SHOWN = 12 };

/* Tests that the assignment leaves to real time are not explored; their reason is shown. */
static char *explored_tests(const struct subject *subject)
{
	char *text = strdup("");
	for (size_t i = 0; i < subject->assignment->test_count; i++) {
		const struct test_spec *test = &subject->assignment->test[i];
		if (test->real_time || is_endless(subject, test->name) || (test->hidden && subject->public_only) ||
		    (subject->only_test && strcmp(subject->only_test, test->name) != 0))
			continue;
		char *longer = format("%s%s%s", text, *text ? "," : "", test->name);
		free(text);
		text = longer;
	}
	return text;
}

static bool listed(const struct string_list *list, const char *word)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i], word) == 0)
			return true;
	return false;
}

/* Does an entry of the assignment ask for waits without a loop, in this test (NULL: in any)? Then they cost its points,
 * and not those of each test that fails only by them. */
static bool asks_for_loops(const struct assignment *assignment, const char *test)
{
	for (size_t i = 0; i < assignment->check_count; i++) {
		const struct check_spec *check = &assignment->check[i];
		if (strcmp(check->check, "audit") == 0 && listed(&check->kinds, "missing_loop") &&
		    (!test || !check->tests.count || listed(&check->tests, test)))
			return true;
	}
	return false;
}

static struct run *run_explore(const struct subject *subject, unsigned shard)
{
	const struct limits *limits = &subject->assignment->limits;
	char *all = explored_tests(subject), *tests = shard_of(all, shard, subject->shards), *name = NULL;
	struct run *run = NULL;
	if (limits->schedules && *tests) {
		name = format("explore-%u", shard);
		run = host_run(subject, VARIANT_EXPLORED, name, NULL, tests);
		/* Seconds must not decide what is found: they only stop what would not end. */
		run->cpu_s = limits->cpu_s * 6;
		limit_use(run, USE_EXPLORE_S, subject->shards);
		if (run->file_limit < REPORT_KIB * 1024)
			run->file_limit = REPORT_KIB * 1024;
		char *object = format("%s/%s-tsan.o", subject->folder, subject->assignment->name);
		const char *uncovered = uncovered_call(object);
		if (uncovered) {
			run_add(run, "--why-not");
			run_add(run, "the submission uses %s, which the explorer does not cover", uncovered);
		}
		free(object);
		run_add(run, "--control");
		run_add(run, "test");
		run_add(run, "--explore");
		run_add(run, "mixture");
		run_add(run, "--seed");
		run_add(run, "%d", SEED);
		run_add(run, "--schedules");
		run_add(run, "%d", limits->schedules);
		run_add(run, "--choosing");
		run_add(run, "%d", CHOOSING * limits->schedules);
		run_add(run, "--bound");
		run_add(run, "%d", limits->preemptions);
		run_add(run, "--behind");
		run_add(run, "%d", asks_for_loops(subject->assignment, NULL));
		run_add(run, "--use-ms");
		run_add(run, "%d", RUN_USE_MS);
		run_add(run, "--quiet");
		run_add(run, "1");
		run->one_processor = true;
	}
	free(name);
	free(tests);
	free(all);
	return run;
}

/* ---- findings ------------------------------------------------------------------------------- */

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static void add_stack(const struct subject *subject, struct lines *lines, struct finding *finding,
                      const uintptr_t frame[], size_t count, const char *role)
{
	for (size_t i = 0; i < count; i++) {
		struct line line;
		if (lines_find(lines, frame[i], &line) && in_submission(subject, line.file))
			add_frame(subject, finding, line.file, line.line, line.function, role);
	}
}

static bool is_place(const struct subject *subject, struct lines *lines, uintptr_t address)
{
	struct line line;
	return lines_find(lines, address, &line) && in_submission(subject, line.file);
}

static const char *kind_of(const char *kind)
{
	return is(kind, "unlock_not_owner") ? "mutex_misuse" : kind;
}

/* The cause, not what came of it: the failure needs a wakeup without a signal, and who woke up did not look again. */
static struct finding *add_missing_loop(struct subject *subject, const struct exploration *exploration,
                                        const struct discovery *discovery)
{
	const struct step *woken = discovery->no_loop;
	struct finding *finding = findings_add(&subject->grade->findings, "explore", "missing_loop", exploration->test);
	finding_set(&finding->seen,
	            "%s wakes up without a signal, as POSIX allows, and goes on without testing its predicate again",
	            discovery->interleaving->lane[woken->lane]);
	finding_set(&finding->expected, "%s", kind_find("missing_loop")->expected);
	add_frame(subject, finding, woken->file, woken->line, NULL, "the wait");
	finding_add_detail(finding, "what comes of it (%s): %s", kind_of(discovery->kind), discovery->row[0].text);
	return finding;
}

static struct finding *add_cause(struct subject *subject, struct lines *lines, const struct exploration *exploration,
                                 const struct discovery *discovery)
{
	const struct evidence *cause = &discovery->row[0];
	struct finding *finding =
	    findings_add(&subject->grade->findings, "explore", kind_of(discovery->kind), exploration->test);
	finding_set(&finding->seen, "%s", cause->text);
	if (*cause->expected)
		finding_set(&finding->expected, "%s", cause->expected);
	else if (kind_find(discovery->kind)->expected)
		finding_set(&finding->expected, "%s", kind_find(discovery->kind)->expected);
	add_stack(subject, lines, finding, cause->frame, cause->frame_count, *cause->role ? cause->role : NULL);
	add_stack(subject, lines, finding, cause->other, cause->other_count, cause->other_role);
	if (cause->line)
		add_frame(subject, finding, cause->file, cause->line, NULL, "the assertion");
	if (discovery->no_loop)
		finding_set(&finding->diagnosis, "missing_loop");
	return finding;
}

static void add_discovery(struct subject *subject, struct lines *lines, const struct exploration *exploration,
                          struct discovery *discovery)
{
	struct findings *findings = &subject->grade->findings;
	if (!discovery->row_count)
		return;
	struct evidence *cause = &discovery->row[0];
	if (cause->other_count && !is_place(subject, lines, cause->frame[0]) && !is_place(subject, lines, cause->other[0]))
		return; /* the tests' own: what their callbacks do is theirs to order */
	bool apart = discovery->no_loop && exploration->behind && asks_for_loops(subject->assignment, exploration->test);
	struct finding *finding =
	    apart ? add_missing_loop(subject, exploration, discovery) : add_cause(subject, lines, exploration, discovery);
	for (size_t i = 1; i < discovery->row_count; i++)
		finding_add_detail(finding, "%s", discovery->row[i].text);
	if (*discovery->chosen)
		finding_add_detail(finding, "the test chose: %s", discovery->chosen);
	if (discovery->by_itself && !apart)
		finding_add_detail(finding, "%s", discovery->by_itself);
	char *needs = discovery_needs(discovery);
	finding_add_detail(finding, "found in schedule %llu; %s", discovery->schedule + 1, needs);
	free(needs);
	finding->token = token_of(exploration->test, discovery->token, subject->mark);
	finding_set(&finding->replay, "make replay A=%s TOKEN=%s", subject->assignment->name, finding->token);
	finding->interleaving = discovery->interleaving;
	discovery->interleaving = NULL;
	/* What a race leads to is told; a race of the tests themselves is not. */
	if (cause->other_count)
		keep_tool_finding(findings);
}

static void note_test(struct subject *subject, struct lines *lines, struct exploration *exploration)
{
	struct test_result *test = grade_test(subject->grade, exploration->test);
	if (!test)
		return;
	test->explored = exploration->explored;
	exploration->explored = (struct explored){0};
	for (size_t i = 0; i < exploration->discovery_count; i++)
		add_discovery(subject, lines, exploration, &exploration->discovery[i]);
}

static void note_left_out(struct subject *subject)
{
	for (size_t i = 0; i < subject->assignment->test_count; i++) {
		const struct test_spec *spec = &subject->assignment->test[i];
		struct test_result *test = grade_test(subject->grade, spec->name);
		if (!test || !(spec->real_time || test->endless) || (spec->hidden && subject->public_only))
			continue;
		const char *why_not = spec->real_time ? spec->real_time : "it does not finish even when run undisturbed";
		test->explored = (struct explored){.known = true, .why_not = strdup(why_not), .bound = -1, .concurrent = true};
	}
}

/* The test whose exploration took longest; NULL: none came to its end. */
static const char *longest(const struct explorations *explorations)
{
	const struct exploration *found = NULL;
	for (size_t i = 0; i < explorations->count; i++)
		if (!is(explorations->item[i].test, CONTROL_TEST) && (!found || explorations->item[i].ms > found->ms))
			found = &explorations->item[i];
	return found ? found->test : NULL;
}

/* Time ran out before these: whether some order fails them nobody knows, by the submission's doing. */
static void note_out_of_time(struct subject *subject, const struct explorations *explorations)
{
	const char *most = longest(explorations);
	char *tests = explored_tests(subject), *rest = tests;
	for (char *name; rest && (name = strsep(&rest, ","));) {
		bool known = !*name;
		for (size_t i = 0; i < explorations->count; i++)
			known = known || is(explorations->item[i].test, name);
		if (known)
			continue;
		struct finding *finding = findings_add(&subject->grade->findings, "explore", "timeout", name);
		finding_set(&finding->seen,
		            "not explored: this test and those before it used all %d seconds of the explorer%s%s",
		            USE_EXPLORE_S, most ? ", most of it in " : "", most ? most : "");
		finding_set(&finding->expected, "a test stays within its limits and ends");
	}
	free(tests);
}

static bool raced(const struct exploration *exploration)
{
	for (size_t i = 0; i < exploration->discovery_count; i++)
		if (is(exploration->discovery[i].kind, "data_race"))
			return true;
	return false;
}

/* Why these results prove nothing, or NULL: each test has to be there once, and the host's own, which races, in each
 * report. The caller frees it. */
static char *distrust(const struct subject *subject, const struct explorations *explorations, bool cut)
{
	char *tests = explored_tests(subject);
	size_t expected = 0, controls = 0;
	for (const char *c = tests; *c; c++)
		expected += c == tests || *c == ',';
	free(tests);
	if (!subject->assignment->limits.schedules || !layer_on("verdict"))
		return NULL;
	for (size_t i = 0; i < explorations->count; i++) {
		const char *test = explorations->item[i].test;
		if (!exploration_agrees(&explorations->item[i]))
			return format("the report contradicts itself about %.80s", test);
		if (is(test, CONTROL_TEST)) {
			controls += raced(&explorations->item[i]);
			continue;
		}
		for (size_t other = 0; other < i; other++)
			if (is(explorations->item[other].test, test))
				return format("the report has two results for %.80s", test);
	}
	if (cut)
		return NULL;
	size_t shards = subject->shards < expected ? subject->shards : expected;
	if (controls < shards && layer_on("control"))
		return strdup("the explorer did not find the race of the kit's own test");
	return explorations->count - controls == expected ? NULL : strdup("the report lacks tests, or has others");
}

/* A report with a schedule for each of a hundred findings is too long to be read, or sent. The others have their token.
 */
static void keep_few_schedules(struct grade *grade)
{
	size_t kept = 0;
	for (size_t t = 0; t < grade->test_count; t++)
		for (size_t i = 0; i < grade->findings.count; i++) {
			struct finding *finding = &grade->findings.item[i];
			if (!finding->interleaving || !is(finding->test, grade->test[t].name) || kept++ < SHOWN)
				continue;
			interleaving_free(finding->interleaving);
			finding->interleaving = NULL;
		}
}

static void judge(struct subject *subject, const struct run_result *result)
{
	char *program = format("%s/%s-explored", subject->folder, subject->assignment->name);
	char *source = format("%s/%s.c", subject->folder, subject->assignment->name);
	char *file = format("%s.c", subject->assignment->name), *text = file_read(source, SOURCE_LIMIT, NULL, NULL);
	struct lines *lines = lines_open(program);
	struct source_text sources[] = {{file, text}};
	struct explorations explorations = {0};
	for (unsigned shard = 0; shard < subject->shards; shard++) {
		char *path = format("%s/explore-%u.report", subject->folder, shard);
		explorations_read(&explorations, path, lines, sources, 1);
		free(path);
	}
	char *problem = distrust(subject, &explorations, host_cut_off(result)); /* before the results are taken out */
	for (size_t i = 0; i < explorations.count; i++)
		note_test(subject, lines, &explorations.item[i]);
	note_left_out(subject);
	if (result->end == RUN_USE_LIMIT)
		note_out_of_time(subject, &explorations);
	keep_few_schedules(subject->grade);
	/* A search that used up its time leaves tests unexplored; the report says which. */
	bool whole = !host_cut_off(result) || result->end == RUN_USE_LIMIT;
	if (whole && explorations.count && !problem)
		grade_add_check(subject->grade, "explore", "ran", NULL, result->wall_ms);
	else
		add_result(subject, "explore", result, explorations.begun, problem, "the test host did not run");
	if (explorations.begun && host_died(result))
		add_death(subject, "explore", result, NULL);
	explorations_free(&explorations);
	lines_close(lines);
	free(text);
	free(file);
	free(source);
	free(program);
}

const struct check explore_check = {"explore", TURN_LONG, VARIANT_EXPLORED, run_explore, true, NULL, judge};
