/* roster.c - who is in the class: a CSV file as any platform exports it. libcsv takes it apart. */
#include "roster.h"

#include "../file.h"
#include "../memory.h"
#include "../utf8.h"

#include <csv.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ROSTER_LIMIT = 16 << 20 };

static void add(struct string_list *list, const char *text, size_t size)
{
	list->item = must(reallocarray(list->item, list->count + 1, sizeof *list->item));
	list->item[list->count++] = must(strndup(text, size));
}

/* ---- reading -------------------------------------------------------------------------------- */

struct reader {
	struct roster *roster;
	const char *path;
	struct string_list line; /* the cells so far */
	unsigned number, first;  /* line of the file; the one that the record began in, 0: none has begun */
	struct error *error;
	bool failed;
};

static void end_cell(void *text, size_t size, void *context)
{
	struct reader *reader = context;
	add(&reader->line, text ? text : "", size);
}

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

static void drop_line(struct reader *reader)
{
	for (size_t i = 0; i < reader->line.count; i++)
		free(reader->line.item[i]);
	free(reader->line.item);
	reader->line = (struct string_list){0};
}

static void end_line(int last, void *context)
{
	struct reader *reader = context;
	struct roster *roster = reader->roster;
	(void)last;
	if (reader->failed) {
		drop_line(reader);
	} else if (is_worth(roster, &reader->line)) {
		roster->possible = reader->line;
		reader->line = (struct string_list){0};
	} else if (is_nobody(&reader->line) || is_test_student(roster, &reader->line) || is_there(roster, &reader->line)) {
		drop_line(reader);
	} else if (!roster->column.count) {
		roster->column = reader->line;
		reader->line = (struct string_list){0};
	} else if (reader->line.count > roster->column.count) {
		fail(reader->error, "%s:%u: %zu cells, but the heading has %zu", reader->path, reader->first,
		     reader->line.count, roster->column.count);
		reader->failed = true;
		drop_line(reader);
	} else {
		while (reader->line.count < roster->column.count) /* spreadsheets leave out empty cells at the end */
			add(&reader->line, "", 0);
		roster->cell = must(reallocarray(roster->cell, roster->row_count + 1, sizeof *roster->cell));
		roster->cell[roster->row_count++] = reader->line.item;
		reader->line = (struct string_list){0};
	}
	reader->first = 0;
}

/* "sep=;", the first line that Excel writes and reads: what it names, else 0. */
static char named_delimiter(const char *text)
{
	bool is = begins(text, "sep=") && text[4] && strchr("\r\n", text[5]);
	return is ? text[4] : 0;
}

/* What the heading line has most of, outside quotes. */
static char delimiter_of(const char *text)
{
	size_t count[3] = {0};
	static const char marks[] = ",;\t";
	bool quoted = false;
	for (text += strspn(text, "\r\n"); *text && (quoted || (*text != '\n' && *text != '\r')); text++) {
		quoted ^= *text == '"';
		const char *mark = quoted ? NULL : strchr(marks, *text);
		if (mark)
			count[mark - marks]++;
	}
	return count[1] > count[0] && count[1] >= count[2] ? ';' : count[2] > count[0] ? '\t' : ',';
}

static int never(unsigned char byte)
{
	(void)byte;
	return 0;
}

/* Behind the line's end: \n, \r\n or \r. */
static size_t line_size(const char *text)
{
	size_t size = strcspn(text, "\r\n");
	if (text[size] == '\r' && text[size + 1] == '\n')
		size++;
	return text[size] ? size + 1 : size;
}

/* Line by line, so that a complaint names the line: libcsv counts none. */
static int parse(struct reader *reader, const char *text)
{
	struct csv_parser parser;
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL | CSV_REPALL_NL) != 0)
		abort();
	char named = named_delimiter(text), delimiter = named ? named : delimiter_of(text);
	if (named) {
		text += line_size(text);
		reader->number++;
	}
	csv_set_delim(&parser, (unsigned char)delimiter);
	if (delimiter == '\t')
		csv_set_space_func(&parser, never); /* else a tab is white space */
	bool good = true;
	while (good && *text) {
		size_t size = line_size(text);
		reader->number++;
		if (!reader->first)
			reader->first = reader->number;
		good = csv_parse(&parser, text, size, end_cell, end_line, reader) == size;
		text += size;
	}
	if (!good || csv_fini(&parser, end_cell, end_line, reader) != 0) {
		if (!reader->failed)
			fail(reader->error,
			     good ? "%s:%u: unterminated quotation mark" : "%s:%u: a quotation mark is in the middle of a cell",
			     reader->path, reader->first);
		reader->failed = true;
	}
	csv_free(&parser);
	drop_line(reader);
	return reader->failed ? -1 : 0;
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

/* ---- the file -------------------------------------------------------------------------------- */

/* 0, or the line of the first byte that is not UTF-8. */
static unsigned foreign_line(const char *text)
{
	uint32_t point;
	size_t length;
	for (unsigned line = 1; *text; text += length) {
		if (!(length = utf8_decode(text, &point)))
			return line;
		line += *text == '\n';
	}
	return 0;
}

static int judge_text(const char *text, size_t size, const char *path, struct error *error)
{
	unsigned line;
	if (size >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0))
		return fail(error, "%s is UTF-16 text; save it as CSV UTF-8", path);
	if (memchr(text, 0, size))
		return fail(error, "%s is not a CSV file: it contains NUL bytes", path);
	if ((line = foreign_line(text)))
		return fail(error, "%s:%u: not UTF-8; save it as CSV UTF-8", path, line);
	return 0;
}

struct roster *roster_read(const char *path, struct error *error)
{
	size_t size;
	char *text = file_read(path, ROSTER_LIMIT, &size, error);
	if (!text)
		return NULL;
	struct roster *roster = zeroed(1, sizeof *roster);
	struct reader reader = {.roster = roster, .path = path, .error = error};
	int result = judge_text(text, size, path, error);
	if (result == 0)
		result = parse(&reader, text + (begins(text, "\xef\xbb\xbf") ? 3 : 0));
	if (result == 0 && !roster->row_count)
		result = fail(error, "%s has no students: a heading line and a line each are expected", path);
	free(text);
	if (result != 0) {
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

size_t roster_group(const struct roster *roster, const char *name, size_t **rows)
{
	static const char *const headings[] = {"group", "groups", "team", "teams", "groupname", "gruppe", NULL};
	size_t count = 0;
	*rows = zeroed(roster->row_count + 1, sizeof **rows);
	for (size_t row = 0; row < roster->row_count; row++) {
		const char *cell = cell_of(roster, row, headings);
		if (strcasecmp(cell, name) == 0 || lists(cell, name))
			(*rows)[count++] = row;
	}
	return count;
}

double roster_worth(const struct roster *roster, const struct assignment *assignment)
{
	int column = roster ? roster_column_for(roster, assignment) : -1;
	if (column >= 0 && (size_t)column < roster->possible.count)
		return strtod(roster->possible.item[column], NULL);
	column = roster_is_worksheet(roster) ? roster_column(roster, "Maximum grade") : -1;
	return column >= 0 ? strtod(roster->cell[0][column], NULL) : 0;
}
