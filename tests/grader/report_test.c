/* report_test.c - what each format shows, and that no text of a submission breaks any of them. */
#include "sample.h"

#include "../../grader/finding/interleaving.h"
#include "../../grader/report/report.h"
#include "../../grader/report/view.h"

#include <jansson.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>

static char *render_with(const char *format, const struct grade *grade, const struct report_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert(eq(int, report_format_find(format)->write(out, grade, sample_assignment(), options), 0));
	fclose(out);
	cr_assert(eq(sz, strlen(text), size), "no NUL byte");
	return text;
}

static char *render(const char *format, const struct grade *grade)
{
	return render_with(format, grade, &(struct report_options){.width = 80});
}

static void expect_in(const char *text, const char *part)
{
	cr_assert(ne(ptr, strstr(text, part), NULL), "should contain: %s\n%s", part, text);
}

static void expect_not_in(const char *text, const char *part)
{
	cr_assert(eq(ptr, strstr(text, part), NULL), "should not contain: %s\n%s", part, text);
}

static void add_race(struct grade *grade, const char *test, bool turned)
{
	struct finding *finding = findings_add(&grade->findings, "audit", "data_race", test);

	finding_set(&finding->seen, "Two threads used the same memory");
	for (int i = 0; i < 2; i++) {
		bool writer = (i == 0) != turned;
		finding_add_place(finding, "pipe_ring.c", writer ? 10 : 20, writer ? "put" : "get",
		                  writer ? "write by thread T2" : "read by thread T1");
		finding_add_place(finding, "pipe_ring.c", 30, "ring_run", writer ? "write by thread T2" : "read by thread T1");
	}
}

/* A failed public test, a hang in a hidden one, a race in two tests, a leak, advice and a remark. */
static struct grade *lost_grade(void)
{
	struct grade *grade = sample_grade();
	struct finding *finding;

	grade_test(grade, "token_returns")->status = TEST_FAIL;
	finding = findings_add(&grade->findings, "criterion", "assertion", "token_returns");
	finding_set(&finding->seen, "node 2 holds 9 ring descriptors");
	finding_set(&finding->expected, "2 ring descriptors in each node");
	finding_add_place(finding, "public.c", 33, NULL, "in the test");
	grade_test(grade, "survives_short_reads")->status = TEST_HANG;
	finding = findings_add(&grade->findings, "criterion", "hang", "survives_short_reads");
	finding_set(&finding->seen, "nothing can run any more (tests/assignments/pipe_ring/hidden.c:77).");
	finding_add_place(finding, "pipe_ring.c", 88, "node", "waits to read");
	finding_add_place(finding, "hidden.c", 77, "test_body", "waits");
	finding_add_detail(
	    finding,
	    "node 2 waits to read pipe 2 (pipe_ring.c:88); its write end is still open in node 3 and in hidden.c:78");
	add_race(grade, "token_returns", false);
	add_race(grade, "rejects_zero", true);
	finding = findings_add(&grade->findings, "memcheck", "memory_leak", "token_returns");
	finding_set(&finding->seen, "48 bytes are lost");
	finding_add_place(finding, "pipe_ring.c", 5, "ring_run", "allocated");
	findings_add(&grade->findings, "tsan", "lock_order_inversion", "token_returns");
	grade_add_check(grade, "criterion", "ran", NULL, 5);
	grade_add_check(grade, "tsan", "skipped", "not for this exercise", 0);
	grade_add_check(grade, "symbols", "ran", NULL, 5);
	grade->coverage =
	    (struct coverage){.known = true, .lines_total = 110, .lines_run = 98, .unrun = strdup("34-37, 90")};
	grade->duration_ms = 2345;
	grade_score(grade, sample_assignment());
	return grade;
}

Test(report, formats_are_found_by_name)
{
	static const char *const names[] = {"text", "json", "markdown", "html", "junit"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		cr_assert(eq(str, (char *)report_format_find(names[i])->name, (char *)names[i]));
	cr_assert(eq(ptr, (void *)report_format_find("pdf"), NULL));
	cr_assert(eq(ptr, (void *)report_format_find(NULL), NULL));
}

Test(report, a_full_disk_is_an_error)
{
	struct grade *grade = lost_grade();

	for (const struct report_format *format = report_formats; format->name; format++) {
		FILE *full = fopen("/dev/full", "w");
		cr_assert(eq(int, format->write(full, grade, sample_assignment(), &(struct report_options){0}), -1), "%s",
		          format->name);
		fclose(full);
	}
	grade_free(grade);
}

/* ---- escaping ------------------------------------------------------------------------------- */

static void expect_escaped(void (*escape)(FILE *, const char *), const char *text, const char *expected)
{
	char *result = NULL;
	size_t size;
	FILE *out = open_memstream(&result, &size);

	escape(out, text);
	fclose(out);
	cr_assert(eq(str, result, (char *)expected));
	free(result);
}

static void plain_line(FILE *out, const char *text)
{
	escape_plain(out, text, false);
}

static void plain_text(FILE *out, const char *text)
{
	escape_plain(out, text, true);
}

Test(escape, makes_control_characters_visible)
{
	expect_escaped(plain_line, "a\033[2Jb\r\n\t\x7f", "a\\x1B[2Jb\\x0D\\x0A\\x09\\x7F");
	expect_escaped(plain_text, "a\nb\tc\r", "a\nb\tc\\x0D");
	expect_escaped(plain_line, "\xc2\x9b[2J", "\\u{009B}[2J");
	expect_escaped(plain_line, NULL, "");
}

Test(escape, makes_deceptive_characters_visible)
{
	expect_escaped(plain_line, "\xe2\x80\xae\xe2\x81\xa6\xd8\x9c", "\\u{202E}\\u{2066}\\u{061C}");
	expect_escaped(plain_line, "\xe2\x80\x8b\xef\xbb\xbf\xe2\x80\xa8\xf3\xa0\x80\xa1",
	               "\\u{200B}\\u{FEFF}\\u{2028}\\u{E0021}");
	expect_escaped(plain_line, "\xef\xbf\xbf\xf0\x9f\xbf\xbe", "\\u{FFFF}\\u{1FFFE}");
}

Test(escape, keeps_words_in_every_language)
{
	const char *text = "Größe Ωμέγα שלום 日本語 \xf0\x9f\x98\x80";

	expect_escaped(plain_line, text, text);
	expect_escaped(escape_html, text, text);
	expect_escaped(escape_markdown, text, text);
}

Test(escape, shows_bytes_that_are_not_utf8)
{
	expect_escaped(plain_line, "\xff", "\\xFF");
	expect_escaped(plain_line, "\xc0\xaf", "\\xC0\\xAF");                   /* overlong */
	expect_escaped(plain_line, "\xed\xa0\x80", "\\xED\\xA0\\x80");          /* surrogate */
	expect_escaped(plain_line, "\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"); /* beyond the end */
	expect_escaped(plain_line, "\xe2\x82", "\\xE2\\x82");                   /* cut off */
	expect_escaped(plain_line, "\xc3(", "\\xC3(");
}

Test(escape, leaves_no_markup)
{
	expect_escaped(escape_html, "<a href=\"x\">'&", "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
	expect_escaped(escape_xml, "]]>\n", "]]&gt;&#10;");
	expect_escaped(escape_markdown, "|`*x*\n# \\", "&#124;&#96;\\*x\\*&#92;x0A\\# &#92;");
	expect_escaped(escape_markdown, "@all <b> https://x", "&#64;&#8203;all &#60;b&#62; https\\://x");
}

/* ---- terminal ------------------------------------------------------------------------------- */

Test(terminal, tells_each_loss_with_its_reason_and_the_next_step)
{
	struct grade *grade = lost_grade();
	char *text = render("text", grade);

	expect_in(text, "pipe_ring  A ring of pipes  (ada)");
	expect_in(text, "Correctness                     [--------------------]  0/60");
	expect_in(text, "2 of 4 tests pass, and the checks found 2 problems.");
	expect_in(text, "The token comes back after one lap");
	expect_in(text, "-40 correctness");
	expect_in(text, "seen      node 2 holds 9 ring descriptors\n    expected  2 ring descriptors in each node\n"
	                "    why       A ring that loses its token stops for ever\n");
	expect_in(text, "public.c:33");
	expect_in(text, "make hint A=pipe_ring H=ring_hangs (My ring hangs at the end)");
	expect_in(text, "make grade A=pipe_ring T=token_returns");
	expect_in(text, "34-37, 90");
	expect_in(text, "checks: criterion 2 findings, tsan skipped: not for this exercise, symbols ok;");
	expect_in(text, "next: repair F1, save, and run make grade A=pipe_ring");
	cr_assert(lt(ptr, strstr(text, "Failed tests"), strstr(text, "What the checks found")));
	free(text);
	grade_free(grade);
}

Test(terminal, shows_both_sides_of_a_race_once_and_counts_the_other_tests)
{
	struct grade *grade = lost_grade();
	char *text = render("text", grade);
	const char *first = strstr(text, "Two threads used the same memory");

	cr_assert(ne(ptr, (void *)first, NULL));
	expect_not_in(first + 1, "Two threads used the same memory");
	expect_in(text, "write by thread T2:\n");
	expect_in(text, "pipe_ring.c:10 in put\n");
	expect_in(text, "read by thread T1:\n");
	expect_in(text, "pipe_ring.c:20 in get\n");
	expect_in(text, "The same in 1 more test: ");
	free(text);
	char *everything = render_with("text", grade, &(struct report_options){.everything = true});
	expect_in(strstr(everything, "Two threads used the same memory") + 1, "Two threads used the same memory");
	free(everything);
	grade_free(grade);
}

Test(report, hidden_tests_keep_their_files_to_themselves)
{
	static const char *const formats[] = {"text", "markdown", "html", "junit"};
	struct grade *grade = lost_grade();

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		char *text = render(formats[i], grade);
		expect_in(text, "Short reads are continued");
		expect_not_in(text, "hidden.c");
		expect_not_in(text, "hidden\\.c");
		expect_not_in(text, "test_body");
		expect_not_in(text, "T=survives_short_reads");
		free(text);
	}
	char *text = render("text", grade);
	expect_in(text, "nothing can run any more (the test).");
	expect_in(text, "node 2 waits to read pipe 2 (pipe_ring.c:88)");
	expect_in(text, "pipe_ring.c:88 in node");
	free(text);
	grade_free(grade);
}

/* Whether the report has `shown` where a hidden test has failed of which that was expected. */
static void expect_of_hidden(const char *format, const char *expected, const char *shown, bool any)
{
	struct grade *grade = sample_grade();
	grade_test(grade, "survives_short_reads")->status = TEST_FAIL;
	struct finding *finding = findings_add(&grade->findings, "criterion", "assertion", "survives_short_reads");
	finding_set(&finding->seen, "bytes of the token (the value is 3)");
	finding_set(&finding->expected, "%s", expected);
	grade_score(grade, sample_assignment());
	char *text = render(format, grade);
	expect_in(text, "the value is 3");
	(any ? expect_in : expect_not_in)(text, shown);
	free(text);
	grade_free(grade);
}

Test(report, hidden_tests_show_values)
{
	static const char *const formats[] = {"text", "markdown", "html", "junit"};
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		expect_of_hidden(formats[i], "the value is 4", "the value is 4", true);
	expect_of_hidden("text", "Short reads are continued", "expected", false);
}

Test(report, hidden_tests_show_no_output)
{
	struct grade *grade = sample_grade();

	grade_test(grade, "survives_short_reads")->status = TEST_FAIL;
	finding_add_detail(findings_add(&grade->findings, "criterion", "assertion", "survives_short_reads"),
	                   "printed by the submission");
	grade_score(grade, sample_assignment());
	char *text = render("text", grade);
	expect_not_in(text, "printed by the submission");
	free(text);
	grade_free(grade);
}

Test(terminal, is_friendly_and_short_about_full_marks)
{
	struct grade *grade = sample_grade();

	grade_score(grade, sample_assignment());
	char *text = render("text", grade);
	expect_in(text, "100 of 100 points");
	expect_in(text, "Full marks: all 4 tests pass and no check found anything wrong. Well done!");
	cr_assert(lt(sz, strlen(text), 700));
	free(text);
	grade_free(grade);
}

Test(terminal, tells_a_build_error_and_nothing_that_follows_from_it)
{
	struct grade *grade = grade_new(sample_assignment(), "ada");
	struct finding *finding = findings_add(&grade->findings, "build", "build_error", NULL);

	finding_set(&finding->seen, "the compiler found 1 error");
	finding_add_detail(finding, "pipe_ring.c:12:9: error: 'x' undeclared");
	finding_add_detail(finding, "   12 |\t\treturn x;%*s", 90, "/* far too long to fit */");
	findings_add(&grade->findings, "symbols", "extra_main", NULL);
	grade_score(grade, sample_assignment());
	char *text = render("text", grade);
	expect_in(text, "0 of 100 points");
	expect_in(text, "It does not compile yet");
	expect_in(text, "    pipe_ring.c:12:9: error: 'x' undeclared\n       12 |        return x;");
	expect_not_in(text, "main");
	expect_not_in(text, "The token comes back");
	free(text);
	grade_free(grade);
}

Test(terminal, says_what_a_handout_cannot_judge)
{
	struct grade *grade = sample_grade();

	grade->public_only = true;
	grade_test(grade, "survives_short_reads")->status = TEST_NOT_RUN;
	grade_test(grade, "rejects_many")->status = TEST_NOT_RUN;
	grade_score(grade, sample_assignment());
	char *text = render("text", grade);
	expect_in(text, "public 60 of 60; 40 points need the instructor's run");
	expect_not_in(text, "Short reads");
	free(text);
	grade_free(grade);
}

Test(terminal, full_marks_in_a_handout_say_what_was_not_tried)
{
	static const char *const formats[] = {"text", "markdown", "html"};
	struct grade *grade = sample_grade();

	grade->public_only = true;
	grade_test(grade, "survives_short_reads")->status = TEST_NOT_RUN;
	grade_test(grade, "rejects_many")->status = TEST_NOT_RUN;
	grade_score(grade, sample_assignment());
	for (size_t i = 0; i < 3; i++) {
		char *text = render(formats[i], grade);
		expect_not_in(text, "Full marks");
		expect_not_in(text, "Well done");
		expect_in(text, "All public tests pass");
		expect_in(text, "Not tried here");
		free(text);
	}
	char *text = render("text", grade);
	expect_in(text, "(Correctness 20, Memory,\n  descriptors, processes 20)");
	free(text);
	grade_free(grade);
}

/* The first test fails in the way in which a skeleton's tests do. */
static struct grade *skeleton_grade(void)
{
	struct grade *grade = lost_grade();

	grade->source = calloc(1, sizeof *grade->source);
	grade->source_count = 1;
	grade->source->file = strdup("pipe_ring.c");
	grade->source->skeleton = true;
	grade_score(grade, sample_assignment());
	return grade;
}

static size_t lines_of(const char *text)
{
	size_t lines = 0;

	for (; (text = strchr(text, '\n')); text++)
		lines++;
	return lines;
}

Test(report, a_skeleton_is_told_the_first_step_only)
{
	static const char *const formats[] = {"text", "markdown", "html"};
	struct grade *grade = skeleton_grade();

	for (size_t i = 0; i < 3; i++) {
		char *text = render(formats[i], grade);
		expect_in(text, "This is the skeleton as it was handed out");
		expect_in(text, "README");
		expect_in(text, "make");
		expect_not_in(text, "F1");
		expect_not_in(text, "48 bytes");
		free(text);
	}
	char *text = render("text", grade);
	expect_in(text, "    alone     make grade A=pipe_ring T=token_returns\n");
	expect_in(text, "    hint      make hint A=pipe_ring H=ring_hangs\n");
	cr_assert(eq(sz, lines_of(text), 7), "head, empty line, five lines\n%s", text);
	cr_assert(eq(str, (char *)report_first_hint(grade, sample_assignment())->id, (char *)"ring_hangs"));
	free(text);
	text = render_with("text", grade, &(struct report_options){.width = 80, .everything = true});
	expect_in(text, "48 bytes");
	free(text);
	grade_free(grade);
}

/* A student who reads nothing but this has to know what gcc said, and where. */
Test(report, losses_have_the_first_error_of_the_compiler)
{
	struct grade *grade = sample_grade();
	struct finding *finding = findings_add(&grade->findings, "build", "build_error", NULL);
	char *text = NULL;
	size_t size;

	finding_set(&finding->seen, "the submission does not compile");
	finding_add_detail(finding, "pipe_ring.c: In function 'ring_run':");
	finding_add_detail(finding, "pipe_ring.c:9:2: warning: unused variable 'n'");
	finding_add_detail(finding, "pipe_ring.c:14:9: error: expected ';' before 'return'");
	finding_add_detail(finding, "pipe_ring.c:20:1: error: expected declaration");
	grade_score(grade, sample_assignment());
	for (int markdown = 0; markdown < 2; markdown++) {
		FILE *out = open_memstream(&text, &size);
		cr_assert(eq(int, report_losses(out, grade, sample_assignment(), markdown, 10000), 0));
		fclose(out);
		expect_in(text, markdown ? "14\\:9\\: error\\: expected ';'" : "pipe_ring.c:14:9: error: expected ';'");
		expect_not_in(text, "warning");
		expect_not_in(text, "declaration");
		free(text);
	}
	finding->detail_count = 1;
	FILE *out = open_memstream(&text, &size);
	cr_assert(eq(int, report_losses(out, grade, sample_assignment(), false, 10000), 0));
	fclose(out);
	expect_in(text, "In function 'ring_run'");
	free(text);
	finding->detail_count = 4;
	grade_free(grade);
}

Test(report, a_skeleton_has_its_notes)
{
	static const char *const formats[] = {"text", "markdown", "html"};
	struct grade *grade = skeleton_grade();

	grade_remark(grade, "2 days late");
	grade->coverage.known = true;
	finding_set(&grade->coverage.unrun, "12-13");
	for (size_t i = 0; i < 3; i++) {
		char *text = render(formats[i], grade);
		expect_in(text, "2 days late");
		expect_not_in(text, "never ran");
		free(text);
	}
	grade_free(grade);
}

/* The tests ran out of time before the public one: its title and its reason explain nothing. */
Test(report, time_that_is_used_up_is_the_headline_and_not_a_test_that_was_not_run)
{
	struct grade *grade = sample_grade();

	grade_test(grade, "token_returns")->status = TEST_NOT_RUN;
	finding_set(&findings_add(&grade->findings, "criterion", "timeout", NULL)->seen,
	            "the tests used up the time that this check has for all tests, most of it in rejects_many; later tests "
	            "were not run");
	grade_add_check(grade, "criterion", "ran", NULL, 5);
	grade_score(grade, sample_assignment());
	char *text = render("text", grade);
	expect_in(text, "F1  Timeout");
	expect_in(text, "costs the tests that were not run");
	expect_not_in(text, "Advice");
	expect_not_in(text, "A ring that loses its token stops for ever");
	expect_not_in(text, "Who still holds the write end?");
	cr_expect(lt(ptr, strstr(text, "F1  Timeout"), strstr(text, "The token comes back after one lap")));
	free(text);
	grade_free(grade);
}

Test(report, tests_that_the_explorer_did_not_come_to_are_one_timeout)
{
	static const char *const tests[] = {"survives_short_reads", "token_returns"};
	struct grade *grade = sample_grade();

	for (size_t i = 0; i < 2; i++) {
		grade_test(grade, tests[i])->status = TEST_FAIL;
		finding_set(&findings_add(&grade->findings, "explore", "timeout", tests[i])->seen,
		            "not explored: this test and those before it used all 50 seconds of the explorer, most of it in "
		            "rejects_zero");
	}
	grade_add_check(grade, "explore", "ran", NULL, 5);
	grade_score(grade, sample_assignment());
	char *text = render("text", grade);
	expect_in(text, "F1  Timeout");
	expect_not_in(text, "it fails in a");
	expect_in(text, "The same in 1 more test: survives_short_reads");
	expect_not_in(text, "A ring that loses its token stops for ever");
	expect_not_in(text, "read may return less than asked for");
	free(text);
	grade_free(grade);
}

Test(report, a_skeleton_that_was_not_run_is_no_first_step)
{
	struct grade *grade = skeleton_grade();

	grade->judged = false;
	char *text = render("text", grade);
	expect_in(text, "Not judged");
	free(text);
	grade->judged = true;
	for (size_t i = 0; i < grade->test_count; i++)
		grade->test[i].status = TEST_NOT_RUN;
	text = render("text", grade);
	expect_not_in(text, "skeleton");
	free(text);
	grade_free(grade);
}

/* Both cost nothing more; the second in the grade is the first of the assignment. */
/* The cheapest, which is told first; then the others, of which one is told last though it costs more. */
Test(report, what_all_others_need_comes_first_and_any_client_last)
{
	struct assignment assignment = *sample_assignment();
	struct test_spec test[8];
	struct grade *grade = sample_grade();

	cr_assert(le(sz, assignment.test_count, 8));
	memcpy(test, assignment.test, assignment.test_count * sizeof *test);
	for (size_t i = 0; i < assignment.test_count; i++)
		test[i].told = strcmp(test[i].name, "rejects_zero") == 0 ? (char *)"first" : NULL;
	assignment.test = test;
	grade_test(grade, "token_returns")->status = TEST_FAIL;
	grade_test(grade, "rejects_zero")->status = TEST_FAIL;
	finding_set(&findings_add(&grade->findings, "criterion", "assertion", "token_returns")->seen, "it was lost");
	finding_set(&findings_add(&grade->findings, "criterion", "assertion", "rejects_zero")->seen, "zero went through");
	grade_score(grade, &assignment);
	struct view view = view_make(grade, &assignment, false);
	cr_assert(gt(sz, view.group_count, 1));
	cr_expect(eq(str, view.group[0].shown->seen, "zero went through"));
	cr_expect(gt(int, view.group[1].points, view.group[0].points));
	view_clear(&view);
	for (size_t i = 0; i < assignment.test_count; i++)
		test[i].told = strcmp(test[i].name, "token_returns") == 0 ? (char *)"last" : NULL;
	view = view_make(grade, &assignment, false);
	cr_expect(eq(str, view.group[0].shown->seen, "zero went through"));
	view_clear(&view);
	grade_free(grade);
}

/* A wait without a loop, seen in two tests that pass otherwise, is one problem, told before what else checks found. */
Test(report, a_known_cause_is_told_once_and_first)
{
	static const char *const tests[] = {"survives_short_reads", "token_returns"};
	static char *loops[] = {(char *)"missing_loop"};
	struct assignment assignment = *sample_assignment();
	struct check_spec check[2] = {assignment.check[0]};
	struct grade *grade = sample_grade();

	check[1] = (struct check_spec){.check = (char *)"audit",
	                               .rubric = (char *)"correctness",
	                               .points = 3,
	                               .title = (char *)"Each wait is a loop",
	                               .kinds = {loops, 1}};
	assignment.check = check;
	assignment.check_count = 2;
	for (size_t i = 0; i < 2; i++) {
		struct finding *finding = findings_add(&grade->findings, "explore", "missing_loop", tests[i]);
		finding_set(&finding->seen, "thread %zu goes on", i);
		finding_add_place(finding, "pipe_ring.c", 40, NULL, "the wait");
	}
	finding_set(&findings_add(&grade->findings, "memcheck", "memory_leak", "token_returns")->seen, "8 bytes");
	grade_score(grade, &assignment);
	struct view view = view_make(grade, &assignment, false);
	char *title = view_title(&view.group[0]), *verdict = view_verdict(&view);
	cr_expect(eq(str, title, "Wait without a loop"));
	cr_expect(eq(sz, view.group[0].count, 2));
	cr_expect(eq(int, view.group[0].points, 3));
	cr_expect(eq(str, view.group[1].shown->seen, "8 bytes"));
	cr_expect(eq(str, verdict, "All 4 tests pass, but the checks found 2 problems."));
	free(verdict);
	free(title);
	view_clear(&view);
	grade_free(grade);
}

/* One read without its lock, two writes, two tools, two tests: one problem, with all places. */
Test(report, races_with_a_line_in_common_are_one_problem)
{
	struct grade *grade = sample_grade();

	for (unsigned i = 0; i < 3; i++) {
		struct finding *race = findings_add(&grade->findings, i == 1 ? "explore" : "tsan", "data_race",
		                                    i ? "token_returns" : "survives_short_reads");
		finding_add_place(race, "pipe_ring.c", 40, "look", "read by thread 1");
		finding_add_place(race, "pipe_ring.c", 50 + i / 2, "change", "write by thread 2");
	}
	grade_score(grade, sample_assignment());
	struct view view = view_make(grade, sample_assignment(), false);
	char *others = view_others(&view, &view.group[0]);
	cr_expect(eq(sz, view.group_count, 1));
	cr_expect(eq(sz, view.group[0].count, 3));
	cr_expect(eq(str, others,
	             "The same in 1 more test: survives_short_reads; Other places of the same race: pipe_ring.c:51"));
	free(others);
	view_clear(&view);
	grade_free(grade);
}

Test(report, equal_findings_stand_in_the_order_of_the_assignment)
{
	static const char *const formats[] = {"text", "markdown", "html"};
	struct grade *grade = sample_grade();

	grade_test(grade, "token_returns")->status = TEST_FAIL;
	grade_test(grade, "rejects_zero")->status = TEST_FAIL;
	finding_set(&findings_add(&grade->findings, "criterion", "assertion", "rejects_zero")->seen, "zero went through");
	finding_set(&findings_add(&grade->findings, "criterion", "assertion", "token_returns")->seen, "it was lost");
	grade_score(grade, sample_assignment());
	for (size_t i = 0; i < grade->findings.count; i++)
		grade->findings.item[i].points_lost = 5;
	for (size_t turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < 3; i++) {
			char *text = render(formats[i], grade);
			const char *first = strstr(text, "it was lost"), *second = strstr(text, "zero went through");
			cr_assert(first && second && first < second, "%s:\n%s", formats[i], text);
			free(text);
		}
		struct finding other = grade->findings.item[0];
		grade->findings.item[0] = grade->findings.item[1];
		grade->findings.item[1] = other;
	}
	grade_free(grade);
}

Test(terminal, gives_no_score_when_nothing_was_judged)
{
	struct grade *grade = sample_grade();

	grade->judged = false;
	grade_score(grade, sample_assignment());
	char *text = render("text", grade);
	expect_in(text, "not judged");
	expect_not_in(text, "of 100");
	free(text);
	grade_free(grade);
}

Test(terminal, uses_colour_only_when_asked)
{
	struct grade *grade = lost_grade();
	char *plain = render("text", grade),
	     *coloured = render_with("text", grade, &(struct report_options){.colour = true});

	expect_not_in(plain, "\033");
	expect_in(coloured, "\033[1;31m");
	/* without the colours it is the same text */
	char *from = coloured, *to = coloured;
	while (*from) {
		if (*from == '\033')
			from = strchr(from, 'm') + 1;
		else
			*to++ = *from++;
	}
	*to = '\0';
	cr_assert(eq(str, coloured, plain));
	free(plain);
	free(coloured);
	grade_free(grade);
}

static void expect_width(const char *text, size_t width)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		cr_assert(le(sz, length, width), "%.*s", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

Test(terminal, wraps_words_and_never_splits_file_and_line)
{
	struct grade *grade = sample_grade();
	char *sentence = NULL;

	for (int i = 0; i < 30; i++)
		finding_set(&sentence, "%s%sa pipe_ring.c:%d bb", sentence ? sentence : "", i ? " " : "", 1000 + i);
	grade_test(grade, "token_returns")->status = TEST_FAIL;
	struct finding *finding = findings_add(&grade->findings, "criterion", "hang", "token_returns");
	finding_set(&finding->seen, "%s", sentence);
	finding_add_detail(finding, "%s", sentence);
	finding_add_place(finding, "pipe_ring.c", 88, "node", "waits");
	grade_score(grade, sample_assignment());
	for (int width = 60; width <= 120; width += 7) {
		char *text = render_with("text", grade, &(struct report_options){.width = width});

		expect_width(text, (size_t)width);
		for (int i = 0; i < 30; i++) {
			char word[32];
			snprintf(word, sizeof word, "pipe_ring.c:%d", 1000 + i);
			expect_in(text, word);
		}
		free(text);
	}
	free(sentence);
	grade_free(grade);
}

Test(terminal, gives_no_commands_to_a_ci_runner)
{
	struct grade *grade = sample_grade();

	grade_test(grade, "token_returns")->status = TEST_FAIL;
	struct finding *finding = findings_add(&grade->findings, "criterion", "assertion", "token_returns");
	finding_set(&finding->seen, "::stop-commands::x ::error::y ##[add-mask]z ##vso[task.complete]");
	finding_add_detail(finding, "  ::error::you lose");
	grade_score(grade, sample_assignment());
	char *text = render_with("text", grade, &(struct report_options){.width = 40});
	expect_not_in(text, " ::");
	expect_not_in(text, "\n::");
	expect_not_in(text, "##[");
	expect_not_in(text, "##vso");
	expect_in(text, "  \\x3A:error::you lose");
	free(text);
	grade_free(grade);
}

Test(terminal, counts_what_nobody_reads_at_once)
{
	struct grade *grade = sample_grade();

	for (unsigned i = 0; i < 50; i++)
		finding_add_place(findings_add(&grade->findings, "audit", "fd_leak", "token_returns"), "pipe_ring.c", i + 1,
		                  NULL, NULL);
	grade_score(grade, sample_assignment());
	char *text = render("text", grade);
	expect_in(text, "and 42 more");
	free(text);
	grade_free(grade);
}

/* ---- while other checks run, and since the last save ---------------------------------------- */

static char *first_word(const struct grade *grade, unsigned most, unsigned *lines)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	*lines = report_first_word(out, grade, most, &(struct report_options){.width = 60});
	fclose(out);
	return text;
}

Test(first_word, has_a_line_for_each_failing_test)
{
	struct grade *grade = sample_grade();
	unsigned lines;
	grade_test(grade, "token_returns")->status = TEST_FAIL;
	finding_set(&grade_test(grade, "token_returns")->message,
	            "expected 1,\nis \033[2J2 and so on, for more columns than there are");
	grade_test(grade, "rejects_many")->status = TEST_HANG;
	finding_set(&grade_test(grade, "rejects_many")->message, "a piece of the hidden test");
	char *text = first_word(grade, 8, &lines);
	cr_expect(eq(str, text,
	             "pipe_ring: 2 of 4 tests pass\n"
	             "  fail    token_returns: expected 1,\\x0Ais \\x1B[2J2 and s...\n"
	             "  hang    rejects_many\n"));
	cr_expect(eq(uint, lines, 3));
	free(text);
	grade_free(grade);
}

Test(first_word, is_never_longer_than_what_can_be_wiped_out)
{
	struct grade *grade = sample_grade();
	unsigned lines;
	for (size_t i = 0; i < grade->test_count; i++)
		grade->test[i].status = TEST_FAIL;
	for (unsigned most = 0; most <= 5; most++) {
		char *text = first_word(grade, most, &lines), *rest = text;
		unsigned counted = 0;
		for (; (rest = strchr(rest, '\n')); rest++)
			counted++;
		cr_expect(eq(uint, counted, most));
		cr_expect(eq(uint, lines, most));
		if (most == 3)
			cr_expect(ne(ptr, strstr(text, "  and 3 more\n"), NULL), "%s", text);
		free(text);
	}
	grade_free(grade);
}

Test(first_word, says_nothing_where_nothing_ran)
{
	struct grade *grade = sample_grade();
	unsigned lines;
	for (size_t i = 0; i < grade->test_count; i++)
		grade->test[i].status = TEST_NOT_RUN;
	char *text = first_word(grade, 8, &lines);
	cr_expect(eq(str, text, ""));
	cr_expect(eq(uint, lines, 0));
	free(text);
	grade_free(grade);
}

static struct grade *scored_grade(const char *failing, enum test_status status)
{
	struct grade *grade = sample_grade();
	grade->judged = true;
	if (failing) {
		grade_test(grade, failing)->status = status;
		findings_add(&grade->findings, "criterion", "assertion", failing);
	}
	return grade;
}

static char *changes(struct grade *before, struct grade *grade)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (before)
		grade_score(before, sample_assignment());
	grade_score(grade, sample_assignment());
	cr_expect(eq(int, report_changes(out, before, grade), 0));
	fclose(out);
	grade_free(before);
	grade_free(grade);
	return text;
}

Test(changes, at_the_first_time_there_is_a_bar)
{
	char *text = changes(NULL, scored_grade("token_returns", TEST_FAIL));
	expect_in(text, "] 41 of 100 points\n"); /* 40 for the test, 19 for the gate */
	cr_expect(eq(ptr, strchr(text, '\n')[1] ? text : NULL, NULL), "and nothing else: %s", text);
	free(text);
}

Test(changes, name_what_came_back_and_what_went)
{
	char *text = changes(scored_grade("token_returns", TEST_FAIL), scored_grade("survives_short_reads", TEST_FAIL));
	expect_in(text, "] 80 of 100 points, +39\n"); /* the gate had cost 19 */
	expect_in(text, "   +40  token_returns passes now\n");
	expect_in(text, "   -20  survives_short_reads does not pass any more\n");
	expect_not_in(text, "further");
	free(text);
}

Test(changes, of_no_test_are_told_by_their_title)
{
	struct grade *before = scored_grade(NULL, TEST_PASS), *now = scored_grade(NULL, TEST_PASS);
	findings_add(&before->findings, "symbols", "forbidden_call", NULL);
	char *text = changes(before, now);
	expect_in(text, "   +10  ");
	expect_in(text, ": no longer there\n");
	free(text);
}

Test(changes, a_right_step_may_lower_the_score)
{
	struct grade *before = scored_grade("rejects_zero", TEST_HANG), *now = scored_grade("token_returns", TEST_FAIL);
	char *text = changes(before, now);
	expect_in(text, "further than before");
	free(text);
	text = changes(scored_grade(NULL, TEST_PASS), scored_grade("token_returns", TEST_FAIL));
	expect_not_in(text, "further");
	free(text);
}

Test(changes, equal_grades_have_the_bar_only)
{
	char *text = changes(scored_grade("token_returns", TEST_FAIL), scored_grade("token_returns", TEST_FAIL));
	expect_in(text, "] 41 of 100 points\n");
	expect_not_in(text, "token_returns");
	free(text);
}

Test(terminal, of_the_others_a_line_each)
{
	struct grade *grade = lost_grade();
	char *text = render_with("text", grade, &(struct report_options){.width = 80, .first_only = true});
	char *whole = render("text", grade);
	expect_in(text, "seen      node 2 holds 9 ring descriptors\n");
	cr_expect(lt(sz, strlen(text), strlen(whole)));
	expect_in(text, "F2");
	expect_in(text, "F3");
	free(text);
	free(whole);
	grade_free(grade);
}

Test(problems, stand_at_their_lines_as_a_compiler_would_say_it)
{
	struct grade *grade = lost_grade();
	char *text = render_with("problems", grade,
	                         &(struct report_options){.width = 80, .source_path = "assignments/pipe_ring/pipe_ring.c"});
	char *whole = render("text", grade);
	cr_expect(eq(int, strncmp(text, whole, strlen(whole)), 0), "the report comes first");
	expect_in(text, "\nassignments/pipe_ring/pipe_ring.c:10: error: F");
	expect_in(text, "Data race: Two threads used the same memory");
	expect_in(
	    text,
	    "\nassignments/pipe_ring/pipe_ring.c:1: error: F1 The token comes back after one lap: node 2 holds 9 ring "
	    "descriptors (-40 points)\n");
	free(text);
	free(whole);
	grade_free(grade);
}

/* ---- the schedule explorer ------------------------------------------------------------------ */

/* Step 2 of three is the test's: what it holds, and what its step leaves in a variable of its own. */
static void add_changes(struct interleaving *interleaving, const char *file)
{
	interleaving->change = calloc(3, sizeof *interleaving->change);
	interleaving->change_count = 3;
	for (size_t i = 0; i < 3; i++) {
		struct change *change = &interleaving->change[i];

		*change = (struct change){.kind = i ? CHANGE_VALUE : CHANGE_HOLDER, .step = i == 1 ? 0 : 2, .id = i, .line = 9};
		finding_set(&change->object, "secret_of_the_test.%s", i ? "value" : "lock");
		finding_set(&change->text, "secret_of_the_test");
		finding_set(&change->file, "%s", file);
	}
}

/* "op" of a lane at a line of a file, `count` steps of two lanes in turn. */
static struct interleaving *steps(size_t count, const char *file)
{
	struct interleaving *interleaving = calloc(1, sizeof *interleaving);

	interleaving->lane = calloc(2, sizeof *interleaving->lane);
	interleaving->step = calloc(count, sizeof *interleaving->step);
	interleaving->lane_count = 2;
	interleaving->step_count = count;
	interleaving->switches = 1;
	finding_set(&interleaving->lane[0], "main thread");
	finding_set(&interleaving->lane[1], "thread 1");
	finding_set(&interleaving->outcome, "thread 1 waits at hidden.c:9 for a signal that never comes");
	for (size_t i = 0; i < count; i++) {
		struct step *step = &interleaving->step[i];
		bool own = i % 3 != 2;

		*step = (struct step){.kind = STEP_PLAIN, .lane = i % 2, .line = 10 + (unsigned)i, .switched = i == 1};
		finding_set(&step->file, "%s", own ? "pipe_ring.c" : file);
		finding_set(&step->code, own ? "write(fd, &token, 1);" : "secret_of_the_test();");
		finding_set(&step->operation, "write");
		finding_set(&step->effect, own ? "as at %s:77" : "secret_of_the_test chooses, as at %s:77", file);
		if (!own)
			finding_set(&step->object, "secret_of_the_test.lock");
	}
	if (count > 2)
		add_changes(interleaving, file);
	return interleaving;
}

static struct finding *add_explored(struct grade *grade, const char *test, size_t count, const char *file)
{
	struct finding *finding = findings_add(&grade->findings, "explore", "lost_wakeup", test);

	finding_set(&finding->seen, "thread 1 waits at %s:9 for a signal that never comes", file);
	finding_add_detail(finding, "found in schedule 8; needs 1 switch");
	finding_set(&finding->token, "%s@1.3.2@238191", test);
	finding_set(&finding->replay, "make replay A=pipe_ring TOKEN=%s", finding->token);
	finding->interleaving = steps(count, file);
	grade_test(grade, test)->status = TEST_HANG;
	return finding;
}

/* A public and a hidden test that fail in some schedule, one that does not, one that cannot be explored. */
static struct grade *explored_grade(size_t count)
{
	struct grade *grade = sample_grade();
	const struct explored explored = {
	    .known = true, .concurrent = true, .schedules = 100, .bound = 2, .bound_schedules = 41};

	for (size_t i = 0; i < grade->test_count; i++)
		grade->test[i].explored = explored;
	grade_test(grade, "token_returns")->explored.schedules = 8;
	grade_test(grade, "token_returns")->explored.bound = -1;
	grade_test(grade, "survives_short_reads")->explored.bound = -1;
	finding_set(&grade_test(grade, "rejects_many")->explored.why_not, "it waits for a real second");
	add_explored(grade, "token_returns", count, "public.c");
	add_explored(grade, "survives_short_reads", count + 1, "hidden.c");
	grade_add_check(grade, "explore", "ran", NULL, 5);
	grade_score(grade, sample_assignment());
	return grade;
}

Test(explored, a_short_schedule_is_a_table_in_the_terminal)
{
	struct grade *grade = explored_grade(9);
	char *text = render("text", grade);

	expect_in(text, "The token comes back after one lap");
	expect_in(text, "schedule  Lost wakeup: the test passes in the plain schedules; it fails in a\n"
	                "              schedule that the explorer found\n");
	expect_in(text, "    replay    make replay A=pipe_ring TOKEN=token_returns@1.3.2@238191\n");
	expect_in(text, "\n    (lines of pipe_ring.c)\n    step  thread ");
	expect_in(text, "\n    ---- switch 1: main thread is preempted here, thread 1 goes on ----\n");
	expect_in(text, "write(fd, &token, 1);");
	expect_in(text, "public.c:12");
	cr_assert(lt(ptr, strstr(text, "Failed tests"), strstr(text, "Lost wakeup")));
	expect_not_in(text, "What the checks found");
	expect_width(text, 80);
	free(text);
	text = render_with("text", grade, &(struct report_options){.width = 50});
	expect_in(text, "steps     9 steps: replay shows them");
	free(text);
	grade_free(grade);
}

/* `seen` by the tests alone, `detail` with it; the schedule is the explorer's. */
static char *render_lent_schedule(const char *format, const char *seen, const char *detail)
{
	struct grade *grade = sample_grade();
	struct finding *finding = findings_add(&grade->findings, "criterion", "assertion", "token_returns");
	finding_set(&finding->seen, "%s", seen);
	finding_add_detail(finding, "%s", detail);
	finding->interleaving = steps(9, "public.c");
	finding_set(&finding->interleaving->outcome, "the token is 3");
	grade_test(grade, "token_returns")->status = TEST_FAIL;
	grade_score(grade, sample_assignment());
	char *text = render(format, grade);
	grade_free(grade);
	return text;
}

Test(explored, says_whose_steps_are_shown)
{
	static const struct {
		const char *format, *seen, *detail;
		bool other;
	} rows[] = {{"text", "the token is 2", "the explorer (assertion): the token is 3", true},
	            {"html", "the token is 2", "the explorer (assertion): the token is 3", true},
	            {"text", "the token is 3", "node 1 waits", false},
	            {"html", "the token is 3", "node 1 waits", false},
	            {"text", "every thread is waiting", "the token is 3", false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char *text = render_lent_schedule(rows[i].format, rows[i].seen, rows[i].detail);
		(rows[i].other ? expect_in : expect_not_in)(text, "what was seen above is of another one");
		free(text);
	}
}

Test(explored, a_long_schedule_is_for_the_replay)
{
	struct grade *grade = explored_grade(26);
	char *text = render("text", grade);

	expect_in(text, "steps     26 steps: replay shows them, the page (FORMAT=html) has them");
	expect_in(text, "steps     27 steps: the page (FORMAT=html) has them as a picture");
	expect_not_in(text, "step  thread");
	free(text);
	grade_free(grade);
}

/* In two lines a shell would take it for two commands. */
Test(explored, a_replay_command_is_never_broken)
{
	struct grade *grade = explored_grade(9);

	for (size_t i = 0; i < grade->findings.count; i++)
		if (grade->findings.item[i].replay)
			finding_set(&grade->findings.item[i].replay, "make replay A=pipe_ring TOKEN=%0*d@1@238191", 200, 7);
	char *text = render("text", grade), *command = strstr(text, "make replay");
	cr_assert(ne(ptr, command, NULL));
	cr_assert(gt(sz, strcspn(command, "\n"), 200));
	free(text);
	grade_free(grade);
}

Test(explored, says_how_far_the_search_came_and_what_it_left_out)
{
	struct assignment assignment = *sample_assignment();
	struct grade *grade = explored_grade(9);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assignment.limits.preemptions = 2;
	report_format_find("text")->write(out, grade, &assignment, &(struct report_options){.width = 200});
	fclose(out);
	expect_in(text,
	          "  schedules: 3 of the 4 tests with threads or processes were run in 208 schedules; for 1 of them all "
	          "schedules with at most 2 preemptions were tried\n"
	          "  not explored: rejects_many (it waits for a real second)\n");
	free(text);
	text = render("markdown", grade);
	expect_in(text, "- **schedules** 3 of the 4 tests");
	expect_in(text, "; not explored\\: rejects\\_many (it waits for a real second)\n");
	free(text);
	text = render("html", grade);
	expect_in(text, "<summary>3 of the 4 tests");
	expect_in(text, "<span class=\"mono\">token_returns</span></td><td>fails in schedule 8 of the search</td>");
	expect_in(text, "<small>hidden</small></td><td class=\"mid\">not explored: it waits for a real second");
	free(text);
	grade->public_only = true;
	text = render_with("text", grade, &(struct report_options){.width = 200});
	expect_in(text, "all 2 tests with threads or processes were run in 108 schedules");
	expect_not_in(text, "rejects_many");
	free(text);
	grade_free(grade);
}

Test(explored, tells_of_tests_that_the_explorer_did_not_come_to)
{
	struct grade *grade = explored_grade(9);

	grade_test(grade, "rejects_zero")->explored = (struct explored){0};
	char *text = render_with("text", grade, &(struct report_options){.width = 200});
	expect_in(text, "not explored: rejects_zero (the explorer was stopped before it reached this test)");
	free(text);
	grade_free(grade);
}

Test(explored, tells_of_no_test_that_was_not_asked_for)
{
	struct grade *grade = explored_grade(9);
	struct explored *other = &grade_test(grade, "rejects_zero")->explored;

	finding_set(&grade->only_test, "token_returns");
	*other = (struct explored){0};
	char *text = render_with("text", grade, &(struct report_options){.width = 200});
	expect_not_in(text, "rejects_zero");
	free(text);
	other->known = true;
	finding_set(&other->why_not, "it counts waits");
	text = render_with("text", grade, &(struct report_options){.width = 200});
	expect_not_in(text, "it counts waits");
	expect_in(text, "the test with threads or processes was run in");
	free(text);
	grade_free(grade);
}

Test(explored, says_nothing_where_nothing_was_explored)
{
	static const char *const formats[] = {"text", "markdown", "html"};
	struct grade *grade = lost_grade();

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		char *text = render(formats[i], grade);
		expect_not_in(text, "explore");
		expect_not_in(text, "chedules");
		expect_not_in(text, "replay");
		free(text);
	}
	grade_free(grade);
}

Test(explored, a_page_with_many_findings_stays_small)
{
	enum { FINDINGS = 30, MOST_BYTES = 400000 };
	struct grade *grade = explored_grade(190);

	for (size_t i = 0; i < FINDINGS; i++) {
		struct finding *finding = findings_add(&grade->findings, "explore", "deadlock", NULL);
		finding_set(&finding->seen, "thread %zu waits for ever", i);
		finding->interleaving = steps(190 + i, "public.c");
	}
	char *text = render("html", grade);
	expect_in(text, ">F30<");
	expect_in(text, "the command shows them; here they would make the page too long");
	cr_assert(lt(sz, strlen(text), MOST_BYTES));
	free(text);
	grade_free(grade);
}

Test(explored, the_page_has_a_picture_for_each_schedule)
{
	struct grade *grade = explored_grade(40);
	char *text = render("html", grade);

	expect_in(text, "<details open=\"open\"><summary>The schedule, step by step</summary>");
	expect_in(text, "<div class=\"picture\" tabindex=\"0\"");
	expect_in(text, "id=\"fjp-title-F1\"");
	expect_in(text, "id=\"fjp-title-F2\"");
	expect_in(text, "<dt>replay</dt><dd><code>make replay A=pipe_ring TOKEN=token_returns@1.3.2@238191</code>");
	expect_in(text, "<dt>schedule</dt><dd>Lost wakeup: the test passes in the plain schedules;");
	expect_not_in(text, "src=");
	free(text);
	text = render("markdown", grade);
	expect_in(text, "- **replay** <code>make replay");
	expect_not_in(text, "<svg");
	free(text);
	grade_free(grade);
}

Test(explored, a_schedule_of_a_hidden_test_shows_the_submission_only)
{
	static const char *const formats[] = {"text", "markdown", "html"};

	for (size_t count = 9; count <= 40; count += 31) {
		struct grade *grade = explored_grade(count);

		grade_test(grade, "token_returns")->hidden = true;
		for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
			char *text = render(formats[i], grade);

			expect_not_in(text, "hidden.c");
			expect_not_in(text, "hidden\\.c");
			expect_not_in(text, "secret_of_the_test");
			expect_not_in(text, "make replay");
			expect_in(text, "found in schedule 8; needs 1 switch");
			free(text);
		}
		char *text = render("html", grade);
		expect_in(text, ">write(fd, &amp;token, 1);</text>");
		expect_in(text, ">the test</text>");
		expect_in(text, "\"changes\":[]");
		free(text);
		grade_free(grade);
	}
}

/* A race that costs nothing is no failure. */
Test(explored, a_race_is_told_as_before)
{
	struct grade *grade = sample_grade();
	struct finding *finding = findings_add(&grade->findings, "explore", "data_race", "token_returns");

	finding_set(&finding->seen, "two threads use the same memory");
	grade_score(grade, sample_assignment());
	char *text = render("text", grade);
	expect_in(text, "Advice (costs nothing)");
	expect_in(text, "Data race");
	expect_not_in(text, "the explorer found");
	free(text);
	grade_free(grade);
}

/* ---- machines ------------------------------------------------------------------------------- */

static xmlDoc *parse_xml(const char *text)
{
	xmlDoc *document = xmlReadMemory(text, (int)strlen(text), "report", "UTF-8",
	                                 XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);

	cr_assert(ne(ptr, document, NULL), "well-formed XML expected: %s", text);
	return document;
}

static unsigned count_elements(const xmlNode *node, const char *name)
{
	unsigned count = 0;

	for (; node; node = node->next) {
		count += node->type == XML_ELEMENT_NODE && (!name || strcmp((const char *)node->name, name) == 0);
		if (node->type == XML_ELEMENT_NODE)
			count += count_elements(node->children, name);
	}
	return count;
}

static int attribute(const xmlNode *node, const char *name)
{
	xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
	int number = value ? atoi((const char *)value) : -1;

	xmlFree(value);
	return number;
}

Test(junit, counts_are_those_of_the_cases)
{
	struct grade *grade = lost_grade();
	char *text = render("junit", grade);
	xmlDoc *document = parse_xml(text);
	unsigned suites = 0;

	for (const xmlNode *suite = xmlDocGetRootElement(document)->children; suite; suite = suite->next) {
		if (suite->type != XML_ELEMENT_NODE)
			continue;
		suites++;
		cr_assert(eq(int, attribute(suite, "tests"), (int)count_elements(suite->children, "testcase")));
		cr_assert(eq(int, attribute(suite, "failures"), (int)count_elements(suite->children, "failure")));
		cr_assert(eq(int, attribute(suite, "skipped"), (int)count_elements(suite->children, "skipped")));
	}
	cr_assert(eq(u32, suites, 2));
	expect_in(text, "message=\"The token comes back after one lap: node 2 holds 9 ring descriptors\"");
	xmlFreeDoc(document);
	free(text);
	grade_free(grade);
}

Test(html, marks_the_line_in_the_source)
{
	struct grade *grade = lost_grade();
	char *text = render_with(
	    "html", grade, &(struct report_options){.source_text = "1\n2\n\tif (a < b)\n4\n\tp = malloc(1);\n6\n7\n8\n9"});

	expect_in(text, "<span class=\"here\"><i>5</i>\tp = malloc(1);</span>");
	expect_in(text, "<span><i>3</i>\tif (a &lt; b)</span>");
	expect_in(text, "<span><i>8</i>8</span></pre>");
	expect_not_in(text, "<i>1</i>1");
	free(text);
	grade_free(grade);
}

Test(html, needs_nothing_from_elsewhere)
{
	struct grade *grade = lost_grade();
	char *text = render("html", grade);

	expect_not_in(text, "http:");
	expect_not_in(text, "https:");
	expect_not_in(text, "url(");
	expect_not_in(text, "<script");
	expect_not_in(text, "src=");
	expect_in(text, "prefers-color-scheme: dark");
	free(text);
	grade_free(grade);
}

/* ---- hostile texts -------------------------------------------------------------------------- */

static const char *const attacks[] = {
    "<script>alert(1)</script>",
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "&amp;",
    "&#0;",
    "\"",
    "'",
    "' onload='x",
    "\" onmouseover=\"x",
    "</style>",
    "</pre>",
    "</details>",
    "<?xml",
    "%s%n%d",
    "|",
    "||",
    "`",
    "```",
    "~~~",
    "\n",
    "\r\n",
    "\n\n# heading\n",
    "\n- item\n",
    "\n</failure>\n",
    "\t",
    "\\",
    "\\\\",
    "*",
    "_",
    "[a](javascript:x)",
    "![i](http://x)",
    "<http://x>",
    "@everyone",
    "#1",
    "\033[31m",
    "\033]0;title\a",
    "\033[2J",
    "\x9b",
    "\xc2\x9b",
    "\xe2\x80\xae",
    "\xe2\x80\x8b",
    "\xef\xbb\xbf",
    "\xef\xbf\xbe",
    "\xff\xfe",
    "\xc0\x80",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\xe2\x82",
    "\xf0\x9f\x98\x80",
    "\xcc\x81",
    "pipe_ring.c:12",
    "hidden.c:9",
    "a/b/hidden.c",
    "public.c",
    "...",
    " ",
    "          ",
    "x",
    "\b\b\b",
    "\x7f",
    "\v\f",
    "$(rm)",
    "${x}",
    "::error::",
    "{{x}}",
};

static void hostile(char **field, uint64_t *seed)
{
	finding_set(field, "%s", "");
	for (uint32_t i = sample_random(seed, 8); i > 0; i--)
		finding_set(field, "%s%s", *field, attacks[sample_random(seed, sizeof attacks / sizeof *attacks)]);
	if (sample_random(seed, 40) == 0)
		for (int i = 0; i < 7; i++)
			finding_set(field, "%s%sy", *field, *field);
	for (uint32_t i = sample_random(seed, 4); i > 0; i--)
		finding_set(field, "%s%c", *field, 1 + (int)sample_random(seed, 255));
}

static void add_hostile_schedule(struct finding *finding, uint64_t *seed)
{
	struct interleaving *interleaving = steps(1 + sample_random(seed, 40), "hidden.c");

	hostile(&finding->token, seed);
	hostile(&interleaving->outcome, seed);
	for (size_t i = 0; i < interleaving->lane_count; i++)
		hostile(&interleaving->lane[i], seed);
	for (size_t i = 0; i < interleaving->step_count; i++) {
		struct step *step = &interleaving->step[i];
		char **const fields[] = {&step->file, &step->code, &step->operation, &step->object, &step->effect};

		step->kind = (enum step_kind)sample_random(seed, STEP_FAIL + 1);
		for (size_t j = 0; j < sizeof fields / sizeof *fields; j++)
			if (sample_random(seed, 2))
				hostile(fields[j], seed);
	}
	finding->interleaving = interleaving;
}

static struct grade *hostile_grade(uint64_t seed)
{
	static const char *const checks[] = {"criterion", "tsan", "memcheck", "audit", "symbols", "explore"};
	static const char *const kinds[] = {"hang", "data_race", "memory_leak", "fd_leak", "not_run", "gate"};
	struct grade *grade = sample_grade();

	for (size_t i = 0; i < grade->test_count; i++) {
		grade->test[i].status = (enum test_status)sample_random(&seed, 6);
		if (sample_random(&seed, 2))
			hostile(&grade->test[i].message, &seed);
		grade->test[i].explored.known = sample_random(&seed, 2);
		grade->test[i].explored.concurrent = sample_random(&seed, 2);
		if (sample_random(&seed, 4) == 0)
			hostile(&grade->test[i].explored.why_not, &seed);
	}
	if (sample_random(&seed, 2))
		hostile(&grade->submission, &seed);
	for (uint32_t i = sample_random(&seed, 12); i > 0; i--) {
		uint32_t test = sample_random(&seed, (uint32_t)grade->test_count + 1);
		struct finding *finding =
		    findings_add(&grade->findings, checks[sample_random(&seed, 6)], kinds[sample_random(&seed, 6)],
		                 test < grade->test_count ? grade->test[test].name : NULL);
		char **const fields[] = {&finding->seen, &finding->expected, &finding->why, &finding->hint, &finding->replay};

		for (size_t j = 0; j < sizeof fields / sizeof *fields; j++)
			if (sample_random(&seed, 2))
				hostile(fields[j], &seed);
		if (sample_random(&seed, 8) == 0)
			hostile(&finding->kind, &seed);
		if (sample_random(&seed, 4) == 0)
			add_hostile_schedule(finding, &seed);
		for (uint32_t j = sample_random(&seed, 5); j > 0; j--) {
			finding_add_place(finding, sample_random(&seed, 3) ? "pipe_ring.c" : "", sample_random(&seed, 12), "",
			                  sample_random(&seed, 2) ? "" : NULL);
			struct place *place = &finding->where[finding->where_count - 1];
			if (!*place->file)
				hostile(&place->file, &seed);
			hostile(&place->function, &seed);
			if (place->role)
				hostile(&place->role, &seed);
		}
		for (uint32_t j = sample_random(&seed, 30); j > 0; j--) {
			finding_add_detail(finding, "%s", "");
			hostile(&finding->detail[finding->detail_count - 1], &seed);
		}
	}
	grade_add_check(grade, "criterion", "ran", NULL, 5);
	grade_add_check(grade, "tsan", "failed", "x", 5);
	hostile(&grade->check[1].reason, &seed);
	grade->remarks.item = calloc(1, sizeof *grade->remarks.item);
	grade->remarks.count = 1;
	hostile(&grade->remarks.item[0], &seed);
	grade->source = calloc(1, sizeof *grade->source);
	grade->source_count = 1;
	hostile(&grade->source[0].file, &seed);
	grade->public_only = sample_random(&seed, 5) == 0;
	grade->judged = sample_random(&seed, 10) != 0;
	grade_score(grade, sample_assignment());
	return grade;
}

/* No control character but newline (and tab), nothing that reorders or hides. That the rest is valid UTF-8 the parsers
 * say. */
static void expect_harmless(const char *text, bool tab)
{
	json_t *utf8 = json_string(text);

	cr_assert(ne(ptr, utf8, NULL), "not UTF-8");
	json_decref(utf8);
	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
		bool control = (*byte < ' ' && *byte != '\n' && !(tab && *byte == '\t')) || *byte == 0x7f;
		cr_assert(eq(int, control, false), "control character %d", *byte);
	}
	expect_not_in(text, "\xc2\x9b");
	expect_not_in(text, "\xe2\x80\xae");
	expect_not_in(text, "\xe2\x80\x8b");
	expect_not_in(text, "\xef\xbb\xbf");
}

/* Data, or the script that the policy of the page lets in (page_test.c): the rest of what is in it nobody executes. */
static void expect_own_script(const xmlNode *node)
{
	xmlChar *type = xmlGetProp((xmlNode *)node, (const xmlChar *)"type"), *text = xmlNodeGetContent((xmlNode *)node);

	if (type) {
		json_t *data = json_loads((const char *)text, 0, NULL);
		cr_assert(eq(str, (char *)type, "application/json"));
		cr_assert(ne(ptr, data, NULL), "no JSON: %s", (const char *)text);
		json_decref(data);
	} else {
		expect_in((const char *)text, "/* stepper.js - ");
	}
	xmlFree(type);
	xmlFree(text);
}

/* Elements and attributes are only those that the report itself writes. */
static void expect_own_markup(const xmlNode *node)
{
	static const char *const elements[] = {"html",    "head",    "meta",   "title", "style", "body",   "main", "header",
	                                       "section", "article", "footer", "div",   "span",  "p",      "b",    "i",
	                                       "h1",      "h2",      "h3",     "dl",    "dt",    "dd",     "code", "pre",
	                                       "details", "summary", "table",  "tr",    "th",    "td",     "br",   "ul",
	                                       "li",      "tbody",   "svg",    "small", "ol",    "script", "a"};
	static const char *const attributes[] = {"id",         "type",    "href",     "class",     "style",
	                                         "lang",       "charset", "name",     "role",      "content",
	                                         "http-equiv", "open",    "tabindex", "aria-label"};

	for (; node; node = node->next) {
		bool known = false;

		cr_assert(ne(int, node->type, XML_COMMENT_NODE));
		cr_assert(ne(int, node->type, XML_PI_NODE));
		if (node->type != XML_ELEMENT_NODE)
			continue;
		for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
			known |= strcmp((const char *)node->name, elements[i]) == 0;
		cr_assert(eq(int, known, true), "element %s", (const char *)node->name);
		if (strcmp((const char *)node->name, "svg") == 0) /* picture_test.c looks into it */
			continue;
		for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next) {
			known = false;
			for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
				known |= strcmp((const char *)attribute->name, attributes[i]) == 0;
			cr_assert(eq(int, known, true), "attribute %s", (const char *)attribute->name);
		}
		if (strcmp((const char *)node->name, "script") == 0)
			expect_own_script(node);
		else if (strcmp((const char *)node->name, "style") != 0)
			expect_own_markup(node->children);
	}
}

static void expect_html(const char *text)
{
	xmlDoc *document = parse_xml(text);

	expect_own_markup(xmlDocGetRootElement(document));
	unsigned elements = count_elements(xmlDocGetRootElement(document), NULL);
	xmlFreeDoc(document);
	document = htmlReadMemory(text, (int)strlen(text), "report", "UTF-8",
	                          HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
	expect_own_markup(xmlDocGetRootElement(document));
	cr_assert(eq(u32, count_elements(xmlDocGetRootElement(document), NULL), elements),
	          "a browser sees the same elements");
	xmlFreeDoc(document);
}

/* Outside of <pre> every line begins as this format's lines do, and there is no raw HTML, code or link. */
static void expect_markdown(const char *text)
{
	static const char *const starts[] = {"## ",   "### ",    "#### ",      "- **",       "| ",  "|---|---:|",
	                                     "<pre>", "*A ring", "Not judged", "Full marks", "It ", "All ",
	                                     "0 ",    "1 ",      "2 ",         "3 ",         "4 ",  "public "};

	while (*text) {
		size_t length = strcspn(text, "\n");
		bool known = length == 0;

		for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
			known |= strncmp(text, starts[i], strlen(starts[i])) == 0;
		cr_assert(eq(int, known, true), "line of its own: %.*s", (int)length, text);
		bool block = strncmp(text, "<pre>", 5) == 0;
		for (size_t i = 0; i < length; i++) {
			bool tag = strncmp(text + i, "<pre>", 5) == 0 || strncmp(text + i, "</pre>", 6) == 0 ||
			           strncmp(text + i, "<code>", 6) == 0 || strncmp(text + i, "</code>", 7) == 0;
			bool raw = (text[i] == '<' && !tag) || (!block && strchr("`@", text[i])) ||
			           (!block && text[i] == '|' && *text != '|') ||
			           (!block && strchr("[]", text[i]) && (i == 0 || text[i - 1] != '\\'));
			cr_assert(eq(int, raw, false), "raw %c in %.*s", text[i], (int)length, text);
		}
		text += length + (text[length] == '\n');
	}
}

Test(report, survives_hostile_texts, .timeout = 300)
{
	for (uint64_t number = 0; number < 300; number++) {
		struct grade *grade = hostile_grade(number);
		struct report_options options = {
		    .width = 80, .everything = number % 2, .source_text = "a\n<b>\n]]>\n\033[31m\n\xff\n6\n7\r\n8"};
		char *text = render_with("text", grade, &options), *json = render_with("json", grade, &options);
		char *markdown = render_with("markdown", grade, &options), *html = render_with("html", grade, &options);
		char *junit = render_with("junit", grade, &options);

		expect_harmless(text, false);
		expect_harmless(json, false);
		expect_harmless(markdown, true);
		expect_harmless(html, true);
		expect_harmless(junit, false);
		struct error error = {0};
		struct grade *read = grade_from_json(json, &error);
		cr_assert(ne(ptr, read, NULL), "%s", error.text);
		grade_free(read);
		expect_html(html);
		xmlFreeDoc(parse_xml(junit));
		expect_markdown(markdown);
		free(text);
		free(json);
		free(markdown);
		free(html);
		free(junit);
		grade_free(grade);
	}
}
