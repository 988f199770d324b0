/* clean_test.c - no text of a submission gets out of its place in any report: not as markup, not as a terminal's order,
 * not as a CI runner's. Every text field of a grade is made hostile, and the report must have the structure of the same
 * grade with harmless texts. */
#include "sample.h"

#include "../../grader/finding/interleaving.h"
#include "../../grader/report/report.h"
#include "../../grader/utf8.h"

#include <cmark.h>
#include <jansson.h>
#include <libxml/HTMLparser.h>
#include <libxml/parser.h>

TestSuite(clean, .timeout = 300);

/* ---- hostile texts --------------------------------------------------------------------------- */

static const char *const nasty[] = {
    "\033[2J\033[1;1HPASS\033]0;title\a\033]8;;http://evil\033\\",
    "\xc2\x9b[2J\xc2\x85\xc2\x90",
    "\xe2\x80\xaetxt.exe \xe2\x81\xa6x\xe2\x81\xa9 \xe2\x80\x8b\xef\xbb\xbf",
    "\x01\x02\x07\x08\x0b\x0c\x0e\x1a\x1f\x7f",
    "\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82",
    "]]> <![CDATA[ --> <!-- <?x ?>",
    "</pre></code></li></style><script>alert(1)</script>",
    "<img src=x onerror=alert(1)><a href=javascript:alert(1)>x</a>",
    "' onload='alert(1)' \" onclick=\"alert(1)\" x=\"",
    "&lt;script&gt; &#60;b&#62; &amp; &nosuch;",
    "::error file=x.c,line=1::x",
    " ::set-output name=a::b",
    "\t::add-mask::x",
    "\xc2\xa0::stop-commands::x \xe3\x80\x80::error::y \xe2\x80\x83::z::",
    "ok ::warning::in the middle",
    "x\n::error::second line\n  ::error::third",
    "##[error]x ##[group]y x##[endgroup]",
    "##vso[task.setvariable variable=a]b",
    "line\rPASS\r\n100 of 100",
    "=HYPERLINK(\"http://evil\",\"x\")",
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1)",
    "| a | b |\n|---|---|\n| c | d |",
    "```\ncode\n```\n~~~\n",
    "# title\n\n- item\n\n1. one\n\n> quote\n\n---\n===\n    code",
    "[link](http://evil) ![image](http://evil/x.png) [ref]: http://evil <http://evil> https://evil www.evil.com",
    "*em* **strong** __x__ `code` ~~s~~ $x$ \\* \\",
    "<details open><summary>x</summary>",
    "%0A::error::x%0D%25",
    "%s%n%d %*s",
    "../../../etc/passwd",
    "../../tests/assignments/pipe_ring/hidden.c:77 /a/hidden.c",
    "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
    "Gr\xc3\xb6\xc3\x9f"
    "e \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e \xf0\x9f\x98\x80",
    " ",
};

enum { NASTY = sizeof nasty / sizeof *nasty, LONG = 9000, MEGABYTE = 1 << 20 };

/* The caller frees it. */
static char *long_line(size_t size)
{
	char *text = malloc(size + 1);
	cr_assert(text != NULL);
	memset(text, 'Q', size);
	text[size] = 0;
	return text;
}

/* ---- a grade with all kinds of content, and every text in it ----------------------------------- */

static void add_schedule(struct finding *finding)
{
	struct interleaving *schedule = calloc(1, sizeof *schedule);
	schedule->lane_count = 2;
	schedule->lane = calloc(2, sizeof *schedule->lane);
	schedule->step_count = STEP_FAIL + 1;
	schedule->step = calloc(schedule->step_count, sizeof *schedule->step);
	for (size_t i = 0; i < schedule->step_count; i++)
		schedule->step[i] =
		    (struct step){.kind = (enum step_kind)i, .lane = i % 2, .line = (unsigned)i + 1, .switched = i == 2};
	finding->interleaving = schedule;
}

/* One finding for each section of a report, in a public and in a hidden test. */
static struct grade *rich_grade(void)
{
	static const char *const kinds[][2] = {
	    {"criterion", "assertion"}, {"criterion", "hang"}, {"tsan", "data_race"}, {"memcheck", "memory_leak"},
	    {"explore", "lost_wakeup"}, {"audit", "fd_leak"},  {"symbols", "advice"},
	};
	struct grade *grade = sample_grade();
	grade_test(grade, "token_returns")->status = TEST_FAIL;
	grade_test(grade, "survives_short_reads")->status = TEST_HANG;
	for (size_t i = 0; i < 2 * sizeof kinds / sizeof *kinds; i++) {
		struct finding *finding = findings_add(&grade->findings, kinds[i / 2][0], kinds[i / 2][1],
		                                       i % 2 ? "survives_short_reads" : "token_returns");
		for (unsigned place = 0; place < 3; place++)
			finding_add_place(finding, "pipe_ring.c", 3 + place, "f", place < 2 ? "a" : "b");
		for (int line = 0; line < 3; line++)
			finding_add_detail(finding, "%s", "x");
		if (i / 2 == 4)
			add_schedule(finding);
	}
	for (size_t i = 0; i < grade->test_count; i++)
		grade->test[i].explored = (struct explored){.known = true, .concurrent = true, .schedules = 7, .bound = 2};
	grade_add_check(grade, "criterion", "ran", NULL, 5);
	grade_add_check(grade, "explore", "ran", NULL, 5);
	grade_add_check(grade, "tsan", "failed", "x", 5);
	grade_add_check(grade, "memcheck", "skipped", "x", 5);
	grade_score(grade, sample_assignment());
	grade->remarks.item = calloc(2, sizeof *grade->remarks.item);
	grade->remarks.count = 2;
	grade->source = calloc(1, sizeof *grade->source);
	grade->source_count = 1;
	grade->coverage = (struct coverage){.known = true, .lines_total = 9, .lines_run = 5};
	grade->duration_ms = 1234;
	return grade;
}

/* A submission that could not be built: the report is another one. */
static struct grade *broken_grade(void)
{
	struct grade *grade = grade_new(sample_assignment(), "ada");
	struct finding *finding = findings_add(&grade->findings, "build", "build_error", NULL);
	for (int line = 0; line < 40; line++)
		finding_add_detail(finding, "%s", "x");
	finding_add_place(finding, "pipe_ring.c", 3, NULL, NULL);
	grade_add_check(grade, "build", "ran", NULL, 5);
	grade->judged = true;
	grade_score(grade, sample_assignment());
	return grade;
}

typedef void visitor(char **field, void *context);

static void visit_schedule(struct interleaving *schedule, visitor *visit, void *context)
{
	visit(&schedule->outcome, context);
	for (size_t i = 0; i < schedule->lane_count; i++)
		visit(&schedule->lane[i], context);
	for (size_t i = 0; i < schedule->step_count; i++) {
		visit(&schedule->step[i].file, context);
		visit(&schedule->step[i].code, context);
		visit(&schedule->step[i].operation, context);
		visit(&schedule->step[i].object, context);
		visit(&schedule->step[i].effect, context);
	}
}

static void visit_finding(struct finding *finding, bool names, visitor *visit, void *context)
{
	char **const texts[] = {&finding->seen, &finding->expected, &finding->why, &finding->replay, &finding->token};
	char **const words[] = {&finding->id, &finding->check, &finding->kind, &finding->rubric, &finding->hint};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		visit(texts[i], context);
	for (size_t i = 0; names && i < sizeof words / sizeof *words; i++)
		visit(words[i], context);
	if (names && finding->test)
		visit(&finding->test, context);
	for (size_t i = 0; i < finding->where_count; i++) {
		visit(&finding->where[i].file, context);
		visit(&finding->where[i].function, context);
		visit(&finding->where[i].role, context);
	}
	for (size_t i = 0; i < finding->detail_count; i++)
		visit(&finding->detail[i], context);
	if (finding->interleaving)
		visit_schedule(finding->interleaving, visit, context);
}

/* Every text of the grade; with `names` also those words that the kit itself chooses and looks up: kinds, tests,
 * checks, rubric lines. */
static void visit_texts(struct grade *grade, bool names, visitor *visit, void *context)
{
	visit(&grade->submission, context);
	visit(&grade->protection, context);
	visit(&grade->coverage.unrun, context);
	visit(&grade->kit.release, context);
	visit(&grade->kit.kit, context);
	visit(&grade->kit.criterion, context);
	visit(&grade->kit.gcc, context);
	visit(&grade->kit.valgrind, context);
	for (size_t i = 0; i < grade->remarks.count; i++)
		visit(&grade->remarks.item[i], context);
	for (size_t i = 0; i < grade->source_count; i++)
		visit(&grade->source[i].file, context);
	for (size_t i = 0; i < grade->test_count; i++) {
		visit(&grade->test[i].message, context);
		visit(&grade->test[i].explored.strategy, context);
		if (i % 2)
			visit(&grade->test[i].explored.why_not, context);
		if (names)
			visit(&grade->test[i].name, context);
	}
	for (size_t i = 0; i < grade->check_count; i++) {
		visit(&grade->check[i].reason, context);
		if (names)
			visit(&grade->check[i].name, context);
	}
	for (size_t i = 0; names && i < grade->rubric_count; i++) {
		visit(&grade->rubric[i].id, context);
		visit(&grade->rubric[i].title, context);
	}
	if (names)
		visit(&grade->assignment, context);
	for (size_t i = 0; i < grade->findings.count; i++)
		visit_finding(&grade->findings.item[i], names, visit, context);
}

static void set_text(char **field, void *context)
{
	finding_set(field, "%s", (const char *)context);
}

static struct grade *grade_of(bool broken, bool names, const char *text)
{
	struct grade *grade = broken ? broken_grade() : rich_grade();
	visit_texts(grade, names, set_text, (char *)text);
	for (size_t i = 0; i < grade->findings.count; i++) /* or a heading may have said it already */
		finding_set(&grade->findings.item[i].expected, "%s!", grade->findings.item[i].expected);
	return grade;
}

static char *render(const char *format, const struct grade *grade, const struct report_options *options)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	cr_assert(eq(int, report_format_find(format)->write(out, grade, sample_assignment(), options), 0), "%s", format);
	fclose(out);
	cr_assert(eq(sz, strlen(text), size), "no NUL byte");
	return text;
}

static char *escaped(void (*escape)(FILE *, const char *), const char *text)
{
	char *result = NULL;
	size_t size;
	FILE *out = open_memstream(&result, &size);
	escape(out, text);
	fclose(out);
	return result;
}

/* ---- what must hold for every text format ------------------------------------------------------ */

static size_t sgr_length(const char *at)
{
	size_t length = strncmp(at, "\033[", 2) == 0 ? 2 + strspn(at + 2, "0123456789;") : 0;
	return length && at[length] == 'm' ? length + 1 : 0;
}

/* Takes the colours out, which only the kit can have written: whatever else begins with ESC stays and is found. */
static char *without_colours(const char *text)
{
	char *result = malloc(strlen(text) + 1), *end = result;
	while (*text) {
		size_t colour = sgr_length(text);
		if (!colour)
			*end++ = *text;
		text += colour ? colour : 1;
	}
	*end = 0;
	return result;
}

/* As the runner's TrimStart: what .NET's Char.IsWhiteSpace knows. */
static bool is_space(uint32_t point)
{
	return point == ' ' || (point >= 9 && point <= 13) || point == 0x85 || point == 0xa0 || point == 0x1680 ||
	       (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 || point == 0x202f ||
	       point == 0x205f || point == 0x3000;
}

/* Only characters that show themselves, newlines, and tabs if the format keeps them; no order to a CI runner. */
static void expect_clean(const char *text, bool tabs, const char *what)
{
	bool begins = true; /* nothing but white space in this line so far */
	for (const char *at = text; *at;) {
		uint32_t point;
		size_t length = utf8_decode(at, &point);
		cr_assert(ne(sz, length, 0), "%s: not UTF-8 at: %.40s", what, at);
		cr_assert(not(utf8_deceptive(point)), "%s: U+%04X", what, (unsigned)point);
		cr_assert(point == '\n' || (tabs && point == '\t') || (point >= ' ' && point != 0x7f),
		          "%s: control 0x%02x at: %.40s", what, (unsigned)point, at);
		cr_assert(not(begins && strncmp(at, "::", 2) == 0), "%s: an order: %.40s", what, at);
		cr_assert(strncmp(at, "##[", 3) != 0 && strncmp(at, "##vso[", 6) != 0, "%s: an order: %.40s", what, at);
		begins = point == '\n' || (begins && is_space(point));
		at += length;
	}
}

/* ---- structure --------------------------------------------------------------------------------- */

/* Nothing that runs, and no link but to another part of the page (what is printed in parts is drawn again from there).
 */
static void expect_harmless(const xmlAttr *attribute)
{
	const char *name = (const char *)attribute->name;
	cr_assert(ne(int, strncmp(name, "on", 2), 0), "%s in a picture", name);
	if (strcmp(name, "href") == 0)
		cr_assert(attribute->children && attribute->children->content[0] == '#', "a picture links to %s",
		          attribute->children ? (const char *)attribute->children->content : "nothing");
}

/* A high picture is drawn again for paper, in as many parts as it needs. */
static bool is_printed_part(const xmlNode *picture)
{
	xmlChar *class = xmlGetNoNsProp(picture, (const xmlChar *)"class");
	bool part = class && strcmp((const char *)class, "fjp part") == 0;
	xmlFree(class);
	return part;
}

/* Elements and attributes, each with its name, in the order of the document. What is in a picture depends on how long
 * the texts are; there the names are compared with those that pictures have. */
static void outline(const xmlNode *node, FILE *out)
{
	static const char *const drawing[] = {"svg",  "title",  "desc", "style", "defs", "pattern",
	                                      "path", "marker", "rect", "g",     "text", "use"};
	for (; node; node = node->next) {
		cr_assert(ne(int, node->type, XML_COMMENT_NODE));
		cr_assert(ne(int, node->type, XML_PI_NODE));
		cr_assert(node->type != XML_CDATA_SECTION_NODE || strcmp((const char *)node->parent->name, "style") == 0 ||
		          strcmp((const char *)node->parent->name, "script") == 0);
		if (node->type != XML_ELEMENT_NODE)
			continue;
		if (node->parent && node->parent->type == XML_ELEMENT_NODE &&
		    strcmp((const char *)node->parent->name, "svg") == 0) {
			bool known = false;
			for (size_t i = 0; i < sizeof drawing / sizeof *drawing; i++)
				known |= strcmp((const char *)node->name, drawing[i]) == 0;
			cr_assert(known, "%s in a picture", (const char *)node->name);
			for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next)
				expect_harmless(attribute);
			continue;
		}
		bool picture =
		    strcmp((const char *)node->name, "svg") == 0; /* the two parsers name its attributes differently */
		if (picture && is_printed_part(node)) {
			outline(node->children, out);
			continue;
		}
		fprintf(out, "<%s", (const char *)node->name);
		for (const xmlAttr *attribute = node->properties; attribute && !picture; attribute = attribute->next)
			fprintf(out, " %s", (const char *)attribute->name);
		fputs(">\n", out);
		outline(node->children, out);
	}
}

static char *outline_of(xmlDoc *document)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	cr_assert(document != NULL, "does not parse");
	outline(xmlDocGetRootElement(document), out);
	fclose(out);
	xmlFreeDoc(document);
	return text;
}

static char *xml_outline(const char *text)
{
	return outline_of(xmlReadMemory(text, (int)strlen(text), "report", NULL,
	                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
}

static char *html_outline(const char *text)
{
	return outline_of(htmlReadMemory(text, (int)strlen(text), "report", "UTF-8",
	                                 HTML_PARSE_NONET | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING));
}

/* As a page that shows Markdown with raw HTML let through would have it. */
static char *markdown_outline(const char *text)
{
	char *html = cmark_markdown_to_html(text, strlen(text), CMARK_OPT_UNSAFE), *result = html_outline(html);
	free(html);
	return result;
}

static void expect_same(char *outline_in(const char *), const char *format, const struct grade *hostile,
                        const struct grade *plain, const char *what)
{
	struct report_options options = {.width = 80, .everything = true};
	char *a = render(format, hostile, &options), *b = render(format, plain, &options);
	char *of_a = outline_in(a), *of_b = outline_in(b);
	cr_assert(eq(str, of_a, of_b), "%s: the structure of %s changes", what, format);
	free(of_a);
	free(of_b);
	free(a);
	free(b);
}

/* ---- each hostile text in every field ----------------------------------------------------------- */

static void expect_clean_everywhere(const struct grade *grade, const char *source, const char *what)
{
	static const struct {
		const char *format;
		bool tabs;
	} formats[] = {{"text", false}, {"json", false},  {"markdown", true},
	               {"html", true},  {"junit", false}, {"verdict", false}};
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		bool terminal = strcmp(formats[i].format, "text") == 0;
		for (int variant = 0; variant < (terminal ? 4 : 1); variant++) {
			struct report_options options = {
			    .width = 80, .source_text = source, .everything = !(variant & 1), .colour = variant & 2};
			char *text = render(formats[i].format, grade, &options), *plain = without_colours(text);
			if (!options.colour)
				cr_assert(eq(sz, strlen(text), strlen(plain)), "%s: %s has colours", what, formats[i].format);
			expect_clean(plain, formats[i].tabs, formats[i].format);
			free(plain);
			free(text);
		}
	}
}

Test(clean, no_text_changes_a_report)
{
	for (size_t i = 0; i < NASTY; i++) {
		for (int variant = 0; variant < 3; variant++) {
			bool broken = variant == 2, names = variant == 1;
			struct grade *hostile = grade_of(broken, names, nasty[i]), *plain = grade_of(broken, names, "x");
			expect_clean_everywhere(hostile, nasty[i], nasty[i]);
			expect_same(xml_outline, "html", hostile, plain, nasty[i]);
			expect_same(html_outline, "html", hostile, plain, nasty[i]);
			expect_same(xml_outline, "junit", hostile, plain, nasty[i]);
			expect_same(markdown_outline, "markdown", hostile, plain, nasty[i]);
			grade_free(hostile);
			grade_free(plain);
		}
	}
}

/* Nine lines of the text; line ends within it would only make more of them. */
static char *source_of(const char *text)
{
	char *source = NULL, *line = NULL;
	finding_set(&line, "%s", text);
	for (char *c = line; *c; c++)
		*c = *c == '\n' || *c == '\r' ? ' ' : *c;
	finding_set(&source, "%s", "");
	for (int i = 0; i < 9; i++)
		finding_set(&source, "%s%s\n", source, line);
	free(line);
	return source;
}

Test(clean, the_source_itself_changes_no_report)
{
	struct grade *grade = rich_grade();
	char *plain = source_of("x");
	for (size_t i = 0; i < NASTY; i++) {
		char *hostile = source_of(nasty[i]);
		struct report_options options = {.width = 80, .everything = true, .source_text = hostile};
		char *page = render("html", grade, &options), *page_xml = xml_outline(page), *page_html = html_outline(page);
		options.source_text = plain;
		char *other = render("html", grade, &options), *other_xml = xml_outline(other),
		     *other_html = html_outline(other);
		cr_assert(ne(ptr, strstr(other, "<i>3</i>x</span>"), NULL), "the source is shown");
		cr_assert(eq(str, page_xml, other_xml), "%s", nasty[i]);
		cr_assert(eq(str, page_html, other_html), "%s", nasty[i]);
		expect_clean(page, true, "html");
		free(page);
		free(page_xml);
		free(page_html);
		free(other);
		free(other_xml);
		free(other_html);
		free(hostile);
	}
	free(plain);
	grade_free(grade);
}

/* Bare addresses and names become links on some pages that show Markdown, without any markup around them. */
Test(clean, markdown_has_no_bare_links)
{
	struct report_options options = {.width = 80, .everything = true};
	for (size_t i = 0; i < NASTY; i++) {
		struct grade *grade = grade_of(false, true, nasty[i]);
		char *text = render("markdown", grade, &options), *rest = text;
		for (char *line; (line = strsep(&rest, "\n"));) {
			if (strncmp(line, "<pre>", 5) == 0)
				continue;
			for (const char *at = line; (at = strstr(at, "://")); at++)
				cr_expect(at > line && at[-1] == '\\', "%s", line);
			for (const char *at = line; (at = strstr(at, "&#64;")); at++)
				cr_expect(strncmp(at, "&#64;&#8203;", 12) == 0, "%s", line);
			cr_expect(strstr(line, "www.") == NULL && strchr(line, '@') == NULL, "%s", line);
		}
		free(text);
		grade_free(grade);
	}
}

/* ---- round trips -------------------------------------------------------------------------------- */

static char *attribute_of_first(const char *xml, const char *element, const char *name)
{
	xmlDoc *document = xmlReadMemory(xml, (int)strlen(xml), "report", NULL, XML_PARSE_NONET);
	char *result = NULL;
	cr_assert(document != NULL);
	for (xmlNode *node = xmlDocGetRootElement(document); node && !result;) {
		if (node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, element) == 0)
			result = (char *)xmlGetProp(node, (const xmlChar *)name);
		xmlNode *next = node->children ? node->children : node->next;
		for (; !next && node->parent; next = node->next)
			node = node->parent;
		node = next;
	}
	xmlFreeDoc(document);
	return result;
}

static void plain_lines(FILE *out, const char *text)
{
	escape_plain(out, text, true);
}

Test(clean, junit_gives_back_what_was_visible)
{
	struct report_options options = {.width = 80};
	for (size_t i = 0; i < NASTY; i++) {
		struct grade *grade = grade_of(false, true, nasty[i]);
		char *xml = render("junit", grade, &options), *name = attribute_of_first(xml, "testcase", "name");
		char *expected = escaped(plain_lines, nasty[i]);
		cr_expect(eq(str, name, expected));
		free(expected);
		free(name);
		free(xml);
		grade_free(grade);
	}
}

Test(clean, json_gives_back_every_text)
{
	struct report_options options = {.width = 80};
	for (size_t i = 0; i < NASTY; i++) {
		struct grade *grade = grade_of(false, false, nasty[i]);
		char *text = render("json", grade, &options);
		json_error_t error;
		json_t *result = json_loads(text, JSON_REJECT_DUPLICATES, &error), *utf8 = json_string(nasty[i]);
		cr_assert(ne(ptr, result, NULL), "%s", error.text);
		const char *seen =
		    json_string_value(json_object_get(json_array_get(json_object_get(result, "findings"), 0), "seen"));
		if (utf8)
			cr_expect(eq(str, (char *)seen, (char *)nasty[i]));
		else
			cr_expect(ne(ptr, strstr(seen, "\\xFF\\xFE\\xC0\\xAF"), NULL));
		struct error failure = {0};
		struct grade *read = grade_from_json(text, &failure);
		cr_assert(ne(ptr, read, NULL), "%s", failure.text);
		grade_free(read);
		json_decref(utf8);
		json_decref(result);
		free(text);
		grade_free(grade);
	}
}

Test(clean, verdicts_differ_where_long_texts_do)
{
	struct report_options options = {.width = 80};
	char *text = long_line(MEGABYTE);
	struct grade *grade = rich_grade();
	char **file = &grade->findings.item[0].where[0].file;
	finding_set(file, "%s", text);
	char *one = render("verdict", grade, &options), *same = render("verdict", grade, &options);
	(*file)[MEGABYTE - 1] = 'R';
	char *other = render("verdict", grade, &options);
	cr_expect(eq(str, one, same));
	cr_expect(ne(str, one, other));
	cr_expect(lt(sz, strlen(one), 3 * ESCAPE_LIMIT));
	free(one);
	free(same);
	free(other);
	free(text);
	grade_free(grade);
}

/* ---- long texts ---------------------------------------------------------------------------------- */

static size_t longest_run(const char *report)
{
	size_t longest = 0;
	for (const char *at = report; (at = strchr(at, 'Q'));) {
		size_t run = strspn(at, "Q");
		longest = run > longest ? run : longest;
		at += run;
	}
	return longest;
}

Test(clean, cuts_long_texts)
{
	char *text = long_line(LONG);
	for (int variant = 0; variant < 4; variant++) {
		struct grade *grade = grade_of(variant & 1, variant & 2, text);
		struct report_options options = {.width = 80, .everything = true, .source_text = text};
		finding_set(&grade->assignment, "%s", "pipe_ring"); /* the course's own; in addresses it must be whole */
		for (const struct report_format *format = report_formats; format->name; format++) {
			char *report = render(format->name, grade, &options);
			size_t longest = longest_run(report);
			cr_expect(le(sz, longest, ESCAPE_LIMIT), "%s", format->name);
			if (longest > 1000)
				cr_expect(strstr(report, " more bytes)") || strstr(report, " more bytes\\)"), "%s", format->name);
			free(report);
		}
		grade_free(grade);
	}
	free(text);
}

Test(clean, cuts_a_line_of_a_megabyte)
{
	char *text = long_line(MEGABYTE);
	struct grade *grade = rich_grade();
	struct finding *finding = &grade->findings.item[0];
	struct report_options options = {.width = 80, .everything = true, .source_text = text};
	finding_set(&finding->seen, "%s", text);
	finding_set(&finding->detail[0], "%s", text);
	finding_set(&finding->where[0].function, "%s", text);
	finding_set(&grade->submission, "%s", text);
	for (const struct report_format *format = report_formats; format->name; format++) {
		char *report = render(format->name, grade, &options);
		cr_expect(le(sz, longest_run(report), ESCAPE_LIMIT), "%s", format->name);
		free(report);
	}
	free(text);
	grade_free(grade);
}

Test(clean, cuts_between_characters)
{
	char text[ESCAPE_LIMIT + 16];
	for (int before = 0; before < 4; before++) {
		memset(text, 'x', sizeof text);
		memcpy(text + ESCAPE_LIMIT - before, "\xf0\x9f\x98\x80", 4);
		text[sizeof text - 1] = 0;
		char *result = escaped(plain_lines, text), expected[40];
		size_t kept = before == 4 ? ESCAPE_LIMIT : (size_t)(ESCAPE_LIMIT - before);
		cr_assert(eq(sz, utf8_decode(text + kept, &(uint32_t){0}), 4));
		snprintf(expected, sizeof expected, "x... (%zu more bytes)", sizeof text - 1 - kept);
		cr_expect(eq(str, result + kept - 1, expected));
		free(result);
	}
	memset(text, 'x', sizeof text);
	text[ESCAPE_LIMIT] = 0;
	char *whole = escaped(plain_lines, text);
	cr_expect(eq(str, whole, text));
	free(whole);
}

Test(clean, a_hidden_test_has_room_for_a_sentence_only)
{
	static const char *const formats[] = {"text", "markdown", "html", "junit"};
	struct grade *grade = sample_grade();
	grade_test(grade, "survives_short_reads")->status = TEST_FAIL;
	struct finding *finding = findings_add(&grade->findings, "criterion", "assertion", "survives_short_reads");
	char *text = long_line(LONG);
	finding_set(&finding->seen, "%s\nZZ a second line", text);
	finding_set(&finding->expected, "%s\nZZ a second line", text);
	finding_add_detail(finding, "ZZ printed by the program");
	finding_add_place(finding, "hidden.c", 7, "ZZ_body", "ZZ in the test");
	grade_score(grade, sample_assignment());
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
		char *report = render(formats[i], grade, &(struct report_options){.width = 80, .everything = true});
		cr_expect(eq(ptr, strstr(report, "ZZ"), NULL), "%s", formats[i]);
		cr_expect(ne(ptr, strstr(report, "Short reads are continued"), NULL), "%s", formats[i]);
		for (const char *at = report; (at = strchr(at, 'Q')); at += strspn(at, "Q"))
			cr_expect(le(sz, strspn(at, "Q"), 300), "%s", formats[i]);
		free(report);
	}
	free(text);
	grade_free(grade);
}

/* ---- formats that have no report yet -------------------------------------------------------------- */

static void expect_escaped(void (*escape)(FILE *, const char *), const char *text, const char *expected)
{
	char *result = escaped(escape, text);
	cr_expect(eq(str, result, (char *)expected));
	free(result);
}

Test(clean, a_csv_field_is_text)
{
	expect_escaped(escape_csv, "ada", "\"ada\"");
	expect_escaped(escape_csv, "", "\"\"");
	expect_escaped(escape_csv, NULL, "\"\"");
	expect_escaped(escape_csv, "say \"hi\", ada; 3", "\"say \"\"hi\"\", ada; 3\"");
	expect_escaped(escape_csv, "a\nb\tc", "\"a\\x0Ab\\x09c\"");
	expect_escaped(escape_csv, "=HYPERLINK(\"http://evil\")", "\"'=HYPERLINK(\"\"http://evil\"\")\"");
	expect_escaped(escape_csv, "+1", "\"'+1\"");
	expect_escaped(escape_csv, "-1", "\"'-1\"");
	expect_escaped(escape_csv, "@SUM(1)", "\"'@SUM(1)\"");
	expect_escaped(escape_csv, "\t=1", "\"'\\x09=1\"");
	expect_escaped(escape_csv, "\r=1", "\"'\\x0D=1\"");
	expect_escaped(escape_csv, "  =1", "\"'  =1\"");
	expect_escaped(escape_csv,
	               "\xef\xbc\x9d"
	               "1",
	               "\"'\xef\xbc\x9d"
	               "1\"");
	expect_escaped(escape_csv, "1-1 = 0 @ home", "\"1-1 = 0 @ home\"");
}

/* Reads one field as RFC 4180 has it: what is left behind it must be nothing. */
Test(clean, a_csv_field_ends_where_it_should)
{
	for (size_t i = 0; i < NASTY; i++) {
		char *field = escaped(escape_csv, nasty[i]), *plain = escaped(plain_lines, nasty[i]);
		size_t at = 1, size = strlen(field);
		cr_assert(eq(chr, field[0], '"'));
		while (at < size && (field[at] != '"' || field[at + 1] == '"'))
			at += field[at] == '"' ? 2 : 1;
		cr_expect(eq(sz, at, size - 1), "%s", field);
		cr_expect(strchr("=+-@", field[1]) == NULL || field[1] == 0, "%s", field);
		expect_clean(field, false, "csv");
		free(plain);
		free(field);
	}
}

Test(clean, a_workflow_command_stays_one)
{
	expect_escaped(escape_workflow, "50% of\na: b, c", "50%25 of%0Aa: b, c");
	expect_escaped(escape_workflow_property, "50% of\na: b, c", "50%25 of%0Aa%3A b%2C c");
	expect_escaped(escape_workflow, "x%0A::error::y", "x%250A::error::y");
	expect_escaped(escape_workflow, "\r\n::error::y", "\\x0D%0A\\x3A:error::y");
	expect_escaped(escape_workflow_property, "a.c,line=1::x", "a.c%2Cline=1%3A%3Ax");
	expect_escaped(escape_workflow, NULL, "");
	for (size_t i = 0; i < NASTY; i++) {
		char *data = escaped(escape_workflow, nasty[i]), *property = escaped(escape_workflow_property, nasty[i]);
		cr_expect(strchr(data, '\n') == NULL && strchr(data, '\r') == NULL);
		cr_expect(strpbrk(property, "\n\r:,") == NULL, "%s", property);
		free(data);
		free(property);
	}
}

Test(clean, orders_are_broken_up_and_the_rest_is_left)
{
	expect_escaped(plain_lines, "::error::x", "\\x3A:error::x");
	expect_escaped(plain_lines, "a b::c d ::e", "a b::c d \\x3A:e");
	expect_escaped(plain_lines, "\xc2\xa0::x", "\xc2\xa0\\x3A:x");
	expect_escaped(plain_lines, "a##[b] #[c] ##d", "a\\x23#[b] #[c] ##d");
	expect_escaped(escape_html, "##[error]", "\\x23#[error]");
	expect_escaped(escape_xml, "\n::error::", "&#10;\\x3A:error::");
}

/* ---- at random ------------------------------------------------------------------------------------ */

struct chance {
	uint64_t seed;
};

/* Some of the hostile texts in a row, and some bytes of any kind. */
static void set_at_random(char **field, void *context)
{
	struct chance *chance = context;
	finding_set(field, "%s", "");
	for (uint32_t i = sample_random(&chance->seed, 4); i > 0; i--)
		finding_set(field, "%s%s", *field, nasty[sample_random(&chance->seed, NASTY)]);
	for (uint32_t i = sample_random(&chance->seed, 6); i > 0; i--)
		finding_set(field, "%s%c", *field, 1 + (int)sample_random(&chance->seed, 255));
}

Test(clean, no_mixture_changes_a_report)
{
	for (uint64_t number = 0; number < 24; number++) {
		struct chance chance = {number};
		struct grade *grade = number % 3 ? rich_grade() : broken_grade();
		visit_texts(grade, number % 2, set_at_random, &chance);
		expect_clean_everywhere(grade, nasty[number % NASTY], "a mixture");
		struct report_options options = {.width = 80, .everything = number % 4 > 1};
		char *html = render("html", grade, &options), *junit = render("junit", grade, &options);
		char *as_xml = xml_outline(html), *as_html = html_outline(html), *suites = xml_outline(junit);
		cr_assert(eq(str, as_xml, as_html), "browsers and XML readers see the same");
		free(as_xml);
		free(as_html);
		free(suites);
		free(html);
		free(junit);
		grade_free(grade);
	}
}
