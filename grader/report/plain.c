/* plain.c - findings and tests as harmless plain text, and what else the formats of platforms have in common. */
#include "../memory.h"
#include "columns.h"
#include "platform.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_LIMIT = 2000, DETAIL_LIMIT = 40, PLACE_LIMIT = 40 };

void report_platform_read(struct report_platform *platform, char *(*value)(const char *name))
{
	const struct {
		const char **field, *name;
	} table[] = {
	    {&platform->classroom, "CLASSROOM"},
	    {&platform->assignment, "ASSIGNMENT"},
	    {&platform->assignment_type, "ASSIGNMENT_TYPE"},
	    {&platform->owner, "OWNER"},
	    {&platform->submission, "SUBMISSION_TAG"},
	    {&platform->commit, "COMMIT_URL"},
	    {&platform->release, "RELEASE_URL"},
	    {&platform->review, "REVIEW_URL"},
	    {&platform->hidden_visibility, "GRADESCOPE_VISIBILITY"},
	    {&platform->grade_min, "VPL_GRADEMIN"},
	    {&platform->grade_max, "VPL_GRADEMAX"},
	    {&platform->owner, "USERNAME"}, /* if there is no OWNER */
	};

	*platform = (struct report_platform){0};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		const char *text = value(table[i].name);

		if (!*table[i].field && text && *text)
			*table[i].field = text;
	}
}

char *plain(const char *text, bool lines)
{
	char *result = NULL;
	size_t size;
	FILE *out = memory_open(&result, &size);

	escape_plain(out, text, lines);
	fclose(out);
	return result;
}

json_t *plain_json(const char *text)
{
	char *safe = text ? plain(text, true) : NULL;
	json_t *value = json_text(safe);

	free(safe);
	return value;
}

/* ---- findings ------------------------------------------------------------------------------- */

static void line(FILE *out, const char *label, const char *text)
{
	if (!text)
		return;
	fprintf(out, "  %s: ", label);
	escape_plain(out, text, false);
	fputc('\n', out);
}

static void place_line(FILE *out, const struct place *place)
{
	char *text = NULL;

	finding_set(&text, "%s", place->file ? place->file : "");
	if (place->file && place->line)
		finding_set(&text, "%s:%u", text, place->line);
	if (place->function)
		finding_set(&text, "%s%s%s", text, *text ? " in " : "", place->function);
	if (place->role)
		finding_set(&text, "%s (%s)", text, place->role);
	line(out, "where", text);
	free(text);
}

static void details(FILE *out, const struct view_group *group)
{
	const struct finding *finding = group->shown;

	if (!view_detail_shown(group))
		return;
	for (size_t i = 0; i < finding->detail_count && i < DETAIL_LIMIT; i++) {
		char *text = view_text(group, finding->detail[i], TEXT_LIMIT);

		fputs("    ", out);
		escape_plain(out, text, false);
		fputc('\n', out);
		free(text);
	}
	if (finding->detail_count > DETAIL_LIMIT)
		fprintf(out, "    (%zu more lines)\n", finding->detail_count - DETAIL_LIMIT);
}

char *group_headline(const struct view *view, const struct view_group *group)
{
	char *title = view_title(group), *cost = view_cost(view, group), *text = NULL, *result;

	finding_set(&text, "%s %s (%s)", group->label, title, cost);
	result = plain(text, false);
	free(title);
	free(cost);
	free(text);
	return result;
}

char *group_sentence(const struct view_group *group)
{
	char *seen = view_text(group, group->shown->seen, TEXT_LIMIT), *text = NULL, *result;
	char *expected = view_expected(group, TEXT_LIMIT);

	finding_set(&text, "%s%s%s%s", seen ? seen : "", seen && expected ? "; " : "", expected ? "expected: " : "",
	            expected ? expected : "");
	result = plain(text, false);
	free(seen);
	free(expected);
	free(text);
	return result;
}

void explain_group(FILE *out, const struct view *view, const struct view_group *group, bool others)
{
	const struct finding *finding = group->shown;
	char *seen = view_text(group, finding->seen, TEXT_LIMIT);
	char *expected = view_expected(group, TEXT_LIMIT);
	char *also = others ? view_others(view, group) : NULL, *again = view_again(view, group),
	     *only = view_only_explored(group);
	char *headline = group_headline(view, group), *hint = NULL;

	fprintf(out, "%s\n", headline);
	line(out, "test", finding->test);
	line(out, "schedule", only);
	line(out, "seen", seen);
	line(out, "expected", expected);
	line(out, "why", finding->why);
	for (size_t i = 0; i < finding->where_count && i < PLACE_LIMIT; i++)
		if (view_place_shown(view, group, &finding->where[i]))
			place_line(out, &finding->where[i]);
	details(out, group);
	if (finding->hint)
		finding_set(&hint, "make hint A=%s H=%s", view->grade->assignment, finding->hint);
	line(out, "hint", hint);
	line(out, view_again_label(group), again);
	line(out, "also", also);
	free(seen);
	free(expected);
	free(also);
	free(again);
	free(only);
	free(headline);
	free(hint);
}

/* ---- tests ---------------------------------------------------------------------------------- */

bool test_is_case(const struct grade *grade, const struct test_result *test)
{
	if (grade->only_test && strcmp(grade->only_test, test->name) != 0)
		return false;
	return !(grade->public_only && test->hidden);
}

char *test_name(const struct view *view, const struct test_result *test)
{
	const struct test_spec *spec = view->assignment ? assignment_test(view->assignment, test->name) : NULL;
	char *text = NULL, *result;

	finding_set(&text, "%s%s%s", test->name, spec && spec->title ? ": " : "", spec && spec->title ? spec->title : "");
	result = plain(text, false);
	free(text);
	return result;
}

char *test_reason(const struct test_result *test)
{
	struct view_group about = {.hidden = test->hidden};
	char *text, *result;

	if (test->status == TEST_PASS)
		return NULL;
	text = view_text(&about, test->message, TEXT_LIMIT);
	if (!text)
		finding_set(&text, "%s", test->status == TEST_NOT_RUN ? "not run" : test_status_name(test->status));
	result = plain(text, false);
	free(text);
	return result;
}

/* ---- whole reports -------------------------------------------------------------------------- */

char *terminal_text(const struct grade *grade, const struct assignment *assignment,
                    const struct report_options *options)
{
	struct report_options own = *options;
	char *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);

	own.colour = false;
	own.width = 80;
	report_terminal(out, grade, assignment, &own);
	fclose(out);
	return text;
}

void put_capped(FILE *out, const char *text, size_t limit, const char *notice)
{
	size_t room = limit > strlen(notice) ? limit - strlen(notice) : 0;

	if (strlen(text) <= limit) {
		fputs(text, out);
		return;
	}
	while (*text) {
		size_t length = strcspn(text, "\n");

		length += text[length] == '\n';
		if (length > limit / 16) { /* all of a listing is one line of Markdown */
			text += length;
			continue;
		}
		if (length > room)
			break;
		fwrite(text, 1, length, out);
		room -= length;
		text += length;
	}
	fputs(notice, out);
}

int put_json(FILE *out, json_t *value, size_t flags)
{
	json_dumpf(value, out, flags);
	fputc('\n', out);
	json_decref(value);
	return view_written(out);
}
