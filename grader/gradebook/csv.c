/* csv.c - a CSV file as lines of cells. libcsv takes it apart. */
#include "csv.h"

#include "../file.h"
#include "../memory.h"
#include "../utf8.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CSV_LIMIT = 16 << 20 };

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* ---- records -------------------------------------------------------------------------------- */

struct reader {
	struct csv_file *file;
	struct string_list cell; /* of the record so far */
	unsigned number, first;  /* line of the file; the one that the record began in, 0: none has begun */
	size_t at, next;         /* where that one begins, and the next line, in the file */
};

static void end_cell(void *text, size_t size, void *context)
{
	struct string_list *cell = &((struct reader *)context)->cell;
	cell->item = must(reallocarray(cell->item, cell->count + 1, sizeof *cell->item));
	cell->item[cell->count++] = must(strndup(text ? text : "", size));
}

static void end_record(int last, void *context)
{
	struct reader *reader = context;
	struct csv_file *file = reader->file;
	(void)last;
	file->record = must(reallocarray(file->record, file->count + 1, sizeof *file->record));
	file->record[file->count++] =
	    (struct csv_record){reader->cell, reader->first, reader->at, reader->next - reader->at};
	reader->cell = (struct string_list){0};
	reader->first = 0;
}

static void clear_cells(struct string_list *cell)
{
	for (size_t i = 0; i < cell->count; i++)
		free(cell->item[i]);
	free(cell->item);
}

void csv_file_clear(struct csv_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		clear_cells(&file->record[i].cell);
	free(file->record);
	*file = (struct csv_file){0};
}

/* ---- lines ---------------------------------------------------------------------------------- */

/* "sep=;", the first line that Excel writes and reads: what it names, else 0. */
static char named_delimiter(const char *text)
{
	bool is = strncasecmp(text, "sep=", 4) == 0 && text[4] && strchr("\r\n", text[5]);
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

/* Line by line, so that a complaint names the line: libcsv counts none. Returns whether each could be taken. */
static bool take_lines(struct csv_parser *parser, const char *text, struct reader *reader)
{
	while (*text) {
		size_t size = line_size(text);
		reader->number++;
		if (!reader->first) {
			reader->first = reader->number;
			reader->at = reader->next;
		}
		reader->next += size;
		if (csv_parse(parser, text, size, end_cell, end_record, reader) != size)
			return false;
		text += size;
	}
	return true;
}

/* `at`: so many bytes of the file are before the text. */
static int take_apart(const char *text, size_t at, const char *path, struct csv_file *file, struct error *error)
{
	struct reader reader = {.file = file, .next = at};
	struct csv_parser parser;
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL | CSV_REPALL_NL) != 0)
		abort();
	char named = named_delimiter(text);
	file->delimiter = named ? named : delimiter_of(text);
	if (named) {
		reader.next += line_size(text);
		text += line_size(text);
		reader.number++;
	}
	csv_set_delim(&parser, (unsigned char)file->delimiter);
	if (file->delimiter == '\t')
		csv_set_space_func(&parser, never); /* else a tab is white space */
	bool good = take_lines(&parser, text, &reader),
	     whole = good && csv_fini(&parser, end_cell, end_record, &reader) == 0;
	csv_free(&parser);
	clear_cells(&reader.cell);
	return whole  ? 0
	       : good ? fail(error, "%s:%u: unterminated quotation mark", path, reader.first)
	              : fail(error, "%s:%u: a quotation mark is in the middle of a cell", path, reader.first);
}

/* ---- the file ------------------------------------------------------------------------------- */

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

int csv_file_parse(const char *text, size_t size, const char *path, struct csv_file *file, struct error *error)
{
	*file = (struct csv_file){0};
	if (judge_text(text, size, path, error) != 0)
		return -1;
	size_t mark = strncmp(text, byte_order_mark, 3) == 0 ? 3 : 0;
	return take_apart(text + mark, mark, path, file, error);
}

int csv_file_read(const char *path, struct csv_file *file, struct error *error)
{
	size_t size;
	*file = (struct csv_file){0};
	char *text = file_read(path, CSV_LIMIT, &size, error);
	int result = text ? csv_file_parse(text, size, path, file, error) : -1;
	free(text);
	return result;
}
