#include "ledger.h"

#include "../file.h"
#include "../memory.h"
#include "../report/report.h"
#include "csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

char *ledger_text(const char *path, struct error *error)
{
	return file_exists(path) ? file_read(path, LEDGER_LIMIT, NULL, error) : must(strdup(""));
}

char *ledger_take(char **cell)
{
	char *taken = *cell;
	*cell = NULL;
	return taken;
}

/* ---- columns -------------------------------------------------------------------------------- */

static bool is_empty(const struct csv_record *record)
{
	for (size_t i = 0; i < record->cell.count; i++)
		if (record->cell.item[i][strspn(record->cell.item[i], " \t\r\n")])
			return false;
	return true;
}

/* The heading line; NULL: there is none. */
static const struct csv_record *heading_of(const struct csv_file *file)
{
	size_t first = 0;
	while (first < file->count && is_empty(&file->record[first]))
		first++;
	return first < file->count ? &file->record[first] : NULL;
}

/* What of the kind a column has; -1: nothing. */
static int cell_of(const struct ledger_kind *kind, const char *heading)
{
	for (size_t i = 0; i < kind->count; i++)
		if (strcasecmp(kind->column[i].heading, heading) == 0)
			return kind->column[i].cell;
	return -1;
}

static bool has_column(const struct csv_record *heading, const char *wanted)
{
	for (size_t i = 0; i < heading->cell.count; i++)
		if (strcasecmp(heading->cell.item[i], wanted) == 0)
			return true;
	return false;
}

static int check_heading(const struct csv_record *heading, const char *path, struct error *error)
{
	static const char *const needed[] = {"student", "assignment"};
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
		if (!has_column(heading, needed[i]))
			return fail(error, "%s:%u: there is no column '%s'; the first line names the columns", path, heading->line,
			            needed[i]);
	return 0;
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* On one line, and without the ' in front of what would be a formula. */
static char *clean(const char *text)
{
	size_t guard = text[0] == '\'' && text[1] && strchr("=+-@", text[1]);
	char *clean = must(strdup(text + guard));
	for (char *c = clean; *c; c++)
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	return clean;
}

static int find_both(struct ledger_line *line, const char *path, const struct course *course,
                     const struct people *people, struct error *error)
{
	struct error cause;
	if (person_find(people, line->cell[LEDGER_STUDENT], &line->person, &cause) != 0)
		return fail(error, "%s:%u: %s", path, line->line, cause.text);
	line->assignment = course_find(course, line->cell[LEDGER_ASSIGNMENT]);
	return line->assignment
	           ? 0
	           : fail(error, "%s:%u: there is no assignment '%s'", path, line->line, line->cell[LEDGER_ASSIGNMENT]);
}

static void take_cells(struct ledger_line *line, const struct csv_record *heading, const struct csv_record *record,
                       const struct ledger_kind *kind)
{
	for (size_t i = 0; i < record->cell.count; i++) {
		int cell = cell_of(kind, heading->cell.item[i]);
		if (cell >= 0 && !line->cell[cell])
			line->cell[cell] = clean(record->cell.item[i]);
	}
	for (size_t i = 0; i < LEDGER_CELLS; i++)
		if (!line->cell[i])
			line->cell[i] = must(strdup(""));
}

static int add_line(struct ledger *ledger, const struct csv_record *heading, const struct csv_record *record,
                    const char *path, const struct ledger_kind *kind, struct error *error)
{
	if (record->cell.count > heading->cell.count)
		return fail(error, "%s:%u: %zu cells, but the heading has %zu", path, record->line, record->cell.count,
		            heading->cell.count);
	ledger->item = must(reallocarray(ledger->item, ledger->count + 1, sizeof *ledger->item));
	struct ledger_line *line = &ledger->item[ledger->count++];
	*line = (struct ledger_line){.line = record->line};
	take_cells(line, heading, record, kind);
	return 0;
}

int ledger_parse(const char *text, const char *path, const struct ledger_kind *kind, const struct course *course,
                 const struct people *people, struct ledger *ledger, struct error *error)
{
	struct csv_file file;
	*ledger = (struct ledger){0};
	int result = csv_file_parse(text, strlen(text), path, &file, error);
	const struct csv_record *heading = result == 0 ? heading_of(&file) : NULL;
	if (heading)
		result = check_heading(heading, path, error);
	for (const struct csv_record *record = heading; record && result == 0 && ++record < file.record + file.count;) {
		if (is_empty(record))
			continue;
		result = add_line(ledger, heading, record, path, kind, error);
		if (result == 0)
			result = find_both(&ledger->item[ledger->count - 1], path, course, people, error);
	}
	csv_file_clear(&file);
	return result;
}

int ledger_order(size_t person, const struct assignment *assignment, size_t other_person,
                 const struct assignment *other)
{
	if (person != other_person)
		return person < other_person ? -1 : 1;
	return strcmp(assignment->name, other->name);
}

size_t ledger_before(const void *item, size_t count, size_t size, size_t person, const struct assignment *assignment)
{
	size_t from = 0;
	while (from < count) {
		size_t middle = from + (count - from) / 2;
		struct ledger_subject subject;
		memcpy(&subject, (const char *)item + middle * size, sizeof subject);
		if (ledger_order(person, assignment, subject.person, subject.assignment) > 0)
			from = middle + 1;
		else
			count = middle;
	}
	return from;
}

void ledger_clear(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->count; i++)
		for (size_t c = 0; c < LEDGER_CELLS; c++)
			free(ledger->item[i].cell[c]);
	free(ledger->item);
	*ledger = (struct ledger){0};
}

bool ledger_number(const char *text, int least, int most, int *number)
{
	char *end;
	errno = 0;
	long value = strtol(text, &end, 10);
	*number = (int)value;
	return end != text && !*end && errno == 0 && value >= least && value <= most && *text != ' ';
}

/* ---- one more line -------------------------------------------------------------------------- */

static int check_columns(const struct csv_record *heading, const char *path, const struct ledger_kind *kind,
                         const char *const cell[], struct error *error)
{
	for (size_t i = 0; i < kind->count; i++)
		if (cell[kind->column[i].cell] && !has_column(heading, kind->column[i].heading))
			return fail(error, "%s:%u: there is no column '%s': add it to the first line", path, heading->line,
			            kind->column[i].heading);
	return 0;
}

/* Numbers stay numbers in a spreadsheet. */
static void put_cell(FILE *out, const char *text)
{
	int number;
	if (ledger_number(text, -MOST_POINTS, MOST_POINTS, &number))
		fprintf(out, "%d", number);
	else
		escape_csv(out, text);
}

static void put_line(FILE *out, const struct csv_record *heading, char delimiter, const struct ledger_kind *kind,
                     const char *const cell[])
{
	for (size_t i = 0; i < heading->cell.count; i++) {
		int place = cell_of(kind, heading->cell.item[i]);
		if (i)
			fputc(delimiter, out);
		if (place >= 0 && cell[place])
			put_cell(out, cell[place]);
	}
}

/* With a byte-order mark, by which spreadsheets know that it is UTF-8. */
static char *new_text(const struct ledger_kind *kind)
{
	char *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);
	fputs("\xef\xbb\xbf", out);
	for (size_t i = 0; i < kind->count; i++)
		fprintf(out, "%s%s", kind->column[i].heading, i + 1 < kind->count ? "," : "\n");
	fclose(out);
	return text;
}

static char *with_line(const char *old, const struct csv_record *heading, char delimiter,
                       const struct ledger_kind *kind, const char *const cell[])
{
	const char *end = strstr(old, "\r\n") ? "\r\n" : "\n";
	char *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);
	fprintf(out, "%s%s", old, strchr("\r\n", old[strlen(old) - 1]) ? "" : end);
	put_line(out, heading, delimiter, kind, cell);
	fputs(end, out);
	fclose(out);
	return text;
}

/* ---- another line ---------------------------------------------------------------------------- */

/* As somebody has written it, with all its lines. */
static void put_own(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++)
		fputs(*text == '"' ? "\"\"" : (char[]){*text, 0}, out);
	fputc('"', out);
}

static void put_changed(FILE *out, const struct csv_record *heading, const struct csv_record *record, char delimiter,
                        const struct ledger_kind *kind, const char *const cell[])
{
	for (size_t i = 0; i < heading->cell.count; i++) {
		int place = cell_of(kind, heading->cell.item[i]);
		if (i)
			fputc(delimiter, out);
		if (place >= 0 && cell[place])
			put_cell(out, cell[place]);
		else if (i < record->cell.count && *record->cell.item[i])
			put_own(out, record->cell.item[i]);
	}
}

static char *with_change(const char *old, const struct csv_record *heading, const struct csv_record *record,
                         char delimiter, const struct ledger_kind *kind, const char *const cell[])
{
	char *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);
	fwrite(old, 1, record->at, out);
	put_changed(out, heading, record, delimiter, kind, cell);
	fputs(strstr(old, "\r\n") ? "\r\n" : "\n", out);
	fputs(old + record->at + record->size, out);
	fclose(out);
	return text;
}

static const struct csv_record *record_at(const struct csv_file *file, unsigned line)
{
	for (size_t i = 0; i < file->count; i++)
		if (file->record[i].line == line)
			return &file->record[i];
	return NULL;
}

char *ledger_changed(const char *path, const struct ledger_kind *kind, unsigned line,
                     const char *const cell[LEDGER_CELLS], struct error *error)
{
	char *old = ledger_text(path, error), *text = NULL;
	struct csv_file file = {0};
	int result = old ? csv_file_parse(old, strlen(old), path, &file, error) : -1;
	const struct csv_record *heading = result == 0 ? heading_of(&file) : NULL;
	const struct csv_record *record = heading ? record_at(&file, line) : NULL;
	if (result == 0 && !record)
		result = fail(error, "%s has no line %u", path, line);
	if (result == 0 && check_columns(heading, path, kind, cell, error) == 0)
		text = with_change(old, heading, record, file.delimiter, kind, cell);
	csv_file_clear(&file);
	free(old);
	return text;
}

/* ---- one line more --------------------------------------------------------------------------- */

char *ledger_longer(const char *path, const struct ledger_kind *kind, const char *const cell[LEDGER_CELLS],
                    struct error *error)
{
	char *old = ledger_text(path, error), *text = NULL;
	struct csv_file file;
	if (!old)
		return NULL;
	if (!*old) {
		free(old);
		old = new_text(kind);
	}
	int result = csv_file_parse(old, strlen(old), path, &file, error);
	const struct csv_record *heading = result == 0 ? heading_of(&file) : NULL;
	if (result == 0 && !heading)
		result = fail(error, "%s: the first line names no columns", path);
	if (result == 0 && check_columns(heading, path, kind, cell, error) == 0)
		text = with_line(old, heading, file.delimiter, kind, cell);
	csv_file_clear(&file);
	free(old);
	return text;
}
