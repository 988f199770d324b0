/* prairielearn.c - results.json for PrairieLearn's external graders: at most 1 MB, a score from 0 to 1. Source:
 * PrairieLearn, docs/externalGrading.md. */
#include "../memory.h"
#include "columns.h"
#include "platform.h"

#include <stdlib.h>

enum { OUTPUT_LIMIT = 128 * 1024 }; /* bytes of the report; the rows hold at most 32 KiB each, and there are few */

static json_t *report(const struct grade *grade, const struct assignment *assignment,
                      const struct report_options *options)
{
	char *whole = terminal_text(grade, assignment, options), *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);

	put_capped(out, whole, OUTPUT_LIMIT, "(cut here)\n");
	fclose(out);
	json_t *value = json_text(text);
	free(text);
	free(whole);
	return value;
}

/* Frees name and output. */
static void add_row(json_t *array, char *name, const struct share *share, char *output)
{
	json_t *object = json_object();

	json_put(object, "name", json_text(name));
	json_put(object, "points", json_integer(share->score));
	json_put(object, "max_points", json_integer(share->max_score));
	json_put(object, "output", json_text(output ? output : ""));
	json_append(array, object);
	free(name);
	free(output);
}

static json_t *rows(const struct view *view)
{
	json_t *array = json_array();
	size_t count;
	struct share *share = shares_make(view->grade, &count);

	for (size_t i = 0; i < count; i++)
		add_row(array, share_name(view->grade, &share[i]), &share[i], share_reasons(view, &share[i], true));
	free(share);
	return array;
}

/* Not gradable: no points are lost, and no attempt is used up. */
int report_prairielearn(FILE *out, const struct grade *grade, const struct assignment *assignment,
                        const struct report_options *options)
{
	struct view view = view_make(grade, assignment, false);
	bool gradable = grade->judged && grade->max_score > 0;
	char *verdict = view_verdict(&view);
	json_t *object = json_object();

	json_put(object, "gradable", json_boolean(gradable));
	if (gradable)
		json_put(object, "score", json_real((double)grade->score / grade->max_score));
	else
		json_put(object, "format_errors", plain_json(verdict));
	json_put(object, "message", plain_json(verdict));
	json_put(object, "output", report(grade, assignment, options));
	json_put(object, "tests", rows(&view));
	free(verdict);
	view_clear(&view);
	return put_json(out, object, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
}
