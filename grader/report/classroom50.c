/* classroom50.c - result.json for Classroom 50 (schema classroom50/result/v1) and the text of the release.
 *
 * The schema knows whole numbers only and, beside those of the tests, no keys of others. Its runner overwrites owner,
 * assignment_type and datetime with what it knows itself. */
#include "../memory.h"
#include "columns.h"
#include "platform.h"

#include <stdlib.h>
#include <string.h>

enum { RELEASE_LIMIT = 100 * 1024 }; /* bytes; GitHub takes 125,000 characters */

/* The schema wants some text everywhere, also outside of Classroom 50. */
static json_t *told(const char *text, const char *otherwise)
{
	return plain_json(text && *text ? text : otherwise);
}

static const char *type_of(const struct report_platform *platform)
{
	static const char *const types[] = {"group", "team"};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (platform->assignment_type && strcmp(platform->assignment_type, types[i]) == 0)
			return types[i];
	return "individual";
}

static const char *tag_of(const struct report_platform *platform)
{
	return platform->submission && strncmp(platform->submission, "submit/", 7) == 0 ? platform->submission
	                                                                                : "submit/local";
}

/* Frees name and message. */
static void add_row(json_t *array, char *name, bool passed, int score, int max_score, char *message)
{
	json_t *object = json_object();

	json_put(object, "test-name", json_text(*name ? name : "test"));
	json_put(object, "passed", json_boolean(passed));
	json_put(object, "score", json_integer(score));
	json_put(object, "max-score", json_integer(max_score));
	if (message)
		json_put(object, "message", json_text(message));
	json_append(array, object);
	free(name);
	free(message);
}

/* The rubric carries the points; tests are told without. */
static json_t *rows(const struct view *view)
{
	const struct grade *grade = view->grade;
	json_t *array = json_array();
	size_t count;
	struct share *share = shares_make(grade, &count);

	for (size_t i = 0; i < count; i++)
		add_row(array, share_name(grade, &share[i]), share_is_full(&share[i]), share[i].score, share[i].max_score,
		        share_reasons(view, &share[i], true));
	for (size_t i = 0; grade->judged && i < grade->test_count; i++)
		if (test_is_case(grade, &grade->test[i]))
			add_row(array, test_name(view, &grade->test[i]), grade->test[i].status == TEST_PASS, 0, 0,
			        test_reason(&grade->test[i]));
	free(share);
	return array;
}

int report_classroom50(FILE *out, const struct grade *grade, const struct assignment *assignment,
                       const struct report_options *options)
{
	static const struct report_platform nothing;
	const struct report_platform *platform = options->platform ? options->platform : &nothing;
	struct view view = view_make(grade, assignment, false);
	json_t *object = json_object();

	json_put(object, "schema", json_text("classroom50/result/v1"));
	json_put(object, "classroom", told(platform->classroom, "local"));
	json_put(object, "assignment", told(platform->assignment, grade->assignment));
	json_put(object, "assignment_type", json_text(type_of(platform)));
	json_put(object, "owner", told(platform->owner, "local"));
	json_put(object, "submission", plain_json(tag_of(platform)));
	json_put(object, "commit", told(platform->commit, "unknown"));
	json_put(object, "release", told(platform->release, "unknown"));
	json_put(object, "review", told(platform->review ? platform->review : platform->commit, "unknown"));
	json_put(object, "datetime", json_text("1970-01-01T00:00:00Z")); /* the runner knows it */
	json_put(object, "score", json_integer(grade->judged ? grade->score : 0));
	json_put(object, "max-score", json_integer(grade->judged ? grade->max_score : 0));
	json_put(object, "tests", rows(&view));
	view_clear(&view);
	return put_json(out, object, JSON_INDENT(2));
}

static void table(FILE *out, const struct grade *grade)
{
	size_t count;
	struct share *share = shares_make(grade, &count);

	if (count)
		fputs("| Test | Result | Score |\n|---|---|---:|\n", out);
	for (size_t i = 0; i < count; i++) {
		char *name = share_name(grade, &share[i]);

		fputs("| ", out);
		escape_markdown(out, name);
		fprintf(out, " | %s | %d/%d |\n", share_is_full(&share[i]) ? "PASS" : "FAIL", share[i].score,
		        share[i].max_score);
		free(name);
	}
	if (count)
		fputc('\n', out);
	free(share);
}

int report_release(FILE *out, const struct grade *grade, const struct assignment *assignment,
                   const struct report_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *page = memory_open(&text, &size);

	if (grade->judged)
		fprintf(page, "### forkjoin: %d/%d\n\n", grade->score, grade->max_score);
	else
		fputs("### forkjoin: not judged\n\n", page);
	table(page, grade);
	report_markdown(page, grade, assignment, options);
	fclose(page);
	put_capped(out, text, RELEASE_LIMIT, "\n*The rest did not fit on this page.*\n");
	free(text);
	return view_written(out);
}
