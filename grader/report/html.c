/* html.c - one self-contained page: no network, light and dark, readable on a phone and on paper. Well-formed XML as
 * well as HTML, so that a test can check its structure strictly. */
#include "../finding/interleaving.h"
#include "../memory.h"
#include "page.h"
#include "stepper.h"
#include "view.h"

#include <stdlib.h>
#include <string.h>

enum {
	TEXT_LIMIT = 4000,
	DETAIL_LIMIT = 200,
	CONTEXT = 3, /* lines of source around a place */
	/* bytes of the page, and steps; see schedule */
	PICTURES_UNTIL = 150000,
	PICTURE_STEPS = 200,
	SCHEDULES_UNTIL = 250000
};

struct html {
	FILE *out;
	const struct view *view;
	const char *source; /* or NULL */
};

/* ---- small pieces --------------------------------------------------------------------------- */

static void element(FILE *out, const char *name, const char *class, const char *text)
{
	fprintf(out, "<%s%s%s%s>", name, class ? " class=\"" : "", class ? class : "", class ? "\"" : "");
	escape_html(out, text);
	fprintf(out, "</%s>", name);
}

/* A row of a finding's list of facts; nothing for a NULL text. */
static void fact(FILE *out, const char *label, const char *class, const char *text)
{
	if (!text)
		return;
	fprintf(out, "<dt>%s</dt>", label);
	element(out, "dd", class, text);
	fputc('\n', out);
}

static void command(FILE *out, const char *label, const char *text)
{
	if (!text)
		return;
	fprintf(out, "<dt>%s</dt><dd>", label);
	element(out, "code", NULL, text);
	fputs("</dd>\n", out);
}

static const char *grade_class(int score, int max_score)
{
	return score >= max_score ? "good" : 2 * score >= max_score ? "mid" : "bad";
}

/* ---- head ----------------------------------------------------------------------------------- */

static void head(const struct html *html)
{
	const struct grade *grade = html->view->grade;
	const char *title = view_assignment_title(html->view);
	char *verdict = view_verdict(html->view), *missing = view_public(html->view);
	FILE *out = html->out;

	fputs("<header class=\"card head\"><div>", out);
	element(out, "h1", NULL, title ? title : grade->assignment);
	fputs("<p class=\"soft\">", out);
	element(out, "code", NULL, grade->assignment);
	if (grade->submission && *grade->submission && strcmp(grade->submission, ".") != 0) {
		fputs(" · ", out);
		escape_html(out, grade->submission);
	}
	fputs("</p>", out);
	element(out, "p", "verdict", verdict);
	if (missing)
		element(out, "p", "soft", missing);
	fputs("</div>\n", out);
	if (grade->judged)
		fprintf(out, "<div class=\"score %s\"><b>%d</b>of %d points</div>", grade_class(grade->score, grade->max_score),
		        grade->score, grade->max_score);
	else
		fputs("<div class=\"score bad\"><b>?</b>not judged</div>", out);
	fputs("</header>\n", out);
	free(verdict);
	free(missing);
}

static void rubric(const struct html *html)
{
	const struct grade *grade = html->view->grade;
	FILE *out = html->out;

	if (!grade->judged || !grade->rubric_count)
		return;
	fputs("<section class=\"card\">\n", out);
	for (size_t i = 0; i < grade->rubric_count; i++) {
		const struct rubric_score *line = &grade->rubric[i];

		fputs("<div class=\"line\">", out);
		element(out, "span", NULL, line->title ? line->title : line->id);
		fprintf(out, "<div class=\"bar\"><span class=\"%s\" style=\"width:%d%%\"></span></div>",
		        grade_class(line->score, line->max_score),
		        line->max_score > 0 ? 100 * line->score / line->max_score : 100);
		fprintf(out, "<span class=\"points\"><b>%d</b>/%d</span></div>\n", line->score, line->max_score);
	}
	fputs("</section>\n", out);
}

/* ---- source --------------------------------------------------------------------------------- */

static const char *line_start(const char *text, unsigned line)
{
	while (text && line > 1) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
		line--;
	}
	return text && *text ? text : NULL;
}

/* The lines around a place, with that line marked. Nothing when the source does not have the line. */
static void excerpt(const struct html *html, unsigned line)
{
	unsigned first = line > CONTEXT ? line - CONTEXT : 1;

	if (!line || !line_start(html->source, line))
		return;
	fputs("<pre>", html->out);
	const char *text = line_start(html->source, first);
	for (unsigned number = first; text && *text && number <= line + CONTEXT; number++) {
		size_t length = strcspn(text, "\r\n");
		char *copy = NULL;

		finding_set(&copy, "%.*s", (int)(length < TEXT_LIMIT ? length : TEXT_LIMIT), text);
		fprintf(html->out, "<span%s><i>%u</i>", number == line ? " class=\"here\"" : "", number);
		escape_html(html->out, copy);
		fputs("</span>", html->out);
		free(copy);
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	fputs("</pre>\n", html->out);
}

static void frame(const struct html *html, const struct place *place)
{
	FILE *out = html->out;

	fputs("<div class=\"frame\"><span class=\"mono\">", out);
	escape_html(out, place->file ? place->file : "unknown file");
	if (place->line)
		fprintf(out, ":%u", place->line);
	fputs("</span>", out);
	if (place->function) {
		fputs(" in ", out);
		element(out, "code", NULL, place->function);
	}
	fputs("</div>\n", out);
	if (view_place_is_source(html->view, place))
		excerpt(html, place->line);
}

static bool same_role(const struct place *a, const struct place *b)
{
	return a->role == b->role || (a->role && b->role && strcmp(a->role, b->role) == 0);
}

/* One side (the frames with one role): the first frame open, the callers folded. Returns the index behind it. */
static size_t side(const struct html *html, const struct view_group *group, size_t first)
{
	const struct finding *finding = group->shown;
	const struct place *place = &finding->where[first];
	size_t end = first, shown = 0;

	while (end < finding->where_count && same_role(place, &finding->where[end])) {
		shown += view_place_shown(html->view, group, &finding->where[end]);
		end++;
	}
	if (!shown)
		return end;
	fputs("<div>", html->out);
	if (place->role)
		element(html->out, "p", "side", place->role);
	bool opened = false, folded = false;
	for (size_t i = first; i < end; i++) {
		if (!view_place_shown(html->view, group, &finding->where[i]))
			continue;
		if (opened && !folded) {
			fprintf(html->out, "<details><summary>called from (%zu)</summary>", shown - 1);
			folded = true;
		}
		frame(html, &finding->where[i]);
		opened = true;
	}
	fputs(folded ? "</details></div>\n" : "</div>\n", html->out);
	return end;
}

/* ---- findings ------------------------------------------------------------------------------- */

static void detail(const struct html *html, const struct view_group *group)
{
	const struct finding *finding = group->shown;
	bool open = finding->detail_count <= 16 || group->section == VIEW_BUILD;

	if (!view_detail_shown(group))
		return;
	fprintf(html->out, "<details%s><summary>Evidence (%zu line%s)</summary><pre%s>", open ? " open=\"open\"" : "",
	        finding->detail_count, finding->detail_count == 1 ? "" : "s",
	        group->section == VIEW_BUILD ? "" : " class=\"wrap\"");
	for (size_t i = 0; i < finding->detail_count && i < DETAIL_LIMIT; i++) {
		char *text = view_text(group, finding->detail[i], TEXT_LIMIT);

		element(html->out, "span", NULL, text ? text : " ");
		free(text);
	}
	if (finding->detail_count > DETAIL_LIMIT)
		fprintf(html->out, "<span>(%zu more lines)</span>", finding->detail_count - DETAIL_LIMIT);
	fputs("</pre></details>\n", html->out);
}

static void hint(const struct html *html, const struct view_group *group)
{
	FILE *out = html->out;
	char *text = NULL;

	if (!group->shown->hint)
		return;
	finding_set(&text, "make hint A=%s H=%s", html->view->grade->assignment, group->shown->hint);
	fputs("<dt>hint</dt><dd>", out);
	if (group->hint && group->hint->title) {
		escape_html(out, group->hint->title);
		fputs(": ", out);
	}
	element(out, "code", NULL, text);
	fputs("</dd>\n", out);
	free(text);
}

static void title(const struct html *html, const struct view_group *group)
{
	char *text = view_title(group), *cost = view_cost(html->view, group);
	FILE *out = html->out;

	fputs("<div class=\"title\">", out);
	element(out, "span", "soft mono", group->label);
	element(out, "h3", NULL, text);
	element(out, "span", !group->points ? "pill mid" : group->section == VIEW_FOLLOWUP ? "pill mid" : "pill bad", cost);
	fputs("</div>\n", out);
	free(text);
	free(cost);
}

static void facts(const struct html *html, const struct view_group *group)
{
	const struct finding *finding = group->shown;
	char *seen = view_text(group, finding->seen, TEXT_LIMIT), *expected = view_expected(group, TEXT_LIMIT);
	char *heading = view_title(group), *others = view_others(html->view, group), *again = view_again(html->view, group);
	char *only = view_only_explored(group);
	FILE *out = html->out;

	fputs("<dl>\n", out);
	if (finding->test) {
		fputs("<dt>test</dt><dd>", out);
		element(out, "code", NULL, finding->test);
		fputs(group->hidden ? " <small>hidden</small></dd>\n" : "</dd>\n", out);
	}
	fact(out, "schedule", NULL, only);
	fact(out, "seen", "seen", seen);
	if (expected && strcmp(expected, heading) != 0)
		fact(out, "expected", NULL, expected);
	fact(out, "why", NULL, finding->why);
	hint(html, group);
	command(out, view_again_label(group), again);
	fact(out, "also", NULL, others);
	fputs("</dl>\n", out);
	free(seen);
	free(expected);
	free(heading);
	free(others);
	free(again);
	free(only);
}

/* The schedule that an earlier finding has shown already, or NULL. */
static const struct view_group *shown_before(const struct html *html, const struct view_group *group)
{
	const char *token = group->shown->token;

	for (const struct view_group *other = html->view->group; token && other < group; other++)
		if (other->hidden == group->hidden && other->shown->interleaving && other->shown->token &&
		    strcmp(other->shown->token, token) == 0)
			return other;
	return NULL;
}

/* Pictures are most of a page: a schedule that comes late or is long has a list of its steps instead. A page that is
 * long already says how to see it. */
static void schedule(const struct html *html, const struct view_group *group)
{
	const struct view_group *before = shown_before(html, group);
	struct interleaving *interleaving = before ? NULL : view_interleaving(html->view, group);

	if (before)
		fprintf(html->out, "<p>The schedule is that of <a href=\"#%s\">%s</a>.</p>\n", before->label, before->label);
	if (!interleaving)
		return;
	if (ftello(html->out) > SCHEDULES_UNTIL) {
		fprintf(html->out, "<p>%zu steps: the command shows them; here they would make the page too long.</p>\n",
		        interleaving->step_count);
		interleaving_free(interleaving);
		return;
	}
	fprintf(html->out, "<details open=\"open\"><summary>%s</summary>\n",
	        view_shows_other_run(group)
	            ? "A run that the explorer found, step by step; what was seen above is of another one"
	            : "The schedule, step by step");
	stepper_write(html->out, interleaving, group->label, strcmp(group->shown->kind, "data_race") == 0,
	              ftello(html->out) < PICTURES_UNTIL && interleaving->step_count <= PICTURE_STEPS);
	fputs("</details>\n", html->out);
	interleaving_free(interleaving);
}

static void finding(const struct html *html, const struct view_group *group)
{
	static const char *const classes[] = {
	    [VIEW_BUILD] = "", [VIEW_TEST] = "", [VIEW_CHECK] = "", [VIEW_FOLLOWUP] = " follow", [VIEW_ADVICE] = " free"};
	size_t count = group->shown->where_count;

	fprintf(html->out, "<article class=\"card finding%s\">", classes[group->section]);
	title(html, group);
	facts(html, group);
	if (count)
		fputs("<div class=\"columns\">", html->out);
	for (size_t i = 0; i < count;)
		i = side(html, group, i);
	if (count)
		fputs("</div>\n", html->out);
	detail(html, group);
	schedule(html, group);
	fputs("</article>\n", html->out);
}

static void section(const struct html *html, enum view_section section)
{
	bool any = false;

	for (size_t i = 0; i < html->view->group_count; i++) {
		if (html->view->group[i].section != section)
			continue;
		if (!any)
			element(html->out, "h2", NULL, view_section_title(section));
		any = true;
		finding(html, &html->view->group[i]);
	}
}

/* ---- tests, checks, foot -------------------------------------------------------------------- */

static void tests(const struct html *html)
{
	const struct grade *grade = html->view->grade;
	FILE *out = html->out;

	if (!html->view->tests || (html->view->group_count && html->view->group[0].section == VIEW_BUILD))
		return;
	element(out, "h2", NULL, "Tests");
	fprintf(out,
	        "<details class=\"card\"><summary>%u of %u pass</summary>\n<table><tr><th>Test</th><th>Result</th></tr>\n",
	        html->view->passed, html->view->tests);
	for (size_t i = 0; i < grade->test_count; i++) {
		const struct test_result *test = &grade->test[i];
		const struct test_spec *spec =
		    html->view->assignment ? assignment_test(html->view->assignment, test->name) : NULL;
		const char *class = test->status == TEST_PASS ? "good" : test->status == TEST_NOT_RUN ? "mid" : "bad";

		if (grade->public_only && test->hidden)
			continue;
		fputs("<tr><td>", out);
		escape_html(out, spec && spec->title ? spec->title : test->name);
		if (test->hidden)
			fputs(" <small>hidden</small>", out);
		fputs("<br/>", out);
		element(out, "small", "mono", test->name);
		fprintf(out, "</td><td><span class=\"pill %s\">%s</span></td></tr>\n", class,
		        test->status == TEST_NOT_RUN ? "not run" : test_status_name(test->status));
	}
	fputs("</table></details>\n", out);
}

static void checks(const struct html *html)
{
	const struct grade *grade = html->view->grade;
	FILE *out = html->out;

	if (!grade->check_count)
		return;
	element(out, "h2", NULL, "Checks");
	fputs("<ul class=\"chips\">\n", out);
	for (size_t i = 0; i < grade->check_count; i++) {
		char *state = view_check(html->view, &grade->check[i]);
		bool ran = strcmp(grade->check[i].status, "ran") == 0;

		fprintf(out, "<li class=\"%s\">", strcmp(state, "ok") == 0 ? "good" : ran ? "bad" : "mid");
		element(out, "b", NULL, grade->check[i].name);
		fputc(' ', out);
		escape_html(out, state);
		fputs("</li>\n", out);
		free(state);
	}
	fputs("</ul>\n", out);
}

static void schedules(const struct html *html)
{
	const struct grade *grade = html->view->grade;
	char *text = view_explored(html->view);
	FILE *out = html->out;

	if (!text)
		return;
	element(out, "h2", NULL, "Schedules");
	fputs("<details class=\"card\"><summary>", out);
	escape_html(out, text);
	fputs("</summary>\n<table><tr><th>Test</th><th>Explored</th></tr>\n", out);
	for (size_t i = 0; i < grade->test_count; i++) {
		const struct test_result *test = &grade->test[i];
		char *row = view_schedules(html->view, test);

		if (!row)
			continue;
		fputs("<tr><td>", out);
		element(out, "span", "mono", test->name);
		fputs(test->hidden ? " <small>hidden</small></td>" : "</td>", out);
		element(out, "td", view_not_explored(html->view, test) ? "mid" : NULL, row);
		fputs("</tr>\n", out);
		free(row);
	}
	fputs("</table></details>\n", out);
	free(text);
}

static void advice(const struct html *html)
{
	const struct string_list *remarks = &html->view->grade->remarks;
	char *coverage = view_coverage(html->view);
	FILE *out = html->out;

	if (coverage || remarks->count) {
		element(out, "h2", NULL, "Notes");
		fputs("<div class=\"card\">", out);
		if (coverage)
			element(out, "p", NULL, coverage);
		for (size_t i = 0; i < remarks->count; i++)
			element(out, "p", NULL, remarks->item[i]);
		fputs("</div>\n", out);
	}
	free(coverage);
}

static void version(FILE *out, const char *name, const char *text)
{
	if (!text)
		return;
	fprintf(out, " · %s ", name);
	escape_html(out, text);
}

static void foot(const struct html *html)
{
	const struct grade *grade = html->view->grade;
	FILE *out = html->out;

	fputs("<footer><p>forkjoin", out);
	if (grade->kit.release) {
		fputc(' ', out);
		escape_html(out, grade->kit.release);
	}
	version(out, "kit", grade->kit.kit);
	version(out, "criterion", grade->kit.criterion);
	version(out, "gcc", grade->kit.gcc);
	version(out, "valgrind", grade->kit.valgrind);
	version(out, "protection", grade->protection);
	if (grade->duration_ms > 0)
		fprintf(out, " · %d.%d s", grade->duration_ms / 1000, grade->duration_ms % 1000 / 100);
	fputs("</p>\n", out);
	for (size_t i = 0; i < grade->source_count; i++) {
		fputs("<p class=\"mono\">", out);
		escape_html(out, grade->source[i].file);
		fputs(" sha256 ", out);
		escape_html(out, grade->source[i].sha256);
		fputs("</p>\n", out);
	}
	fputs("</footer>\n", out);
}

/* Instead of findings. */
static void start(const struct html *html)
{
	char *read = view_read(html->view), *first = view_start(html->view);
	char *again = view_start_command(html->view), *hint = view_start_hint(html->view);

	fputs("<section class=\"card finding\"><dl>\n", html->out);
	fact(html->out, "read", NULL, read);
	fact(html->out, "first", NULL, first);
	command(html->out, "alone", again);
	command(html->out, "hint", hint);
	fputs("</dl></section>\n", html->out);
	advice(html);
	free(read);
	free(first);
	free(again);
	free(hint);
}

/* The whole report. */
static void body(const struct html *html)
{
	rubric(html);
	for (enum view_section kind = VIEW_BUILD; kind < VIEW_SECTIONS; kind++)
		section(html, kind);
	tests(html);
	schedules(html);
	advice(html);
	checks(html);
}

/* "race_fix: 40 of 100 points" */
static char *page_title(const struct grade *grade)
{
	return grade->judged ? format("%s: %d of %d points", grade->assignment, grade->score, grade->max_score)
	                     : format("%s", grade->assignment);
}

static bool has_schedule(const struct view *view)
{
	for (size_t i = 0; i < view->group_count; i++)
		if (view->group[i].shown->interleaving && view->group[i].shown->interleaving->step_count)
			return true;
	return false;
}

int report_html(FILE *out, const struct grade *grade, const struct assignment *assignment,
                const struct report_options *options)
{
	struct view view = view_make(grade, assignment, options->everything);
	struct html html = {.out = out, .view = &view, .source = options->source_text};
	char *title = page_title(grade);
	char *file = format("%s.c", grade->assignment); /* as steps have it: view_place_is_source */
	struct stepper_source own = {file, options->source_text};
	enum page_script script = has_schedule(&view) ? PAGE_STEPS : PAGE_STATIC;

	page_begin(out, title, script == PAGE_STEPS ? "wide" : NULL, script);
	if (script == PAGE_STEPS)
		stepper_sources(out, &own, 1);
	head(&html);
	if (view.start)
		start(&html);
	else
		body(&html);
	foot(&html);
	page_end(out, script);
	free(title);
	free(file);
	view_clear(&view);
	return view_written(out);
}
