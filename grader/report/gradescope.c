/* gradescope.c - results.json for Gradescope.
 *
 * The points are in the rubric's rows, split by whether hidden tests decide them, so that what students see at once
 * tells nothing of hidden tests. Rows that are not visible yet make Gradescope keep the total back as well. Source:
 * gradescope/autograder_samples, docs/specs.md. */
#include "platform.h"

#include <stdlib.h>
#include <string.h>

struct results {
	const struct view *view;
	const char *hidden; /* visibility of hidden rows */
	json_t *tests;
};

static const char *hidden_visibility(const struct report_options *options)
{
	static const char *const known[] = {"hidden", "after_due_date", "visible"};
	const char *wish = options->platform ? options->platform->hidden_visibility : NULL;

	for (size_t i = 0; wish && i < sizeof known / sizeof *known; i++)
		if (strcmp(wish, known[i]) == 0)
			return known[i];
	return "after_published";
}

/* Frees name and output (which may be NULL). */
static json_t *add_row(struct results *results, char *name, char *output, bool hidden)
{
	json_t *object = json_object();

	json_put(object, "name", json_text(name));
	json_put(object, "name_format", json_text("text"));
	if (output)
		json_put(object, "output", json_text(output));
	json_put(object, "output_format", json_text("text"));
	json_put(object, "visibility", json_text(hidden ? results->hidden : "visible"));
	json_append(results->tests, object);
	free(name);
	free(output);
	return object;
}

static void add_shares(struct results *results)
{
	const struct grade *grade = results->view->grade;
	size_t count;
	struct share *share = shares_make(grade, &count);

	for (size_t i = 0; i < count; i++) {
		json_t *row = add_row(results, share_name(grade, &share[i]), share_reasons(results->view, &share[i], false),
		                      share[i].hidden);

		json_put(row, "score", json_integer(share[i].score));
		json_put(row, "max_score", json_integer(share[i].max_score));
		json_put(row, "status", json_text(share_is_full(&share[i]) ? "passed" : "failed"));
	}
	free(share);
}

/* Without points: those are in the rubric's rows. */
static void add_tests(struct results *results)
{
	const struct grade *grade = results->view->grade;

	for (size_t i = 0; grade->judged && i < grade->test_count; i++) {
		const struct test_result *test = &grade->test[i];

		if (!test_is_case(grade, test))
			continue;
		json_t *row = add_row(results, test_name(results->view, test), test_reason(test), test->hidden);
		json_put(row, "status", json_text(test->status == TEST_PASS ? "passed" : "failed"));
	}
}

static void add_advice(struct results *results)
{
	const struct view *view = results->view;

	for (size_t i = 0; view->grade->judged && i < view->group_count; i++) {
		const struct view_group *group = &view->group[i];

		if (group->section == VIEW_ADVICE)
			add_row(results, group_headline(view, group), group_sentence(group), group->hidden);
	}
}

/* What everybody may see: nothing that hidden tests had a part in. */
static char *headline(const struct view *view)
{
	const struct grade *grade = view->grade;
	unsigned tests = 0, passed = 0;
	char *text = NULL, *result;

	if (!grade->judged || (view->group_count && view->group[0].section == VIEW_BUILD))
		return view_verdict(view);
	for (size_t i = 0; i < grade->test_count; i++) {
		bool counts = !grade->test[i].hidden && test_is_case(grade, &grade->test[i]);

		tests += counts;
		passed += counts && grade->test[i].status == TEST_PASS;
	}
	finding_set(&text, "%s: %u of %u public tests pass. The first rows say where points were lost and why.",
	            grade->assignment, passed, tests);
	result = plain(text, false);
	free(text);
	return result;
}

static json_t *extra(const struct grade *grade)
{
	json_t *object = json_object();

	json_put(object, "assignment", plain_json(grade->assignment));
	json_put(object, "protection", plain_json(grade->protection));
	json_put(object, "kit", plain_json(grade->kit.kit));
	json_put(object, "public_only", json_boolean(grade->public_only));
	return object;
}

/* A result without any score is an error to Gradescope: so it is when nothing was judged. */
int report_gradescope(FILE *out, const struct grade *grade, const struct assignment *assignment,
                      const struct report_options *options)
{
	struct view view = view_make(grade, assignment, false);
	struct results results = {.view = &view, .hidden = hidden_visibility(options), .tests = json_array()};
	char *text = headline(&view);
	json_t *object = json_object();

	add_shares(&results);
	add_tests(&results);
	add_advice(&results);
	if (grade->judged)
		json_put(object, "score", json_integer(grade->score));
	json_put(object, "execution_time", json_integer((grade->duration_ms + 999) / 1000));
	json_put(object, "output", plain_json(text));
	json_put(object, "output_format", json_text("text"));
	json_put(object, "test_output_format", json_text("text"));
	json_put(object, "test_name_format", json_text("text"));
	json_put(object, "visibility", json_text("visible"));
	json_put(object, "stdout_visibility", json_text("hidden"));
	json_put(object, "extra_data", extra(grade));
	json_put(object, "tests", results.tests);
	free(text);
	view_clear(&view);
	return put_json(out, object, JSON_INDENT(2));
}
