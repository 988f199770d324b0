/* problems.c - for editors: the report, and then each finding on a line of its own in the form that compilers use,
 * which problem matchers know ("assignments/NAME/NAME.c:71: error: ..."; GNU coding standards, Formatting Error
 * Messages). A finding without a place in the source stands at line 1. */
#include "../memory.h"
#include "platform.h"

#include <stdlib.h>

enum { TEXT_LIMIT = 400 };

static void put_problem(FILE *out, const struct view *view, const struct view_group *group, const char *path)
{
	const struct place *place = view_source_place(view, group->shown);
	char *title = view_title(group), *seen = view_text(group, group->shown->seen, TEXT_LIMIT);
	bool advice = group->section == VIEW_ADVICE;

	escape_plain(out, path, false);
	fprintf(out, ":%u: %s: %s ", place ? place->line : 1, advice ? "warning" : "error", group->label);
	escape_plain(out, title, false);
	if (seen) {
		fputs(": ", out);
		escape_plain(out, seen, false);
	}
	if (group->points)
		fprintf(out, " (%d %s)", -group->points, group->points == 1 ? "point" : "points");
	fputc('\n', out);
	free(title);
	free(seen);
}

int report_problems(FILE *out, const struct grade *grade, const struct assignment *assignment,
                    const struct report_options *options)
{
	struct view view = view_make(grade, assignment, options->everything);
	char *own = format("%s.c", grade->assignment);

	report_terminal(out, grade, assignment, options);
	fputc('\n', out);
	for (size_t i = 0; grade->judged && !view.start && i < view.group_count; i++)
		put_problem(out, &view, &view.group[i], options->source_path ? options->source_path : own);
	free(own);
	view_clear(&view);
	return view_written(out);
}
