/* junit.c - JUnit XML for continuous integration: one suite for the tests, one for the checks. */
#include "view.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_LIMIT = 4000, DETAIL_LIMIT = 200 };

static void attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	escape_xml(out, value);
	fputc('"', out);
}

static void text_line(FILE *out, const char *label, const char *text)
{
	if (!text)
		return;
	fprintf(out, "%s", label);
	escape_xml(out, text);
	fputc('\n', out);
}

static void seconds(FILE *out, int milliseconds)
{
	fprintf(out, " time=\"%d.%03d\"", milliseconds / 1000, milliseconds % 1000);
}

static void evidence(FILE *out, const struct view *view, const struct view_group *group)
{
	const struct finding *finding = group->shown;
	char *seen = view_text(group, finding->seen, TEXT_LIMIT), *expected = view_expected(group, TEXT_LIMIT);
	char *cost = view_cost(view, group), *others = view_others(view, group), *again = view_again(view, group);

	text_line(out, "points: ", cost);
	text_line(out, "seen: ", seen);
	text_line(out, "expected: ", expected);
	text_line(out, "why: ", finding->why);
	for (size_t i = 0; i < finding->where_count; i++) {
		const struct place *place = &finding->where[i];

		if (!view_place_shown(view, group, place))
			continue;
		fputs("where: ", out);
		escape_xml(out, place->file);
		if (place->file && place->line)
			fprintf(out, ":%u", place->line);
		fputs(place->function ? " " : "", out);
		escape_xml(out, place->function);
		fputs(place->role ? " - " : "", out);
		escape_xml(out, place->role);
		fputc('\n', out);
	}
	for (size_t i = 0; view_detail_shown(group) && i < finding->detail_count && i < DETAIL_LIMIT; i++) {
		char *line = view_text(group, finding->detail[i], TEXT_LIMIT);

		text_line(out, "  ", line);
		free(line);
	}
	text_line(out, "again: ", again);
	text_line(out, "also: ", others);
	free(seen);
	free(expected);
	free(cost);
	free(others);
	free(again);
}

static void problem(FILE *out, const char *element, const struct view *view, const struct view_group *group)
{
	char *title = view_title(group), *seen = view_text(group, group->shown->seen, TEXT_LIMIT), *message = NULL;

	finding_set(&message, "%s%s%s", title, seen ? ": " : "", seen ? seen : "");
	fprintf(out, "      <%s", element);
	attribute(out, "type", group->shown->kind);
	attribute(out, "message", message);
	fputc('>', out);
	evidence(out, view, group);
	fprintf(out, "</%s>\n", element);
	free(title);
	free(seen);
	free(message);
}

static bool is_about(const struct finding *finding, const char *test)
{
	return finding->test && strcmp(finding->test, test) == 0 &&
	       (strcmp(finding->check, "criterion") == 0 || strcmp(finding->check, "score") == 0);
}

/* A test that could be run here; hidden tests that are not in a handout are no cases. */
static bool is_case(const struct grade *grade, const struct test_result *test)
{
	return !(grade->public_only && test->hidden);
}

static void test_case(FILE *out, const struct view *view, const struct test_result *test)
{
	fputs("    <testcase", out);
	attribute(out, "classname", view->grade->assignment);
	attribute(out, "name", test->name);
	seconds(out, test->duration_ms);
	if (test->status == TEST_PASS) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n", out);
	const char *element = test->status == TEST_NOT_RUN ? "skipped" : "failure";
	for (size_t i = 0; i < view->group_count; i++) {
		if (!is_about(view->group[i].shown, test->name))
			continue;
		problem(out, element, view, &view->group[i]);
		fputs("    </testcase>\n", out);
		return;
	}
	struct view_group about = {.hidden = test->hidden};
	char *message = view_text(&about, test->message, TEXT_LIMIT);
	fprintf(out, "      <%s", element);
	attribute(out, "message", message ? message : test_status_name(test->status));
	fputs("/>\n    </testcase>\n", out);
	free(message);
}

/* Failed tests are cases of the other suite and not told twice. */
static bool is_found_by(const struct view_group *group, const char *check)
{
	return group->section != VIEW_ADVICE && group->section != VIEW_TEST && strcmp(group->shown->check, check) == 0;
}

static unsigned findings_of(const struct view *view, const char *check)
{
	unsigned count = 0;

	for (size_t i = 0; i < view->group_count; i++)
		count += is_found_by(&view->group[i], check);
	return count;
}

static bool ran(const struct check_result *check)
{
	return strcmp(check->status, "ran") == 0;
}

/* At most one element in a case: readers disagree about more. */
static void check_case(FILE *out, const struct view *view, const struct check_result *check)
{
	fputs("    <testcase", out);
	attribute(out, "classname", "checks");
	attribute(out, "name", check->name);
	seconds(out, check->duration_ms);
	if (ran(check) && !findings_of(view, check->name)) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n", out);
	if (!ran(check)) {
		fprintf(out, "      <%s", strcmp(check->status, "skipped") == 0 ? "skipped" : "error");
		attribute(out, "message", check->reason ? check->reason : check->status);
		fputs("/>\n    </testcase>\n", out);
		return;
	}
	char *state = view_check(view, check);
	fputs("      <failure", out);
	attribute(out, "type", check->name);
	attribute(out, "message", state);
	fputs(">\n", out);
	for (size_t i = 0; i < view->group_count; i++) {
		if (!is_found_by(&view->group[i], check->name))
			continue;
		char *title = view_title(&view->group[i]);
		text_line(out, "", title);
		evidence(out, view, &view->group[i]);
		fputc('\n', out);
		free(title);
	}
	fputs("      </failure>\n    </testcase>\n", out);
	free(state);
}

static void tests_suite(FILE *out, const struct view *view)
{
	const struct grade *grade = view->grade;
	unsigned skipped = 0;

	for (size_t i = 0; i < grade->test_count; i++)
		skipped += is_case(grade, &grade->test[i]) && grade->test[i].status == TEST_NOT_RUN;
	fputs("  <testsuite", out);
	attribute(out, "name", grade->assignment);
	fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\">\n    <properties>\n", view->tests,
	        view->tests - view->passed - skipped, skipped);
	if (grade->judged)
		fprintf(out, "      <property name=\"score\" value=\"%d\"/>\n", grade->score);
	fprintf(out, "      <property name=\"max_score\" value=\"%d\"/>\n", grade->max_score);
	for (size_t i = 0; grade->judged && i < grade->rubric_count; i++) {
		fputs("      <property", out);
		attribute(out, "name", grade->rubric[i].id);
		fprintf(out, " value=\"%d/%d\"/>\n", grade->rubric[i].score, grade->rubric[i].max_score);
	}
	fputs("    </properties>\n", out);
	for (size_t i = 0; i < grade->test_count; i++)
		if (is_case(grade, &grade->test[i]))
			test_case(out, view, &grade->test[i]);
	fputs("  </testsuite>\n", out);
}

/* The build and the score are checks here too when they have something to say: nothing that costs points is left out.
 */
static bool is_extra(const struct view *view, const struct view_group *group)
{
	if (group->section == VIEW_ADVICE || group->shown->test)
		return false;
	for (size_t i = 0; i < view->grade->check_count; i++)
		if (strcmp(view->grade->check[i].name, group->shown->check) == 0)
			return false;
	return true;
}

static void checks_suite(FILE *out, const struct view *view)
{
	const struct grade *grade = view->grade;
	unsigned cases = (unsigned)grade->check_count, failures = 0, errors = 0, skipped = 0;

	for (size_t i = 0; i < grade->check_count; i++) {
		const struct check_result *check = &grade->check[i];

		failures += ran(check) && findings_of(view, check->name);
		skipped += strcmp(check->status, "skipped") == 0;
		errors += !ran(check) && strcmp(check->status, "skipped") != 0;
	}
	for (size_t i = 0; i < view->group_count; i++) {
		cases += is_extra(view, &view->group[i]);
		failures += is_extra(view, &view->group[i]);
	}
	fputs("  <testsuite", out);
	attribute(out, "name", "checks");
	fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\">\n", cases, failures, errors, skipped);
	for (size_t i = 0; i < grade->check_count; i++)
		check_case(out, view, &grade->check[i]);
	for (size_t i = 0; i < view->group_count; i++) {
		if (!is_extra(view, &view->group[i]))
			continue;
		fputs("    <testcase", out);
		attribute(out, "classname", "checks");
		attribute(out, "name", view->group[i].label);
		fputs(">\n", out);
		problem(out, "failure", view, &view->group[i]);
		fputs("    </testcase>\n", out);
	}
	fputs("  </testsuite>\n", out);
}

int report_junit(FILE *out, const struct grade *grade, const struct assignment *assignment,
                 const struct report_options *options)
{
	struct view view = view_make(grade, assignment, options->everything);

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"forkjoin\"", out);
	seconds(out, grade->duration_ms);
	fputs(">\n", out);
	tests_suite(out, &view);
	checks_suite(out, &view);
	fputs("</testsuites>\n", out);
	view_clear(&view);
	return view_written(out);
}
