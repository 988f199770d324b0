/* criterion_json_test.c - the JSON of Criterion's own runner, on a file that it really wrote
 * (tests/grader/samples/criterion.json, Criterion 2.4.1). */
#include "../../grader/check/criterion_json.h"
#include "../../grader/file.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static struct runner_report sample(void)
{
	struct error error = {0};
	struct runner_report report;
	char *text = file_read("tests/grader/samples/criterion.json", 1 << 20, NULL, &error);
	cr_assert(text != NULL, "%s", error.text);
	int result = runner_report_parse(text, &report, &error);
	cr_assert(eq(int, result, 0), "%s", error.text);
	free(text);
	return report;
}

static void check(const char *name, enum runner_status status, const char *message)
{
	struct runner_report report = sample();
	const struct runner_test *test = runner_report_test(&report, name);
	cr_assert(test != NULL, "%s is not in the report", name);
	cr_assert(eq(str, (char *)runner_status_name(test->status), (char *)runner_status_name(status)), "status of %s",
	          name);
	if (message) {
		cr_assert(ge(sz, test->message_count, 1), "messages of %s", name);
		cr_assert(eq(str, test->message[0], (char *)message), "message of %s", name);
	} else {
		cr_assert(eq(sz, test->message_count, 0), "messages of %s", name);
	}
	runner_report_clear(&report);
}

/* The text has to be refused, and the error has to say this. */
static void refused(const char *text, const char *says)
{
	struct error error = {0};
	struct runner_report report;
	cr_assert(eq(int, runner_report_parse(text, &report, &error), -1));
	cr_assert(strstr(error.text, says) != NULL, "the error is \"%s\", it should say \"%s\"", error.text, says);
	cr_assert(eq(sz, report.count, 0));
}

Test(criterion_json, a_test_that_passes)
{
	check("passes", RUNNER_PASSED, NULL);
}

Test(criterion_json, a_test_that_passes_with_its_exit_code)
{
	check("passes_with_its_exit_code", RUNNER_PASSED, NULL);
}

Test(criterion_json, an_assertion_that_fails)
{
	check("old_style", RUNNER_FAILED, "sample.c:13: three is not two");
}

Test(criterion_json, a_message_of_two_lines_is_two_messages)
{
	struct runner_report report = sample();
	const struct runner_test *test = runner_report_test(&report, "old_style");
	cr_assert(eq(sz, test->message_count, 2));
	cr_assert(eq(str, test->message[1], "  and never was"));
	runner_report_clear(&report);
}

Test(criterion_json, two_assertions_that_fail)
{
	struct runner_report report = sample();
	const struct runner_test *test = runner_report_test(&report, "expects_twice");
	cr_assert(eq(sz, test->message_count, 2));
	cr_assert(eq(str, test->message[1], "sample.c:14: first"));
	runner_report_clear(&report);
}

Test(criterion_json, crashes)
{
	check("crashes", RUNNER_CRASHED, "The test crashed.");
	check("aborts", RUNNER_CRASHED, "The test crashed.");
}

Test(criterion_json, a_timeout)
{
	check("times_out", RUNNER_TIMED_OUT, "The test timed out.");
}

Test(criterion_json, a_wrong_exit_status_has_no_message)
{
	check("leaves_with_another_status", RUNNER_FAILED, NULL);
}

Test(criterion_json, tests_that_are_skipped)
{
	check("is_skipped", RUNNER_SKIPPED, "The test was skipped.");
	check("skips_itself", RUNNER_SKIPPED, "not \"here\"");
}

Test(criterion_json, quotes_backslashes_and_control_characters_survive)
{
	check("fails_with_quotes", RUNNER_FAILED, "sample.c:9: node \"3\" wrote C:\\ring\t\033[31mred");
}

/* One message in Latin-1 makes the text no JSON: then no byte above ASCII is kept, in any message. */
Test(criterion_json, bytes_that_are_not_utf_8_are_replaced)
{
	check("fails_in_latin_1", RUNNER_FAILED, "sample.c:10: K?rper");
	check("fails_in_utf_8", RUNNER_FAILED, "sample.c:11: K??rper");
}

Test(criterion_json, utf_8_is_kept)
{
	struct runner_report report;
	cr_assert(eq(int,
	             runner_report_parse(
	                 "{\"test_suites\": [{\"name\": \"s\", \"tests\": [{\"name\": \"t\", \"status\": \"FAILED\",\n"
	                 "\"messages\": [\n\"a.c:1: K\xc3\xb6rper\"\n]\n}]}]}",
	                 &report, NULL),
	             0));
	cr_assert(eq(str, report.test[0].message[0], "a.c:1: K\xc3\xb6rper"));
	runner_report_clear(&report);
}

Test(criterion_json, a_message_cannot_pass_for_json)
{
	check("looks_like_json", RUNNER_FAILED, "sample.c:12: \"");
}

Test(criterion_json, tests_are_sorted_by_suite_and_name)
{
	static const char *const names[] = {"aborts",
	                                    "crashes",
	                                    "expects_twice",
	                                    "is_skipped",
	                                    "leaves_with_another_status",
	                                    "old_style",
	                                    "skips_itself",
	                                    "times_out",
	                                    "fails_in_latin_1",
	                                    "fails_in_utf_8",
	                                    "fails_with_quotes",
	                                    "looks_like_json",
	                                    "passes",
	                                    "passes_with_its_exit_code"};
	struct runner_report report = sample();
	cr_assert(eq(str, report.version, "Criterion v2.4.1"));
	cr_assert(eq(sz, report.count, sizeof names / sizeof *names));
	for (size_t i = 0; i < report.count; i++) {
		cr_assert(eq(str, report.test[i].suite, i < 8 ? "one" : "two"));
		cr_assert(eq(str, report.test[i].name, (char *)names[i]));
	}
	runner_report_clear(&report);
}

Test(criterion_json, a_test_that_is_not_there)
{
	struct runner_report report = sample();
	cr_assert(eq(ptr, (void *)runner_report_test(&report, "pass"), NULL));
	runner_report_clear(&report);
}

Test(criterion_json, a_report_without_tests)
{
	struct runner_report report;
	cr_assert(eq(int, runner_report_parse("{\"id\": \"Criterion v2.4.1\", \"test_suites\": []}", &report, NULL), 0));
	cr_assert(eq(sz, report.count, 0));
	runner_report_clear(&report);
}

Test(criterion_json, every_beginning_of_a_report_is_refused)
{
	char *text = file_read("tests/grader/samples/criterion.json", 1 << 20, NULL, NULL);
	for (size_t length = (size_t)(strrchr(text, '}') - text); length > 0; length--) {
		struct runner_report report;
		struct error error = {0};
		text[length] = 0;
		cr_assert(eq(int, runner_report_parse(text, &report, &error), -1), "the first %zu bytes of a report", length);
		cr_assert(strlen(error.text) > 0);
	}
	free(text);
}

Test(criterion_json, what_is_not_a_report_is_refused)
{
	refused("", "not JSON");
	refused("[FAIL] race_fix", "not JSON");
	refused("[]", "test_suites");
	refused("{\"id\": \"Criterion v2.4.1\"}", "test_suites");
	refused("{\"test_suites\": [{\"tests\": [{\"status\": \"PASSED\"}]}]}", "without a name");
	refused("{\"test_suites\": [{\"tests\": [{\"name\": \"t\", \"status\": \"MAYBE\"}]}]}", "the status 'MAYBE'");
	refused("{\"test_suites\": [{\"tests\": [{\"name\": \"t\"}]}]}", "the status ''");
	refused("{\"test_suites\": [{\"tests\": [7]}]}", "without a name");
}
