/* host_report_test.c - what the checks make of the host's report: which results they trust. */
#include "sample.h" /* first: see there */

#include "../../grader/check/host_report.h"
#include "../../grader/finding/kind.h"
#include "../../grader/memory.h"

#include <unistd.h>

static struct host_report *report_of(const char *text)
{
	char path[] = "/tmp/host-report-XXXXXX";
	int fd = mkstemp(path);
	cr_assert(ge(int, fd, 0));
	cr_assert(eq(long, (long)write(fd, text, strlen(text)), (long)strlen(text)));
	close(fd);
	struct host_report *report = host_report_read(NULL, path);
	unlink(path);
	return report;
}

static char *problem_of(const char *text, const char *tests, bool cut)
{
	struct host_report *report = report_of(text);
	char *problem = host_report_problem(report, tests, cut);
	host_report_free(report);
	return problem;
}

#define LINE(name) "{\"test\":\"" name "\",\"status\":\"pass\",\"pid\":7,\"pids\":[7,8],\"evidence\":[]}\n"

Test(host_report, each_expected_test_once_is_trusted)
{
	cr_assert(eq(ptr, problem_of(LINE("a") LINE("b") LINE("kit_control"), "a,b", false), NULL));
	cr_assert(eq(ptr, problem_of(LINE("b") LINE("a"), "a,b", false), NULL));
}

Test(host_report, a_second_result_is_not_trusted)
{
	char *problem = problem_of(LINE("a") LINE("b") LINE("a"), "a,b", false);
	cr_assert(eq(str, problem, "the report has two results for a"));
	free(problem);
	problem = problem_of(LINE("a") LINE("kit_control") LINE("kit_control"), "a", false);
	cr_assert(eq(str, problem, "the report has two results for kit_control"));
	free(problem);
}

Test(host_report, a_test_that_nobody_asked_for_is_not_trusted)
{
	char *problem = problem_of(LINE("a") LINE("aa"), "a,b", false);
	cr_assert(eq(str, problem, "the report names aa, which was not asked for"));
	free(problem);
}

Test(host_report, a_missing_test_is_trusted_only_after_a_cut)
{
	char *problem = problem_of(LINE("a"), "a,b", false);
	cr_assert(eq(str, problem, "the report has 1 result for 2 tests"));
	free(problem);
	cr_assert(eq(ptr, problem_of(LINE("a"), "a,b", true), NULL));
}

Test(host_report, the_kits_own_faults_are_no_findings)
{
	static const struct {
		const char *function;
		bool control;
	} table[] = {
	    {"kit_control_race", true}, {"kit_control_leak", true}, {"kit_control_value", true}, {"deposit", false}};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct tool_reports reports = {0};
		struct test_run run = {0};
		struct tool_report *report = tool_reports_add(&reports, "data_race", "data race");
		stack_add(tool_report_add_stack(report, "Write of size 4"), "main", "x.c", 3);
		stack_add(tool_report_add_stack(report, "Previous write of size 4"), table[i].function, "y.c", 4);
		cr_assert(eq(int, is_control(&reports.item[0], &run), table[i].control), "%s", table[i].function);
		cr_assert(eq(int, run.raced, i == 0));
		cr_assert(eq(int, run.leaked, i == 1));
		cr_assert(eq(int, run.unset, i == 2));
		tool_reports_free(&reports);
	}
}

/* What is left of a test that passes by itself under five schedules, when a tool had it pass with those counts. */
static enum test_status compared(const char *alone, const char *watched, const char *check)
{
	char *text = format("{\"test\":\"a\",\"status\":\"pass\",\"asserted\":[%s]}\n"
	                    "{\"test\":\"b\",\"status\":\"pass\",\"asserted\":[%s]}\n",
	                    alone, watched);
	struct host_report *report = report_of(text);
	struct assignment assignment = {.name = (char *)"race_fix"};
	struct test_result test = {.name = (char *)"b", .status = TEST_PASS};
	struct grade grade = {.test = &test, .test_count = 1};
	struct subject subject = {.assignment = &assignment, .grade = &grade};
	test.asserted = host_report_asserted(&report->run[0]);
	host_report_compare(&subject, report, check);
	cr_assert(eq(sz, grade.findings.count, test.status == TEST_FAIL));
	if (grade.findings.count)
		cr_assert(eq(str, grade.findings.item[0].kind, "tampered"));
	findings_clear(&grade.findings);
	free(test.message);
	host_report_free(report);
	free(text);
	return test.status;
}

Test(host_report, a_test_asserts_as_much_whoever_watches)
{
	cr_expect(eq(int, compared("7,7,7,7,7", "7,7,7", "tsan"), TEST_PASS));
	cr_expect(eq(int, compared("7", "7", "memcheck"), TEST_PASS));
	cr_expect(eq(int, compared("5,5,5,5,5", "7,7,7", "tsan"), TEST_FAIL));
	cr_expect(eq(int, compared("7,7,7,7,7", "5,5,5", "tsan"), TEST_FAIL));
	cr_expect(eq(int, compared("5", "7", "memcheck"), TEST_FAIL));
	/* There kit_repeat repeats less often. */
	cr_expect(eq(int, compared("7", "5", "memcheck"), TEST_PASS));
	/* How often depends on the schedule: nothing can be said. */
	cr_expect(eq(int, compared("9,5,7,7,7", "7,7,7", "tsan"), TEST_PASS));
	cr_expect(eq(int, compared("7,7,7,7,7", "7,5,7", "tsan"), TEST_PASS));
	cr_expect(eq(int, compared("", "7", "tsan"), TEST_PASS));
}

/* A test that passes by itself comes to this end while the tool watches: the kind of the finding, or NULL. */
static const char *broken_off(const char *end, enum test_status alone)
{
	char *text = format("{\"test\":\"b\",%s}\n", end);
	struct host_report *report = report_of(text);
	struct assignment assignment = {.name = (char *)"race_fix"};
	struct test_result test = {.name = (char *)"b", .status = alone};
	struct grade grade = {.test = &test, .test_count = 1};
	struct subject subject = {.assignment = &assignment, .grade = &grade, .folder = (char *)"/nonexistent"};
	host_report_broken_off(&subject, report, "tsan");
	const char *kind = grade.findings.count == 0 ? NULL : kind_find(grade.findings.item[0].kind)->name;
	cr_expect(le(sz, grade.findings.count, 1));
	findings_clear(&grade.findings);
	host_report_free(report);
	free(text);
	return kind;
}

Test(host_report, who_breaks_off_under_a_tool_is_judged_for_it)
{
	static const char *const endings[] = {
	    "\"status\":\"crash\",\"signal\":11,\"evidence\":[{\"kind\":\"crash\",\"text\":\"killed by SIGSEGV\"}]",
	    "\"status\":\"crash\",\"signal\":6",
	    "\"status\":\"fail\",\"exit\":3",
	    "\"status\":\"hang\",\"evidence\":[{\"kind\":\"hang\",\"text\":\"the main thread waits\"}]",
	    "\"status\":\"timeout\",\"signal\":24",
	    "\"status\":\"timeout\",\"signal\":9",
	};
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		cr_expect(eq(str, (char *)broken_off(endings[i], TEST_PASS), (char *)"breaks_off"), "%s", endings[i]);
		cr_expect(eq(ptr, (void *)broken_off(endings[i], TEST_FAIL), NULL), "it fails by itself, too: %s", endings[i]);
	}
	cr_expect(eq(ptr, (void *)broken_off("\"status\":\"pass\"", TEST_PASS), NULL));
}

Test(host_report, who_got_no_processor_is_not_who_used_it_up)
{
	struct run_result result = {.end = RUN_WALL_LIMIT, .wall_ms = 60000, .cpu_ms = 14000};
	cr_assert(is_starved(&result));
	result.cpu_ms = 16000;
	cr_assert(not(is_starved(&result)));
	result = (struct run_result){.end = RUN_CPU_LIMIT, .wall_ms = 60000, .cpu_ms = 14000};
	cr_assert(not(is_starved(&result)));
	cr_assert(ne(ptr, (void *)limit_of(&result), NULL));
	result = (struct run_result){.end = RUN_WALL_LIMIT, .wall_ms = 60000, .cpu_ms = 50000, .use_limited = true};
	cr_assert(is_starved(&result)); /* it had not used what it may */
	result.end = RUN_USE_LIMIT;
	cr_assert(not(is_starved(&result)));
	cr_assert(ne(ptr, (void *)limit_of(&result), NULL));
	result.end = RUN_EXITED;
	cr_assert(not(is_starved(&result)));
	cr_assert(eq(ptr, (void *)limit_of(&result), NULL));
}
