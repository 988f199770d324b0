/* page.c - the class on one page: scores, a histogram, what failed most. Without its script everything is there but the
 * sorting. */
#include "../report/page.h"
#include "../memory.h"
#include "../report/report.h"
#include "journal.h"
#include "sheet.h"

#include <stdlib.h>
#include <string.h>

enum { BINS = 10, TOP = 12 };

static const char *shade(int points, int of)
{
	return points * 10 >= of * 9 ? "good" : points * 2 >= of ? "mid" : "bad";
}

/* A name as part of a link: all but letters, digits and - . _ ~ as %XX (RFC 3986). */
static void put_link(FILE *out, const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if ((*c >= '0' && *c <= '9') || ((*c | 32) >= 'a' && (*c | 32) <= 'z') || strchr("-._~", *c))
			fputc(*c, out);
		else
			fprintf(out, "%%%02X", *c);
	}
}

/* What counts, or why nothing does: a link to the report, if there is one. */
static void put_points(FILE *out, const struct cell *cell, const struct student *student, const char *assignment)
{
	if (cell->present) {
		fputs("<a href=\"", out);
		put_link(out, student->name);
		fprintf(out, "/%s.html\"", assignment);
	} else {
		fputs("<span", out);
	}
	if (cell->counts)
		fprintf(out, " class=\"%s\">%d", shade(cell->final, cell->max_score), cell->final);
	else
		fprintf(out, " class=\"bad\">%s", is_for_person(cell) ? "needs a person" : "not judged");
	fputs(cell->present ? "</a>" : "</span>", out);
}

static void put_lateness(FILE *out, const struct cell *cell)
{
	if (!cell->judged || (!cell->deduction && !cell->free_days))
		return;
	fprintf(out, "<small>%d &minus; %d for %d day%s", cell->score, cell->deduction, cell->late_days,
	        cell->late_days == 1 ? "" : "s");
	if (cell->free_days)
		fprintf(out, ", %d free", cell->free_days);
	fputs("</small>", out);
}

static void put_cell(FILE *out, const struct cell *cell, const struct student *student, const char *assignment)
{
	if (!cell->present && !cell->counts) {
		fputs("<td class=\"number\" data-v=\"-1\">–</td>", out);
		return;
	}
	fprintf(out, "<td class=\"number\" data-v=\"%d\">", cell->counts ? cell->final : -1);
	put_points(out, cell, student, assignment);
	put_lateness(out, cell);
	if (cell->to_read)
		fprintf(out, "<small>of %d, %d to be read</small>", cell->max_score, cell->to_read);
	if (cell->adjustment)
		fprintf(out, "<small>%+d by the instructor</small>", cell->adjustment);
	fputs("</td>", out);
}

static void put_groups(FILE *out, const struct sheets *sheets, const struct student *student)
{
	const char *groups =
	    sheets->roster && student->roster_row >= 0 ? roster_groups(sheets->roster, (size_t)student->roster_row) : "";
	if (!*groups)
		return;
	fputs(" <small>", out);
	escape_html(out, groups);
	fputs("</small>", out);
}

static void put_row(FILE *out, const struct sheets *sheets, const struct table *table, const struct student *student)
{
	int total;
	fputs("<tr><td>", out);
	escape_html(out, student_called(sheets, student));
	put_groups(out, sheets, student);
	if (sheets->roster && student->roster_row < 0)
		fputs(" <small>not in the roster</small>", out);
	fputs("</td>", out);
	for (size_t a = 0; a < table->assignments; a++)
		put_cell(out, &student->cell[a], student, table->assignment[a]->name);
	if (student_total(table, student, &total))
		fprintf(out, "<td class=\"number\" data-v=\"%d\">%d</td></tr>\n", total, total);
	else
		fputs("<td class=\"number\" data-v=\"-1\">–</td></tr>\n", out);
}

static void put_table(FILE *out, const struct sheets *sheets, const struct table *table)
{
	fputs("<div class=\"card scores\" role=\"region\" aria-label=\"Scores of all students\" "
	      "tabindex=\"0\"><table><thead><tr>"
	      "<th scope=\"col\"><button>student</button></th>",
	      out);
	for (size_t a = 0; a < table->assignments; a++) {
		fputs("<th scope=\"col\" class=\"number\"><button>", out);
		escape_html(out, table->assignment[a]->name);
		fputs("</button></th>", out);
	}
	fputs("<th scope=\"col\" class=\"number\"><button>total</button></th></tr></thead><tbody>\n", out);
	for (size_t i = 0; i < table->count; i++)
		put_row(out, sheets, table, &table->student[i]);
	fputs("</tbody></table></div>\n", out);
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* What counts for the assignment, in percent, sorted, in an array of table->count elements; returns how many there are.
 */
static size_t scores_of(const struct table *table, size_t assignment, int scores[])
{
	size_t count = 0;
	for (size_t i = 0; i < table->count; i++) {
		const struct cell *cell = &table->student[i].cell[assignment];
		if (cell->counts && cell->max_score)
			scores[count++] = cell->final * 100 / cell->max_score;
	}
	if (count)
		qsort(scores, count, sizeof *scores, by_number);
	return count;
}

static void put_histogram(FILE *out, const struct table *table, size_t assignment)
{
	unsigned bin[BINS] = {0}, most = 1;
	int *scores = zeroed(table->count + 1, sizeof *scores);
	size_t count = scores_of(table, assignment, scores);
	for (size_t i = 0; i < count; i++) {
		int place = scores[i] * BINS / 100;
		unsigned *here = &bin[place >= BINS ? BINS - 1 : place];
		most = ++*here > most ? *here : most;
	}
	fputs("<div class=\"card\"><strong>", out);
	escape_html(out, table->assignment[assignment]->title);
	fprintf(out, "</strong> <small>%zu submission%s", count, count == 1 ? "" : "s");
	if (count) /* of an even number the mean of the middle two */
		fprintf(out, ", median %g %%", (scores[(count - 1) / 2] + scores[count / 2]) / 2.0);
	fputs("</small><svg class=\"histogram\" viewBox=\"0 0 320 150\" role=\"img\" aria-label=\"How many have how many "
	      "percent: ",
	      out);
	for (int i = 0; i < BINS; i++)
		fprintf(out, "%s%d from %d", i ? ", " : "", bin[i], i * 100 / BINS);
	fputs("\">", out);
	for (int i = 0; i < BINS; i++) {
		unsigned height = bin[i] * 110 / most;
		fprintf(out, "<rect x=\"%d\" y=\"%u\" width=\"28\" height=\"%u\" rx=\"3\"/>", 2 + i * 32, 125 - height, height);
		if (bin[i])
			fprintf(out, "<text x=\"%d\" y=\"%u\" text-anchor=\"middle\">%u</text>", 16 + i * 32, 121 - height, bin[i]);
		fprintf(out, "<text x=\"%d\" y=\"142\" text-anchor=\"middle\">%d</text>", 16 + i * 32, i * 100 / BINS);
	}
	fputs("</svg></div>\n", out);
	free(scores);
}

/* The rows of the query: assignment, name, how many submissions. */
static int put_ranking(FILE *out, const struct sheets *sheets, const char *title, const char *sql, struct error *error)
{
	sqlite3_stmt *statement = journal_query(sheets->journal, error, sql, "li", sheets->journal->run, TOP);
	if (!statement)
		return -1;
	int most = 0, result;
	fprintf(out, "<h2>%s</h2><div class=\"card\">", title);
	while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
		int count = sqlite3_column_int(statement, 2);
		most = count > most ? count : most;
		fputs("<div class=\"line\"><span>", out);
		escape_html(out, (const char *)sqlite3_column_text(statement, 1));
		fputs(" <small>", out);
		escape_html(out, (const char *)sqlite3_column_text(statement, 0));
		fprintf(out,
		        "</small></span><div class=\"bar\"><span style=\"width:%d%%\"></span></div><span "
		        "class=\"points\">%d</span></div>\n",
		        count * 100 / most, count);
	}
	if (!most)
		fputs("<p>None.</p>", out);
	fputs("</div>\n", out);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE ? 0 : journal_fail(sheets->journal, error);
}

static int put_rankings(FILE *out, const struct sheets *sheets, struct error *error)
{
	int result =
	    put_ranking(out, sheets, "What was found most",
	                "SELECT assignment, kind, COUNT(DISTINCT student) AS n FROM current JOIN findings USING (grade)"
	                " WHERE run = ? AND points_lost > 0 AND found_by <> 'score' GROUP BY assignment, kind"
	                " ORDER BY n DESC, assignment, kind LIMIT ?",
	                error);
	if (result == 0)
		result = put_ranking(
		    out, sheets, "Tests that failed most",
		    "SELECT assignment, json_extract(value, '$.name') AS test, COUNT(*) AS n FROM current"
		    " JOIN grades ON grades.id = grade, json_each(result, '$.tests')"
		    " WHERE current.run = ? AND judged AND json_extract(value, '$.status') NOT IN ('pass', 'not_run')"
		    " GROUP BY assignment, test ORDER BY n DESC, assignment, test LIMIT ?",
		    error);
	return result;
}

static void put_sentences(FILE *out, const struct string_list *sentences)
{
	for (size_t i = 0; sentences && i < sentences->count; i++) {
		fputs("<p>", out);
		escape_html(out, sentences->item[i]);
		fputs("</p>", out);
	}
}

static size_t count_persons(const struct table *table)
{
	size_t count = 0;
	for (size_t i = 0; i < table->count; i++)
		for (size_t a = 0; a < table->assignments; a++)
			count += is_for_person(&table->student[i].cell[a]);
	return count;
}

/* What is not judged until somebody has looked at it, with the command that takes it. */
static void put_persons(FILE *out, const struct sheets *sheets, const struct table *table)
{
	if (!count_persons(table))
		return;
	fputs("<h2>Needs a person</h2><div class=\"card\">", out);
	for (size_t i = 0; i < table->count; i++)
		for (size_t a = 0; a < table->assignments; a++) {
			const struct cell *cell = &table->student[i].cell[a];
			if (!is_for_person(cell))
				continue;
			fputs("<p>", out);
			escape_html(out, student_called(sheets, &table->student[i]));
			fprintf(out, ", %s: ", table->assignment[a]->name);
			escape_html(out, cell->note + strlen(FOR_PERSON));
			fputs("</p>", out);
		}
	fputs("<p><small>These have no score, not 0. make review goes through them, one after the other; or give ACCEPT to "
	      "the same make grade command. Either is a line in decisions.csv.</small></p></div>\n",
	      out);
}

/* A link to each page of what is to be read; false: there is none. */
static bool put_unread(FILE *out, const struct table *table)
{
	bool any = false;
	for (size_t a = 0; a < table->assignments; a++) {
		const char *name = table->assignment[a]->name;
		size_t count = 0;
		for (size_t i = 0; i < table->count; i++)
			count += table->student[i].cell[a].to_read > 0;
		any |= count;
		if (count && out)
			fprintf(out, "<p><a href=\"review-%s.html\">%zu of %s to be read</a></p>", name, count, name);
	}
	return any;
}

/* What somebody should look at: who could not be mapped, and who is similar to whom. */
static void put_notes(FILE *out, const struct sheets *sheets, const struct table *table)
{
	size_t count = sheets->unmapped ? sheets->unmapped->count : 0;
	if (!count && !sheets->similarity && !put_unread(NULL, table))
		return;
	fputs("<h2>To look at</h2><div class=\"card\">", out);
	put_sentences(out, sheets->unmapped);
	put_unread(out, table);
	if (sheets->similarity) {
		fputs("<p><a href=\"similarity.html\">", out);
		escape_html(out, sheets->similarity);
		fputs("</a></p>", out);
	}
	fputs("</div>\n", out);
}

static bool has_adjustments(const struct table *table)
{
	for (size_t i = 0; i < table->count; i++)
		for (size_t a = 0; a < table->assignments; a++)
			if (table->student[i].cell[a].adjusted)
				return true;
	return false;
}

static void put_adjustments(FILE *out, const struct sheets *sheets, const struct table *table)
{
	if (!has_adjustments(table))
		return;
	fputs("<h2>By the instructor</h2><div class=\"card\">", out);
	for (size_t i = 0; i < table->count; i++)
		for (size_t a = 0; a < table->assignments; a++) {
			const char *adjusted = table->student[i].cell[a].adjusted;
			if (!adjusted)
				continue;
			fputs("<p>", out);
			escape_html(out, student_called(sheets, &table->student[i]));
			fprintf(out, ", %s: ", table->assignment[a]->name);
			escape_html(out, adjusted);
			fputs("</p>", out);
		}
	fputs("</div>\n", out);
}

static int put_late(FILE *out, const struct sheets *sheets, const struct table *table, struct error *error)
{
	struct late_table late;
	if (!sheets->course->late_budget.days)
		return 0;
	if (late_table_load(sheets, table, &late, error) != 0)
		return -1;
	put_late_days(out, sheets, table, &late);
	late_table_clear(&late);
	return 0;
}

int sheet_page(FILE *out, const struct sheets *sheets, struct error *error)
{
	struct table table;
	if (table_load(sheets, &table, error) != 0)
		return -1;
	page_begin(out, sheets->course->title, "wide", PAGE_SORTS);
	fputs("<h1>", out);
	escape_html(out, sheets->course->title);
	fprintf(out,
	        "</h1><p class=\"soft\">%zu student%s. A score links to its report; what was handed in late shows what it "
	        "cost.</p>\n",
	        table.count, table.count == 1 ? "" : "s");
	fputs("<h2>Scores</h2><div class=\"columns\">\n", out);
	for (size_t a = 0; a < table.assignments; a++)
		put_histogram(out, &table, a);
	fputs("</div>\n", out);
	int result = put_talk(out, sheets, error);
	put_persons(out, sheets, &table);
	put_notes(out, sheets, &table);
	fputs("<h2>Students</h2>\n", out);
	put_table(out, sheets, &table);
	put_adjustments(out, sheets, &table);
	if (result == 0)
		result = put_late(out, sheets, &table, error);
	if (result == 0)
		result = put_rankings(out, sheets, error);
	if (result == 0)
		result = put_progress(out, sheets, error);
	page_end(out, PAGE_SORTS);
	table_clear(&table);
	return result;
}
