#include "ledger.h"

#include "../file.h"
#include "../memory.h"
#include "../report/report.h"
#include "csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The text of a file, "" when there is none; the caller frees it. NULL and *error: it cannot be read. */
static char *read_text(const char *path, struct error *error)
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

static int check_heading(const struct ledger_kind *kind, const struct csv_record *heading, const char *path,
                         struct error *error)
{
	const char *const needed[] = {"student", "assignment", kind->needed};
	for (size_t i = 0; i < sizeof needed / sizeof *needed && needed[i]; i++)
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

static void clear_cells(struct ledger_line *line)
{
	for (size_t c = 0; c < LEDGER_CELLS; c++)
		free(line->cell[c]);
}

static struct ledger_line copy_of(const struct ledger_line *line)
{
	struct ledger_line copy = *line;
	for (size_t c = 0; c < LEDGER_CELLS; c++)
		copy.cell[c] = must(strdup(line->cell[c]));
	return copy;
}

static void *element_at(const struct ledger_kind *kind, void *item, size_t index)
{
	return (char *)item + index * kind->size;
}

static struct ledger_subject subject_of(const void *element)
{
	struct ledger_subject subject;
	memcpy(&subject, element, sizeof subject);
	return subject;
}

/* What is being read. */
struct reading {
	const struct ledger_kind *kind;
	const char *path;
	const struct course *course;
	const struct people *people;
	struct ledger *ledger;
	struct error *error;
};

static int add_element(const struct reading *reading, const struct ledger_line *line, size_t person)
{
	const struct ledger_kind *kind = reading->kind;
	struct ledger *ledger = reading->ledger;
	const struct ledger_subject subject = {person, line->assignment, line->line};
	struct ledger_line own = copy_of(line);
	ledger->item = must(reallocarray(ledger->item, ledger->count + 1, kind->size));
	void *element = element_at(kind, ledger->item, ledger->count);
	memset(element, 0, kind->size);
	memcpy(element, &subject, sizeof subject);
	int result = kind->read(element, &own, reading->path, reading->error);
	ledger->count += result == 0;
	clear_cells(&own);
	return result;
}

/* One element for each whom the line means. */
static int add_elements(const struct reading *reading, struct ledger_line *line)
{
	struct error cause;
	size_t *person, count;
	const char *name = line->cell[LEDGER_ASSIGNMENT];
	if (people_called(reading->people, line->cell[LEDGER_STUDENT], &person, &count, &cause) != 0)
		return fail(reading->error, "%s:%u: %s", reading->path, line->line, cause.text);
	line->assignment = course_find(reading->course, name);
	int result = line->assignment
	                 ? 0
	                 : fail(reading->error, "%s:%u: there is no assignment '%s'", reading->path, line->line, name);
	for (size_t i = 0; result == 0 && i < count; i++)
		result = add_element(reading, line, person[i]);
	free(person);
	return result;
}

static int add_record(const struct reading *reading, const struct csv_record *heading, const struct csv_record *record)
{
	struct ledger_line line = {.line = record->line};
	if (record->cell.count > heading->cell.count)
		return fail(reading->error, "%s:%u: %zu cells, but the heading has %zu", reading->path, record->line,
		            record->cell.count, heading->cell.count);
	take_cells(&line, heading, record, reading->kind);
	int result = add_elements(reading, &line);
	clear_cells(&line);
	return result;
}

static int add_records(const struct reading *reading, const char *text)
{
	struct csv_file file;
	int result = csv_file_parse(text, strlen(text), reading->path, &file, reading->error);
	const struct csv_record *heading = result == 0 ? heading_of(&file) : NULL;
	if (heading)
		result = check_heading(reading->kind, heading, reading->path, reading->error);
	for (const struct csv_record *record = heading; record && result == 0 && ++record < file.record + file.count;)
		if (!is_empty(record))
			result = add_record(reading, heading, record);
	csv_file_clear(&file);
	return result;
}

/* ---- all of them ---------------------------------------------------------------------------- */

/* As strcmp has it. */
static int compare(const struct ledger_subject *a, size_t person, const struct assignment *assignment)
{
	if (a->person != person)
		return a->person < person ? -1 : 1;
	return strcmp(a->assignment->name, assignment->name);
}

static int by_subject(const void *a, const void *b)
{
	const struct ledger_subject x = subject_of(a), y = subject_of(b);
	int order = compare(&x, y.person, y.assignment);
	return order ? order : (x.line > y.line) - (x.line < y.line);
}

/* They are sorted, so those of one student's assignment are together. */
static int check_all(const struct reading *reading)
{
	const struct ledger_kind *kind = reading->kind;
	const struct ledger *ledger = reading->ledger;
	for (size_t i = 0; i < ledger->count; i++) {
		const void *first = element_at(kind, ledger->item, i);
		const struct ledger_subject subject = subject_of(first);
		for (size_t j = i + 1; j < ledger->count; j++) {
			const void *second = element_at(kind, ledger->item, j);
			const struct ledger_subject other = subject_of(second);
			if (compare(&other, subject.person, subject.assignment) != 0)
				break;
			if (kind->check(first, second, reading->people->item[subject.person].name, reading->path, reading->error) !=
			    0)
				return -1;
		}
	}
	return 0;
}

static int parse(const char *text, const char *path, const struct ledger_kind *kind, const struct course *course,
                 const struct people *people, struct ledger *ledger, struct error *error)
{
	const struct reading reading = {kind, path, course, people, ledger, error};
	*ledger = (struct ledger){0};
	if (add_records(&reading, text) != 0)
		return -1;
	if (ledger->count)
		qsort(ledger->item, ledger->count, kind->size, by_subject);
	return check_all(&reading);
}

int ledger_read(const char *path, const struct ledger_kind *kind, const struct course *course,
                const struct people *people, struct ledger *ledger, struct error *error)
{
	char *text = read_text(path, error);
	*ledger = (struct ledger){0};
	int result = text ? parse(text, path, kind, course, people, ledger, error) : -1;
	free(text);
	return result;
}

void ledger_clear(const struct ledger_kind *kind, void *item, size_t count)
{
	for (size_t i = 0; i < count; i++)
		kind->clear(element_at(kind, item, i));
	free(item);
}

/* How many stand before those of this student's assignment. */
static size_t before(const struct ledger_kind *kind, void *item, size_t count, size_t person,
                     const struct assignment *assignment)
{
	size_t from = 0;
	while (from < count) {
		size_t middle = from + (count - from) / 2;
		const struct ledger_subject subject = subject_of(element_at(kind, item, middle));
		if (compare(&subject, person, assignment) < 0)
			from = middle + 1;
		else
			count = middle;
	}
	return from;
}

struct ledger ledger_of(const struct ledger_kind *kind, void *item, size_t count, size_t person,
                        const struct assignment *assignment)
{
	size_t from = before(kind, item, count, person, assignment), to = from;
	for (; to < count; to++) {
		const struct ledger_subject subject = subject_of(element_at(kind, item, to));
		if (compare(&subject, person, assignment) != 0)
			break;
	}
	return (struct ledger){item ? element_at(kind, item, from) : NULL, to - from};
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

/* The text of the file with that line changed; NULL and *error. */
static char *changed(const char *path, const struct ledger_kind *kind, unsigned line,
                     const char *const cell[LEDGER_CELLS], struct error *error)
{
	char *old = read_text(path, error), *text = NULL;
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

/* The text of the file with that line more; NULL and *error. */
static char *longer(const char *path, const struct ledger_kind *kind, const char *const cell[LEDGER_CELLS],
                    struct error *error)
{
	char *old = read_text(path, error), *text = NULL;
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

/* ---- writing -------------------------------------------------------------------------------- */

/* Takes the text, and writes it if it is good. */
static int write_text(const char *path, char *text, const struct ledger_kind *kind, const struct course *course,
                      const struct people *people, struct error *error)
{
	struct ledger ledger = {0};
	struct error cause;
	int result = text ? 0 : -1;
	if (text && parse(text, path, kind, course, people, &ledger, &cause) != 0)
		result = fail(error, "%s; nothing was written", cause.text); /* so there may be no such line */
	if (result == 0)
		result = file_write(path, text, strlen(text), error);
	ledger_clear(kind, ledger.item, ledger.count);
	free(text);
	return result;
}

int ledger_add(const char *path, const struct ledger_kind *kind, const char *const cell[LEDGER_CELLS],
               const struct course *course, const struct people *people, struct error *error)
{
	return write_text(path, longer(path, kind, cell, error), kind, course, people, error);
}

int ledger_change(const char *path, const struct ledger_kind *kind, unsigned line, const char *const cell[LEDGER_CELLS],
                  const struct course *course, const struct people *people, struct error *error)
{
	return write_text(path, changed(path, kind, line, cell, error), kind, course, people, error);
}
