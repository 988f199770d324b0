/* page.c - similarity.html: first how to read it, then how the class is spread, then the pairs. Everything works
 * without a script. */
#include "../report/page.h"
#include "../memory.h"
#include "../report/report.h"
#include "similarity.h"

#include <stdlib.h>
#include <string.h>

enum { BINS = 10, MOST_ROWS = 2000, MOST_BYTES = 3 << 20, MOST_NAMES = 3, COLOURS = 4 };

/* ---- words ---------------------------------------------------------------------------------- */

static const char *s(size_t count)
{
	return count == 1 ? "" : "s";
}

/* "ada, ben, chloe and 4 more" */
static void put_names(FILE *out, const struct similar_file *file, size_t most)
{
	size_t shown = file->student_count > most + 1 ? most : file->student_count;
	for (size_t i = 0; i < shown; i++) {
		if (i)
			fputs(", ", out);
		escape_html(out, file->student[i]);
	}
	if (shown < file->student_count)
		fprintf(out, " and %zu more", file->student_count - shown);
}

static void put_explanation(FILE *out)
{
	fprintf(
	    out,
	    "<div class=\"card explained\"><strong>How to read this</strong><ul>"
	    "<li><b>Similar is not copied.</b> This page shows places to look at. It accuses nobody, and no score depends "
	    "on it. Look at the places yourself, then talk to the students.</li>"
	    "<li><b>Short exercises with one good design look alike.</b> Compare a pair with the spread of the class "
	    "below: "
	    "where many are high, the exercise is the reason. A place tells more when it is odd: the same detour, the same "
	    "mistake, the same unneeded line.</li>"
	    "<li><b>The percent</b> is of the smaller one of the two: how many of its tokens (names, numbers, signs) stand "
	    "in "
	    "runs of at least %d that the other one has as well. What a name, number or character is, comments, layout, "
	    "<code>#include</code>, <code>;</code> and qualifiers such as <code>const</code> do not matter, nor does the "
	    "order of "
	    "the functions.</li>"
	    "<li><b>The skeleton is left out</b>, and the public header: what has a run of %d tokens from them whatever "
	    "its "
	    "names, and what is spelt as in them for %d tokens in a row. Such lines are grey below. Who changed fewer "
	    "than %d tokens is compared byte by byte only.</li>"
	    "<li>A rewritten copy can be missed: a low percent proves nothing either.</li></ul></div>\n",
	    SIMILAR_RUN, SIMILAR_RUN, SIMILAR_SPELT, SIMILAR_LEAST);
}

/* ---- how the class is spread ---------------------------------------------------------------- */

static void put_bars(FILE *out, const unsigned bin[BINS])
{
	unsigned most = 1;
	for (int i = 0; i < BINS; i++)
		most = bin[i] > most ? bin[i] : most;
	fputs("<svg class=\"histogram\" viewBox=\"0 0 340 150\" role=\"img\" aria-label=\"Submissions by the highest "
	      "percent with another one: ",
	      out);
	for (int i = 0; i < BINS; i++)
		fprintf(out, "%s%u from %d %%", i ? ", " : "", bin[i], i * 10);
	fputs("\">", out);
	for (int i = 0; i < BINS; i++) {
		unsigned height = bin[i] * 105 / most;
		fprintf(out, "<rect x=\"%d\" y=\"%u\" width=\"28\" height=\"%u\" rx=\"3\"/>", 2 + i * 33, 122 - height, height);
		if (bin[i])
			fprintf(out, "<text x=\"%d\" y=\"%u\" text-anchor=\"middle\">%u</text>", 16 + i * 33, 118 - height, bin[i]);
		fprintf(out, "<text x=\"%d\" y=\"139\" text-anchor=\"middle\">%d%s</text>", 16 + i * 33, i * 10, i ? "" : " %");
	}
	fputs("</svg>", out);
}

static void put_spread(FILE *out, const struct similarity *similarity, const struct assignment *assignment)
{
	unsigned bin[BINS] = {0};
	size_t total = 0;
	for (size_t i = 0; i < similarity->file_count; i++) {
		const struct similar_file *file = &similarity->file[i];
		if (file->assignment != assignment || file->highest < 0)
			continue;
		bin[file->highest >= 100 ? BINS - 1 : file->highest / 10] += (unsigned)(file->submission_count - file->earlier);
		total += file->submission_count - file->earlier;
	}
	if (!total)
		return;
	fputs("<div class=\"card\"><strong>", out);
	escape_html(out, assignment->title);
	fprintf(out, "</strong> <small>%zu submission%s, by the highest percent with another one</small>", total, s(total));
	put_bars(out, bin);
	fputs("</div>\n", out);
}

/* ---- a source ------------------------------------------------------------------------------- */

/* Of each line (from 1) of one side of a pair what it is. */
struct marks {
	size_t lines;
	unsigned short *place; /* 0: no place; else its number, from 1 */
	bool *foreign;         /* the skeleton's */
	size_t *beginning;     /* of which run it is the first line, from 1; 0: of none */
};

static struct marks mark(const struct similar_file *file, const struct similar_pair *pair, int side)
{
	struct marks marks = {.lines = 1};
	for (size_t i = 0; i < file->size; i++)
		marks.lines += file->text[i] == '\n';
	marks.place = zeroed(marks.lines + 2, sizeof *marks.place);
	marks.foreign = zeroed(marks.lines + 2, sizeof *marks.foreign);
	marks.beginning = zeroed(marks.lines + 2, sizeof *marks.beginning);
	for (size_t i = 0; i < file->token_count; i++)
		if (!file->token[i].own)
			marks.foreign[file->token[i].line] = true;
	for (size_t i = 0; i < file->token_count; i++)
		if (file->token[i].own)
			marks.foreign[file->token[i].line] = false;
	for (size_t r = 0; r < pair->run_count; r++) {
		const struct similar_run *run = &pair->run[r];
		for (size_t i = run->first[side]; i <= run->last[side] && i < file->token_count; i++)
			if (file->token[i].own && !marks.place[file->token[i].line])
				marks.place[file->token[i].line] = (unsigned short)(r % 60000 + 1);
		for (size_t i = run->first[side]; i <= run->last[side] && i < file->token_count; i++)
			if (file->token[i].own) {
				if (!marks.beginning[file->token[i].line])
					marks.beginning[file->token[i].line] = r + 1;
				break;
			}
	}
	return marks;
}

static void marks_free(struct marks *marks)
{
	free(marks->place);
	free(marks->foreign);
	free(marks->beginning);
}

/* The line where a run has the first token of its own. */
static unsigned line_of(const struct similar_file *file, const struct similar_run *run, int side, bool end)
{
	unsigned line = 0;
	for (size_t i = run->first[side]; i <= run->last[side] && i < file->token_count; i++) {
		if (!file->token[i].own)
			continue;
		line = file->token[i].line;
		if (!end)
			break;
	}
	return line;
}

/* Tabs as blanks; bytes count as columns. */
static void put_line(FILE *out, const char *text, size_t length)
{
	char *line = must(malloc(4 * length + 1)), *end = line;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\t')
			do
				*end++ = ' ';
			while ((end - line) % 4);
		else if (text[i] != '\r' || i + 1 < length)
			*end++ = text[i];
	}
	*end = '\0';
	escape_html(out, line);
	free(line);
}

static void put_source(FILE *out, const struct similarity *similarity, size_t number, int side)
{
	const struct similar_pair *pair = &similarity->pair[number];
	const struct similar_file *file = &similarity->file[side ? pair->b : pair->a],
	                          *other = &similarity->file[side ? pair->a : pair->b];
	struct marks marks = mark(file, pair, side);
	const char *at = file->text;
	fputs("<div><h3>", out);
	put_names(out, file, MOST_NAMES);
	fputs("</h3><div class=\"source\" tabindex=\"0\" role=\"region\" aria-label=\"Source of ", out);
	put_names(out, file, MOST_NAMES);
	fputs("\">", out);
	for (size_t line = 1; line <= marks.lines && *at; line++) {
		size_t length = strcspn(at, "\n");
		fprintf(out, "<div id=\"p%zu%c%zu\"", number, side ? 'b' : 'a', line);
		if (marks.place[line])
			fprintf(out, " class=\"m%d\"", (marks.place[line] - 1) % COLOURS);
		else if (marks.foreign[line])
			fputs(" class=\"given\"", out);
		fputs(">", out);
		if (marks.beginning[line]) {
			size_t run = marks.beginning[line] - 1;
			unsigned there = line_of(other, &pair->run[run], !side, false);
			fprintf(out, "<a href=\"#p%zu%c%u\" title=\"place %zu on the other side\">%s %u</a>", number,
			        side ? 'a' : 'b', there, run + 1, side ? "&larr;" : "&rarr;", there);
		}
		fprintf(out, "<i>%zu</i>", line);
		put_line(out, at, length);
		fputs("</div>", out);
		at += length + (at[length] == '\n');
	}
	fputs("</div></div>\n", out);
	marks_free(&marks);
}

/* ---- pairs ---------------------------------------------------------------------------------- */

static void put_range(FILE *out, unsigned first, unsigned last)
{
	fprintf(out, "%u", first);
	if (last != first)
		fprintf(out, "&ndash;%u", last);
}

static void put_places(FILE *out, const struct similarity *similarity, size_t number)
{
	const struct similar_pair *pair = &similarity->pair[number];
	const struct similar_file *a = &similarity->file[pair->a], *b = &similarity->file[pair->b];
	fputs("<ul class=\"chips\" aria-label=\"Places: lines left, lines right\">", out);
	for (size_t r = 0; r < pair->run_count; r++) {
		const struct similar_run *run = &pair->run[r];
		unsigned left = line_of(a, run, 0, false), right = line_of(b, run, 1, false);
		fprintf(out, "<li><a class=\"m%zu\" href=\"#p%zua%u\">", r % COLOURS, number, left);
		put_range(out, left, line_of(a, run, 0, true));
		fputs(" &harr; ", out);
		put_range(out, right, line_of(b, run, 1, true));
		fputs("</a></li>", out);
	}
	fputs("</ul>", out);
}

static void put_heading(FILE *out, const struct similarity *similarity, const struct similar_pair *pair)
{
	const struct similar_file *a = &similarity->file[pair->a], *b = &similarity->file[pair->b];
	fprintf(out, "<b>%d&nbsp;%%</b><span>", pair->percent);
	put_names(out, a, MOST_NAMES);
	if (pair->a == pair->b) {
		fputs(" <small>equal files</small>", out);
	} else {
		fputs(" <small>and</small> ", out);
		put_names(out, b, MOST_NAMES);
	}
	fputs("</span><span>", out);
	escape_html(out, a->assignment->name);
	fputs("</span><span class=\"number\"><small>", out);
	if (pair->a == pair->b)
		fprintf(out, "%zu token%s of its own", a->own, s(a->own));
	else
		fprintf(out, "of %zu, %zu tokens", a->own, b->own);
	fputs("</small></span>", out);
}

static void put_pair(FILE *out, const struct similarity *similarity, size_t number, bool view)
{
	const struct similar_pair *pair = &similarity->pair[number];
	fputs(view ? "<details class=\"pair\"><summary>" : "<div class=\"pair\"><div>", out);
	put_heading(out, similarity, pair);
	if (!view) {
		fputs("</div></div>\n", out);
		return;
	}
	fputs("</summary><div>", out);
	if (pair->a == pair->b) {
		fputs("<p class=\"soft\">The same bytes, also comments and layout: ", out);
		put_names(out, &similarity->file[pair->a], similarity->file[pair->a].student_count);
		fputs("</p><div>", out);
		put_source(out, similarity, number, 0);
	} else {
		put_places(out, similarity, number);
		fputs("<div class=\"both\">", out);
		put_source(out, similarity, number, 0);
		put_source(out, similarity, number, 1);
	}
	fputs("</div></div></details>\n", out);
}

static void put_pairs(FILE *out, const struct similarity *similarity)
{
	size_t rows = similarity->pair_count < MOST_ROWS ? similarity->pair_count : MOST_ROWS, views = 0;
	if (!rows)
		fprintf(out, "<div class=\"card\">No two submissions are alike by %d %% or more.</div>\n", similarity->percent);
	for (size_t i = 0; i < rows; i++) {
		const struct similar_pair *pair = &similarity->pair[i];
		size_t more = similarity->file[pair->a].size + (pair->a != pair->b ? similarity->file[pair->b].size : 0);
		bool view = (size_t)ftello(out) + more <= MOST_BYTES;
		views += view;
		put_pair(out, similarity, i, view);
	}
	if (views < rows)
		fprintf(out,
		        "<p class=\"soft\">%zu of them open side by side; the others do not, so that the page stays small. A "
		        "higher threshold shows fewer.</p>\n",
		        views);
	if (rows < similarity->pair_count)
		fprintf(out, "<p class=\"soft\">%zu more are not listed.</p>\n", similarity->pair_count - rows);
}

static void put_left_out(FILE *out, const struct similarity *similarity)
{
	fprintf(out, "<p class=\"soft\">%zu submission%s compared", similarity->submissions, s(similarity->submissions));
	if (similarity->earlier)
		fprintf(out, ", also with %zu of earlier years, which stand behind their year", similarity->earlier);
	if (similarity->untouched)
		fprintf(out, "; %zu %s the skeleton, unchanged", similarity->untouched,
		        similarity->untouched == 1 ? "is" : "are");
	if (similarity->small)
		fprintf(out, "; %zu %s fewer than %d tokens of %s own", similarity->small,
		        similarity->small == 1 ? "has" : "have", SIMILAR_LEAST, similarity->small == 1 ? "its" : "their");
	fputs(".</p>\n", out);
	for (size_t i = 0; i < similarity->incomplete.count; i++) {
		fputs("<p>", out);
		escape_html(out, similarity->incomplete.item[i]);
		fputs("</p>\n", out);
	}
}

void similarity_page(FILE *out, const struct similarity *similarity, const struct course *course)
{
	page_begin(out, "Similar submissions", "full", PAGE_STATIC);
	fputs("<h1>Similar submissions</h1>", out);
	put_left_out(out, similarity);
	put_explanation(out);
	fputs("<h2>How the class is spread</h2>\n<div class=\"columns\">", out);
	for (size_t a = 0; a < course->assignment_count; a++)
		put_spread(out, similarity, course->assignment[a]);
	fprintf(out, "</div>\n<h2>%zu pair%s of %d&nbsp;%% or more</h2>\n", similarity->pairs, s(similarity->pairs),
	        similarity->percent);
	put_pairs(out, similarity);
	page_end(out, PAGE_STATIC);
}
