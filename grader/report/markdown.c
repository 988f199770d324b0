/* markdown.c - for the summary page of a CI run (GitHub's Markdown, readable as plain CommonMark). */
#include "view.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_LIMIT = 2000, DETAIL_LIMIT = 40 };

/* "- **label** text" */
static void item(FILE *out, const char *label, const char *text)
{
	if (!text)
		return;
	fprintf(out, "- **%s** ", label);
	escape_markdown(out, text);
	fputc('\n', out);
}

/* The tags are Markdown's own inline HTML; between them the text is still Markdown. */
static void command(FILE *out, const char *label, const char *text)
{
	if (!text)
		return;
	fprintf(out, "- **%s** <code>", label);
	escape_markdown(out, text);
	fputs("</code>\n", out);
}

static void head(FILE *out, const struct view *view)
{
	const struct grade *grade = view->grade;
	const char *title = view_assignment_title(view);
	char *verdict = view_verdict(view), *missing = view_public(view);

	fputs("## ", out);
	escape_markdown(out, grade->assignment);
	if (grade->judged)
		fprintf(out, ": %d of %d points", grade->score, grade->max_score);
	else
		fputs(": not judged", out);
	fputs("\n\n", out);
	if (title) {
		fputc('*', out);
		escape_markdown(out, title);
		fputs("* ", out);
	}
	if (grade->submission && *grade->submission && strcmp(grade->submission, ".") != 0) {
		fputs("by ", out);
		escape_markdown(out, grade->submission);
	}
	fputs("\n\n", out);
	escape_markdown(out, verdict);
	fputs("\n\n", out);
	if (missing) {
		escape_markdown(out, missing);
		fputs("\n\n", out);
	}
	free(verdict);
	free(missing);
}

static void rubric(FILE *out, const struct grade *grade)
{
	if (!grade->judged || !grade->rubric_count)
		return;
	fputs("| | Points |\n|---|---:|\n", out);
	for (size_t i = 0; i < grade->rubric_count; i++) {
		fputs("| ", out);
		escape_markdown(out, grade->rubric[i].title ? grade->rubric[i].title : grade->rubric[i].id);
		fprintf(out, " | %d / %d |\n", grade->rubric[i].score, grade->rubric[i].max_score);
	}
	fputc('\n', out);
}

static void place(FILE *out, const struct place *place)
{
	fputs("- **where** ", out);
	escape_markdown(out, place->file);
	if (place->file && place->line)
		fprintf(out, "\\:%u", place->line);
	if (place->function) {
		fputs(place->file ? " " : "", out);
		escape_markdown(out, place->function);
	}
	if (place->role) {
		fputs(" (", out);
		escape_markdown(out, place->role);
		fputs(")", out);
	}
	fputc('\n', out);
}

/* Raw HTML, because nothing that a line holds can end it once it is escaped; a fence would have to be longer than any
 * in the text. A blank line would end the block for Markdown, so there is none. */
static void detail(FILE *out, const struct view_group *group)
{
	const struct finding *finding = group->shown;

	if (!view_detail_shown(group))
		return;
	fputs("\n<pre>", out);
	for (size_t i = 0; i < finding->detail_count && i < DETAIL_LIMIT; i++) {
		char *text = view_text(group, finding->detail[i], TEXT_LIMIT);
		char *line = text;

		for (; line && *line; line++)
			if (*line == '\n')
				*line = ' ';
		escape_html(out, text ? text : " ");
		fputs("&#10;", out);
		free(text);
	}
	if (finding->detail_count > DETAIL_LIMIT)
		fprintf(out, "(%zu more lines)", finding->detail_count - DETAIL_LIMIT);
	fputs("</pre>\n", out);
}

static void heading(FILE *out, const struct view *view, const struct view_group *group)
{
	char *title = view_title(group), *cost = view_cost(view, group);

	fputs("#### ", out);
	escape_markdown(out, group->label);
	fputc(' ', out);
	escape_markdown(out, title);
	fputs(" (", out);
	escape_markdown(out, cost);
	fputs(")\n\n", out);
	free(title);
	free(cost);
}

static void full(FILE *out, const struct view *view, const struct view_group *group)
{
	const struct finding *finding = group->shown;
	char *seen = view_text(group, finding->seen, TEXT_LIMIT), *expected = view_expected(group, TEXT_LIMIT);
	char *others = view_others(view, group), *again = view_again(view, group), *text = NULL;
	char *only = view_only_explored(group);

	heading(out, view, group);
	if (finding->test) {
		finding_set(&text, "%s%s", finding->test, group->hidden ? " (hidden)" : "");
		item(out, "test", text);
	}
	item(out, "schedule", only);
	item(out, "seen", seen);
	item(out, "expected", expected);
	item(out, "why", finding->why);
	for (size_t i = 0; i < finding->where_count; i++)
		if (view_place_shown(view, group, &finding->where[i]))
			place(out, &finding->where[i]);
	if (finding->hint) {
		finding_set(&text, "make hint A=%s H=%s", view->grade->assignment, finding->hint);
		command(out, "hint", text);
	}
	command(out, view_again_label(group), again);
	item(out, "also", others);
	detail(out, group);
	fputc('\n', out);
	free(seen);
	free(expected);
	free(others);
	free(again);
	free(only);
	free(text);
}

static void section(FILE *out, const struct view *view, enum view_section section)
{
	bool any = false;

	for (size_t i = 0; i < view->group_count; i++) {
		if (view->group[i].section != section)
			continue;
		if (!any)
			fprintf(out, "### %s\n\n", view_section_title(section));
		any = true;
		full(out, view, &view->group[i]);
	}
}

/* In one line, with what was left out. */
static void schedules(FILE *out, const struct view *view)
{
	const struct grade *grade = view->grade;
	char *text = view_explored(view);

	for (size_t i = 0; text && i < grade->test_count; i++) {
		const char *why_not = view_not_explored(view, &grade->test[i]);

		if (why_not)
			finding_set(&text, "%s; not explored: %s (%s)", text, grade->test[i].name, why_not);
	}
	item(out, "schedules", text);
	free(text);
}

static void remarks(FILE *out, const struct grade *grade)
{
	for (size_t i = 0; i < grade->remarks.count; i++)
		item(out, "note", grade->remarks.item[i]);
}

static void foot(FILE *out, const struct view *view)
{
	const struct grade *grade = view->grade;
	char *coverage = view_coverage(view);

	item(out, "coverage", coverage);
	schedules(out, view);
	remarks(out, grade);
	for (size_t i = 0; i < grade->check_count; i++) {
		char *state = view_check(view, &grade->check[i]), *text = NULL;

		finding_set(&text, "%s: %s", grade->check[i].name, state);
		item(out, "check", text);
		free(text);
		free(state);
	}
	free(coverage);
}

/* Instead of findings. */
static void start(FILE *out, const struct view *view)
{
	char *read = view_read(view), *first = view_start(view);
	char *again = view_start_command(view), *hint = view_start_hint(view);

	item(out, "read", read);
	item(out, "first", first);
	command(out, "alone", again);
	command(out, "hint", hint);
	remarks(out, view->grade);
	free(read);
	free(first);
	free(again);
	free(hint);
}

/* The whole report. */
static void body(FILE *out, const struct view *view)
{
	rubric(out, view->grade);
	for (enum view_section kind = VIEW_BUILD; kind < VIEW_SECTIONS; kind++)
		section(out, view, kind);
	foot(out, view);
}

int report_markdown(FILE *out, const struct grade *grade, const struct assignment *assignment,
                    const struct report_options *options)
{
	struct view view = view_make(grade, assignment, options->everything);

	head(out, &view);
	if (view.start)
		start(out, &view);
	else
		body(out, &view);
	view_clear(&view);
	return view_written(out);
}
