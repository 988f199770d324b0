/* platform_test.c - the formats of course platforms: what each one's rules ask, that all of them tell the same score,
 * and that no text of a submission becomes an order to any of them. */
#include "sample.h"

#include "../../grader/finding/interleaving.h"
#include "../../grader/report/report.h"

#include <jansson.h>

enum { GRADES = 200 };

static char *render_with(const char *format, const struct grade *grade, const struct report_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	cr_assert(eq(int, report_format_find(format)->write(out, grade, sample_assignment(), options), 0), "%s", format);
	fclose(out);
	cr_assert(eq(sz, strlen(text), size), "%s has a NUL byte", format);
	return text;
}

static char *render(const char *format, const struct grade *grade)
{
	return render_with(format, grade, &(struct report_options){.width = 80});
}

static json_t *parse(const char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	cr_assert(ne(ptr, value, NULL), "line %d: %s\n%s", error.line, error.text, text);
	return value;
}

static json_t *render_json(const char *format, const struct grade *grade)
{
	char *text = render(format, grade);
	json_t *value = parse(text);

	free(text);
	return value;
}

/* A member that must be there and of that type. */
static json_t *member(const json_t *object, const char *key, json_type type)
{
	json_t *value = json_object_get(object, key);

	cr_assert(ne(ptr, value, NULL), "no %s", key);
	cr_assert(eq(int, (int)json_typeof(value), (int)type), "type of %s", key);
	return value;
}

static const char *string(const json_t *object, const char *key)
{
	return json_string_value(member(object, key, JSON_STRING));
}

static int integer(const json_t *object, const char *key)
{
	return (int)json_integer_value(member(object, key, JSON_INTEGER));
}

static void expect(bool holds, const char *what)
{
	cr_assert(eq(int, holds, true), "%s", what);
}

static void expect_in(const char *text, const char *part)
{
	cr_assert(ne(ptr, strstr(text, part), NULL), "should contain: %s\n%s", part, text);
}

static void expect_not_in(const char *text, const char *part)
{
	cr_assert(eq(ptr, strstr(text, part), NULL), "should not contain: %s\n%s", part, text);
}

static long rounded(double number) /* that is not negative */
{
	return (long)(number + 0.5);
}

/* ---- grades --------------------------------------------------------------------------------- */

/* Pieces that mean something somewhere, in random order. */
static void hostile(char **field, uint64_t *seed)
{
	static const char *const pieces[] = {"\n",
	                                     "::error file=x::y",
	                                     "\n::stop-commands::a\n",
	                                     "\n--|>\n",
	                                     "##[x]",
	                                     "Grade :=>> 100\n",
	                                     "{\"scores\":{\"a\":9}}",
	                                     "\033[2J",
	                                     "\xff",
	                                     "\xe2\x80\xae",
	                                     "[a](https://x)",
	                                     "{0}",
	                                     "\\",
	                                     "|",
	                                     "\"",
	                                     "<b>",
	                                     "%0A",
	                                     "hidden.c",
	                                     " word ",
	                                     "ä"};

	finding_set(field, "%s", "");
	for (uint32_t i = sample_random(seed, 12); i > 0; i--)
		finding_set(field, "%s%s", *field, pieces[sample_random(seed, sizeof pieces / sizeof *pieces)]);
}

static void hostile_finding(struct grade *grade, uint64_t *seed)
{
	static const char *const checks[] = {"criterion", "tsan", "memcheck", "audit", "symbols", "explore"};
	static const char *const kinds[] = {"hang", "data_race", "memory_leak", "fd_leak", "lock_order_inversion"};
	uint32_t test = sample_random(seed, (uint32_t)grade->test_count + 1);
	struct finding *finding =
	    findings_add(&grade->findings, checks[sample_random(seed, 6)], kinds[sample_random(seed, 5)],
	                 test < grade->test_count ? grade->test[test].name : NULL);
	char **const fields[] = {&finding->seen, &finding->expected, &finding->why, &finding->hint, &finding->replay};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (sample_random(seed, 2))
			hostile(fields[i], seed);
	for (uint32_t i = sample_random(seed, 5); i > 0; i--) {
		static const char *const files[] = {"pipe_ring.c", "public.c", "hidden.c", "x"};

		finding_add_place(finding, files[sample_random(seed, 4)], sample_random(seed, 12), "", "");
		hostile(&finding->where[finding->where_count - 1].function, seed);
		hostile(&finding->where[finding->where_count - 1].role, seed);
	}
	for (uint32_t i = sample_random(seed, 4); i > 0; i--) {
		finding_add_detail(finding, "%s", "");
		hostile(&finding->detail[finding->detail_count - 1], seed);
	}
}

/* The same grade for the same number: also not judged, of a handout, of one test, of what does not compile. */
static struct grade *random_grade(uint64_t seed)
{
	struct grade *grade = sample_grade();

	grade->public_only = sample_random(&seed, 5) == 0;
	grade->judged = sample_random(&seed, 10) != 0;
	if (sample_random(&seed, 12) == 0)
		finding_set(&grade->only_test, "%s", grade->test[sample_random(&seed, 4)].name);
	for (size_t i = 0; i < grade->test_count; i++) {
		bool here = !(grade->public_only && grade->test[i].hidden);

		grade->test[i].status = sample_random(&seed, 3) ? TEST_PASS : (enum test_status)sample_random(&seed, 6);
		if (!here)
			grade->test[i].status = TEST_NOT_RUN;
		if (sample_random(&seed, 2))
			hostile(&grade->test[i].message, &seed);
	}
	if (sample_random(&seed, 12) == 0)
		hostile(&findings_add(&grade->findings, "build", "build_error", NULL)->seen, &seed);
	for (uint32_t i = sample_random(&seed, 8); i > 0; i--)
		hostile_finding(grade, &seed);
	hostile(&grade->submission, &seed);
	grade_add_check(grade, "criterion", "ran", NULL, 5);
	grade_add_check(grade, "tsan", sample_random(&seed, 4) ? "ran" : "failed", "x", 5);
	hostile(&grade->check[1].reason, &seed);
	grade_score(grade, sample_assignment());
	return grade;
}

/* A public test, a hidden one and the audit fail, and the gate takes a point of each other line: 35 + 9 + 9. */
static struct grade *lost_grade(void)
{
	struct grade *grade = sample_grade();

	grade_test(grade, "rejects_zero")->status = TEST_FAIL;
	struct finding *finding = findings_add(&grade->findings, "criterion", "assertion", "rejects_zero");
	finding_set(&finding->seen, "ring_run(0) returned 0");
	grade_test(grade, "survives_short_reads")->status = TEST_HANG;
	finding = findings_add(&grade->findings, "criterion", "hang", "survives_short_reads");
	finding_set(&finding->seen, "nothing can run any more (tests/assignments/pipe_ring/hidden.c:77)");
	finding_add_place(finding, "pipe_ring.c", 8, "node", "waits to read");
	finding_add_place(finding, "hidden.c", 77, "test_body", "waits");
	findings_add(&grade->findings, "audit", "fd_leak", "token_returns");
	grade_add_check(grade, "criterion", "ran", NULL, 5);
	grade_score(grade, sample_assignment());
	return grade;
}

static struct grade *race_grade(unsigned lines_above)
{
	struct grade *grade = sample_grade();
	struct finding *finding = findings_add(&grade->findings, "tsan", "data_race", "token_returns");

	finding_set(&finding->seen, "Two threads use the same memory");
	finding_add_place(finding, "pipe_ring.c", 2 + lines_above, "put", "write by thread T2");
	finding_add_place(finding, "pipe_ring.c", 4 + lines_above, "work", NULL);
	finding_add_place(finding, "pipe_ring.c", 3 + lines_above, "get", "read by thread T1");
	grade_score(grade, sample_assignment());
	return grade;
}

static struct grade *not_judged(void)
{
	struct grade *grade = sample_grade();

	grade->judged = false;
	finding_set(&findings_add(&grade->findings, "tsan", "data_race", "token_returns")->seen, "what proves nothing");
	grade_score(grade, sample_assignment());
	return grade;
}

/* ---- GitHub Classroom ----------------------------------------------------------------------- */

/* What the reporter's table shows, in hundredths: it prints two digits. */
static long shown_by_reporter(const json_t *result)
{
	const json_t *tests = member(result, "tests", JSON_ARRAY), *test;
	size_t i, passed = 0;

	json_array_foreach(tests, i, test) passed += strcmp(string(test, "status"), "pass") == 0;
	return rounded(100.0 * (double)passed / (double)json_array_size(tests) * integer(result, "max_score"));
}

/* What the reporter sends. */
static long sent_by_reporter(const json_t *result)
{
	const json_t *test;
	long sum = 0;
	size_t i;

	if (integer(result, "max_score") > 0)
		json_array_foreach(member(result, "tests", JSON_ARRAY), i, test) sum += integer(test, "score");
	return sum;
}

static void expect_row(const json_t *test)
{
	static const char *const states[] = {"pass", "fail", "error"};
	bool known = false;

	for (size_t i = 0; i < sizeof states / sizeof *states; i++)
		known |= strcmp(string(test, "status"), states[i]) == 0;
	cr_assert(eq(int, known, true));
	cr_assert(
	    eq(int, integer(test, "score"), strcmp(string(test, "status"), "pass") == 0 && *string(test, "name") != 'N'));
	cr_assert(eq(int, integer(test, "line_no"), 0), "any other number is printed");
	cr_assert(eq(str, (char *)string(test, "filename"), "pipe_ring.c"));
	cr_assert(ne(int, *string(test, "name"), '\0'));
	expect_not_in(string(test, "name"), "\n");
	expect_not_in(string(test, "test_code"), "\n");
	expect(json_is_string(json_object_get(test, "message")) || json_is_null(json_object_get(test, "message")),
	       "message");
}

static void expect_unique_names(const json_t *tests)
{
	json_t *names = json_object(), *test;
	size_t i;

	json_array_foreach(tests, i, test)
	{
		const char *name = string(test, "name");

		cr_assert(eq(ptr, json_object_get(names, name), NULL), "twice: %s", name);
		json_object_set_new(names, name, json_true());
	}
	json_decref(names);
}

Test(github, the_reporters_two_numbers_are_the_score)
{
	for (uint64_t number = 0; number < GRADES; number++) {
		struct grade *grade = random_grade(number);
		json_t *result = render_json("github", grade), *tests = member(result, "tests", JSON_ARRAY), *test;
		int score = grade->judged ? grade->score : 0;
		size_t i;

		cr_assert(gt(sz, json_array_size(tests), 0), "the reporter cannot read an empty list");
		json_array_foreach(tests, i, test) expect_row(test);
		expect_unique_names(tests);
		cr_assert(eq(long, shown_by_reporter(result), 100L * score), "grade %d", (int)number);
		cr_assert(eq(long, sent_by_reporter(result), (long)score), "grade %d", (int)number);
		cr_assert(eq(int, integer(result, "max_score"), grade->judged ? grade->max_score : 0));
		cr_assert(eq(str, (char *)string(result, "status"),
		             !grade->judged                     ? "error"
		             : grade->score == grade->max_score ? "pass"
		                                                : "fail"));
		json_decref(result);
		grade_free(grade);
	}
}

Test(github, a_lost_point_says_what_it_was_lost_to)
{
	struct grade *grade = lost_grade();
	char *text = render("github", grade);

	expect_in(text, "\"Correctness 1/60\"");
	expect_in(text, "\"Correctness 60/60: lost to F");
	expect_in(text, "Short reads are continued\"");
	expect_in(text, "29/30: lost to F3 Descriptor left open\"");
	expect_in(text, "ring_run(0) returned 0; expected: Zero nodes are rejected");
	expect_not_in(text, "hidden.c");
	free(text);
	grade_free(grade);
}

Test(github, a_submission_that_was_not_judged_is_one_error_outside_of_the_grade)
{
	struct grade *grade = not_judged();
	json_t *result = render_json("github", grade), *tests = member(result, "tests", JSON_ARRAY);

	cr_assert(eq(sz, json_array_size(tests), 1));
	cr_assert(eq(str, (char *)string(result, "status"), "error"));
	cr_assert(eq(int, integer(result, "max_score"), 0));
	expect_in(string(json_array_get(tests, 0), "message"), "not the submission's fault");
	json_decref(result);
	grade_free(grade);
}

static int digit_of(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = strchr(digits, c);

	cr_assert(ne(ptr, (void *)at, NULL), "not base64: %c", c);
	return (int)(at - digits);
}

static char *decode_base64(const char *text, size_t length)
{
	char *result = calloc(length + 1, 1), *end = result;

	cr_assert(eq(sz, length % 4, 0));
	for (size_t i = 0; i < length; i += 4) {
		int padding = text[i + 2] == '=' ? 2 : text[i + 3] == '=';
		int bits = digit_of(text[i]) << 18 | digit_of(text[i + 1]) << 12;

		expect(padding == 0 || i + 4 == length, "padding only at the end");
		bits |= padding < 2 ? digit_of(text[i + 2]) << 6 : 0;
		bits |= padding < 1 ? digit_of(text[i + 3]) : 0;
		*end++ = (char)(bits >> 16);
		if (padding < 2)
			*end++ = (char)(bits >> 8);
		if (padding < 1)
			*end++ = (char)bits;
	}
	return result;
}

/* The result that is in the line for $GITHUB_OUTPUT. */
static json_t *classroom_result(const struct grade *grade)
{
	char *line = render("classroom", grade);

	cr_assert(eq(int, strncmp(line, "result=", 7), 0));
	size_t length = strcspn(line + 7, "\n");
	cr_assert(eq(str, line + 7 + length, "\n"), "one line");
	char *text = decode_base64(line + 7, length);
	json_t *result = parse(text);
	free(text);
	free(line);
	return result;
}

Test(classroom, is_the_result_as_one_line_of_base64)
{
	for (uint64_t number = 0; number < GRADES; number++) {
		struct grade *grade = random_grade(number);
		json_t *line = classroom_result(grade), *result = render_json("github", grade);

		expect(json_equal(line, result), "the same result");
		json_decref(line);
		json_decref(result);
		grade_free(grade);
	}
}

Test(classroom, fits_into_one_environment_variable)
{
	struct grade *grade = sample_grade();
	char long_text[6001];

	memset(long_text, '\\', sizeof long_text - 1);
	long_text[sizeof long_text - 1] = '\0';
	for (size_t i = 0; i < grade->test_count; i++)
		grade->test[i].status = TEST_FAIL;
	for (unsigned i = 0; i < 100; i++) {
		struct finding *finding =
		    findings_add(&grade->findings, i % 2 ? "criterion" : "audit", "fd_leak", grade->test[i % 4].name);
		finding_set(&finding->seen, "%u %s", i, long_text);
		finding_add_place(finding, "pipe_ring.c", i + 1, "f", long_text);
	}
	grade_score(grade, sample_assignment());
	for (size_t i = 0; i < grade->findings.count; i++) /* as if each point were lost to a finding of its own */
		grade->findings.item[i].points_lost = i < 100;
	char *line = render("classroom", grade);
	cr_assert(lt(sz, strlen(line), 128 * 1024 - 64));
	free(line);
	grade_free(grade);
}

/* ---- Classroom 50 --------------------------------------------------------------------------- */

/* schemas/result-v1.schema.json: these keys and no others; whole numbers; some text everywhere. */
static void expect_classroom50(const json_t *result)
{
	static const char *const texts[] = {"schema",     "classroom", "assignment", "assignment_type", "owner",
	                                    "submission", "commit",    "release",    "review",          "datetime"};
	const json_t *test;
	size_t i;

	cr_assert(eq(sz, json_object_size(result), sizeof texts / sizeof *texts + 3), "additionalProperties: false");
	for (i = 0; i < sizeof texts / sizeof *texts; i++)
		cr_assert(ne(int, *string(result, texts[i]), '\0'), "%s: minLength 1", texts[i]);
	cr_assert(eq(str, (char *)string(result, "schema"), "classroom50/result/v1"));
	cr_assert(eq(int, strncmp(string(result, "submission"), "submit/", 7), 0));
	int year, month, day, hour, minute, second, used = 0;
	cr_assert(eq(int,
	             sscanf(string(result, "datetime"), "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &year, &month, &day, &hour, &minute,
	                    &second, &used),
	             6));
	cr_assert(eq(int, used, 20));
	cr_assert(ge(int, integer(result, "score"), 0));
	cr_assert(le(int, integer(result, "score"), integer(result, "max-score")));
	json_array_foreach(member(result, "tests", JSON_ARRAY), i, test)
	{
		cr_assert(ne(int, *string(test, "test-name"), '\0'));
		expect(json_is_boolean(json_object_get(test, "passed")), "passed");
		cr_assert(ge(int, integer(test, "score"), 0));
		cr_assert(le(int, integer(test, "score"), integer(test, "max-score")));
	}
}

Test(classroom50, follows_the_schema_and_its_tests_sum_up)
{
	for (uint64_t number = 0; number < GRADES; number++) {
		struct grade *grade = random_grade(number);
		json_t *result = render_json("classroom50", grade), *test;
		int score = 0, max_score = 0;
		size_t i;

		expect_classroom50(result);
		json_array_foreach(member(result, "tests", JSON_ARRAY), i, test)
		{
			score += integer(test, "score");
			max_score += integer(test, "max-score");
		}
		cr_assert(eq(int, score, integer(result, "score")));
		cr_assert(eq(int, max_score, integer(result, "max-score")));
		json_decref(result);
		grade_free(grade);
	}
}

static char *told_by_platform(const char *name)
{
	static const char *const told[][2] = {
	    {"CLASSROOM", "os"}, {"ASSIGNMENT", "pipe-ring"},        {"ASSIGNMENT_TYPE", "group"}, {"OWNER", ""},
	    {"USERNAME", "ada"}, {"SUBMISSION_TAG", "submit/1-abc"}, {"COMMIT_URL", "c\033[2J"},   {"RELEASE_URL", "r"}};

	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		if (strcmp(told[i][0], name) == 0)
			return (char *)told[i][1];
	return NULL;
}

Test(classroom50, says_what_the_platform_told)
{
	struct grade *grade = sample_grade();
	struct report_platform platform;

	grade_score(grade, sample_assignment());
	report_platform_read(&platform, told_by_platform);
	char *text = render_with("classroom50", grade, &(struct report_options){.platform = &platform});
	json_t *result = parse(text);
	expect_classroom50(result);
	cr_assert(eq(str, (char *)string(result, "classroom"), "os"));
	cr_assert(eq(str, (char *)string(result, "assignment"), "pipe-ring"));
	cr_assert(eq(str, (char *)string(result, "assignment_type"), "group"));
	cr_assert(eq(str, (char *)string(result, "owner"), "ada"));
	cr_assert(eq(str, (char *)string(result, "submission"), "submit/1-abc"));
	cr_assert(eq(str, (char *)string(result, "commit"), "c\\x1B[2J"));
	cr_assert(eq(str, (char *)string(result, "review"), "c\\x1B[2J"), "without a review the commit stands there");
	json_decref(result);
	free(text);
	grade_free(grade);
}

Test(classroom50, takes_nothing_that_the_schema_forbids)
{
	struct grade *grade = sample_grade();
	struct report_platform platform = {.submission = "main", .assignment_type = "x\"", .owner = ""};

	grade_score(grade, sample_assignment());
	char *text = render_with("classroom50", grade, &(struct report_options){.platform = &platform});
	json_t *result = parse(text);
	expect_classroom50(result);
	cr_assert(eq(str, (char *)string(result, "assignment_type"), "individual"));
	json_decref(result);
	free(text);
	grade_free(grade);
}

/* ---- Gradescope ----------------------------------------------------------------------------- */

static bool is_visible(const json_t *test)
{
	return strcmp(string(test, "visibility"), "visible") == 0;
}

/* The rows with points; each row has some text and a visibility that there is. */
static void sum_rows(const json_t *result, int *score, int *max_score)
{
	static const char *const states[] = {"visible", "hidden", "after_due_date", "after_published"};
	const json_t *test;
	size_t i;

	*score = *max_score = 0;
	json_array_foreach(member(result, "tests", JSON_ARRAY), i, test)
	{
		bool known = false;

		for (size_t j = 0; j < sizeof states / sizeof *states; j++)
			known |= strcmp(string(test, "visibility"), states[j]) == 0;
		cr_assert(eq(int, known, true));
		cr_assert(ne(int, *string(test, "name"), '\0'));
		cr_assert(eq(str, (char *)string(test, "output_format"), "text"), "never html");
		if (!json_object_get(test, "score"))
			continue;
		*score += integer(test, "score");
		*max_score += integer(test, "max_score");
	}
}

Test(gradescope, rows_sum_up_to_the_score)
{
	for (uint64_t number = 0; number < GRADES; number++) {
		struct grade *grade = random_grade(number);
		json_t *result = render_json("gradescope", grade);
		int score, max_score;

		sum_rows(result, &score, &max_score);
		cr_assert(eq(int, score, grade->judged ? grade->score : 0), "grade %d", (int)number);
		cr_assert(eq(int, max_score, grade->judged ? grade->max_score : 0), "grade %d", (int)number);
		cr_assert(eq(int, json_object_get(result, "score") != NULL, grade->judged),
		          "no score where nothing was judged");
		cr_assert(eq(str, (char *)string(result, "output_format"), "text"));
		cr_assert(eq(str, (char *)string(result, "stdout_visibility"), "hidden"));
		json_decref(result);
		grade_free(grade);
	}
}

/* All that a student sees before grades are published. */
static char *visible_part(const json_t *result)
{
	const json_t *test;
	char *text = NULL;
	size_t i;

	finding_set(&text, "%s", string(result, "output"));
	json_array_foreach(member(result, "tests", JSON_ARRAY), i, test)
	{
		const char *output = json_string_value(json_object_get(test, "output"));

		if (is_visible(test))
			finding_set(&text, "%s\n%s\n%s", text, string(test, "name"), output ? output : "");
	}
	return text;
}

Test(gradescope, what_hidden_tests_gave_is_seen_later)
{
	struct grade *grade = lost_grade();
	json_t *result = render_json("gradescope", grade), *test;
	char *seen = visible_part(result);
	unsigned hidden_points = 0, hidden_tests = 0;
	size_t i;

	expect_in(seen, "rejects_zero: Zero nodes are rejected");
	expect_in(seen, "1 of 2 public tests pass");
	expect_in(seen, "ring_run(0) returned 0");
	expect_not_in(seen, "survives_short_reads");
	expect_not_in(seen, "Short reads");
	expect_not_in(seen, "rejects_many");
	expect_not_in(seen, "nothing can run any more");
	json_array_foreach(member(result, "tests", JSON_ARRAY), i, test)
	{
		if (is_visible(test))
			continue;
		cr_assert(eq(str, (char *)string(test, "visibility"), "after_published"));
		hidden_points += json_object_get(test, "score") != NULL;
		hidden_tests += json_object_get(test, "score") == NULL;
	}
	cr_assert(eq(u32, hidden_points, 2), "of correctness and of hygiene");
	cr_assert(eq(u32, hidden_tests, 2));
	free(seen);
	json_decref(result);
	grade_free(grade);
}

Test(gradescope, visible_rows_of_any_grade_tell_no_finding_of_hidden_tests)
{
	for (uint64_t number = 0; number < GRADES; number++) {
		struct grade *grade = random_grade(number);
		json_t *result = render_json("gradescope", grade);
		char *seen = visible_part(result);

		expect_not_in(seen, "survives_short_reads");
		expect_not_in(seen, "rejects_many");
		expect_not_in(seen, " of 60 points"); /* the gate tells the points of all tests */
		free(seen);
		json_decref(result);
		grade_free(grade);
	}
}

Test(gradescope, visibility_is_what_the_instructor_says_if_it_exists)
{
	static const char *const wishes[][2] = {{"hidden", "hidden"},
	                                        {"after_due_date", "after_due_date"},
	                                        {"after_published", "after_published"},
	                                        {"visible", "visible"},
	                                        {"never", "after_published"}};
	struct grade *grade = lost_grade();

	for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
		struct report_platform platform = {.hidden_visibility = wishes[i][0]};
		char *text = render_with("gradescope", grade, &(struct report_options){.platform = &platform});
		json_t *result = parse(text), *tests = member(result, "tests", JSON_ARRAY);

		cr_assert(eq(str, (char *)string(json_array_get(tests, 0), "visibility"), "visible"));
		cr_assert(eq(str, (char *)string(json_array_get(tests, 1), "visibility"), (char *)wishes[i][1]));
		json_decref(result);
		free(text);
	}
	grade_free(grade);
}

/* ---- SARIF ---------------------------------------------------------------------------------- */

static void expect_text(const json_t *object, const char *key)
{
	cr_assert(ne(int, *string(member(object, key, JSON_OBJECT), "text"), '\0'), "%s", key);
}

static void expect_location(const json_t *location)
{
	const json_t *physical = member(location, "physicalLocation", JSON_OBJECT);
	const json_t *region = member(physical, "region", JSON_OBJECT);
	const char *uri = string(member(physical, "artifactLocation", JSON_OBJECT), "uri");

	cr_assert(ne(int, *uri, '\0'));
	cr_assert(ne(int, *uri, '/'), "relative");
	for (const char *c = uri; *c; c++)
		expect(*c > ' ' && *c < 0x7f && !strchr(":\\\"<>", *c), uri);
	cr_assert(ge(int, integer(region, "startLine"), 1));
	cr_assert(ge(int, integer(region, "startColumn"), 1));
	cr_assert(eq(int, integer(region, "endLine"), integer(region, "startLine")));
	cr_assert(gt(int, integer(region, "endColumn"), integer(region, "startColumn")));
}

static void expect_flows(const json_t *result)
{
	const json_t *flow, *thread, *step;
	size_t i, j, k;

	json_array_foreach(member(result, "codeFlows", JSON_ARRAY), i, flow)
	{
		cr_assert(gt(sz, json_array_size(member(flow, "threadFlows", JSON_ARRAY)), 0));
		json_array_foreach(json_object_get(flow, "threadFlows"), j, thread)
		{
			cr_assert(gt(sz, json_array_size(member(thread, "locations", JSON_ARRAY)), 0));
			json_array_foreach(json_object_get(thread, "locations"), k, step)
			    expect_location(member(step, "location", JSON_OBJECT));
		}
	}
}

static void expect_result(const json_t *result, const json_t *rules)
{
	static const char *const levels[] = {"error", "warning", "note"};
	const json_t *location, *rule = json_array_get(rules, (size_t)integer(result, "ruleIndex"));
	bool known = false;
	size_t i;

	cr_assert(eq(str, (char *)string(rule, "id"), (char *)string(result, "ruleId")));
	for (i = 0; i < sizeof levels / sizeof *levels; i++)
		known |= strcmp(string(result, "level"), levels[i]) == 0;
	cr_assert(eq(int, known, true));
	expect_text(result, "message");
	cr_assert(eq(sz, json_array_size(member(result, "locations", JSON_ARRAY)), 1));
	expect_location(json_array_get(json_object_get(result, "locations"), 0));
	json_array_foreach(member(result, "relatedLocations", JSON_ARRAY), i, location)
	{
		expect_location(location);
		cr_assert(eq(int, integer(location, "id"), (int)i + 1));
	}
	expect_flows(result);
	string(member(result, "partialFingerprints", JSON_OBJECT), "primaryLocationLineHash");
}

/* What GitHub's code scanning requires. */
static const json_t *expect_sarif(const json_t *log)
{
	const json_t *runs = member(log, "runs", JSON_ARRAY), *run = json_array_get(runs, 0), *item;
	size_t i;

	cr_assert(eq(int, strncmp(string(log, "$schema"), "https://", 8), 0));
	cr_assert(eq(str, (char *)string(log, "version"), "2.1.0"));
	cr_assert(eq(sz, json_array_size(runs), 1));
	const json_t *driver = member(member(run, "tool", JSON_OBJECT), "driver", JSON_OBJECT);
	cr_assert(eq(str, (char *)string(driver, "name"), "forkjoin"));
	json_array_foreach(member(driver, "rules", JSON_ARRAY), i, item)
	{
		cr_assert(ne(int, *string(item, "id"), '\0'));
		expect_text(item, "shortDescription");
		expect_text(item, "fullDescription");
		expect_text(item, "help");
	}
	json_array_foreach(member(run, "results", JSON_ARRAY), i, item)
	    expect_result(item, json_object_get(driver, "rules"));
	return run;
}

Test(sarif, has_all_that_code_scanning_requires)
{
	for (uint64_t number = 0; number < GRADES; number++) {
		struct grade *grade = random_grade(number);
		json_t *log = render_json("sarif", grade);

		const json_t *run = expect_sarif(log);
		cr_assert(eq(int, json_object_get(member(run, "properties", JSON_OBJECT), "score") != NULL, grade->judged));
		json_decref(log);
		grade_free(grade);
	}
}

static const json_t *first_result(const json_t *log)
{
	return json_array_get(json_object_get(json_array_get(json_object_get(log, "runs"), 0), "results"), 0);
}

static int start_line(const json_t *location)
{
	const json_t *physical = member(location, "physicalLocation", JSON_OBJECT);

	return integer(member(physical, "region", JSON_OBJECT), "startLine");
}

Test(sarif, a_race_is_one_code_flow_with_a_thread_flow_for_each_side)
{
	struct grade *grade = race_grade(0);
	json_t *log = render_json("sarif", grade);
	const json_t *result = first_result(log), *flows = member(result, "codeFlows", JSON_ARRAY);

	expect_sarif(log);
	cr_assert(eq(str, (char *)string(result, "ruleId"), "data_race"));
	cr_assert(eq(sz, json_array_size(flows), 1));
	const json_t *threads = member(json_array_get(flows, 0), "threadFlows", JSON_ARRAY);
	cr_assert(eq(sz, json_array_size(threads), 2));
	const json_t *writer = json_array_get(threads, 0), *reader = json_array_get(threads, 1);
	cr_assert(eq(str, (char *)string(writer, "id"), "write by thread T2"));
	cr_assert(eq(str, (char *)string(reader, "id"), "read by thread T1"));
	const json_t *steps = member(writer, "locations", JSON_ARRAY);
	cr_assert(eq(sz, json_array_size(steps), 2));
	cr_assert(eq(int, start_line(json_object_get(json_array_get(steps, 0), "location")), 4), "the caller comes first");
	cr_assert(eq(int, start_line(json_object_get(json_array_get(steps, 1), "location")), 2), "the access comes last");
	cr_assert(eq(sz, json_array_size(member(reader, "locations", JSON_ARRAY)), 1));
	json_decref(log);
	grade_free(grade);
}

static const char *line_hash(const json_t *log)
{
	return string(member(first_result(log), "partialFingerprints", JSON_OBJECT), "primaryLocationLineHash");
}

Test(sarif, a_finding_keeps_its_fingerprint_when_lines_are_added_above)
{
	struct grade *before = race_grade(0), *after = race_grade(1);
	struct report_options old = {.source_text = "a\n\tnode->value = 1;\nc\nd\n"};
	struct report_options moved = {.source_text = "new\na\n    node->value  = 1;\nc\nd\n"};
	struct report_options changed = {.source_text = "new\na\n\tnode->value = 2;\nc\nd\n"};
	char *texts[] = {render_with("sarif", before, &old), render_with("sarif", after, &moved),
	                 render_with("sarif", after, &changed)};
	json_t *logs[] = {parse(texts[0]), parse(texts[1]), parse(texts[2])};

	cr_assert(eq(str, (char *)line_hash(logs[0]), (char *)line_hash(logs[1])));
	cr_assert(ne(str, (char *)line_hash(logs[0]), (char *)line_hash(logs[2])));
	for (size_t i = 0; i < 3; i++) {
		json_decref(logs[i]);
		free(texts[i]);
	}
	grade_free(before);
	grade_free(after);
}

Test(sarif, paths_are_where_the_file_was_found)
{
	struct grade *grade = race_grade(0);
	char *text = render_with(
	    "sarif", grade, &(struct report_options){.source_path = "my work/a:b/pipe_ring.c", .source_text = "\n\nä\n"});
	json_t *log = parse(text);

	expect_sarif(log);
	expect_in(text, "\"my%20work/a%3Ab/pipe_ring.c\"");
	free(text);
	json_decref(log);
	text = render("sarif", grade);
	expect_in(text, "\"uri\": \"pipe_ring.c\"");
	free(text);
	grade_free(grade);
}

Test(sarif, texts_are_no_links_and_no_placeholders)
{
	struct grade *grade = race_grade(0);

	finding_set(&grade->findings.item[0].seen, "[click](https://x) \\[{0}");
	json_t *log = render_json("sarif", grade);
	expect_in(string(member(first_result(log), "message", JSON_OBJECT), "text"), "\\[click\\](https://x) \\\\\\[{{0}}");
	json_decref(log);
	grade_free(grade);
}

Test(sarif, of_a_hidden_test_there_are_only_the_submissions_own_lines)
{
	struct grade *grade = lost_grade();
	char *text = render("sarif", grade);

	expect_in(text, "\"startLine\": 8");
	expect_not_in(text, "hidden.c");
	expect_not_in(text, "test_body");
	free(text);
	grade_free(grade);
}

static void set_step(struct interleaving *schedule, size_t at, size_t lane, unsigned line, const char *operation)
{
	struct step *step = &schedule->step[at];

	step->lane = lane;
	step->line = line;
	finding_set(&step->file, "pipe_ring.c");
	finding_set(&step->operation, "%s", operation);
}

/* Two lanes, three steps. */
static struct interleaving *schedule(void)
{
	struct interleaving *schedule = calloc(1, sizeof *schedule);

	schedule->lane = calloc(2, sizeof *schedule->lane);
	schedule->lane_count = 2;
	finding_set(&schedule->lane[0], "thread 1");
	finding_set(&schedule->lane[1], "thread 2");
	schedule->step = calloc(3, sizeof *schedule->step);
	schedule->step_count = 3;
	set_step(schedule, 0, 0, 11, "lock");
	set_step(schedule, 1, 1, 21, "lock");
	set_step(schedule, 2, 0, 12, "lock");
	return schedule;
}

Test(sarif, a_schedule_is_a_thread_flow_per_lane_in_one_order)
{
	struct grade *grade = sample_grade();
	struct finding *finding = findings_add(&grade->findings, "explore", "deadlock", "token_returns");

	grade_test(grade, "token_returns")->status = TEST_HANG;
	finding_set(&finding->token, "token_returns@1@abc");
	finding->interleaving = schedule();
	grade_score(grade, sample_assignment());
	json_t *log = render_json("sarif", grade);
	expect_sarif(log);
	const json_t *flow = json_array_get(member(first_result(log), "codeFlows", JSON_ARRAY), 0);
	const json_t *threads = member(flow, "threadFlows", JSON_ARRAY);
	cr_assert(eq(sz, json_array_size(threads), 2));
	const json_t *steps = member(json_array_get(threads, 0), "locations", JSON_ARRAY);
	cr_assert(eq(sz, json_array_size(steps), 2));
	cr_assert(eq(int, integer(json_array_get(steps, 1), "executionOrder"), 3));
	cr_assert(eq(int, start_line(json_object_get(json_array_get(steps, 1), "location")), 12));
	json_decref(log);
	grade_free(grade);
}

/* ---- GitHub Actions ------------------------------------------------------------------------- */

enum { MAX_COMMANDS = 64 };

/* What a runner makes of a log: the commands that it would carry out. */
struct runner {
	char *command[MAX_COMMANDS];
	size_t count;
	char *stopped; /* the word that ends it, or NULL */
};

static void run_line(struct runner *runner, const char *line, size_t length)
{
	while (length && (unsigned char)*line <= ' ') {
		line++;
		length--;
	}
	if (length < 4 || strncmp(line, "::", 2) != 0)
		return;
	char *text = strndup(line, length);
	if (runner->stopped) {
		char *end = NULL;
		finding_set(&end, "::%s::", runner->stopped);
		if (strcmp(text, end) == 0) {
			free(runner->stopped);
			runner->stopped = NULL;
		}
		free(end);
		free(text);
	} else if (strncmp(text, "::stop-commands::", 17) == 0) {
		runner->stopped = strdup(text + 17);
		free(text);
	} else {
		cr_assert(lt(sz, runner->count, MAX_COMMANDS));
		runner->command[runner->count++] = text;
	}
}

static struct runner run_log(const char *log)
{
	struct runner runner = {.count = 0};

	while (*log) {
		size_t length = strcspn(log, "\n");

		run_line(&runner, log, length);
		log += length + (log[length] == '\n');
	}
	cr_assert(eq(ptr, runner.stopped, NULL), "commands work again afterwards");
	return runner;
}

static void runner_clear(struct runner *runner)
{
	for (size_t i = 0; i < runner->count; i++)
		free(runner->command[i]);
}

static unsigned commands_named(const struct runner *runner, const char *start)
{
	unsigned count = 0;

	for (size_t i = 0; i < runner->count; i++)
		count += strncmp(runner->command[i], start, strlen(start)) == 0;
	return count;
}

Test(annotations, a_runner_carries_out_nothing_else)
{
	for (uint64_t number = 0; number < GRADES; number++) {
		struct grade *grade = random_grade(number);
		char *log = render_with("annotations", grade, &(struct report_options){.width = 80, .everything = number % 2});
		struct runner runner = run_log(log);
		unsigned errors = commands_named(&runner, "::error "), warnings = commands_named(&runner, "::warning ");
		unsigned notices = commands_named(&runner, "::notice ");

		cr_assert(le(u32, errors, 10));
		cr_assert(le(u32, warnings, 10));
		cr_assert(le(u32, notices, 10));
		cr_assert(eq(sz, runner.count, errors + warnings + notices), "grade %d", (int)number);
		expect_not_in(log, "##[");
		expect_in(log, "\n::stop-commands::");
		runner_clear(&runner);
		free(log);
		grade_free(grade);
	}
}

Test(annotations, stand_at_the_lines_of_source)
{
	struct grade *grade = lost_grade();
	char *log = render_with("annotations", grade,
	                        &(struct report_options){.width = 80, .source_path = "assignments/pipe_ring/pipe_ring.c"});

	expect_in(log, "::notice title=pipe_ring::53 of 100 points\n");
	expect_in(log, "::error file=assignments/pipe_ring/pipe_ring.c,line=8,title=");
	expect_in(log, "::nothing can run any more (the test)");
	expect_not_in(log, "hidden.c");
	free(log);
	grade_free(grade);
}

Test(annotations, what_looks_like_an_escape_is_escaped)
{
	struct grade *grade = lost_grade();

	finding_set(&grade->findings.item[0].seen, "100%%0A::error::x, y");
	char *log = render("annotations", grade);
	expect_in(log, "::100%250A::error::x, y; expected: ");
	expect_in(log, "(-1 hygiene%2C -1 design)::");
	free(log);
	grade_free(grade);
}

Test(annotations, are_at_most_ten_of_a_level)
{
	struct grade *grade = sample_grade();

	for (unsigned i = 0; i < 30; i++)
		finding_add_place(
		    findings_add(&grade->findings, "memcheck", i % 2 ? "invalid_read" : "memory_leak", "token_returns"),
		    "pipe_ring.c", i + 1, NULL, NULL);
	for (unsigned i = 0; i < 15; i++)
		finding_add_place(findings_add(&grade->findings, "symbols", "forbidden_symbol", NULL), "pipe_ring.c", i + 1,
		                  NULL, NULL);
	grade_score(grade, sample_assignment());
	char *log = render("annotations", grade);
	struct runner runner = run_log(log);
	cr_assert(eq(u32, commands_named(&runner, "::notice "), 10));
	cr_assert(eq(u32, commands_named(&runner, "::warning "), 10));
	cr_assert(gt(u32, commands_named(&runner, "::error "), 0));
	runner_clear(&runner);
	free(log);
	grade_free(grade);
}

Test(summary, is_the_markdown_report)
{
	struct grade *grade = lost_grade();
	char *summary = render("summary", grade), *markdown = render("markdown", grade);

	cr_assert(eq(str, summary, markdown));
	free(summary);
	free(markdown);
	grade_free(grade);
}

/* With so many findings, lines of evidence in each and bytes in each line, all of them hard to write in Markdown. */
static struct grade *huge_grade(unsigned findings, unsigned lines, size_t bytes)
{
	struct grade *grade = sample_grade();
	char *line = calloc(bytes + 1, 1);

	memset(line, '<', bytes);
	for (unsigned i = 0; i < findings; i++) {
		struct finding *finding = findings_add(&grade->findings, "audit", "fd_leak", "token_returns");

		finding_add_place(finding, "pipe_ring.c", i + 1, NULL, NULL);
		for (unsigned j = 0; j < lines; j++)
			finding_add_detail(finding, "%s", line);
	}
	grade_score(grade, sample_assignment());
	free(line);
	return grade;
}

/* The text is full up to its limit and is the beginning of the Markdown report, cut between lines. */
static void expect_capped(const struct grade *grade, const char *format, size_t limit, const char *notice)
{
	char *text = render(format, grade), *whole = render("markdown", grade);
	size_t length = strlen(text) - strlen(notice);

	cr_assert(gt(sz, strlen(whole), limit), "or this test proves nothing");
	cr_assert(le(sz, strlen(text), limit), "%s has %zu bytes", format, strlen(text));
	cr_assert(gt(sz, strlen(text), limit - limit / 8), "%s has %zu bytes", format, strlen(text));
	cr_assert(eq(str, text + length, (char *)notice));
	text[length] = '\0';
	const char *start = strstr(text, "## pipe\\_ring");
	cr_assert(eq(int, strncmp(start, whole, strlen(start)), 0), "the beginning of the report");
	cr_assert(eq(int, text[length - 1], '\n'), "cut between lines");
	free(whole);
	free(text);
}

static const char summary_notice[] = "\n**The summary is longer than GitHub takes: the rest is left out.**\n";

Test(summary, is_cut_between_lines_where_github_takes_no_more)
{
	struct grade *grade = huge_grade(80, 4, 1900);

	expect_capped(grade, "summary", 1 << 20, summary_notice);
	grade_free(grade);
}

Test(release, is_cut_between_lines_where_github_takes_no_more)
{
	struct grade *grade = huge_grade(80, 1, 1000);

	expect_capped(grade, "release", 100 * 1024, "\n*The rest did not fit on this page.*\n");
	grade_free(grade);
}

Test(summary, loses_a_giant_listing_before_it_loses_a_finding)
{
	struct grade *grade = huge_grade(30, 30, 1900);
	char *text = render("summary", grade);

	cr_assert(le(sz, strlen(text), 1 << 20));
	expect_in(text, "#### F1 ");
	expect_in(text, "#### F30 ");
	expect_in(text, summary_notice);
	free(text);
	grade_free(grade);
}

/* ---- Autolab, PrairieLearn, VPL ------------------------------------------------------------- */

/* The line that is `back` lines before the end (0: the last one). */
static char *line_from_end(const char *text, unsigned back)
{
	const char *end = text + strlen(text) - 1, *start;

	cr_assert(eq(int, *end, '\n'));
	for (;; end = start - 1) {
		for (start = end; start > text && start[-1] != '\n'; start--)
			;
		if (back-- == 0)
			return strndup(start, (size_t)(end - start));
	}
}

static json_t *json_line(const char *text, unsigned back)
{
	char *line = line_from_end(text, back);
	json_t *value = parse(line);

	free(line);
	return value;
}

static int autolab_score(const char *text)
{
	json_t *last = json_line(text, 0), *score;
	const char *name;
	int sum = 0;

	json_object_foreach(member(last, "scores", JSON_OBJECT), name, score)
	{
		expect(json_is_integer(score), name);
		sum += (int)json_integer_value(score);
	}
	json_decref(last);
	return sum;
}

Test(autolab, the_last_two_lines_are_the_table_and_the_scores)
{
	for (uint64_t number = 0; number < GRADES; number++) {
		struct grade *grade = random_grade(number);
		char *text = render("autolab", grade);
		json_t *table = json_line(text, 1), *stage, *tests, *item;
		const char *name;
		size_t i;

		cr_assert(eq(int, autolab_score(text), grade->judged ? grade->score : 0));
		cr_assert(eq(str, (char *)string(table, "_presentation"), "semantic"));
		json_array_foreach(member(table, "stages", JSON_ARRAY), i, stage)
		{
			tests = member(table, json_string_value(stage), JSON_OBJECT);
			json_object_foreach(tests, name, item) expect(json_is_boolean(json_object_get(item, "passed")), name);
		}
		json_decref(table);
		free(text);
		grade_free(grade);
	}
}

Test(autolab, a_problem_for_each_rubric_line)
{
	struct grade *grade = lost_grade();
	char *text = render("autolab", grade);
	json_t *last = json_line(text, 0), *scores = member(last, "scores", JSON_OBJECT);

	cr_assert(eq(int, integer(scores, "correctness"), 35));
	cr_assert(eq(int, integer(scores, "hygiene"), 9));
	cr_assert(eq(int, integer(scores, "design"), 9));
	expect_in(text, "\"survives_short_reads\":{\"passed\":false,\"hint\":\"hang\"}");
	json_decref(last);
	free(text);
	grade_free(grade);
}

Test(prairielearn, gives_a_fraction_and_rows_that_sum_up)
{
	for (uint64_t number = 0; number < GRADES; number++) {
		struct grade *grade = random_grade(number);
		json_t *result = render_json("prairielearn", grade), *test;
		bool gradable = json_is_true(json_object_get(result, "gradable"));
		int points = 0, max_points = 0;
		size_t i;

		cr_assert(eq(int, gradable, grade->judged && grade->max_score > 0));
		cr_assert(eq(int, json_object_get(result, "score") != NULL, gradable));
		cr_assert(eq(int, json_object_get(result, "format_errors") != NULL, !gradable));
		json_array_foreach(member(result, "tests", JSON_ARRAY), i, test)
		{
			points += integer(test, "points");
			max_points += integer(test, "max_points");
		}
		if (gradable) {
			double score = json_real_value(member(result, "score", JSON_REAL));

			expect(score >= 0 && score <= 1, "from 0 to 1");
			cr_assert(eq(int, points, grade->score));
			cr_assert(eq(int, max_points, grade->max_score));
			cr_assert(eq(long, rounded(score * max_points), (long)points));
		}
		json_decref(result);
		grade_free(grade);
	}
}

Test(prairielearn, stays_below_a_megabyte)
{
	struct grade *grade = huge_grade(60, 30, 1900);
	char *text = render_with("prairielearn", grade, &(struct report_options){.everything = true});

	cr_assert(lt(sz, strlen(text), 1000000));
	expect_in(text, "(cut here: the full report has the rest)");
	expect_in(text, "(cut here)");
	free(text);
	grade_free(grade);
}

/* As VPL reads it: comments between the marks, and the last line that begins with "Grade :=>>". */
static const char *vpl_grade(const char *text)
{
	const char *grade = NULL;
	unsigned blocks = 0, ends = 0;

	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		if (strncmp(line, "<|--\n", 5) == 0)
			blocks++;
		else if (strncmp(line, "--|>\n", 5) == 0)
			ends++;
		else if (strncmp(line, "Grade :=>>", 10) == 0)
			grade = line + 10;
		else
			expect(blocks == 1 && ends == 0 && (*line == '>' || *line == '-'), line);
	}
	cr_assert(eq(u32, blocks, 1));
	cr_assert(eq(u32, ends, 1));
	return grade;
}

Test(vpl, the_report_is_a_comment_and_the_grade_comes_last)
{
	for (uint64_t number = 0; number < GRADES; number++) {
		struct grade *grade = random_grade(number);
		char *text = render("vpl", grade);
		const char *told = vpl_grade(text);

		cr_assert(eq(int, told != NULL, grade->judged && grade->max_score > 0));
		if (told)
			cr_assert(eq(int, atoi(told), grade->score));
		free(text);
		grade_free(grade);
	}
}

Test(vpl, the_grade_is_on_the_scale_of_the_activity)
{
	static const struct {
		const char *min, *max, *expected;
	} scales[] = {
	    {NULL, NULL, " 53\n"}, {"0", "10", " 5.3\n"}, {"1", "6", " 3.65\n"}, {"0", "0", " 53\n"}, {"x", "nan", " 53\n"},
	};
	struct grade *grade = lost_grade();

	for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
		struct report_platform platform = {.grade_min = scales[i].min, .grade_max = scales[i].max};
		char *text = render_with("vpl", grade, &(struct report_options){.platform = &platform});

		cr_assert(eq(str, (char *)vpl_grade(text), (char *)scales[i].expected));
		free(text);
	}
	grade_free(grade);
}

/* ---- all of them ---------------------------------------------------------------------------- */

/* The number in front of `mark`, where `start` stands before it; -1 if there is none. */
static int number_in(const char *text, const char *start, const char *mark)
{
	const char *at = strstr(text, start);
	int number, used = 0;

	if (!at || sscanf(at + strlen(start), "%d%n", &number, &used) != 1)
		return -1;
	return strncmp(at + strlen(start) + used, mark, strlen(mark)) == 0 ? number : -1;
}

static int score_in(const char *format, const struct grade *grade, const char *start, const char *mark)
{
	char *text = render(format, grade);
	int score = number_in(text, start, mark);

	free(text);
	return score;
}

static int score_of(json_t *result, const char *key)
{
	const json_t *value = json_object_get(result, key);
	int score = value ? (int)json_integer_value(value) : -1;

	json_decref(result);
	return score;
}

static int sarif_score(const struct grade *grade)
{
	json_t *log = render_json("sarif", grade);
	const json_t *run = json_array_get(json_object_get(log, "runs"), 0);
	int score = integer(member(run, "properties", JSON_OBJECT), "score");

	json_decref(log);
	return score;
}

static int prairielearn_score(const struct grade *grade)
{
	json_t *result = render_json("prairielearn", grade);
	int score = (int)rounded(json_real_value(json_object_get(result, "score")) * grade->max_score);

	json_decref(result);
	return score;
}

Test(platform, one_grade_is_the_same_number_everywhere)
{
	unsigned compared = 0;

	for (uint64_t number = 0; number < GRADES; number++) {
		struct grade *grade = random_grade(number);
		int score = grade->score;

		if (!grade->judged || grade->only_test || grade->max_score == 0) { /* of one test, no report says "of" */
			grade_free(grade);
			continue;
		}
		compared++;
		json_t *line = classroom_result(grade);
		cr_assert(eq(long, shown_by_reporter(line), 100L * score));
		cr_assert(eq(long, sent_by_reporter(line), (long)score));
		json_decref(line);
		cr_assert(eq(int, score_of(render_json("json", grade), "score"), score));
		cr_assert(eq(int, score_of(render_json("classroom50", grade), "score"), score));
		cr_assert(eq(int, score_of(render_json("gradescope", grade), "score"), score));
		cr_assert(eq(int, sarif_score(grade), score));
		cr_assert(eq(int, prairielearn_score(grade), score));
		cr_assert(eq(int, score_in("junit", grade, "<property name=\"score\" value=\"", "\"/>"), score));
		cr_assert(eq(int, score_in("annotations", grade, "::notice title=pipe_ring::", " of "), score));
		cr_assert(eq(int, score_in("summary", grade, "## pipe\\_ring: ", " of "), score));
		cr_assert(eq(int, score_in("release", grade, "### forkjoin: ", "/"), score));
		cr_assert(eq(int, score_in("vpl", grade, "\nGrade :=>> ", "\n"), score));
		char *text = render("autolab", grade);
		cr_assert(eq(int, autolab_score(text), score));
		free(text);
		grade_free(grade);
	}
	cr_assert(gt(u32, compared, GRADES / 2));
}

static const char *const formats[] = {"sarif",   "github",     "classroom", "classroom50",  "release", "annotations",
                                      "summary", "gradescope", "autolab",   "prairielearn", "vpl"};

Test(platform, what_was_not_judged_has_no_score_anywhere)
{
	struct grade *grade = not_judged();

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		char *text = render(formats[i], grade);

		expect_not_in(text, "of 100");
		expect_not_in(text, "/100");
		expect_not_in(text, "Grade :=>>");
		free(text);
	}
	json_t *result = render_json("gradescope", grade);
	cr_assert(eq(ptr, json_object_get(result, "score"), NULL));
	cr_assert(eq(sz, json_array_size(member(result, "tests", JSON_ARRAY)), 0));
	json_decref(result);
	char *log = render("annotations", grade);
	struct runner runner = run_log(log);
	cr_assert(eq(sz, runner.count, 1), "that nothing was judged");
	runner_clear(&runner);
	free(log);
	json_t *sarif = render_json("sarif", grade);
	cr_assert(eq(ptr, (void *)first_result(sarif), NULL));
	json_decref(sarif);
	grade_free(grade);
}

/* A check that failed, and why; nothing else is wrong with the submission. */
static struct grade *failed_check(const char *check, const char *fault, const char *reason)
{
	static const char *const names[] = {"audit", "criterion", "explore", "memcheck", "symbols", "tsan"};
	struct grade *grade = sample_grade();

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		bool failed = strcmp(names[i], check) == 0;
		grade_add_check(grade, names[i], failed ? "failed" : "ran", failed ? reason : NULL, 5);
		if (failed)
			grade_set_fault(grade, fault);
	}
	grade_settle(grade);
	grade_score(grade, sample_assignment());
	return grade;
}

/* What says in each format that there is no verdict; classroom's JSON is in another text. */
static const char *says_not_judged(const char *format)
{
	static const char *const table[][2] = {
	    {"text", "not judged"},
	    {"json", "\"judged\": false"},
	    {"markdown", ": not judged"},
	    {"html", "not judged"},
	    {"junit", "errors=\"1\""},
	    {"sarif", "\"executionSuccessful\": false"},
	    {"verdict", "score none of 100"},
	    {"github", "\"status\": \"error\""},
	    {"classroom", "result="},
	    {"classroom50", "\"max-score\": 0"},
	    {"release", "not judged"},
	    {"annotations", "::error title="},
	    {"summary", "not judged"},
	    {"gradescope", "Not judged"},
	    {"autolab", "{\"scores\":{}}"},
	    {"prairielearn", "\"gradable\": false"},
	    {"vpl", "not judged"},
	    {"problems", "not judged"},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcmp(table[i][0], format) == 0)
			return table[i][1];
	return NULL;
}

/* What all or some of them would say of a submission that was judged. */
static void expect_no_score(const char *text)
{
	static const char *const scores[] = {"of 100 points",  "100 of 100",     "100/100",           "Full marks",
	                                     "Grade :=>>",     "name=\"score\"", "\"judged\": true",  "\"gradable\": true",
	                                     "::notice title", "\"score\": 100", "Successful\": true"};
	for (size_t i = 0; i < sizeof scores / sizeof *scores; i++)
		expect_not_in(text, scores[i]);
}

Test(platform, a_check_that_failed_is_not_judged_in_every_format)
{
	static const char *const checks[] = {"criterion", "audit", "explore", "tsan", "memcheck", "symbols"};
	static const char *const ways[][2] = {{"infrastructure", "it was ended by signal 9"},
	                                      {"infrastructure", "it gave no report"},
	                                      {"invalid", "the report has 3 results for 4 tests"},
	                                      {"invalid", "it did not report the kit's own fault"}};
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
		for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
			struct grade *grade = failed_check(checks[i], ways[w][0], ways[w][1]);
			for (const struct report_format *format = report_formats; format->name; format++) {
				const char *says = says_not_judged(format->name);
				cr_assert(ne(ptr, (void *)says, NULL), "%s: what does it say of what was not judged?", format->name);
				char *text = render(format->name, grade);
				expect_in(text, says);
				if (strcmp(format->name, "classroom50") != 0) /* its schema asks for a number */
					expect_no_score(text);
				free(text);
			}
			json_t *classroom = classroom_result(grade);
			cr_assert(eq(str, (char *)string(classroom, "status"), (char *)"error"));
			json_decref(classroom);
			grade_free(grade);
		}
}

/* No control character but newline, nothing that hides or reorders text; UTF-8. */
static void expect_harmless(const char *format, const char *text)
{
	json_t *utf8 = json_string(text);

	cr_assert(ne(ptr, utf8, NULL), "%s is not UTF-8", format);
	json_decref(utf8);
	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++)
		expect((*byte >= ' ' && *byte != 0x7f) || *byte == '\n', format);
	expect_not_in(text, "\xe2\x80\xae");
}

Test(platform, no_text_of_a_submission_does_harm)
{
	for (uint64_t number = 0; number < GRADES; number++) {
		struct grade *grade = random_grade(number);

		for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
			char *text = render(formats[i], grade);
			expect_harmless(formats[i], text);
			free(text);
		}
		grade_free(grade);
	}
}

Test(platform, hidden_tests_keep_their_files_to_themselves)
{
	struct grade *grade = lost_grade();

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		char *text = render(formats[i], grade);
		expect_not_in(text, "hidden.c");
		expect_not_in(text, "hidden\\.c");
		expect_not_in(text, "test_body");
		free(text);
	}
	grade_free(grade);
}
