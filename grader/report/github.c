/* github.c - the result of a grader step for GitHub Classroom's reporter, which other tools still read: as JSON, and as
 * the line for $GITHUB_OUTPUT.
 *
 * The reporter computes two numbers: passed / tests x max_score for its table, and the sum of the tests' scores for the
 * grade that it sends. They agree when each point is a test of its own
 * (classroom-resources/autograding-grading-reporter issue 10). It reads the line from one environment variable, which
 * Linux limits to 128 KiB. */
#include "../memory.h"
#include "columns.h"
#include "platform.h"

#include <stdlib.h>
#include <string.h>

enum {
	NAME_LIMIT = 160,      /* bytes of a test's name */
	REASON_LIMIT = 300,    /* bytes of a reason */
	REASONS_LIMIT = 16384, /* bytes of all reasons together */
};

/* Who pays for the next lost point of a line: groups in the order of the report. */
struct debtors {
	const struct view *view;
	size_t line, next; /* next: the group after `group` */
	const struct view_group *group;
	int left; /* points that `group` still owes to the line */
};

/* NULL: nobody (which a scored grade does not have). */
static const struct view_group *next_debtor(struct debtors *debtors)
{
	while (debtors->left == 0 && debtors->next < debtors->view->group_count) {
		debtors->group = &debtors->view->group[debtors->next++];
		debtors->left = group_cost(debtors->view, debtors->group, debtors->line);
	}
	if (debtors->left == 0)
		return NULL;
	debtors->left--;
	return debtors->group;
}

/* Cut to `limit` bytes; frees the text. */
static json_t *short_json(char *text, size_t limit)
{
	char *cut = view_text(NULL, text, limit);
	json_t *value = json_text(cut ? cut : "");

	free(text);
	free(cut);
	return value;
}

static json_t *row(char *name, const char *status, int score, json_t *message, json_t *test_code, const char *file)
{
	json_t *object = json_object();

	json_put(object, "name", short_json(name, NAME_LIMIT));
	json_put(object, "status", json_text(status));
	json_put(object, "score", json_integer(score));
	json_put(object, "message", message);
	json_put(object, "test_code", test_code);
	json_put(object, "filename", json_text(file));
	json_put(object, "line_no", json_integer(0)); /* any other number is printed behind the name */
	json_put(object, "duration", json_integer(0));
	return object;
}

struct rows {
	const struct view *view;
	const char *file;
	json_t *array;
	bool *told;    /* of each group: its reason is in a row */
	size_t budget; /* bytes that reasons may still take */
};

/* A group is explained at the first point that it costs. */
static json_t *reason(struct rows *rows, const struct view_group *group)
{
	size_t index = group ? (size_t)(group - rows->view->group) : 0;

	if (!group || rows->told[index] || rows->budget < REASON_LIMIT)
		return json_text("");
	rows->told[index] = true;
	rows->budget -= REASON_LIMIT;
	return short_json(group_sentence(group), REASON_LIMIT);
}

/* "Correctness 34/40: lost to F1 Opposite transfers finish" */
static void add_point(struct rows *rows, size_t line, int number, const struct view_group *debtor, bool lost)
{
	const struct grade *grade = rows->view->grade;
	char *title = debtor ? view_title(debtor) : NULL, *text = NULL;

	finding_set(&text, "%s %d/%d", line_name(grade, line), number, grade->rubric[line].max_score);
	if (lost)
		finding_set(&text, "%s: lost%s%s%s%s", text, debtor ? " to " : "", debtor ? debtor->label : "",
		            debtor ? " " : "", debtor ? title : "");
	json_append(rows->array,
	            row(plain(text, false), lost ? "fail" : "pass", !lost, json_null(), reason(rows, debtor), rows->file));
	free(title);
	free(text);
}

static void add_line(struct rows *rows, size_t line)
{
	const struct rubric_score *score = &rows->view->grade->rubric[line];
	struct debtors debtors = {.view = rows->view, .line = line};

	for (int point = 1; point <= score->max_score; point++) {
		bool lost = point > score->score;

		add_point(rows, line, point, lost ? next_debtor(&debtors) : NULL, lost);
	}
}

/* The reporter cannot read a result without tests. */
static void add_only_row(struct rows *rows, bool judged)
{
	char *text = view_verdict(rows->view), *message = plain(text, false);

	json_append(rows->array,
	            row(plain(judged ? "Nothing here carries points" : "Not judged", false), judged ? "pass" : "error", 0,
	                judged ? json_null() : json_text(message), json_text(""), rows->file));
	free(text);
	free(message);
}

/* The reporter leaves a step with max_score 0 out of the grade: a submission that was not judged has none. */
static json_t *result(const struct grade *grade, const struct assignment *assignment)
{
	struct view view = view_make(grade, assignment, false);
	char *name = NULL, *file;
	bool full = grade->judged && grade->score == grade->max_score;
	json_t *object = json_object();

	finding_set(&name, "%s.c", grade->assignment);
	file = plain(name, false);
	struct rows rows = {.view = &view,
	                    .file = file,
	                    .array = json_array(),
	                    .told = zeroed(view.group_count + 1, sizeof *rows.told),
	                    .budget = REASONS_LIMIT};
	for (size_t i = 0; grade->judged && i < grade->rubric_count; i++)
		add_line(&rows, i);
	if (json_array_size(rows.array) == 0)
		add_only_row(&rows, grade->judged);
	json_put(object, "version", json_integer(1));
	json_put(object, "status", json_text(!grade->judged ? "error" : full ? "pass" : "fail"));
	json_put(object, "max_score", json_integer(grade->judged ? grade->max_score : 0));
	json_put(object, "tests", rows.array);
	free(rows.told);
	free(name);
	free(file);
	view_clear(&view);
	return object;
}

int report_github(FILE *out, const struct grade *grade, const struct assignment *assignment,
                  const struct report_options *options)
{
	json_t *object = result(grade, assignment);

	(void)options;
	return put_json(out, object, JSON_INDENT(2));
}

int report_classroom(FILE *out, const struct grade *grade, const struct assignment *assignment,
                     const struct report_options *options)
{
	json_t *object = result(grade, assignment);
	char *text = json_dumps(object, JSON_COMPACT);

	(void)options;
	json_decref(object);
	fputs("result=", out);
	put_base64(out, text, strlen(text));
	fputc('\n', out);
	free(text);
	return view_written(out);
}
