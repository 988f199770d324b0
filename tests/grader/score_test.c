/* score_test.c - points, verdicts and the result as JSON. */
#include "../../grader/finding/json_text.h"
#include "../../grader/memory.h"
#include "sample.h"

#include <signal.h>

static void test_status(struct grade *grade, const char *name, enum test_status status)
{
	grade_test(grade, name)->status = status;
}

static int lost(const struct grade *grade)
{
	int sum = 0;

	for (size_t i = 0; i < grade->findings.count; i++)
		sum += grade->findings.item[i].points_lost;
	return sum;
}

/* Scores, checks the invariant and compares the lines' points. */
static void expect_points(struct grade *grade, int correctness, int hygiene, int design)
{
	grade_score(grade, sample_assignment());
	cr_assert(eq(int, grade->rubric[0].score, correctness), "correctness");
	cr_assert(eq(int, grade->rubric[1].score, hygiene), "hygiene");
	cr_assert(eq(int, grade->rubric[2].score, design), "design");
	cr_assert(eq(int, grade->score, correctness + hygiene + design));
	cr_assert(eq(int, grade->score + lost(grade), grade->max_score), "score and lost points make the whole");
}

Test(score, a_new_grade_has_no_test_run)
{
	struct grade *grade = grade_new(sample_assignment(), "ada");

	cr_assert(eq(sz, grade->test_count, 4));
	cr_assert(eq(int, grade->test[0].status, TEST_NOT_RUN));
	cr_assert(grade->judged);
	cr_assert(eq(ptr, grade_test(grade, "no_such_test"), NULL));
	cr_assert(eq(ptr, grade_test(grade, NULL), NULL));
	grade_free(grade);
	grade_free(NULL);
}

Test(score, checks_have_the_same_order_whichever_ended_first)
{
	static const char *const orders[][3] = {{"tsan", "build", "memcheck"}, {"memcheck", "tsan", "build"}};
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		struct grade *grade = grade_new(sample_assignment(), "ada");
		grade_sort_checks(grade);
		for (size_t k = 0; k < 3; k++)
			grade_add_check(grade, orders[i][k], "ran", NULL, 5);
		grade_sort_checks(grade);
		cr_expect(eq(str, grade->check[0].name, (char *)"build"));
		cr_expect(eq(str, grade->check[1].name, (char *)"memcheck"));
		cr_expect(eq(str, grade->check[2].name, (char *)"tsan"));
		grade_free(grade);
	}
}

/* A check that failed by `fault`, beside a finding of `kind` (or none): is there a verdict, in the grade and its JSON?
 */
static bool is_judged(const char *check, const char *fault, const char *kind)
{
	struct grade *grade = sample_grade();
	grade_add_check(grade, check, "failed", "it was killed", 5);
	if (fault)
		grade_set_fault(grade, fault);
	if (kind)
		findings_add(&grade->findings, strcmp(kind, "runner_killed") == 0 ? "tsan" : "criterion", kind, NULL);
	grade_settle(grade);
	bool judged = grade->judged;
	char *json = grade_to_json(grade);
	cr_expect(eq(int, strstr(json, judged ? "\"judged\": true" : "\"judged\": false") != NULL, 1));
	free(json);
	grade_free(grade);
	return judged;
}

Test(score, a_check_that_failed_is_no_verdict)
{
	static const char *const checks[] = {"criterion", "audit", "explore", "tsan", "memcheck", "symbols"};
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
		cr_expect(not(is_judged(checks[i], NULL, NULL)), "%s", checks[i]);
		cr_expect(not(is_judged(checks[i], "infrastructure", NULL)), "%s", checks[i]);
		cr_expect(not(is_judged(checks[i], "infrastructure", "timeout")), "%s: another test's limit is no excuse",
		          checks[i]);
		cr_expect(not(is_judged(checks[i], "invalid", "timeout")), "%s", checks[i]);
		cr_expect(not(is_judged(checks[i], "invalid", "no_result")), "%s", checks[i]);
		cr_expect(is_judged(checks[i], "limit", "memory_limit"), "%s", checks[i]);
		cr_expect(is_judged(checks[i], "infrastructure", "no_result"), "%s", checks[i]);
		cr_expect(eq(int, is_judged(checks[i], "limit", "runner_killed"), strcmp(checks[i], "tsan") == 0),
		          "%s: it is no excuse for another check", checks[i]);
	}
	cr_expect(is_judged("coverage", "infrastructure", NULL));
}

Test(score, nothing_wrong_is_full_marks)
{
	struct grade *grade = sample_grade();

	expect_points(grade, 60, 30, 10);
	cr_assert(eq(int, grade->max_score, 100));
	cr_assert(eq(sz, grade->findings.count, 0));
	grade_free(grade);
}

Test(score, a_failed_test_is_charged_to_its_first_finding_which_says_why)
{
	struct grade *grade = sample_grade();

	test_status(grade, "survives_short_reads", TEST_FAIL);
	finding_set(&findings_add(&grade->findings, "criterion", "assertion", "survives_short_reads")->seen, "b");
	finding_set(&findings_add(&grade->findings, "criterion", "assertion", "survives_short_reads")->seen, "a");
	expect_points(grade, 40, 30, 10);
	const struct finding *finding = grade->findings.item;
	cr_assert(eq(str, finding[0].seen, "a"));
	cr_assert(eq(str, finding[0].id, "F1"));
	cr_assert(eq(int, finding[0].points_lost, 20));
	cr_assert(eq(str, finding[0].rubric, "correctness"));
	cr_assert(eq(str, finding[0].expected, "Short reads are continued"));
	cr_assert(eq(str, finding[0].why, "read may return less than asked for"));
	cr_assert(eq(int, finding[1].points_lost, 0));
	cr_assert(eq(str, finding[1].rubric, "correctness"));
	grade_free(grade);
}

Test(score, what_a_check_said_itself_is_kept)
{
	struct grade *grade = sample_grade();

	test_status(grade, "token_returns", TEST_FAIL);
	struct finding *finding = findings_add(&grade->findings, "criterion", "assertion", "token_returns");
	finding_set(&finding->expected, "17");
	grade_score(grade, sample_assignment());
	cr_assert(eq(str, grade->findings.item[0].expected, "17"));
	cr_assert(eq(str, grade->findings.item[0].hint, "ring_hangs"));
	grade_free(grade);
}

/* What was seen decides: its kind, as exact as anybody knows it, and the function that it names. */
Test(score, a_reason_of_the_kind_comes_before_that_of_the_test)
{
	struct assignment assignment = *sample_assignment();
	struct reason reason[] = {
	    {.kind = (char *)"hang", .about = (char *)"close_all", .hint = (char *)"another_function"},
	    {.kind = (char *)"missing_signal", .why = (char *)"nobody wakes it", .hint = (char *)"broadcast"},
	    {.kind = (char *)"hang", .about = (char *)"close_ends", .why = (char *)"an end stays open"},
	    {.kind = (char *)"hang", .hint = (char *)"too_late"},
	};
	struct grade *grade = sample_grade();

	assignment.reason = reason;
	assignment.reason_count = 4;
	test_status(grade, "token_returns", TEST_HANG);
	test_status(grade, "survives_short_reads", TEST_HANG);
	struct finding *finding = findings_add(&grade->findings, "criterion", "hang", "token_returns");
	finding_set(&finding->seen, "all wait since close_ends");
	finding = findings_add(&grade->findings, "criterion", "hang", "survives_short_reads");
	finding_set(&finding->diagnosis, "missing_signal");
	grade_score(grade, &assignment);
	for (size_t i = 0; i < grade->findings.count; i++) {
		finding = &grade->findings.item[i];
		if (finding->test && strcmp(finding->test, "token_returns") == 0) {
			cr_expect(eq(str, finding->why, "an end stays open"));
			cr_expect(eq(str, finding->hint, "ring_hangs"), "the test's, where the reason has none");
		} else if (finding->test && strcmp(finding->kind, "hang") == 0) {
			cr_expect(eq(str, finding->why, "nobody wakes it"));
			cr_expect(eq(str, finding->hint, "broadcast"));
		}
	}
	grade_free(grade);
}

Test(score, a_lost_test_without_a_finding_gets_one)
{
	struct grade *grade = sample_grade();

	test_status(grade, "survives_short_reads", TEST_NOT_RUN);
	grade_add_check(grade, "criterion", "ran", "two tests before it hung", 5);
	expect_points(grade, 40, 30, 10);
	cr_assert(eq(str, grade->findings.item[0].check, "score"));
	cr_assert(eq(str, grade->findings.item[0].kind, "not_run"));
	cr_assert(eq(str, grade->findings.item[0].seen, "two tests before it hung"));
	grade_free(grade);
}

Test(score, a_test_that_was_not_run_says_what_ended_the_tests)
{
	struct grade *grade = sample_grade();

	test_status(grade, "survives_short_reads", TEST_NOT_RUN);
	finding_set(&findings_add(&grade->findings, "criterion", "timeout", NULL)->seen, "the time was used up");
	expect_points(grade, 40, 30, 10);
	cr_assert(eq(str, grade->findings.item[0].kind, "not_run"));
	cr_assert(eq(str, grade->findings.item[0].seen, "The test was not run: the time was used up"));
	cr_assert(eq(ptr, grade->findings.item[0].why, NULL));
	cr_assert(eq(ptr, grade->findings.item[0].hint, NULL));
	grade_free(grade);
}

Test(score, a_test_reported_as_crashed_only_by_its_status_is_told_as_a_crash)
{
	struct grade *grade = sample_grade();

	test_status(grade, "survives_short_reads", TEST_CRASH);
	finding_set(&grade_test(grade, "survives_short_reads")->message, "killed by SIGSEGV");
	expect_points(grade, 40, 30, 10);
	cr_assert(eq(str, grade->findings.item[0].kind, "crash"));
	cr_assert(eq(str, grade->findings.item[0].seen, "killed by SIGSEGV"));
	grade_free(grade);
}

Test(score, a_check_property_is_all_or_nothing_however_many_reports_there_are)
{
	struct grade *grade = sample_grade();

	for (unsigned i = 1; i <= 3; i++)
		finding_add_place(
		    findings_add(&grade->findings, "memcheck", "memory_leak", i > 1 ? "token_returns" : "rejects_zero"),
		    "pipe_ring.c", i, "ring_run", "allocated");
	expect_points(grade, 60, 20, 10);
	cr_assert(eq(sz, grade->findings.count, 3));
	cr_assert(eq(int, grade->findings.item[0].points_lost, 10));
	cr_assert(eq(str, grade->findings.item[2].rubric, "hygiene"));
	grade_free(grade);
}

Test(score, kinds_and_tests_that_a_property_does_not_name_cost_nothing)
{
	struct grade *grade = sample_grade();

	findings_add(&grade->findings, "memcheck", "invalid_read", "token_returns");
	findings_add(&grade->findings, "memcheck", "memory_leak", "survives_short_reads");
	findings_add(&grade->findings, "tsan", "data_race", "token_returns");
	expect_points(grade, 60, 30, 10);
	cr_assert(eq(ptr, grade->findings.item[0].rubric, NULL));
	grade_free(grade);
}

Test(score, a_finding_that_names_no_test_concerns_all)
{
	struct grade *grade = sample_grade();

	findings_add(&grade->findings, "memcheck", "memory_leak", NULL);
	findings_add(&grade->findings, "symbols", "forbidden_symbol", NULL);
	expect_points(grade, 60, 20, 0);
	grade_free(grade);
}

Test(score, a_check_over_tests_that_all_failed_establishes_nothing)
{
	struct grade *grade = sample_grade();

	test_status(grade, "token_returns", TEST_HANG);
	test_status(grade, "rejects_zero", TEST_HANG);
	grade_score(grade, sample_assignment());
	bool found = false;
	for (size_t i = 0; i < grade->findings.count; i++)
		found |=
		    strcmp(grade->findings.item[i].kind, "not_established") == 0 && grade->findings.item[i].points_lost == 10;
	cr_assert(found, "memcheck's property over the two public tests is lost");
	grade_free(grade);
}

Test(score, one_test_that_passed_is_enough_to_establish_a_check)
{
	struct grade *grade = sample_grade();

	test_status(grade, "rejects_zero", TEST_FAIL);
	expect_points(grade, 55, 30, 10);
	grade_free(grade);
}

Test(score, a_guard_costs_at_most_what_its_line_has_left)
{
	struct grade *grade = sample_grade();

	test_status(grade, "rejects_many", TEST_FAIL);
	test_status(grade, "survives_short_reads", TEST_FAIL);
	grade_score(grade, sample_assignment());
	cr_assert(eq(int, grade->rubric[0].score, 0));
	cr_assert(eq(int, grade->score + lost(grade), 100));
	grade_free(grade);
}

Test(score, the_gate_rounds_down_and_is_a_finding_per_line)
{
	struct grade *grade = sample_grade();

	/* 20 of 60 points: the other lines are multiplied by 20/36 */
	test_status(grade, "token_returns", TEST_FAIL);
	expect_points(grade, 20, 16, 5);
	cr_assert(eq(sz, grade->findings.count, 3));
	cr_assert(eq(str, grade->findings.item[1].kind, "gate"));
	cr_assert(eq(str, grade->findings.item[1].rubric, "hygiene"));
	cr_assert(eq(int, grade->findings.item[1].points_lost, 14));
	cr_assert(eq(str, grade->findings.item[2].rubric, "design"));
	grade_free(grade);
}

Test(score, a_build_error_is_one_finding_that_carries_all_points)
{
	struct grade *grade = grade_new(sample_assignment(), "ada");

	finding_set(&findings_add(&grade->findings, "build", "build_error", NULL)->seen, "it does not compile");
	expect_points(grade, 0, 0, 0);
	cr_assert(eq(sz, grade->findings.count, 1));
	cr_assert(eq(int, grade->findings.item[0].points_lost, 100));
	grade_free(grade);
}

Test(score, a_missing_function_explains_why_no_test_ran)
{
	struct grade *grade = grade_new(sample_assignment(), "ada");

	findings_add(&grade->findings, "symbols", "missing_function", NULL);
	expect_points(grade, 0, 0, 0);
	cr_assert(eq(sz, grade->findings.count, 1));
	grade_free(grade);
}

Test(score, a_build_warning_is_advice)
{
	struct grade *grade = sample_grade();

	findings_add(&grade->findings, "build", "build_warning", NULL);
	expect_points(grade, 60, 30, 10);
	grade_free(grade);
}

/* Of the sample, with an essence for two of its tests. */
static struct grade *score_essence(enum test_status first, enum test_status second, bool public_only, const char *only)
{
	struct assignment assignment = *sample_assignment();
	static char *tests[] = {"survives_short_reads", "rejects_zero"}; /* one is hidden, the other is a guard */
	struct grade *grade = sample_grade();

	assignment.essence = (struct essence){9, {tests, 2}};
	test_status(grade, "survives_short_reads", first);
	test_status(grade, "rejects_zero", second);
	grade->public_only = public_only;
	if (only)
		finding_set(&grade->only_test, "%s", only);
	grade_score(grade, &assignment);
	cr_assert(eq(int, grade->score + lost(grade), grade->max_score), "score and lost points make the whole");
	return grade;
}

static bool has_kind(const struct grade *grade, const char *kind)
{
	for (size_t i = 0; i < grade->findings.count; i++)
		if (strcmp(grade->findings.item[i].kind, kind) == 0)
			return true;
	return false;
}

Test(score, without_all_of_its_essence_a_submission_keeps_few_points)
{
	struct grade *grade = score_essence(TEST_FAIL, TEST_FAIL, false, NULL);

	cr_expect(le(int, grade->score, 9));
	cr_expect(gt(int, grade->score, 0));
	cr_assert(has_kind(grade, "essence"));
	for (size_t i = 0; i < grade->findings.count; i++)
		if (strcmp(grade->findings.item[i].kind, "essence") == 0)
			cr_expect(eq(str, grade->findings.item[i].seen,
			             (char *)"None of this is there: Short reads are continued; Zero nodes are rejected"));
	grade_free(grade);
}

Test(score, one_part_of_the_essence_is_enough)
{
	static const enum test_status statuses[][2] = {
	    {TEST_PASS, TEST_FAIL}, {TEST_FAIL, TEST_PASS}, {TEST_PASS, TEST_PASS}};
	static const int scores[] = {95, 80, 100};

	for (size_t i = 0; i < sizeof scores / sizeof *scores; i++) {
		struct grade *grade = score_essence(statuses[i][0], statuses[i][1], false, NULL);
		cr_expect(eq(int, grade->score, scores[i]));
		cr_expect(not(has_kind(grade, "essence")));
		grade_free(grade);
	}
}

Test(score, the_essence_is_not_asked_where_not_all_of_its_tests_are)
{
	struct grade *grade = score_essence(TEST_NOT_RUN, TEST_FAIL, true, NULL);

	cr_expect(not(has_kind(grade, "essence")));
	grade_free(grade);
	grade = score_essence(TEST_FAIL, TEST_FAIL, false, "survives_short_reads");
	cr_expect(not(has_kind(grade, "essence")));
	grade_free(grade);
}

Test(score, static_memory_costs_what_a_leak_costs)
{
	struct grade *grade = sample_grade();

	findings_add(&grade->findings, "symbols", "static_memory", NULL);
	expect_points(grade, 60, 20, 0);
	grade_free(grade);
}

Test(score, a_finding_that_costs_points_in_two_lines_becomes_two)
{
	struct assignment assignment = *sample_assignment();
	struct check_spec check[2] = {
	    {.check = (char *)"audit",
	     .rubric = (char *)"hygiene",
	     .points = 30,
	     .title = (char *)"one",
	     .why = (char *)"w1"},
	    {.check = (char *)"audit",
	     .rubric = (char *)"design",
	     .points = 10,
	     .title = (char *)"two",
	     .why = (char *)"w2"},
	};
	struct grade *grade = sample_grade();

	assignment.check = check;
	assignment.check_count = 2;
	finding_add_place(findings_add(&grade->findings, "audit", "fd_leak", "token_returns"), "pipe_ring.c", 7, NULL,
	                  NULL);
	grade_score(grade, &assignment);
	cr_assert(eq(int, grade->score, 60));
	cr_assert(eq(sz, grade->findings.count, 2));
	cr_assert(eq(str, grade->findings.item[0].rubric, "hygiene"));
	cr_assert(eq(str, grade->findings.item[0].expected, "one"));
	cr_assert(eq(str, grade->findings.item[1].rubric, "design"));
	cr_assert(eq(str, grade->findings.item[1].expected, "two"));
	cr_assert(eq(u32, grade->findings.item[1].where[0].line, 7));
	grade_free(grade);
}

Test(score, in_a_handout_only_public_properties_count)
{
	struct grade *grade = sample_grade();

	grade->public_only = true;
	test_status(grade, "survives_short_reads", TEST_NOT_RUN);
	test_status(grade, "rejects_many", TEST_NOT_RUN);
	findings_add(&grade->findings, "audit", "fd_leak", "token_returns");
	expect_points(grade, 40, 10, 10);
	cr_assert(eq(int, grade->max_score, 60));
	cr_assert(eq(str, grade->findings.item[0].rubric, "hygiene"),
	          "the leak is told as one of the line that will pay for it");
	cr_assert(eq(int, grade->findings.item[0].points_lost, 0));
	grade_free(grade);
}

Test(score, the_public_part_of_each_line_is_known)
{
	struct grade *grade = sample_grade();

	test_status(grade, "rejects_zero", TEST_FAIL);
	test_status(grade, "survives_short_reads", TEST_FAIL);
	grade_score(grade, sample_assignment());
	cr_assert(eq(int, grade->rubric[0].public_max, 40));
	cr_assert(eq(int, grade->rubric[0].public_score, 35));
	cr_assert(eq(int, grade->rubric[1].public_max, 10));
	grade_free(grade);
}

Test(score, a_submission_that_was_not_judged_has_no_score)
{
	struct grade *grade = sample_grade();

	grade->judged = false;
	grade_score(grade, sample_assignment());
	cr_assert(eq(int, grade->score, 0));
	cr_assert(eq(int, lost(grade), 0));
	char *text = grade_to_json(grade);
	cr_assert(ne(ptr, strstr(text, "\"score\": null"), NULL));
	free(text);
	grade_free(grade);
}

Test(score, the_dearest_findings_come_first_and_those_of_one_root_together)
{
	struct grade *grade = sample_grade();

	finding_add_place(findings_add(&grade->findings, "audit", "fd_leak", "token_returns"), "pipe_ring.c", 7, NULL,
	                  NULL);
	finding_add_place(findings_add(&grade->findings, "audit", "fd_leak", "rejects_zero"), "pipe_ring.c", 9, NULL, NULL);
	finding_add_place(findings_add(&grade->findings, "audit", "fd_leak", "survives_short_reads"), "pipe_ring.c", 9,
	                  NULL, NULL);
	findings_add(&grade->findings, "symbols", "forbidden_symbol", NULL);
	expect_points(grade, 60, 10, 0);
	cr_assert(eq(int, grade->findings.item[0].points_lost, 20));
	cr_assert(eq(u32, grade->findings.item[0].where[0].line, 9));
	cr_assert(eq(u32, grade->findings.item[1].where[0].line, 9),
	          "the same root in another test comes before dearer findings");
	cr_assert(eq(str, grade->findings.item[2].kind, "forbidden_symbol"));
	grade_free(grade);
}

/* ---- many random grades --------------------------------------------------------------------- */

enum { TESTS = 8, CHECKS = 6, LINES = 4 };

static const char *const lines[LINES] = {"correctness", "race_freedom", "hygiene", "design"};
static const char *const names[TESTS] = {"t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7"};
static const char *const check_names[] = {"tsan", "memcheck", "audit", "symbols", "criterion"};
static const char *const kinds[] = {"data_race", "memory_leak", "fd_leak", "assertion", "hang"};

struct random_assignment {
	struct assignment assignment;
	struct rubric_line line[LINES];
	struct test_spec test[TESTS];
	struct check_spec check[CHECKS];
	char *kind[CHECKS][2], *name[CHECKS][TESTS];
};

static void random_assignment(struct random_assignment *made, uint64_t *seed)
{
	struct assignment *assignment = &made->assignment;

	*made = (struct random_assignment){
	    .assignment = {.name = (char *)"random", .rubric = made->line, .test = made->test, .check = made->check}};
	assignment->rubric_count = 1 + sample_random(seed, LINES);
	assignment->test_count = 1 + sample_random(seed, TESTS);
	assignment->check_count = sample_random(seed, CHECKS + 1);
	for (size_t i = 0; i < assignment->rubric_count; i++)
		made->line[i] = (struct rubric_line){.id = (char *)lines[i], .title = (char *)lines[i]};
	for (size_t i = 0; i < assignment->test_count; i++) {
		size_t line = sample_random(seed, (uint32_t)assignment->rubric_count);
		bool guard = sample_random(seed, 4) == 0;

		made->test[i] = (struct test_spec){.name = (char *)names[i],
		                                   .hidden = sample_random(seed, 2),
		                                   .rubric = (char *)lines[line],
		                                   .points = guard ? 0 : 1 + (int)sample_random(seed, 20),
		                                   .cost = guard ? 1 + (int)sample_random(seed, 30) : 0,
		                                   .title = (char *)"title"};
		made->line[line].points += made->test[i].points;
	}
	for (size_t i = 0; i < assignment->check_count; i++) {
		size_t line = sample_random(seed, (uint32_t)assignment->rubric_count);
		struct check_spec *check = &made->check[i];

		*check = (struct check_spec){.check = (char *)check_names[sample_random(seed, 4)],
		                             .rubric = (char *)lines[line],
		                             .points = 1 + (int)sample_random(seed, 20),
		                             .title = (char *)"title",
		                             .why = (char *)"why"};
		check->kinds = (struct string_list){made->kind[i], sample_random(seed, 3)};
		check->tests = (struct string_list){made->name[i], sample_random(seed, 3)};
		for (size_t j = 0; j < 2; j++) {
			made->kind[i][j] = (char *)kinds[sample_random(seed, 5)];
			made->name[i][j] = (char *)names[sample_random(seed, (uint32_t)assignment->test_count)];
		}
		made->line[line].points += check->points;
	}
}

static void random_finding(struct grade *grade, uint64_t *seed)
{
	uint32_t test = sample_random(seed, (uint32_t)grade->test_count + 1);
	struct finding *finding =
	    findings_add(&grade->findings, check_names[sample_random(seed, 5)], kinds[sample_random(seed, 5)],
	                 test < grade->test_count ? names[test] : NULL);

	for (uint32_t i = sample_random(seed, 3); i > 0; i--)
		finding_add_place(finding, "random.c", 1 + sample_random(seed, 3), NULL, NULL);
}

/* The same grade for the same seed; `turned` adds the findings in the opposite order. */
static struct grade *random_grade(const struct assignment *assignment, uint64_t seed, bool turned)
{
	struct grade *grade = grade_new(assignment, "random");

	grade->public_only = sample_random(&seed, 4) == 0;
	for (size_t i = 0; i < grade->test_count; i++)
		grade->test[i].status = sample_random(&seed, 2) ? TEST_PASS : (enum test_status)sample_random(&seed, 6);
	for (uint32_t i = sample_random(&seed, 12); i > 0; i--)
		random_finding(grade, &seed);
	if (sample_random(&seed, 20) == 0)
		findings_add(&grade->findings, "build", "build_error", NULL);
	for (size_t i = 0; turned && i < grade->findings.count / 2; i++) {
		struct finding spare = grade->findings.item[i];
		grade->findings.item[i] = grade->findings.item[grade->findings.count - 1 - i];
		grade->findings.item[grade->findings.count - 1 - i] = spare;
	}
	grade_score(grade, assignment);
	return grade;
}

static void expect_sums(const struct grade *grade)
{
	bool obstacle = grade->findings.count && grade->findings.item[0].points_lost && !grade->findings.item[0].rubric;
	int score = 0, max_score = 0;

	cr_assert(eq(int, grade->score + lost(grade), grade->max_score));
	for (size_t i = 0; i < grade->rubric_count; i++) {
		const struct rubric_score *line = &grade->rubric[i];
		int gone = 0;

		for (size_t j = 0; j < grade->findings.count; j++) {
			const struct finding *finding = &grade->findings.item[j];
			cr_assert(ge(int, finding->points_lost, 0));
			if (finding->rubric && strcmp(finding->rubric, line->id) == 0)
				gone += finding->points_lost;
		}
		if (!obstacle)
			cr_assert(eq(int, line->score + gone, line->max_score), "also in each line");
		cr_assert(ge(int, line->score, 0));
		cr_assert(ge(int, line->public_score, 0));
		cr_assert(le(int, line->public_score, line->score));
		cr_assert(le(int, line->public_score, line->public_max));
		cr_assert(le(int, line->public_max, grade->public_only ? line->max_score : line->max_score + line->public_max));
		score += line->score;
		max_score += line->max_score;
	}
	cr_assert(eq(int, score, grade->score));
	cr_assert(eq(int, max_score, grade->max_score));
}

static void expect_order(const struct grade *grade)
{
	for (size_t i = 0; i < grade->findings.count; i++) {
		size_t first = i;
		char id[24];

		snprintf(id, sizeof id, "F%zu", i + 1);
		cr_assert(eq(str, grade->findings.item[i].id, id));
		while (first > 0 && finding_same_root(&grade->findings.item[first - 1], &grade->findings.item[i]))
			first--;
		for (size_t j = 0; j < first; j++)
			cr_assert(not(finding_same_root(&grade->findings.item[j], &grade->findings.item[i])),
			          "one root stands together");
		cr_assert(ge(int, grade->findings.item[0].points_lost, grade->findings.item[i].points_lost));
	}
}

static void expect_round_trip(const struct grade *grade)
{
	char *text = grade_to_json(grade), *verdict = grade_verdict(grade);
	struct error error = {0};
	struct grade *read = grade_from_json(text, &error);

	cr_assert(ne(ptr, read, NULL), "%s", error.text);
	char *text_again = grade_to_json(read), *verdict_again = grade_verdict(read);
	cr_assert(eq(str, text_again, text));
	cr_assert(eq(str, verdict_again, verdict));
	grade_free(read);
	free(text_again);
	free(verdict_again);
	free(text);
	free(verdict);
}

Test(score, the_sums_hold_for_every_grade, .timeout = 120)
{
	for (uint64_t number = 0; number < 4000; number++) {
		uint64_t seed = number;
		struct random_assignment made;

		random_assignment(&made, &seed);
		struct grade *grade = random_grade(&made.assignment, seed, false),
		             *turned = random_grade(&made.assignment, seed, true);
		char *text = grade_to_json(grade), *text_turned = grade_to_json(turned);
		expect_sums(grade);
		expect_order(grade);
		cr_assert(eq(str, text, text_turned), "the order in which checks report changes nothing");
		if (number % 8 == 0)
			expect_round_trip(grade);
		free(text);
		free(text_turned);
		grade_free(grade);
		grade_free(turned);
	}
}

Test(score, more_reports_of_the_same_change_no_points)
{
	for (uint64_t number = 0; number < 500; number++) {
		uint64_t seed = number;
		struct random_assignment made;

		random_assignment(&made, &seed);
		struct grade *grade = grade_new(&made.assignment, "s"), *twice = grade_new(&made.assignment, "s");
		for (int i = 0; i < 6; i++) {
			uint64_t again = seed;
			random_finding(grade, &seed);
			random_finding(twice, &again);
			struct finding *last = &twice->findings.item[twice->findings.count - 1];
			struct finding *copy = findings_add(&twice->findings, last->check, last->kind, last->test);
			finding_add_place(copy, "random.c", 99, NULL, NULL);
		}
		grade_score(grade, &made.assignment);
		grade_score(twice, &made.assignment);
		cr_assert(eq(int, twice->score, grade->score));
		grade_free(grade);
		grade_free(twice);
	}
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static struct grade *full_grade(void)
{
	struct grade *grade = sample_grade();

	test_status(grade, "token_returns", TEST_FAIL);
	finding_set(&grade_test(grade, "token_returns")->message, "expected 3");
	struct finding *finding = findings_add(&grade->findings, "criterion", "assertion", "token_returns");
	finding_set(&finding->seen, "quote \" backslash \\ newline \n escape \033 umlaut \xc3\xa4 bidi \xe2\x80\xae");
	finding_set(&finding->replay, "make grade");
	finding_add_place(finding, "pipe_ring.c", 3, "ring_run", "here");
	finding_add_detail(finding, "detail");
	finding->count = 4;
	grade_add_check(grade, "criterion", "ran", NULL, 12);
	grade_add_check(grade, "memcheck", "skipped", "no valgrind", 0);
	finding_set(&grade->kit.kit, "1");
	grade->source = calloc(1, sizeof *grade->source);
	grade->source_count = 1;
	finding_set(&grade->source[0].file, "pipe_ring.c");
	memset(grade->source[0].sha256, 'a', 64);
	grade->remarks.item = calloc(1, sizeof *grade->remarks.item);
	grade->remarks.count = 1;
	finding_set(&grade->remarks.item[0], "CRLF");
	grade->coverage = (struct coverage){.known = true, .lines_total = 10, .lines_run = 8, .unrun = strdup("3-4")};
	grade->duration_ms = 1234;
	grade_score(grade, sample_assignment());
	return grade;
}

Test(json, a_grade_comes_back_as_it_was)
{
	struct grade *grade = full_grade();
	char *text = grade_to_json(grade);
	struct grade *read = grade_from_json(text, NULL);

	expect_round_trip(grade);
	cr_assert(eq(str, read->findings.item[0].seen, grade->findings.item[0].seen));
	cr_assert(eq(u32, read->findings.item[0].count, 4));
	cr_assert(eq(str, read->source[0].sha256, grade->source[0].sha256));
	cr_assert(eq(str, read->remarks.item[0], "CRLF"));
	cr_assert(eq(int, read->coverage.lines_run, 8));
	free(text);
	grade_free(read);
	grade_free(grade);
}

Test(json, is_plain_ascii_whatever_a_submission_says)
{
	struct grade *grade = sample_grade();
	char printable[] =
	    "\n#################################################################################################";

	for (int byte = ' '; byte < 0x7f; byte++)
		printable[1 + byte - ' '] = (char)byte;
	finding_set(&findings_add(&grade->findings, "criterion", "assertion", NULL)->seen,
	            "\x7f \xff\xfe \xed\xa0\x80 \xf0\x9f\x98\x80 \xc3");
	char *text = grade_to_json(grade);
	for (const char *byte = text; *byte; byte++)
		cr_assert(ne(ptr, strchr(printable, *byte), NULL), "byte %d", *byte);
	struct grade *read = grade_from_json(text, NULL);
	cr_assert(eq(str, read->findings.item[0].seen, "\x7f \\xFF\\xFE \\xED\\xA0\\x80 \xf0\x9f\x98\x80 \\xC3"));
	free(text);
	grade_free(read);
	grade_free(grade);
}

Test(json, what_the_explorer_did_comes_back_as_it_was)
{
	struct grade *grade = full_grade();
	struct explored *explored = &grade_test(grade, "token_returns")->explored;
	*explored = (struct explored){.known = true, .seed = UINT64_MAX, .schedules = 7, .bound = -1, .found = true};
	finding_set(&explored->strategy, "random");
	char *text = grade_to_json(grade);
	struct grade *read = grade_from_json(text, NULL);
	const struct explored *again = &grade_test(read, "token_returns")->explored;

	expect_round_trip(grade);
	cr_assert(again->known && again->found && !again->exhausted && !again->why_not);
	cr_assert(eq(u64, again->seed, UINT64_MAX));
	cr_assert(eq(int, again->bound, -1));
	cr_assert(eq(str, again->strategy, "random"));
	cr_assert(not(read->test[1].explored.known));
	free(text);
	grade_free(read);
	grade_free(grade);
}

Test(json, a_grade_that_was_read_takes_more_findings)
{
	struct grade *grade = full_grade();
	char *text = grade_to_json(grade);
	struct grade *read = grade_from_json(text, NULL);
	size_t count = read->findings.count;

	for (int i = 0; i < 20; i++)
		findings_add(&read->findings, "audit", "leftover_process", NULL);
	cr_assert(eq(sz, read->findings.count, count + 20));
	cr_assert(eq(str, read->findings.item[0].check, grade->findings.item[0].check));
	free(text);
	grade_free(read);
	grade_free(grade);
}

Test(json, the_first_value_that_is_wrong_is_named)
{
	static const struct {
		const char *right, *wrong, *message;
	} values[] = {
	    {"\"schema\": \"forkjoin/result/1\"", "\"schema\": 1", "'schema' should be forkjoin/result/1"},
	    {"\"assignment\": \"pipe_ring\"", "\"assignment\": null", "'assignment' should be text"},
	    {"\"judged\": true", "\"judged\": 1", "'judged' should be true or false"},
	    {"\"judged\": true", "\"judged\": false",
	     "'score' should be a whole number from 0, or null for a submission that was not judged"},
	    {"\"max_score\": 100", "\"max_score\": 0", "'score' should be at most max_score"},
	    {"\"public_max\": ", "\"public_max\": -1", "'public_max' should be a whole number from 0"},
	    {"\"visibility\": \"public\"", "\"visibility\": true", "'visibility' should be public or hidden"},
	    {"\"status\": \"fail\"", "\"status\": \"failed\"", "'status' should be the status of a test"},
	    {"\"where\": [", "\"where\": 0, \"there\": [", "'where' should be a list"},
	    {"\"detail\": [", "\"detail\": [0, ", "'detail' should be a list of texts"},
	    {"\"kit\": {", "\"kit\": 0, \"cat\": {", "'kit' should be an object"},
	    {"\"sha256\": \"", "\"sha256\": \"a", "'sha256' should be 64 characters"},
	    {"\"coverage\": {", "\"coverage\": 0, \"uncovered\": {", "'coverage' should be an object or null"},
	    {"\"lines_run\": 8", "\"lines_run\": 8.5", "'lines_run' should be a whole number from 0"},
	    {"\"unrun\": \"3-4\"", "\"unrun\": 3", "'unrun' should be text or null"},
	};
	struct grade *grade = full_grade();
	char *text = grade_to_json(grade);

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		const char *at = strstr(text, values[i].right);
		cr_assert(ne(ptr, (void *)at, NULL), "%s", values[i].right);
		char *damaged = format("%.*s%s%s", (int)(at - text), text, values[i].wrong, at + strlen(values[i].right));
		char *message = format("not a result of this kit: %s", values[i].message);
		struct error error = {0};
		cr_assert(eq(ptr, grade_from_json(damaged, &error), NULL), "%s", values[i].wrong);
		cr_assert(eq(str, error.text, message));
		free(message);
		free(damaged);
	}
	free(text);
	grade_free(grade);
}

Test(json, an_object_that_would_lack_a_field_ends_the_program, .signal = SIGABRT)
{
	json_put(json_object(), "score", NULL);
}

static void expect_rejected(const char *text)
{
	struct error error = {0};
	struct grade *grade = grade_from_json(text, &error);

	cr_assert(eq(ptr, grade, NULL), "%s", text);
	cr_assert(ne(str, error.text, ""));
}

Test(json, anything_else_is_an_error_and_no_crash)
{
	expect_rejected("");
	expect_rejected("[]");
	expect_rejected("{}");
	expect_rejected("null");
	expect_rejected("{\"schema\":\"forkjoin/result/2\"}");
	expect_rejected("{\"schema\":\"forkjoin/result/1\"}");
	expect_rejected("{\"schema\":\"forkjoin/result/1\",\"schema\":\"forkjoin/result/1\"}");
}

Test(json, a_damaged_result_is_an_error_or_a_grade_and_no_crash)
{
	struct grade *grade = full_grade();
	char *text = grade_to_json(grade);
	size_t length = strlen(text);
	uint64_t seed = 7;

	for (int i = 0; i < 2000; i++) {
		char *damaged = strdup(text);
		struct error error;

		if (i % 2)
			damaged[sample_random(&seed, (uint32_t)length)] = "\"[]{}:,0-1nt x"[sample_random(&seed, 14)];
		else
			damaged[sample_random(&seed, (uint32_t)length)] = '\0';
		grade_free(grade_from_json(damaged, &error));
		free(damaged);
	}
	/* each key renamed in turn: none may be missing */
	for (char *key = strstr(text, "\": "); key; key = strstr(key + 1, "\": ")) {
		char kept = key[-1];

		key[-1] = '!';
		expect_rejected(text);
		key[-1] = kept;
	}
	free(text);
	grade_free(grade);
}

/* ---- verdict -------------------------------------------------------------------------------- */

static bool same_verdict(const struct grade *a, const struct grade *b)
{
	char *first = grade_verdict(a), *second = grade_verdict(b);
	bool same = strcmp(first, second) == 0;

	free(first);
	free(second);
	return same;
}

Test(verdict, forgets_what_may_differ_between_two_runs)
{
	struct grade *a = full_grade(), *b = full_grade();

	b->duration_ms = 99;
	b->test[0].duration_ms = 5;
	finding_set(&b->findings.item[0].seen, "other words");
	b->findings.item[0].count = 9;
	cr_assert(same_verdict(a, b));
	grade_free(a);
	grade_free(b);
}

Test(verdict, tells_everything_else)
{
	struct grade *a = full_grade(), *b = full_grade();

	b->score++;
	cr_assert(not(same_verdict(a, b)), "score");
	b->score--;
	b->rubric[1].score--;
	cr_assert(not(same_verdict(a, b)), "rubric points");
	b->rubric[1].score++;
	b->test[1].status = TEST_HANG;
	cr_assert(not(same_verdict(a, b)), "state of a test");
	b->test[1].status = a->test[1].status;
	finding_set(&b->findings.item[0].kind, "crash");
	cr_assert(not(same_verdict(a, b)), "kind of a finding");
	finding_set(&b->findings.item[0].kind, "%s", a->findings.item[0].kind);
	b->findings.item[0].where[0].line++;
	cr_assert(not(same_verdict(a, b)), "source line");
	b->findings.item[0].where[0].line--;
	b->judged = false;
	cr_assert(not(same_verdict(a, b)), "judged or not");
	b->judged = true;
	cr_assert(same_verdict(a, b));
	grade_free(a);
	grade_free(b);
}

Test(verdict, is_not_fooled_by_names_that_look_like_its_own_text)
{
	struct grade *a = sample_grade(), *b = sample_grade();

	finding_add_place(findings_add(&a->findings, "tsan", "data_race", NULL), "a.c:1 b.c", 2, NULL, NULL);
	struct finding *finding = findings_add(&b->findings, "tsan", "data_race", NULL);
	finding_add_place(finding, "a.c", 1, NULL, NULL);
	finding_add_place(finding, "b.c", 2, NULL, NULL);
	cr_assert(not(same_verdict(a, b)));
	grade_free(a);
	grade_free(b);
	a = sample_grade();
	b = sample_grade();
	findings_add(&a->findings, "tsan", "data_race", NULL);
	findings_add(&b->findings, "tsan", "data_race", "-");
	cr_assert(not(same_verdict(a, b)));
	grade_free(a);
	grade_free(b);
}

/* What is left of the line when the explorer has found that: 18 are for races, 5 for locks by the rules, 7 for what is
 * left behind. */
static int left_by(const char *kind)
{
	static char *races[] = {(char *)"data_race", (char *)"use_after_free"}, *rules[] = {(char *)"mutex_misuse"};
	struct check_spec check[] = {
	    {.check = (char *)"tsan", .rubric = (char *)"hygiene", .points = 18, .kinds = {races, 2}},
	    {.check = (char *)"tsan", .rubric = (char *)"hygiene", .points = 5, .kinds = {rules, 1}},
	    {.check = (char *)"audit", .rubric = (char *)"hygiene", .points = 7},
	};
	struct assignment assignment = *sample_assignment();
	struct grade *grade = sample_grade();

	assignment.check = check;
	assignment.check_count = 3;
	finding_add_place(findings_add(&grade->findings, "explore", kind, "token_returns"), "pipe_ring.c", 7, NULL, NULL);
	grade_score(grade, &assignment);
	int left = grade->rubric[1].score;
	grade_free(grade);
	return left;
}

Test(score, what_the_explorer_sees_costs_the_entry_that_is_meant_for_it)
{
	static const char *const memory[] = {"data_race", "use_after_free", "double_free", "dead_stack", "destroy_in_use"};

	for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
		cr_expect(eq(int, left_by(memory[i]), 12), "%s", memory[i]);
	cr_expect(eq(int, left_by("mutex_misuse"), 25));
	cr_expect(eq(int, left_by("thread_misuse"), 23));
	cr_expect(eq(int, left_by("lock_held"), 23));
}

/* A wait without a loop that four tests show costs once, and only where it is named; what else a test shows costs as
 * ever. */
Test(score, a_wait_without_a_loop_costs_once_in_however_many_tests)
{
	static char *loops[] = {(char *)"missing_loop"};
	static const char *const tests[] = {"token_returns", "survives_short_reads", "rejects_zero", "rejects_many"};
	struct check_spec check[] = {
	    {.check = (char *)"audit", .rubric = (char *)"hygiene", .points = 7},
	    {.check = (char *)"audit", .rubric = (char *)"hygiene", .points = 3, .kinds = {loops, 1}},
	};
	struct assignment assignment = *sample_assignment();
	assignment.check = check;
	assignment.check_count = 2;
	for (size_t failing = 0; failing < 2; failing++) {
		struct grade *grade = sample_grade();
		for (size_t i = 0; i < 4; i++)
			finding_add_place(findings_add(&grade->findings, "explore", "missing_loop", tests[i]), "pipe_ring.c", 40,
			                  NULL, "the wait");
		if (failing) {
			test_status(grade, "token_returns", TEST_HANG);
			findings_add(&grade->findings, "explore", "hang", "token_returns");
		}
		grade_score(grade, &assignment);
		cr_expect(eq(int, grade->rubric[0].score, failing ? 20 : 60));
		cr_expect(eq(int, grade->rubric[1].max_score, 10));
		int loop = 0;
		for (size_t i = 0; i < grade->findings.count; i++)
			loop += strcmp(grade->findings.item[i].kind, "missing_loop") == 0 ? grade->findings.item[i].points_lost : 0;
		cr_expect(eq(int, loop, 3));
		grade_free(grade);
	}
}

/* What is left of the line when that was found under ThreadSanitizer: 18 are for races, 5 for locks by the rules, which
 * look at token_returns only, and 7 for what valgrind finds. */
static int left_after(const char *kind, const char *test)
{
	static char *races[] = {(char *)"data_race"}, *rules[] = {(char *)"mutex_misuse"},
	            *tests[] = {(char *)"token_returns"};
	struct check_spec check[] = {
	    {.check = (char *)"tsan", .rubric = (char *)"hygiene", .points = 18, .kinds = {races, 1}},
	    {.check = (char *)"tsan", .rubric = (char *)"hygiene", .points = 5, .kinds = {rules, 1}, .tests = {tests, 1}},
	    {.check = (char *)"memcheck", .rubric = (char *)"hygiene", .points = 7},
	};
	struct assignment assignment = *sample_assignment();
	struct grade *grade = sample_grade();

	assignment.check = check;
	assignment.check_count = 3;
	findings_add(&grade->findings, "tsan", kind, test);
	grade_score(grade, &assignment);
	int left = grade->rubric[1].score;
	grade_free(grade);
	return left;
}

/* Nobody gains by stopping a tool: it costs all that the tool could have found there. */
Test(score, who_breaks_off_under_a_tool_loses_all_that_looks_at_the_test)
{
	cr_expect(eq(int, left_after("data_race", "token_returns"), 12));
	cr_expect(eq(int, left_after("breaks_off", "token_returns"), 7));
	cr_expect(eq(int, left_after("breaks_off", "rejects_zero"), 12));
}

/* ThreadSanitizer came to its own end in the first `broken` tests, and the explorer looked at them if `explored`. What
 * is left of the lines hygiene (25 for races, which the explorer sees, too) and design (7 for lock orders, which it
 * does not see); -1: not judged. */
static int left_unwatched(size_t broken, bool explored, bool design, size_t *remarks)
{
	static char *races[] = {(char *)"data_race", (char *)"use_after_free"},
	            *orders[] = {(char *)"lock_order_inversion"};
	struct check_spec check[] = {
	    {.check = (char *)"tsan", .rubric = (char *)"hygiene", .points = 25, .kinds = {races, 2}},
	    {.check = (char *)"tsan", .rubric = (char *)"design", .points = 7, .kinds = {orders, 1}},
	};
	struct assignment assignment = *sample_assignment();
	struct grade *grade = sample_grade();
	assignment.check = check;
	assignment.check_count = 2;
	grade_add_check(grade, "tsan", "ran", NULL, 5);
	for (size_t i = 0; i < broken && i < grade->test_count; i++) {
		finding_set(&grade->test[i].unwatched, "dup thread with used id");
		grade->test[i].explored.known = explored;
	}
	grade_settle(grade);
	*remarks = grade->remarks.count;
	if (grade->judged)
		grade_score(grade, &assignment);
	int left = !grade->judged ? -1 : grade->rubric[design ? 2 : 1].score;
	grade_free(grade);
	return left;
}

Test(score, where_threadsanitizer_ends_by_itself_the_explorer_answers)
{
	enum { ALL = 100 };
	size_t remarks;
	cr_expect(eq(int, left_unwatched(0, true, false, &remarks), 25));
	cr_expect(eq(sz, remarks, 0));
	cr_expect(eq(int, left_unwatched(1, true, false, &remarks), 25));
	cr_expect(eq(sz, remarks, 1));
	cr_expect(eq(int, left_unwatched(1, true, true, &remarks), 7), "another test has shown it");
	cr_expect(eq(int, left_unwatched(ALL, true, false, &remarks), 25), "the explorer sees races");
	cr_expect(eq(int, left_unwatched(ALL, true, true, &remarks), 0),
	          "but no lock orders: the tool's silence is no pass");
	cr_expect(eq(sz, remarks, 1), "all tests in one remark");
	cr_expect(eq(int, left_unwatched(1, false, false, &remarks), -1), "nobody has looked at the test");
}

/* A grade with all that giving points goes by. */
static struct grade *unscored(void)
{
	struct grade *grade = grade_new(sample_assignment(), "ada");
	for (size_t i = 0; i < grade->test_count; i++)
		test_status(grade, grade->test[i].name, TEST_PASS);
	test_status(grade, grade->test[1].name, TEST_FAIL);
	finding_set(&grade->test[1].message, "one is lost");
	finding_set(&grade->test[0].unwatched, "dup thread with used id");
	struct finding *finding = findings_add(&grade->findings, "tsan", "data_race", grade->test[0].name);
	finding_set(&finding->seen, "two threads write");
	finding_set(&finding->diagnosis, "missing_signal");
	finding_add_place(finding, "pipe_ring.c", 7, "turn", "write by thread T1");
	grade_add_check(grade, "tsan", "ran", NULL, 5);
	return grade;
}

Test(score, of_a_draft_is_that_of_the_grade)
{
	struct error error = {0};
	struct grade *direct = unscored();
	char *draft = grade_to_draft(direct);
	struct grade *read = grade_from_draft(draft, &error);
	cr_assert(read != NULL, "%s", error.text);
	cr_expect(eq(str, read->findings.item[0].diagnosis, (char *)"missing_signal"));
	cr_expect(eq(str, read->test[0].unwatched, (char *)"dup thread with used id"));
	cr_expect(read->findings.item[0].points_lost == 0, "it has no points yet");
	grade_score(direct, sample_assignment());
	grade_score(read, sample_assignment());
	char *a = grade_to_json(direct), *b = grade_to_json(read);
	cr_expect(eq(str, a, b));
	cr_expect(direct->score < direct->max_score);
	cr_expect(grade_from_draft("{}", &error) == NULL);
	cr_expect(grade_from_draft("[", &error) == NULL);
	free(a);
	free(b);
	free(draft);
	grade_free(direct);
	grade_free(read);
}

static void expect_summary(struct explored explored, const char *expected)
{
	explored.known = explored.concurrent = true;
	char *text = explored_summary(&explored, false);
	cr_expect(eq(str, text, (char *)expected));
	free(text);
}

Test(explored, says_how_many_others_there_are_where_there_are_any)
{
	expect_summary((struct explored){.schedules = 62, .bound_schedules = 3},
	               "all schedules without preemption (3) and 59 others: none fails");
	expect_summary((struct explored){.schedules = 2, .bound_schedules = 1},
	               "all schedules without preemption (1) and 1 other: none fails");
	expect_summary((struct explored){.schedules = 300, .bound_schedules = 300, .bound = 2},
	               "all schedules with at most 2 preemptions (300): none fails");
}
