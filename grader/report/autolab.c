/* autolab.c - what Autolab reads from standard output: the report for people, then one line for its table of tests
 * (semantic feedback), and last the scores, a problem per rubric line. Source: autolab/Autolab, docs/lab.md and
 * docs/features/formatted-feedback.md. */
#include "platform.h"

#include <stdlib.h>
#include <string.h>

/* Frees the hint. */
static json_t *stage_case(bool passed, char *hint)
{
	json_t *object = json_object();

	json_put(object, "passed", json_boolean(passed));
	if (!passed && hint)
		json_put(object, "hint", json_text(hint));
	free(hint);
	return object;
}

static json_t *tests(const struct view *view)
{
	const struct grade *grade = view->grade;
	json_t *object = json_object();

	for (size_t i = 0; i < grade->test_count; i++) {
		const struct test_result *test = &grade->test[i];
		char *name = test_is_case(grade, test) ? plain(test->name, false) : NULL;

		if (name)
			json_put(object, name, stage_case(test->status == TEST_PASS, test_reason(test)));
		free(name);
	}
	return object;
}

static bool found_nothing(const struct grade *grade, const struct check_result *check)
{
	for (size_t i = 0; i < grade->findings.count; i++)
		if (strcmp(grade->findings.item[i].check, check->name) == 0)
			return false;
	return true;
}

/* A check that was not asked for is no failed one. */
static json_t *checks(const struct view *view)
{
	const struct grade *grade = view->grade;
	json_t *object = json_object();

	for (size_t i = 0; i < grade->check_count; i++) {
		const struct check_result *check = &grade->check[i];

		if (strcmp(check->status, "skipped") == 0)
			continue;
		char *name = plain(check->name, false), *state = view_check(view, check), *hint = plain(state, false);
		bool passed = strcmp(check->status, "ran") == 0 && found_nothing(grade, check);
		json_put(object, name, stage_case(passed, hint));
		free(name);
		free(state);
	}
	return object;
}

static json_t *presentation(const struct view *view)
{
	json_t *object = json_object(), *stages = json_array();

	json_append(stages, json_text("Tests"));
	json_append(stages, json_text("Checks"));
	json_put(object, "_presentation", json_text("semantic"));
	json_put(object, "stages", stages);
	json_put(object, "Tests", tests(view));
	json_put(object, "Checks", checks(view));
	return object;
}

/* Ids, because they are unique and do not change with the words. Without a judgement no problem gets a score. */
static json_t *scores(const struct grade *grade)
{
	json_t *object = json_object(), *problems = json_object();

	for (size_t i = 0; grade->judged && i < grade->rubric_count; i++) {
		char *id = plain(grade->rubric[i].id, false);

		json_put(problems, id, json_integer(grade->rubric[i].score));
		free(id);
	}
	json_put(object, "scores", problems);
	return object;
}

int report_autolab(FILE *out, const struct grade *grade, const struct assignment *assignment,
                   const struct report_options *options)
{
	struct view view = view_make(grade, assignment, false);
	char *text = terminal_text(grade, assignment, options);
	json_t *table = presentation(&view), *last = scores(grade);

	fputs(text, out);
	fputc('\n', out);
	free(text);
	view_clear(&view);
	put_json(out, table, JSON_COMPACT);
	return put_json(out, last, JSON_COMPACT);
}
