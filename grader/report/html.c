/* html.c - one self-contained page: no scripts, no network, light and dark, readable on a phone and on paper.
 * Well-formed XML as well as HTML, so that a test can check its structure strictly. */
#include "../finding/interleaving.h"
#include "picture.h"
#include "view.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_LIMIT = 4000, DETAIL_LIMIT = 200, CONTEXT = 3 /* lines of source around a place */ };

/* clang-format off */
static const char style[] =
	":root { color-scheme: light dark; --page: #f4f5f7; --card: #fff; --ink: #1d2430;\n"
	"  --soft: #5b6573; --line: #dfe3e8; --code: #f6f7f9; --mark: #fff0c2; --edge: #d9a100;\n"
	"  --bad: #b3261e; --bad-soft: #fdeceb; --good: #1b7f4b; --good-soft: #e5f5ec; --mid: #9a6700;\n"
	"  --mid-soft: #fdf3dc; --link: #2457c5 }\n"
	"@media(prefers-color-scheme:dark) {\n"
	"  :root { --page: #12151a; --card: #1b2027; --ink: #e4e8ee; --soft: #9aa5b3; --line: #323a45;\n"
	"    --code: #14181e; --mark: #40350f; --edge: #e3b341; --bad: #ff8a80; --bad-soft: #3b1f1f;\n"
	"    --good: #6fd39a; --good-soft: #173326; --mid: #e3b341; --mid-soft: #352b12; --link: #8ab4f8 }\n"
	"}\n"
	"* { box-sizing: border-box }\n"
	"body { margin: 0; background: var(--page); color: var(--ink);\n"
	"  font: 16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;\n"
	"  overflow-wrap: anywhere }\n"
	"main { max-width: 54rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }\n"
	"code,pre,.mono { font-family: ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;\n"
	"  font-size: .86em }\n"
	"h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 }\n"
	"h2 { font-size: 1.15rem; margin: 2.2rem 0 .8rem }\n"
	"h3 { font-size: 1.02rem; margin: 0; flex: 1 1 12rem }\n"
	".card { background: var(--card); border: 1px solid var(--line); border-radius: 12px;\n"
	"  padding: 1.1rem 1.25rem; margin: 0 0 1rem }\n"
	".head { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: center }\n"
	".head>div:first-child { flex: 1 1 18rem }\n"
	".who { color: var(--soft); margin: .2rem 0 0 }\n"
	".verdict { margin: .7rem 0 0; font-weight: 600 }\n"
	".more { margin: .3rem 0 0; color: var(--soft) }\n"
	".score { text-align: center; border-radius: 12px; padding: .6rem 1.1rem; min-width: 7.5rem }\n"
	".score b { display: block; font-size: 2.5rem; line-height: 1.1 }\n"
	".good { background: var(--good-soft); color: var(--good) }\n"
	".mid { background: var(--mid-soft); color: var(--mid) }\n"
	".bad { background: var(--bad-soft); color: var(--bad) }\n"
	".line { display: grid; grid-template-columns: minmax(8rem,16rem) 1fr 4rem;\n"
	"  grid-template-areas: 'name bar points'; gap: .3rem 1rem; align-items: center;\n"
	"  padding: .25rem 0 }\n"
	".line .bar { grid-area: bar }\n"
	".bar { height: .7rem; border-radius: .35rem; background: var(--line); overflow: hidden }\n"
	".bar span { display: block; height: 100%; border-radius: .35rem }\n"
	".bar .good { background: var(--good) }\n"
	".bar .mid { background: var(--edge) }\n"
	".bar .bad { background: var(--bad) }\n"
	".points { grid-area: points; font-variant-numeric: tabular-nums; text-align: right;\n"
	"  white-space: nowrap }\n"
	".finding { border-left: 5px solid var(--bad) }\n"
	".finding.follow { border-left-color: var(--edge) }\n"
	".finding.free { border-left-color: var(--line) }\n"
	".title { display: flex; flex-wrap: wrap; gap: .4rem .7rem; align-items: baseline;\n"
	"  margin-bottom: .6rem }\n"
	".id { color: var(--soft) }\n"
	".cost { border-radius: 1rem; padding: .05rem .65rem; font-size: .85rem; font-weight: 600;\n"
	"  white-space: nowrap }\n"
	"dl { display: grid; grid-template-columns: 5.2rem 1fr; gap: .3rem .8rem; margin: 0 }\n"
	"dt { color: var(--soft); font-size: .9rem }\n"
	"dd { margin: 0; min-width: 0 }\n"
	".seen { font-weight: 600 }\n"
	".side { margin: .9rem 0 .3rem; font-weight: 600 }\n"
	".frame { margin: .25rem 0 }\n"
	".frame .mono { color: var(--link) }\n"
	".sides { display: grid; grid-template-columns: repeat(auto-fit,minmax(min(100%,22rem),1fr));\n"
	"  gap: 0 1rem }\n"
	".sides>div { min-width: 0 }\n"
	"pre { background: var(--code); border: 1px solid var(--line); border-radius: 8px;\n"
	"  margin: .3rem 0 .6rem; padding: .5rem 0; overflow-x: auto; line-height: 1.45; tab-size: 4;\n"
	"  overflow-wrap: normal }\n"
	"pre span { display: block; padding: 0 .8rem; min-width: max-content }\n"
	"pre i { font-style: normal; color: var(--soft); user-select: none; display: inline-block;\n"
	"  width: 6ch; text-align: right; margin-right: 2ch }\n" /* 8 columns: tabs fall as in an editor */
	"pre.wrap span { white-space: pre-wrap; min-width: 0; overflow-wrap: anywhere;\n"
	"  padding-left: 2.4rem; text-indent: -1.6rem }\n"
	"pre .here { background: var(--mark); box-shadow: inset 4px 0 var(--edge) }\n"
	"details { margin: .4rem 0 }\n"
	".picture { margin: .5rem 0 .2rem; border: 1px solid var(--line); border-radius: 8px }\n"
	".picture:focus-visible { outline: 2px solid var(--link) }\n"
	".picture>svg { display: block }\n"
	"summary { cursor: pointer; color: var(--link) }\n"
	"summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }\n"
	"table { border-collapse: collapse; width: 100% }\n"
	"td,th { text-align: left; padding: .35rem .7rem .35rem 0; border-top: 1px solid var(--line);\n"
	"  vertical-align: top }\n"
	"th { border-top: 0; color: var(--soft); font-weight: 500; font-size: .9rem }\n"
	".state { border-radius: 1rem; padding: 0 .6rem; font-size: .85rem; white-space: nowrap }\n"
	".tag { color: var(--soft); font-size: .85rem }\n"
	".chips { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; margin: .2rem 0 0;\n"
	"  list-style: none }\n"
	".chips li { border-radius: 1rem; padding: .1rem .75rem; font-size: .9rem }\n"
	"footer { color: var(--soft); font-size: .85rem; margin-top: 2rem }\n"
	"footer p { margin: .2rem 0 }\n"
	"@media(max-width:34rem) {\n"
	"  main { padding: .8rem .6rem 2rem }\n"
	"  .card { padding: .9rem }\n"
	"  .score { flex: 1 1 100%; display: flex; gap: .6rem; align-items: baseline;\n"
	"    justify-content: center }\n"
	"  .score b { font-size: 1.9rem }\n"
	"  dl { grid-template-columns: 1fr; gap: 0 }\n"
	"  dd { margin-bottom: .45rem }\n"
	"  .line { grid-template-columns: 1fr max-content; grid-template-areas: 'name points' 'bar bar' }\n"
	"  pre i { width: 3ch; margin-right: 1ch }\n"
	"}\n"
	"@media print {\n"
	"  body { background: none }\n"
	"  .card { break-inside: avoid; border-color: #999 }\n"
	"  .picture>svg { max-width: 100%; height: auto }\n"
	"}\n";
/* clang-format on */

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
	fputs("<p class=\"who\">", out);
	element(out, "code", NULL, grade->assignment);
	if (grade->submission && *grade->submission && strcmp(grade->submission, ".") != 0) {
		fputs(" · ", out);
		escape_html(out, grade->submission);
	}
	fputs("</p>", out);
	element(out, "p", "verdict", verdict);
	if (missing)
		element(out, "p", "more", missing);
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
	element(out, "span", "id mono", group->label);
	element(out, "h3", NULL, text);
	element(out, "span", !group->points ? "cost mid" : group->section == VIEW_FOLLOWUP ? "cost mid" : "cost bad", cost);
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
		fputs(group->hidden ? " <span class=\"tag\">hidden</span></dd>\n" : "</dd>\n", out);
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

/* Wider than the page as often as not: it scrolls, also with the keyboard, because smaller nobody could read it. */
static void picture(const struct html *html, const struct view_group *group)
{
	struct interleaving *interleaving = view_interleaving(html->view, group);

	if (!interleaving)
		return;
	fprintf(html->out,
	        "<details open=\"open\"><summary>The schedule, step by step</summary>\n"
	        "<div class=\"picture\" style=\"overflow-x:auto\" tabindex=\"0\" role=\"region\" aria-label=\"schedule of "
	        "%s\">\n",
	        group->label);
	picture_write(html->out, interleaving, group->label);
	fputs("</div></details>\n", html->out);
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
		fputs("<div class=\"sides\">", html->out);
	for (size_t i = 0; i < count;)
		i = side(html, group, i);
	if (count)
		fputs("</div>\n", html->out);
	detail(html, group);
	picture(html, group);
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
			fputs(" <span class=\"tag\">hidden</span>", out);
		fputs("<br/>", out);
		element(out, "span", "tag mono", test->name);
		fprintf(out, "</td><td><span class=\"state %s\">%s</span></td></tr>\n", class,
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
		fputs(test->hidden ? " <span class=\"tag\">hidden</span></td>" : "</td>", out);
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

int report_html(FILE *out, const struct grade *grade, const struct assignment *assignment,
                const struct report_options *options)
{
	struct view view = view_make(grade, assignment, options->everything);
	struct html html = {.out = out, .view = &view, .source = options->source_text};

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	      "'unsafe-inline'\"/>\n<title>",
	      out);
	escape_html(out, grade->assignment);
	if (grade->judged)
		fprintf(out, ": %d of %d points", grade->score, grade->max_score);
	fprintf(out, "</title>\n<style>\n%s</style></head>\n<body><main>\n", style);
	head(&html);
	if (view.start)
		start(&html);
	else
		body(&html);
	foot(&html);
	fputs("</main></body></html>\n", out);
	view_clear(&view);
	return view_written(out);
}
