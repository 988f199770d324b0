/* roster.c - who is in the class: a CSV file as any platform exports it. */
#include "roster.h"

#include "../memory.h"
#include "csv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void add(struct string_list *list, const char *text)
{
	list->item = must(reallocarray(list->item, list->count + 1, sizeof *list->item));
	list->item[list->count++] = must(strdup(text));
}

/* ---- reading -------------------------------------------------------------------------------- */

static bool begins(const char *cell, const char *words)
{
	return strncasecmp(cell + strspn(cell, " "), words, strlen(words)) == 0;
}

/* A line without a student: an empty one, or what Canvas puts between the heading and the students. */
static bool is_nobody(const struct string_list *line)
{
	if (line->count && begins(line->item[0], "Points Possible"))
		return true;
	for (size_t i = 0; i < line->count; i++)
		if (*line->item[i] && !begins(line->item[i], "Manual Posting") && !begins(line->item[i], "Muted"))
			return false;
	return true;
}

/* Canvas's line of the points that each column is worth. */
static bool is_worth(const struct roster *roster, const struct string_list *line)
{
	return roster->column.count && !roster->possible.count && line->count && begins(line->item[0], "Points Possible");
}

/* Canvas's "Test Student" sees a course as students do, and is none. */
static bool is_test_student(const struct roster *roster, const struct string_list *line)
{
	return roster->column.count && strcasecmp(roster->column.item[0], "Student") == 0 &&
	       strcmp(line->item[0], "Student, Test") == 0;
}

/* A person whose line is there twice, to the letter, is one person. */
static bool is_there(const struct roster *roster, const struct string_list *line)
{
	for (size_t row = 0; row < roster->row_count; row++) {
		size_t i = 0;
		while (i < roster->column.count && strcmp(roster->cell[row][i], i < line->count ? line->item[i] : "") == 0)
			i++;
		if (i == roster->column.count && line->count <= i)
			return true;
	}
	return false;
}

/* Takes the cells of a student; spreadsheets leave out empty ones at the end. */
static void add_row(struct roster *roster, struct string_list *cell)
{
	while (cell->count < roster->column.count)
		add(cell, "");
	roster->cell = must(reallocarray(roster->cell, roster->row_count + 1, sizeof *roster->cell));
	roster->cell[roster->row_count++] = cell->item;
	*cell = (struct string_list){0};
}

static struct string_list take(struct string_list *cell)
{
	struct string_list taken = *cell;
	*cell = (struct string_list){0};
	return taken;
}

static int add_record(struct roster *roster, struct csv_record *record, const char *path, struct error *error)
{
	struct string_list *cell = &record->cell;
	if (is_worth(roster, cell))
		roster->possible = take(cell);
	else if (is_nobody(cell) || is_test_student(roster, cell) || is_there(roster, cell))
		return 0;
	else if (!roster->column.count)
		roster->column = take(cell);
	else if (cell->count > roster->column.count)
		return fail(error, "%s:%u: %zu cells, but the heading has %zu", path, record->line, cell->count,
		            roster->column.count);
	else
		add_row(roster, cell);
	return 0;
}

static int add_records(struct roster *roster, const char *path, struct error *error)
{
	struct csv_file file;
	int result = csv_file_read(path, &file, error);
	for (size_t i = 0; result == 0 && i < file.count; i++)
		result = add_record(roster, &file.record[i], path, error);
	csv_file_clear(&file);
	if (result == 0 && !roster->row_count)
		result = fail(error, "%s has no students: a heading line and a line each are expected", path);
	return result;
}

/* ---- names ---------------------------------------------------------------------------------- */

static bool heading_is(const char *heading, const char *name)
{
	for (;; heading++, name++) {
		heading += strspn(heading, " _-.");
		if (tolower((unsigned char)*heading) != *name)
			return false;
		if (!*name)
			return true;
	}
}

/* What the row has in a column that is called so, of the names that come first what is not empty; "" without one. */
static const char *cell_of(const struct roster *roster, size_t row, const char *const names[])
{
	for (; *names; names++)
		for (size_t i = 0; i < roster->column.count; i++)
			if (*roster->cell[row][i] && heading_is(roster->column.item[i], *names))
				return roster->cell[row][i];
	return "";
}

static const char *const first_names[] = {"firstname", "givenname", "forename", "vorname", "prénom",
                                          "prenom",    "nombre",    "nome",     NULL};
static const char *const last_names[] = {"lastname",     "surname",   "familyname", "nachname",
                                         "familienname", "nom",       "apellidos",  "apellido",
                                         "cognome",      "sobrenome", NULL};

bool roster_is_half_name(const char *heading)
{
	for (size_t i = 0; first_names[i]; i++)
		if (heading_is(heading, first_names[i]))
			return true;
	for (size_t i = 0; last_names[i]; i++)
		if (heading_is(heading, last_names[i]))
			return true;
	return false;
}

char *roster_full_name(const struct roster *roster, size_t row, bool last_first)
{
	const char *first = cell_of(roster, row, first_names), *last = cell_of(roster, row, last_names);
	const char *gap = *first && *last ? " " : "";
	if (!*first && !*last)
		return NULL;
	return last_first ? format("%s%s%s", last, gap, first) : format("%s%s%s", first, gap, last);
}

/* The name if there is one, for people to read. */
static char *called_of(const struct roster *roster, size_t row)
{
	static const char *const names[] = {"fullname", "name", "student", "studentname", NULL};
	const char *name = cell_of(roster, row, names);
	char *full = roster_full_name(roster, row, false);
	if (full && strchr(full, ' '))
		return full;
	free(full);
	return format("%s", *name ? name : roster->name[row]);
}

/* A login if there is one, else the name, else whatever there is. */
static char *name_of(const struct roster *roster, size_t row)
{
	static const char *const logins[] = {"username", "login", "sisloginid", "github", "githubusername", "user", NULL};
	static const char *const names[] = {"fullname", "name", "student", "studentname", NULL};
	static const char *const others[] = {"email", "emailaddress", "identifier", "id", "studentid", NULL};
	const char *name = cell_of(roster, row, logins);
	if (!*name)
		name = cell_of(roster, row, names);
	char *full = *name ? NULL : roster_full_name(roster, row, false);
	if (full)
		return full;
	if (!*name)
		name = cell_of(roster, row, others);
	for (size_t i = 0; !*name; i++) /* a row has a cell that is not empty */
		name = roster->cell[row][i];
	return format("%s", name);
}

struct roster *roster_read(const char *path, struct error *error)
{
	struct roster *roster = zeroed(1, sizeof *roster);
	if (add_records(roster, path, error) != 0) {
		roster_free(roster);
		return NULL;
	}
	roster->name = zeroed(roster->row_count, sizeof *roster->name);
	roster->called = zeroed(roster->row_count, sizeof *roster->called);
	for (size_t row = 0; row < roster->row_count; row++) {
		roster->name[row] = name_of(roster, row);
		roster->called[row] = called_of(roster, row);
	}
	roster_index(roster);
	return roster;
}

void roster_free(struct roster *roster)
{
	if (!roster)
		return;
	for (size_t row = 0; row < roster->row_count; row++) {
		for (size_t i = 0; i < roster->column.count; i++)
			free(roster->cell[row][i]);
		free(roster->cell[row]);
		if (roster->name)
			free(roster->name[row]);
		if (roster->called)
			free(roster->called[row]);
	}
	for (size_t i = 0; i < roster->possible.count; i++)
		free(roster->possible.item[i]);
	free(roster->possible.item);
	free(roster->called);
	for (size_t i = 0; i < roster->column.count; i++)
		free(roster->column.item[i]);
	roster_index_free(roster->index);
	free(roster->column.item);
	free(roster->cell);
	free(roster->name);
	free(roster);
}

const char *roster_name(const struct roster *roster, size_t row)
{
	return roster->name[row];
}

const char *roster_called(const struct roster *roster, size_t row)
{
	return roster->called[row];
}

bool roster_is_worksheet(const struct roster *roster)
{
	return roster && roster_column(roster, "Identifier") >= 0 && roster_column(roster, "Grade") >= 0;
}

const char *roster_worksheet_time(const struct roster *roster)
{
	static const char heading[] = "Last modified (submission)";
	return roster_is_worksheet(roster) && roster_column(roster, heading) >= 0 ? heading : NULL;
}

/* Is the name one of those in the cell: "Team A", "Team A; Tutorial 3"? */
static bool lists(const char *cell, const char *name)
{
	size_t size = strlen(name);
	for (const char *at = cell; *at;) {
		at += strspn(at, " ;,|");
		size_t length = strcspn(at, ";,|"), end = length;
		while (end && at[end - 1] == ' ')
			end--;
		if (end == size && strncasecmp(at, name, size) == 0)
			return true;
		at += length;
	}
	return false;
}

const char *roster_groups(const struct roster *roster, size_t row)
{
	static const char *const headings[] = {"group", "groups", "team", "teams", "groupname", "gruppe", NULL};
	return cell_of(roster, row, headings);
}

size_t roster_group(const struct roster *roster, const char *name, size_t **rows)
{
	size_t count = 0;
	*rows = zeroed(roster->row_count + 1, sizeof **rows);
	for (size_t row = 0; row < roster->row_count; row++) {
		const char *cell = roster_groups(roster, row);
		if (strcasecmp(cell, name) == 0 || lists(cell, name))
			(*rows)[count++] = row;
	}
	return count;
}

/* The number of a group, if it is one that works together; else 0. */
static size_t team_number(const struct roster *roster, const char *name)
{
	size_t *rows, count = roster_group(roster, name, &rows);
	size_t number = count >= 2 && count <= ROSTER_TEAM ? rows[0] + 1 : 0;
	free(rows);
	return number;
}

size_t roster_team(const struct roster *roster, size_t row)
{
	const char *cell = roster_groups(roster, row);
	size_t number = *cell ? team_number(roster, cell) : 0;
	char *text = must(strdup(cell)), *rest = text, *name;
	while (!number && (name = strsep(&rest, ";,|"))) {
		name += strspn(name, " ");
		for (size_t end = strlen(name); end && name[end - 1] == ' ';)
			name[--end] = 0;
		number = *name ? team_number(roster, name) : 0;
	}
	free(text);
	return number;
}

double roster_worth(const struct roster *roster, const struct assignment *assignment)
{
	int column = roster ? roster_column_for(roster, assignment) : -1;
	if (column >= 0 && (size_t)column < roster->possible.count)
		return strtod(roster->possible.item[column], NULL);
	column = roster_is_worksheet(roster) ? roster_column(roster, "Maximum grade") : -1;
	return column >= 0 ? strtod(roster->cell[0][column], NULL) : 0;
}
