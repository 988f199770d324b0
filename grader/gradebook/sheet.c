/* sheet.c - the journal's current run as a table, and the CSV files made of it. */
#include "sheet.h"

#include "../memory.h"
#include "../report/report.h"
#include "journal.h"
#include "roster.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the table ------------------------------------------------------------------------------ */

static struct student *add_student(struct table *table, const char *name, int roster_row)
{
	table->student = must(reallocarray(table->student, table->count + 1, sizeof *table->student));
	struct student *student = &table->student[table->count++];
	*student = (struct student){must(strdup(name)), roster_row, zeroed(table->assignments + 1, sizeof *student->cell)};
	return student;
}

/* The one that was added last, if it is the same; rows come sorted by name. */
static struct student *student_of(struct table *table, const char *name, int roster_row)
{
	struct student *last = table->count ? &table->student[table->count - 1] : NULL;
	return last && strcmp(last->name, name) == 0 ? last : add_student(table, name, roster_row);
}

static size_t place_of(const struct table *table, const char *assignment)
{
	size_t place = 0;
	while (place < table->assignments && strcmp(table->assignment[place]->name, assignment) != 0)
		place++;
	return place;
}

/* An assignment that nobody handed in has no column: where sheets are imported, empty cells would take scores away. */
static int find_assignments(const struct sheets *sheets, struct table *table, struct error *error)
{
	const struct course *course = sheets->course;
	sqlite3_stmt *statement = journal_query(
	    sheets->journal, error, "SELECT DISTINCT assignment FROM current WHERE run = ?", "l", sheets->journal->run);
	bool *there = zeroed(course->assignment_count + 1, sizeof *there), any = false;
	table->assignment = zeroed(course->assignment_count + 1, sizeof *table->assignment);
	int result = SQLITE_DONE;
	while (statement && (result = sqlite3_step(statement)) == SQLITE_ROW)
		for (size_t a = 0; a < course->assignment_count; a++)
			if (strcmp(course->assignment[a]->name, (const char *)sqlite3_column_text(statement, 0)) == 0)
				any = there[a] = true;
	for (size_t a = 0; a < course->assignment_count; a++)
		if (there[a] || !any)
			table->assignment[table->assignments++] = course->assignment[a];
	free(there);
	if (statement && result != SQLITE_DONE)
		journal_fail(sheets->journal, error);
	sqlite3_finalize(statement);
	return statement && result == SQLITE_DONE ? 0 : -1;
}

static int by_roster(const void *a, const void *b)
{
	const struct student *x = a, *y = b;
	bool x_known = x->roster_row >= 0, y_known = y->roster_row >= 0;
	if (x_known != y_known)
		return x_known ? -1 : 1;
	return x_known && x->roster_row != y->roster_row ? x->roster_row - y->roster_row : strcmp(x->name, y->name);
}

/* Who handed in nothing has a row, too. */
static void add_absent(const struct sheets *sheets, struct table *table)
{
	const struct roster *roster = sheets->roster;
	bool *there = zeroed(roster ? roster->row_count + 1 : 1, sizeof *there);
	for (size_t i = 0; i < table->count; i++)
		if (table->student[i].roster_row >= 0)
			there[table->student[i].roster_row] = true;
	for (size_t row = 0; roster && row < roster->row_count; row++)
		if (!there[row])
			add_student(table, roster_name(roster, row), (int)row);
	free(there);
}

/* Rows of another roster than this one are no rows. */
static int known_row(const struct sheets *sheets, int row)
{
	return sheets->roster && row >= 0 && (size_t)row < sheets->roster->row_count ? row : ROSTER_NONE;
}

static char *text_of(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);
	return text ? must(strdup(text)) : NULL;
}

/* What a person may give at most. */
static int points_read(const struct assignment *assignment)
{
	int points = 0;
	for (size_t i = 0; i < assignment->read_count; i++)
		points += assignment->read[i].points;
	return points;
}

/* A row of table_load's query. What was not handed in has no grade. */
static struct cell cell_of(sqlite3_stmt *statement, const struct assignment *assignment)
{
	bool present = sqlite3_column_type(statement, 3) != SQLITE_NULL;
	int points = assignment_points(assignment), to_read = sqlite3_column_int(statement, 15);
	return (struct cell){.present = present,
	                     .judged = sqlite3_column_int(statement, 4),
	                     .score = sqlite3_column_int(statement, 5),
	                     .max_score =
	                         (present ? sqlite3_column_int(statement, 6) + points_read(assignment) : points) - to_read,
	                     .late_days = sqlite3_column_int(statement, 7),
	                     .free_days = sqlite3_column_int(statement, 8),
	                     .deduction = sqlite3_column_int(statement, 9),
	                     .adjustment = sqlite3_column_int(statement, 10),
	                     .counts = sqlite3_column_type(statement, 11) != SQLITE_NULL,
	                     .final = sqlite3_column_int(statement, 11),
	                     .adjusted = text_of(statement, 12),
	                     .note = text_of(statement, 13),
	                     .read = sqlite3_column_int(statement, 14),
	                     .to_read = to_read};
}

bool student_total(const struct table *table, const struct student *student, int *total)
{
	bool any = false;
	*total = 0;
	for (size_t a = 0; a < table->assignments; a++) {
		const struct cell *cell = &student->cell[a];
		*total += cell->counts ? cell->final * table->assignment[a]->weight : 0;
		any |= cell->counts;
	}
	return any;
}

int table_load(const struct sheets *sheets, struct table *table, struct error *error)
{
	*table = (struct table){0};
	if (find_assignments(sheets, table, error) != 0) {
		table_clear(table);
		return -1;
	}
	sqlite3_stmt *statement =
	    journal_query(sheets->journal, error,
	                  "SELECT students.name, roster_row, assignment, grade, judged, score, max_score, late_days,"
	                  " free_days, deduction, adjustment, final, adjusted, note, read, to_read"
	                  " FROM current JOIN students ON students.id = current.student"
	                  " LEFT JOIN grades ON grades.id = grade WHERE current.run = ? ORDER BY students.name",
	                  "l", sheets->journal->run);
	if (!statement) {
		table_clear(table);
		return -1;
	}
	int result;
	while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
		size_t place = place_of(table, (const char *)sqlite3_column_text(statement, 2));
		if (place == table->assignments)
			continue;
		student_of(table, (const char *)sqlite3_column_text(statement, 0),
		           known_row(sheets, sqlite3_column_int(statement, 1)))
		    ->cell[place] = cell_of(statement, table->assignment[place]);
	}
	if (result != SQLITE_DONE)
		journal_fail(sheets->journal, error);
	sqlite3_finalize(statement);
	if (result != SQLITE_DONE) {
		table_clear(table);
		return -1;
	}
	add_absent(sheets, table);
	if (table->count)
		qsort(table->student, table->count, sizeof *table->student, by_roster);
	return 0;
}

void table_clear(struct table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		for (size_t a = 0; a < table->assignments; a++) {
			free(table->student[i].cell[a].adjusted);
			free(table->student[i].cell[a].note);
		}
		free(table->student[i].cell);
		free(table->student[i].name);
	}
	free(table->student);
	free(table->assignment);
	*table = (struct table){0};
}

const char *student_called(const struct sheets *sheets, const struct student *student)
{
	bool known = sheets->roster && student->roster_row >= 0;
	return known ? roster_called(sheets->roster, (size_t)student->roster_row) : student->name;
}

bool is_refused(const struct cell *cell)
{
	return cell->note && strncmp(cell->note, REFUSED, strlen(REFUSED)) == 0;
}

bool is_for_person(const struct cell *cell)
{
	return cell->present && !cell->judged && cell->note && strncmp(cell->note, FOR_PERSON, strlen(FOR_PERSON)) == 0;
}

/* ---- gradebook.csv -------------------------------------------------------------------------- */

static void put_roster_cells(FILE *out, const struct roster *roster, int row)
{
	for (size_t i = 0; roster && i < roster->column.count; i++) {
		escape_csv(out, row >= 0 ? roster->cell[row][i] : "");
		fputc(',', out);
	}
}

static void put_to_read(FILE *out, const char *name, const struct cell *cell)
{
	char *says = points_say(cell->final, cell->max_score, cell->to_read);
	fprintf(out, "%s: %s; ", name, says);
	free(says);
}

static void put_notes(FILE *out, const struct sheets *sheets, const struct table *table, const struct student *student)
{
	char *notes = NULL;
	size_t size;
	FILE *text = memory_open(&notes, &size);
	if (sheets->roster && student->roster_row < 0)
		fputs("not in the roster; ", text);
	for (size_t a = 0; a < table->assignments; a++) {
		const struct cell *cell = &student->cell[a];
		const char *name = table->assignment[a]->name;
		if (cell->present && !cell->judged && !is_for_person(cell) && !is_refused(cell))
			fprintf(text, "%s could not be judged; ", name);
		if (cell->adjusted)
			fprintf(text, "%s: %s; ", name, cell->adjusted);
		if (cell->note)
			fprintf(text, "%s: %s; ", name, cell->note);
		if (cell->to_read)
			put_to_read(text, name, cell);
	}
	fclose(text);
	if (size >= 2)
		notes[size - 2] = 0;
	escape_csv(out, notes);
	free(notes);
}

/* What counts, and what it is made of. */
static void put_cells(FILE *out, const struct cell *cell, const struct assignment *assignment)
{
	if (cell->counts && cell->judged)
		fprintf(out, ",%d,%d,%d,%d,%d", cell->final, cell->score, cell->late_days, cell->deduction, cell->adjustment);
	else if (cell->counts)
		fprintf(out, ",%d,,,,%d", cell->final, cell->adjustment);
	else
		fputs(",,,,,", out);
	if (assignment->read_count && cell->counts && cell->judged)
		fprintf(out, ",%d,%d", cell->read, cell->to_read);
	else if (assignment->read_count)
		fputs(",,", out);
}

int sheet_gradebook(FILE *out, const struct sheets *sheets, struct error *error)
{
	struct table table;
	if (table_load(sheets, &table, error) != 0)
		return -1;
	if (sheets->bom)
		fputs("\xef\xbb\xbf", out);
	for (size_t i = 0; sheets->roster && i < sheets->roster->column.count; i++) {
		escape_csv(out, sheets->roster->column.item[i]);
		fputc(',', out);
	}
	fputs("submission", out);
	for (size_t a = 0; a < table.assignments; a++) {
		const char *name = table.assignment[a]->name;
		fprintf(out, ",%s,%s_score,%s_days_late,%s_deduction,%s_adjustment", name, name, name, name, name);
		if (table.assignment[a]->read_count)
			fprintf(out, ",%s_read,%s_to_read", name, name);
	}
	fputs(",total,notes\r\n", out);
	for (size_t i = 0; i < table.count; i++) {
		const struct student *student = &table.student[i];
		int total;
		put_roster_cells(out, sheets->roster, student->roster_row);
		escape_csv(out, student->name);
		for (size_t a = 0; a < table.assignments; a++)
			put_cells(out, &student->cell[a], table.assignment[a]);
		if (student_total(&table, student, &total))
			fprintf(out, ",%d,", total);
		else
			fputs(",,", out);
		put_notes(out, sheets, &table, student);
		fputs("\r\n", out);
	}
	table_clear(&table);
	return 0;
}

/* ---- for platforms -------------------------------------------------------------------------- */

/* "Repair a bank", "Repair a bank (4711)". */
static bool is_headed(const char *heading, const char *name)
{
	size_t length = strlen(name);
	return strncasecmp(heading, name, length) == 0 && (!heading[length] || strncmp(heading + length, " (", 2) == 0);
}

/* Moodle has the kind in front: "Assignment: Repair a bank (Real)" (format_column_name in grade/export/lib.php). */
static bool is_headed_behind_a_kind(const char *heading, const char *name)
{
	const char *kind_end = strstr(heading, ": ");
	return kind_end && is_headed(kind_end + 2, name);
}

int roster_column_for(const struct roster *roster, const struct assignment *assignment)
{
	const char *const names[] = {assignment->title, assignment->name};
	enum { NAMES = sizeof names / sizeof *names };
	for (size_t n = 0; n < NAMES; n++)
		for (size_t i = 0; i < roster->column.count; i++)
			if (is_headed(roster->column.item[i], names[n]))
				return (int)i;
	for (size_t n = 0; n < NAMES && roster_is_of_moodle(roster, NULL); n++)
		for (size_t i = 0; i < roster->column.count; i++)
			if (is_headed_behind_a_kind(roster->column.item[i], names[n]))
				return (int)i;
	return -1;
}

/* Those of the columns `kept` (roster columns, ended by -1), then a column for each assignment. */
static void put_heading(FILE *out, const struct sheets *sheets, const struct table *table, const int kept[])
{
	for (; *kept >= 0; kept++) {
		escape_csv(out, sheets->roster->column.item[*kept]);
		fputc(',', out);
	}
	for (size_t a = 0; a < table->assignments; a++) {
		const struct assignment *assignment = table->assignment[a];
		int column = roster_column_for(sheets->roster, assignment);
		escape_csv(out, column < 0 ? assignment->title : sheets->roster->column.item[column]);
		fputs(a + 1 < table->assignments ? "," : "\r\n", out);
	}
}

int assignment_points(const struct assignment *assignment)
{
	int points = 0;
	for (size_t i = 0; i < assignment->rubric_count; i++)
		points += assignment->rubric[i].points;
	return points + points_read(assignment);
}

/* What counts, as the platform counts it: out of 10, say, where 100 are 10 there. Hundredths at most. */
static void put_points(FILE *out, const struct roster *roster, const struct cell *cell,
                       const struct assignment *assignment)
{
	double worth = roster_worth(roster, assignment);
	int points = assignment_points(assignment);
	if (worth <= 0 || !points || worth == points) {
		fprintf(out, "%d", cell->final);
		return;
	}
	char text[64];
	int size = snprintf(text, sizeof text, "%.2f", cell->final * worth / points);
	while (text[size - 1] == '0')
		text[--size] = 0;
	if (text[size - 1] == '.')
		text[--size] = 0;
	fputs(text, out);
}

/* Of who handed in nothing, could not be judged or is still to be read, the score that is there stays. */
static void put_score(FILE *out, const struct roster *roster, const struct cell *cell,
                      const struct assignment *assignment, const char *there)
{
	if (cell->counts && !cell->to_read)
		put_points(out, roster, cell, assignment);
	else if (there && strcmp(there, "-") != 0) /* Moodle's word for nothing, which it does not import */
		escape_csv(out, there);
}

/* What the platform has in its column of the assignment; NULL: there is none. */
static const char *score_there(const struct roster *roster, const struct student *student,
                               const struct assignment *assignment)
{
	int column = roster_column_for(roster, assignment);
	return column >= 0 ? roster->cell[student->roster_row][column] : NULL;
}

static void put_students(FILE *out, const struct sheets *sheets, const struct table *table, const int kept[])
{
	for (size_t s = 0; s < table->count; s++) {
		const struct student *student = &table->student[s];
		if (student->roster_row < 0)
			continue;
		for (size_t i = 0; kept[i] >= 0; i++) {
			escape_csv(out, sheets->roster->cell[student->roster_row][kept[i]]);
			fputc(',', out);
		}
		for (size_t a = 0; a < table->assignments; a++) {
			const struct assignment *assignment = table->assignment[a];
			put_score(out, sheets->roster, &student->cell[a], assignment,
			          score_there(sheets->roster, student, assignment));
			fputs(a + 1 < table->assignments ? "," : "\r\n", out);
		}
	}
}

/* What they are worth there; of new ones, what they are worth here. */
static void put_points_possible(FILE *out, const struct sheets *sheets, const struct table *table, const int kept[])
{
	fputs("    Points Possible", out);
	for (; *kept >= 0; kept++)
		fputc(',', out);
	for (size_t a = 0; a < table->assignments; a++) {
		const struct assignment *assignment = table->assignment[a];
		double worth = roster_worth(sheets->roster, assignment);
		if (worth > 0)
			fprintf(out, "%g", worth);
		else if (roster_column_for(sheets->roster, assignment) < 0)
			fprintf(out, "%d", assignment_points(assignment));
		fputs(a + 1 < table->assignments ? "," : "\r\n", out);
	}
}

/* Canvas LMS, lib/gradebook_importer.rb: the first columns up to Section, as it exported them (which there are depends
 * on the institution), are who; columns behind are assignments by title and number. */
int sheet_canvas(FILE *out, const struct sheets *sheets, struct error *error)
{
	struct table table;
	if (!roster_is_of_canvas(sheets->roster, error))
		return -1;
	if (table_load(sheets, &table, error) != 0)
		return -1;
	int section = roster_column(sheets->roster, "Section"), *kept = zeroed((size_t)section + 2, sizeof *kept);
	for (int i = 0; i <= section; i++)
		kept[i] = i;
	kept[section + 1] = -1;
	put_heading(out, sheets, &table, kept);
	put_points_possible(out, sheets, &table, kept);
	put_students(out, sheets, &table, kept);
	free(kept);
	table_clear(&table);
	return 0;
}

/* The assignment that a grading worksheet is of: the only one there is, or that was asked for. -1: not one. */
static int worksheet_place(const struct sheets *sheets, const struct table *table)
{
	if (table->assignments == 1)
		return 0;
	size_t place =
	    sheets->asked && sheets->asked->count == 1 ? place_of(table, sheets->asked->item[0]) : table->assignments;
	return place < table->assignments ? (int)place : -1;
}

static void put_comment(FILE *out, const struct cell *cell)
{
	char *says = points_say(cell->final, cell->max_score, cell->to_read);
	escape_csv(out, says);
	free(says);
}

/* A grading worksheet goes back as it came, with the grades filled in (Moodle, mod/assign/feedback/offline). */
static int put_worksheet(FILE *out, const struct sheets *sheets, const struct table *table, struct error *error)
{
	const struct roster *roster = sheets->roster;
	int grade = roster_column(roster, "Grade"), comments = roster_column(roster, "Feedback comments"),
	    place = worksheet_place(sheets, table);
	if (place < 0)
		return fail(error, "a grading worksheet is of one assignment: A=NAME grades one, and moodle.csv is written");
	for (size_t i = 0; i < roster->column.count; i++) {
		escape_csv(out, roster->column.item[i]);
		fputs(i + 1 < roster->column.count ? "," : "\r\n", out);
	}
	for (size_t s = 0; s < table->count; s++) {
		const struct student *student = &table->student[s];
		for (size_t i = 0; student->roster_row >= 0 && i < roster->column.count; i++) {
			const struct cell *cell = &student->cell[place];
			const char *there = roster->cell[student->roster_row][i];
			if ((int)i == grade)
				put_score(out, roster, cell, table->assignment[place], there);
			else if ((int)i == comments && cell->to_read && !*there)
				put_comment(out, cell);
			else
				escape_csv(out, there);
			fputs(i + 1 < roster->column.count ? "," : "\r\n", out);
		}
	}
	return 0;
}

/* Moodle, "Import: CSV file": who is told by one of the first three, chosen on its page, as the assignments are. */
int sheet_moodle(FILE *out, const struct sheets *sheets, struct error *error)
{
	static const char *const headings[] = {"Email address", "ID number", "Username", "Full name",
	                                       "First name",    "Last name", "Surname"};
	enum { HEADINGS = sizeof headings / sizeof *headings };
	struct table table;
	int kept[HEADINGS + 1];
	size_t count = 0;
	if (!roster_is_of_moodle(sheets->roster, error))
		return -1;
	for (size_t i = 0; i < HEADINGS; i++) {
		int column = roster_column(sheets->roster, headings[i]);
		if (column >= 0)
			kept[count++] = column;
	}
	kept[count] = -1;
	if (table_load(sheets, &table, error) != 0)
		return -1;
	int result = 0;
	if (roster_is_worksheet(sheets->roster)) {
		result = put_worksheet(out, sheets, &table, error);
	} else {
		put_heading(out, sheets, &table, kept);
		put_students(out, sheets, &table, kept);
	}
	table_clear(&table);
	return result;
}
