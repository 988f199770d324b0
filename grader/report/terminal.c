/* terminal.c - the report that a student reads: what is wrong, why, where, and what to do next, in 80 columns. */
#include "../finding/interleaving.h"
#include "../memory.h"
#include "columns.h"
#include "picture.h"
#include "view.h"

#include <stdlib.h>
#include <string.h>

enum {
	LABEL_WIDTH = 10,     /* "expected" and two spaces */
	BODY = 4,             /* indent of the labels */
	BAR = 20,             /* characters of a bar, where there is room */
	TEXT_LIMIT = 800,     /* bytes of one sentence from a submission */
	DETAIL_LIMIT = 16,    /* lines of a wait table or a compiler's output */
	PLACE_LIMIT = 8,      /* frames per side */
	FINDINGS_IN_FULL = 8, /* findings that one reading takes in; the rest are counted */
	TABLE_WIDTH = 64,     /* columns that such a table needs */
	STEPS_IN_FULL = 25    /* of a schedule that is shown beside its finding */
};

struct page {
	FILE *out;
	int width;
	bool colour, everything;
	unsigned in_full;      /* findings that are told in full */
	bool lines_for_others; /* the others have a line each; else they are counted */
	const struct view *view;
};

/* ---- characters and words ------------------------------------------------------------------- */

#define RED "1;31"
#define GREEN "1;32"
#define YELLOW "33"
#define BOLD "1"
#define DIM "2"

static void paint(const struct page *page, const char *style)
{
	if (page->colour)
		fprintf(page->out, "\033[%sm", style);
}

static char *escaped(const char *text)
{
	char *visible = NULL;
	size_t size;
	FILE *out = memory_open(&visible, &size);

	escape_plain(out, text, false);
	fclose(out);
	return visible;
}

/* Writes words from column `column` on and continues at `indent`. Breaks only at spaces: file:line stays in one piece.
 */
static void wrap(const struct page *page, const char *text, int column, int indent)
{
	bool first = true;

	while (*text) {
		text += strspn(text, " ");
		size_t length = strcspn(text, " ");
		int size = (int)columns_in(text, length);

		if (!length)
			break;
		if (!first && column + 1 + size > page->width) {
			fprintf(page->out, "\n%*s", indent, "");
			column = indent;
		} else if (!first) {
			fputc(' ', page->out);
			column++;
		}
		fwrite(text, 1, length, page->out);
		column += size;
		first = false;
		text += length;
	}
	fputc('\n', page->out);
}

static void paragraph(const struct page *page, const char *text, int indent)
{
	char *safe = escaped(text);

	fprintf(page->out, "%*s", indent, "");
	wrap(page, safe, indent, indent);
	free(safe);
}

/* "    where       pipe_ring.c:12", with the text `further` columns to the right of the others. */
static void labelled_at(const struct page *page, const char *label, const char *text, const char *style, int further)
{
	char *safe = escaped(text);
	int indent = BODY + LABEL_WIDTH + further;

	fprintf(page->out, "%*s", BODY, "");
	paint(page, DIM);
	fprintf(page->out, "%-*s", LABEL_WIDTH + further, label);
	paint(page, "0");
	if (style)
		paint(page, style);
	wrap(page, safe, indent, indent);
	if (style)
		paint(page, "0");
	free(safe);
}

/* "    seen      the sentence", or nothing for a NULL text. */
static void labelled(const struct page *page, const char *label, const char *text, const char *style)
{
	if (text)
		labelled_at(page, label, text, style, 0);
}

/* A command in one piece, whatever its length: in two lines a shell would take it for two commands. */
static void command(const struct page *page, const char *label, const char *text)
{
	char *safe = text ? escaped(text) : NULL;

	if (safe) {
		fprintf(page->out, "%*s", BODY, "");
		paint(page, DIM);
		fprintf(page->out, "%-*s", LABEL_WIDTH, label);
		paint(page, "0");
		fprintf(page->out, "%s\n", safe);
	}
	free(safe);
}

/* A text at the left and one at the right end of the line; if both do not fit, the right one gets a line of its own. */
static void two_ends(const struct page *page, const char *left, const char *left_style, const char *right,
                     const char *right_style, int indent)
{
	char *safe = escaped(left), *end = escaped(right);
	int used = (int)columns_of(safe), needed = (int)columns_of(end);
	bool fits = used + 2 + needed <= page->width;

	paint(page, left_style);
	if (fits)
		fputs(safe, page->out);
	else
		wrap(page, safe, 0, indent);
	paint(page, "0");
	fprintf(page->out, "%*s", fits ? page->width - used - needed : needed < page->width ? page->width - needed : 0, "");
	paint(page, right_style);
	fputs(end, page->out);
	paint(page, "0");
	fputc('\n', page->out);
	free(safe);
	free(end);
}

/* ---- head ----------------------------------------------------------------------------------- */

static const char *score_style(int score, int max_score)
{
	return score >= max_score ? GREEN : 2 * score >= max_score ? YELLOW : RED;
}

static void head(const struct page *page)
{
	const struct grade *grade = page->view->grade;
	const char *title = view_assignment_title(page->view);
	char *left = NULL, *right = NULL;

	finding_set(&left, "%s%s%s", grade->assignment, title ? "  " : "", title ? title : "");
	if (grade->submission && *grade->submission && strcmp(grade->submission, ".") != 0)
		finding_set(&left, "%s  (%s)", left, grade->submission);
	if (grade->judged && grade->only_test)
		finding_set(&right, "%s", view_passes(page->view) ? "passes" : "does not pass");
	else if (grade->judged)
		finding_set(&right, "%d of %d points", grade->score, grade->max_score);
	else
		finding_set(&right, "not judged");
	const char *style =
	    grade->only_test ? (view_passes(page->view) ? GREEN : RED) : score_style(grade->score, grade->max_score);
	two_ends(page, left, BOLD, right, grade->judged ? style : RED, 0);
	free(left);
	free(right);
}

static int title_columns(const struct view *view)
{
	int widest = 0;

	for (size_t i = 0; i < view->grade->rubric_count; i++) {
		const struct rubric_score *line = &view->grade->rubric[i];
		char *title = escaped(line->title ? line->title : line->id);
		int size = (int)columns_of(title);

		if (size > widest)
			widest = size;
		free(title);
	}
	return widest;
}

static void rubric_line(const struct page *page, const struct rubric_score *line, int title_width)
{
	char *title = escaped(line->title ? line->title : line->id);
	int room = page->width - title_width - (int)strlen("    [] 100/100"), bar = room > BAR ? BAR : room > 4 ? room : 4;
	int filled = line->max_score > 0 ? line->score * bar / line->max_score : bar;

	fprintf(page->out, "  %s%*s  [", title, title_width - (int)columns_of(title), "");
	paint(page, score_style(line->score, line->max_score));
	for (int i = 0; i < bar; i++)
		fputc(i < filled ? '#' : '-', page->out);
	paint(page, "0");
	fprintf(page->out, "] %2d/%d\n", line->score, line->max_score);
	free(title);
}

static void rubric(const struct page *page)
{
	const struct grade *grade = page->view->grade;
	int width = title_columns(page->view);

	fputc('\n', page->out);
	if (grade->only_test) {
		char *text = NULL;
		finding_set(&text, "Only the test %s was run.", grade->only_test);
		paragraph(page, text, 2);
		free(text);
		return;
	}
	for (size_t i = 0; grade->judged && i < grade->rubric_count; i++)
		rubric_line(page, &grade->rubric[i], width);
	if (grade->judged && grade->rubric_count)
		fputc('\n', page->out);
	char *verdict = view_verdict(page->view), *missing = view_public(page->view);
	paragraph(page, verdict, 2);
	if (missing)
		paragraph(page, missing, 2);
	free(verdict);
	free(missing);
}

/* ---- one finding ---------------------------------------------------------------------------- */

static void place(const struct page *page, const struct place *place, const char *label)
{
	char *text = NULL;

	if (place->file && place->line)
		finding_set(&text, "%s:%u", place->file, place->line);
	else if (place->file)
		finding_set(&text, "%s", place->file);
	if (place->function)
		finding_set(&text, "%s%s%s", text ? text : "", text ? " in " : "", place->function);
	if (text)
		labelled_at(page, label, text, NULL, place->role ? 2 : 0);
	free(text);
}

static bool same_role(const struct place *a, const struct place *b)
{
	return a->role == b->role || (a->role && b->role && strcmp(a->role, b->role) == 0);
}

/* The two sides of a race, the allocation of a leak, ...: each role once, its frames below it. */
static void places(const struct page *page, const struct view_group *group)
{
	const struct finding *finding = group->shown;
	const struct place *before = NULL;
	bool first = true;
	int frames = 0;

	for (size_t i = 0; i < finding->where_count; i++) {
		const struct place *now = &finding->where[i];

		if (!view_place_shown(page->view, group, now))
			continue;
		if (!before || !same_role(before, now)) {
			frames = 0;
			if (now->role) {
				char *role = NULL;
				finding_set(&role, "%s:", now->role);
				labelled(page, first ? "where" : "", role, BOLD);
				first = false;
				free(role);
			}
		}
		before = now;
		if (frames++ >= PLACE_LIMIT && !page->everything)
			continue;
		place(page, now, first ? "where" : "");
		first = false;
	}
}

/* A line of source in a compiler's message: must not be wrapped, its marks stand below it. */
static bool is_source_line(const char *text)
{
	text += strspn(text, " 0123456789");
	return *text == '|';
}

static char *without_tabs(const char *text)
{
	char *result = NULL;
	size_t size;
	FILE *out = memory_open(&result, &size);

	for (; *text; text++)
		fputs(*text == '\t' ? "    " : (char[2]){*text, 0}, out);
	fclose(out);
	return result;
}

static void detail_line(const struct page *page, const char *line)
{
	char *spaces = without_tabs(line), *safe = escaped(spaces);
	int room = page->width - BODY, size = (int)columns_of(safe);
	size_t length = strlen(safe);

	fprintf(page->out, "%*s", BODY, "");
	if (size > room && is_source_line(safe)) {
		while (length && (int)columns_in(safe, length) > room - 3)
			do
				length--;
			while (length && ((unsigned char)safe[length] & 0xc0) == 0x80);
		fprintf(page->out, "%.*s...\n", (int)length, safe);
	} else if (size > room) {
		int indent = (int)strspn(safe, " ");

		if (indent > room / 2)
			indent = 0;
		fprintf(page->out, "%*s", indent, "");
		wrap(page, safe, BODY + indent, BODY + indent + 2);
	} else {
		fprintf(page->out, "%s\n", safe);
	}
	free(spaces);
	free(safe);
}

/* `more`: something follows below. */
static void detail(const struct page *page, const struct view_group *group, bool more)
{
	const struct finding *finding = group->shown;
	size_t shown = page->everything || finding->detail_count <= DETAIL_LIMIT ? finding->detail_count : DETAIL_LIMIT;

	if (!view_detail_shown(group))
		return;
	fputc('\n', page->out);
	for (size_t i = 0; i < shown; i++) {
		char *text = view_text(group, finding->detail[i], TEXT_LIMIT);

		if (text)
			detail_line(page, text);
		else
			fputc('\n', page->out);
		free(text);
	}
	if (shown < finding->detail_count)
		fprintf(page->out, "%*s(%zu more lines)\n", BODY, "", finding->detail_count - shown);
	if (more)
		fputc('\n', page->out);
}

static void hint(const struct page *page, const struct view_group *group)
{
	char *text = NULL;

	if (!group->shown->hint)
		return;
	finding_set(&text, "make hint A=%s H=%s", page->view->grade->assignment, group->shown->hint);
	if (group->hint && group->hint->title)
		finding_set(&text, "%s (%s)", text, group->hint->title);
	labelled(page, "hint", text, NULL);
	free(text);
}

/* A schedule as a table, if that is short; else where to see it. */
static void schedule(const struct page *page, const struct view_group *group)
{
	struct interleaving *interleaving = view_interleaving(page->view, group);
	char *table = NULL, *text = NULL, *rest;
	size_t size;
	FILE *out;

	if (interleaving && (interleaving->step_count > STEPS_IN_FULL || page->width < TABLE_WIDTH)) {
		finding_set(&text, "%zu steps: %sthe page (FORMAT=html) has them as a picture", interleaving->step_count,
		            group->hidden ? "" : "replay shows them, ");
		labelled(page, "steps", text, NULL);
	} else if (interleaving) {
		free(interleaving->outcome); /* the finding has said it */
		interleaving->outcome = NULL;
		out = memory_open(&table, &size);
		interleaving_print(out, interleaving, page->colour, (unsigned)(page->width - BODY));
		fclose(out);
		fputc('\n', page->out);
		if (view_shows_other_run(group))
			fprintf(page->out, "%*sA run that the explorer found; what was seen above is of another one.\n", BODY, "");
		rest = table;
		for (char *line; *rest && (line = strsep(&rest, "\n"));)
			fprintf(page->out, "%*s%s\n", BODY, "", line);
	}
	interleaving_free(interleaving);
	free(table);
	free(text);
}

static void heading(const struct page *page, const struct view_group *group)
{
	char *title = view_title(group), *cost = view_cost(page->view, group), *left = NULL;

	finding_set(&left, "%-3s %s", group->label, title);
	fputc('\n', page->out);
	two_ends(page, left, BOLD, cost, group->points ? RED : DIM, BODY);
	free(title);
	free(cost);
	free(left);
}

static void full(const struct page *page, const struct view_group *group)
{
	const struct finding *finding = group->shown;
	char *seen = view_text(group, finding->seen, TEXT_LIMIT), *expected = view_expected(group, TEXT_LIMIT);
	char *title = view_title(group), *others = view_others(page->view, group), *again = view_again(page->view, group);
	char *test = NULL, *only = view_only_explored(group);

	heading(page, group);
	if (finding->test)
		finding_set(&test, "%s%s", finding->test, group->hidden ? " (hidden)" : "");
	labelled(page, "test", test, NULL);
	labelled(page, "schedule", only, NULL);
	labelled(page, "seen", seen, NULL);
	if (expected && strcmp(expected, title) != 0) /* the heading has said it */
		labelled(page, "expected", expected, NULL);
	labelled(page, "why", finding->why, NULL);
	places(page, group);
	detail(page, group, finding->hint || again || others);
	hint(page, group);
	command(page, view_again_label(group), again);
	labelled(page, "also", others, NULL);
	schedule(page, group);
	free(seen);
	free(expected);
	free(title);
	free(others);
	free(again);
	free(only);
	free(test);
}

static void one_line(const struct page *page, const struct view_group *group)
{
	char *title = view_title(group), *cost = view_cost(page->view, group), *left = NULL;
	const char *test = group->shown->test;

	finding_set(&left, "%-3s %s%s%s%s", group->label, title, test ? " (" : "", test ? test : "", test ? ")" : "");
	two_ends(page, left, "0", cost, group->points ? RED : DIM, BODY);
	free(title);
	free(cost);
	free(left);
}

/* Points that went along with something else, in a line or two. */
static void brief(const struct page *page, const struct view_group *group)
{
	char *title = view_title(group), *cost = view_cost(page->view, group);
	char *seen = view_text(group, group->shown->seen, TEXT_LIMIT), *others = view_others(page->view, group),
	     *left = NULL;

	finding_set(&left, "%-3s %s", group->label, title);
	two_ends(page, left, "0", cost, group->points ? RED : DIM, BODY);
	if (seen)
		paragraph(page, seen, BODY);
	if (view_cuts_lines(group) && group->shown->expected)
		paragraph(page, group->shown->expected, BODY);
	if (others)
		paragraph(page, others, BODY);
	free(title);
	free(cost);
	free(seen);
	free(others);
	free(left);
}

/* ---- sections ------------------------------------------------------------------------------- */

static void section_title(const struct page *page, enum view_section section)
{
	static const char *const styles[] = {
	    [VIEW_BUILD] = RED, [VIEW_TEST] = RED, [VIEW_CHECK] = RED, [VIEW_FOLLOWUP] = YELLOW, [VIEW_ADVICE] = YELLOW};

	fputc('\n', page->out);
	paint(page, styles[section]);
	fprintf(page->out, "== %s ", view_section_title(section));
	for (int column = (int)strlen(view_section_title(section)) + 4; column < page->width; column++)
		fputc('=', page->out);
	paint(page, "0");
	fputc('\n', page->out);
}

static void uncounted(const struct page *page, unsigned left, int points)
{
	char *text = NULL;

	if (!left)
		return;
	finding_set(&text,
	            "and %u more (-%d points): make grade A=%s FORMAT=html shows them all, but start with those above",
	            left, points, page->view->grade->assignment);
	fputc('\n', page->out);
	paragraph(page, text, 0);
	free(text);
}

static void section(const struct page *page, enum view_section section, unsigned *told)
{
	unsigned left = 0;
	bool any = false;
	int points = 0;

	for (size_t i = 0; i < page->view->group_count; i++) {
		const struct view_group *group = &page->view->group[i];

		if (group->section != section)
			continue;
		if (!any)
			section_title(page, section);
		if (section == VIEW_FOLLOWUP) {
			if (!any)
				fputc('\n', page->out);
			brief(page, group);
		} else if (*told < page->in_full || page->everything || (!any && !page->lines_for_others)) {
			full(page, group);
			(*told)++;
		} else if (page->lines_for_others) {
			one_line(page, group);
		} else {
			left++;
			points += group->points;
		}
		any = true;
	}
	uncounted(page, left, points);
}

static void checks(const struct page *page)
{
	const struct grade *grade = page->view->grade;
	char *text = NULL;

	if (!grade->check_count)
		return;
	for (size_t i = 0; i < grade->check_count; i++) {
		char *state = view_check(page->view, &grade->check[i]);

		finding_set(&text, "%s%s%s %s", text ? text : "checks: ", text ? ", " : "", grade->check[i].name, state);
		free(state);
	}
	if (grade->duration_ms > 0)
		finding_set(&text, "%s; %d.%d s", text, grade->duration_ms / 1000, grade->duration_ms % 1000 / 100);
	fputc('\n', page->out);
	paint(page, DIM);
	paragraph(page, text, 2);
	paint(page, "0");
	free(text);
}

static void schedules(const struct page *page)
{
	const struct grade *grade = page->view->grade;
	char *text = view_explored(page->view);

	if (!text)
		return;
	finding_set(&text, "schedules: %s", text);
	fputc('\n', page->out);
	paint(page, DIM);
	paragraph(page, text, 2);
	for (size_t i = 0; i < grade->test_count; i++) {
		const char *why_not = view_not_explored(page->view, &grade->test[i]);

		if (!why_not)
			continue;
		finding_set(&text, "not explored: %s (%s)", grade->test[i].name, why_not);
		paragraph(page, text, 2);
	}
	paint(page, "0");
	free(text);
}

static void advice(const struct page *page)
{
	const struct string_list *remarks = &page->view->grade->remarks;
	char *coverage = view_coverage(page->view);
	bool built = !page->view->group_count || page->view->group[0].section != VIEW_BUILD;

	if (remarks->count || (coverage && built))
		fputc('\n', page->out);
	if (coverage && built)
		paragraph(page, coverage, 2);
	for (size_t i = 0; i < remarks->count; i++) {
		char *text = NULL;

		finding_set(&text, "note: %s", remarks->item[i]);
		paragraph(page, text, 2);
		free(text);
	}
	free(coverage);
}

/* Instead of findings. */
static void start(const struct page *page)
{
	char *verdict = view_verdict(page->view), *read = view_read(page->view), *first = view_start(page->view);
	char *again = view_start_command(page->view), *hint = view_start_hint(page->view);

	fputc('\n', page->out);
	paragraph(page, verdict, 2);
	labelled(page, "read", read, NULL);
	labelled(page, "first", first, BOLD);
	command(page, "alone", again);
	command(page, "hint", hint);
	advice(page);
	free(verdict);
	free(read);
	free(first);
	free(again);
	free(hint);
}

static void next_step(const struct page *page)
{
	const struct grade *grade = page->view->grade;
	char *text = NULL;

	if (!grade->judged || grade->score == grade->max_score || !page->view->group_count)
		return;
	finding_set(&text, "next: repair %s, save, and run make grade A=%s", page->view->group[0].label, grade->assignment);
	fputc('\n', page->out);
	paint(page, BOLD);
	paragraph(page, text, 2);
	paint(page, "0");
	free(text);
}

/* The whole report. */
static void body(const struct page *page)
{
	unsigned told = 0;

	rubric(page);
	for (enum view_section kind = VIEW_BUILD; kind < VIEW_SECTIONS; kind++)
		section(page, kind, &told);
	advice(page);
	schedules(page);
	checks(page);
	next_step(page);
}

int report_terminal(FILE *out, const struct grade *grade, const struct assignment *assignment,
                    const struct report_options *options)
{
	struct view view = view_make(grade, assignment, options->everything);
	struct page page = {.out = out,
	                    .width = options->width > 0 ? options->width : 80,
	                    .colour = options->colour,
	                    .everything = options->everything,
	                    .in_full = options->first_only ? 1 : FINDINGS_IN_FULL,
	                    .lines_for_others = options->first_only,
	                    .view = &view};

	if (page.width < 40)
		page.width = 40;
	head(&page);
	if (view.start)
		start(&page);
	else
		body(&page);
	view_clear(&view);
	return view_written(out);
}
