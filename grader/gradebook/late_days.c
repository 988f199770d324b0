/* late_days.c - who was late by how many days in the whole course, and which of them were free. */
#include "../memory.h"
#include "../report/report.h"
#include "journal.h"
#include "sheet.h"

#include <stdlib.h>
#include <string.h>

static struct late_days *days_of(const struct late_table *late, size_t student, size_t assignment)
{
	return &late->days[student * late->course->assignment_count + assignment];
}

/* ---- from the journal ----------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct student *const *x = a, *const *y = b;
	return strcmp((*x)->name, (*y)->name);
}

static int is_name(const void *name, const void *student)
{
	return strcmp(name, (*(const struct student *const *)student)->name);
}

static const struct student **sorted(const struct table *table)
{
	const struct student **sorted = zeroed(table->count + 1, sizeof *sorted);
	for (size_t i = 0; i < table->count; i++)
		sorted[i] = &table->student[i];
	qsort(sorted, table->count, sizeof *sorted, by_name);
	return sorted;
}

static size_t place_of(const struct course *course, const char *name)
{
	size_t place = 0;
	while (place < course->assignment_count && strcmp(course->assignment[place]->name, name) != 0)
		place++;
	return place;
}

/* A row: student, assignment, days. */
static void take_row(struct late_table *late, const struct table *table, const struct student *const all[],
                     sqlite3_stmt *row)
{
	const struct student *const *found = bsearch(sqlite3_column_text(row, 0), all, table->count, sizeof *all, is_name);
	size_t place = place_of(late->course, (const char *)sqlite3_column_text(row, 1));
	if (!found || place == late->course->assignment_count)
		return;
	size_t student = (size_t)(*found - table->student);
	*days_of(late, student, place) = (struct late_days){sqlite3_column_int(row, 2), sqlite3_column_int(row, 3)};
	late->used[student] += sqlite3_column_int(row, 3);
}

int late_table_load(const struct sheets *sheets, const struct table *table, struct late_table *late,
                    struct error *error)
{
	*late = (struct late_table){.course = sheets->course,
	                            .days = zeroed(table->count * sheets->course->assignment_count + 1, sizeof *late->days),
	                            .used = zeroed(table->count + 1, sizeof *late->used)};
	/* of each assignment in the latest run that had it: see journal_times */
	sqlite3_stmt *statement =
	    journal_query(sheets->journal, error,
	                  "SELECT name, assignment, late_days, free_days, MAX(run) FROM current"
	                  " JOIN students ON students.id = student WHERE grade IS NOT NULL GROUP BY student, assignment",
	                  "");
	const struct student **all = sorted(table);
	int result = SQLITE_ERROR;
	while (statement && (result = sqlite3_step(statement)) == SQLITE_ROW)
		take_row(late, table, all, statement);
	if (statement && result != SQLITE_DONE)
		journal_fail(sheets->journal, error);
	sqlite3_finalize(statement);
	free(all);
	if (result == SQLITE_DONE)
		return 0;
	late_table_clear(late);
	return -1;
}

void late_table_clear(struct late_table *late)
{
	free(late->days);
	free(late->used);
}

static int left_of(const struct late_table *late, size_t student)
{
	int left = late->course->late_budget.days - late->used[student];
	return left < 0 ? 0 : left; /* the budget may have been larger */
}

/* ---- late_days.csv -------------------------------------------------------------------------- */

static void put_heading(FILE *out, const struct course *course)
{
	fputs("student,submission", out);
	for (size_t a = 0; a < course->assignment_count; a++) {
		const char *name = course->assignment[a]->name;
		if (course->assignment[a]->late.due)
			fprintf(out, ",%s_days_late,%s_free_days", name, name);
	}
	fputs(",free_days_used,free_days_left\r\n", out);
}

static void put_row(FILE *out, const struct sheets *sheets, const struct late_table *late,
                    const struct student *student, size_t index)
{
	escape_csv(out, student_called(sheets, student));
	fputc(',', out);
	escape_csv(out, student->name);
	for (size_t a = 0; a < late->course->assignment_count; a++) {
		const struct late_days *days = days_of(late, index, a);
		if (late->course->assignment[a]->late.due)
			fprintf(out, ",%d,%d", days->late, days->free);
	}
	fprintf(out, ",%d,%d\r\n", late->used[index], left_of(late, index));
}

int sheet_late_days(FILE *out, const struct sheets *sheets, struct error *error)
{
	struct table table;
	struct late_table late;
	if (table_load(sheets, &table, error) != 0)
		return -1;
	int result = late_table_load(sheets, &table, &late, error);
	if (result == 0) {
		if (sheets->bom)
			fputs("\xef\xbb\xbf", out);
		put_heading(out, sheets->course);
		for (size_t i = 0; i < table.count; i++)
			put_row(out, sheets, &late, &table.student[i], i);
		late_table_clear(&late);
	}
	table_clear(&table);
	return result;
}

/* ---- on the page ---------------------------------------------------------------------------- */

/* "pipe_ring 2 of 3, race_fix 1 of 1": false if it was never late. */
static bool put_uses(FILE *out, const struct late_table *late, size_t student)
{
	bool any = false;
	for (size_t a = 0; a < late->course->assignment_count; a++) {
		const struct late_days *days = days_of(late, student, a);
		if (!days->late)
			continue;
		if (out)
			fprintf(out, "%s%s %d of %d", any ? ", " : "", late->course->assignment[a]->name, days->free, days->late);
		any = true;
	}
	return any;
}

void put_late_days(FILE *out, const struct sheets *sheets, const struct table *table, const struct late_table *late)
{
	const struct late_budget *budget = &late->course->late_budget;
	fprintf(
	    out,
	    "<h2>Late days</h2><div class=\"card\"><p>%d are free for each student, %d at most of one assignment; all "
	    "students are in <a href=\"late_days.csv\">late_days.csv</a>.</p><table><thead><tr><th scope=\"col\">student"
	    "</th><th scope=\"col\">free days of days late</th><th scope=\"col\" class=\"number\">used</th><th "
	    "scope=\"col\""
	    " class=\"number\">left</th></tr></thead><tbody>\n",
	    budget->days, budget->per_assignment < budget->days ? budget->per_assignment : budget->days);
	for (size_t i = 0; i < table->count; i++) {
		if (!put_uses(NULL, late, i))
			continue;
		fputs("<tr><td>", out);
		escape_html(out, student_called(sheets, &table->student[i]));
		fputs("</td><td>", out);
		put_uses(out, late, i);
		fprintf(out, "</td><td class=\"number\">%d</td><td class=\"number\">%d</td></tr>\n", late->used[i],
		        left_of(late, i));
	}
	fputs("</tbody></table></div>\n", out);
}
