/* csv.h - a CSV file as lines of cells: what platforms export, spreadsheets save and people type. */
#ifndef CSV_H
#define CSV_H

#include "../course/course.h"
#include "../error.h"

struct csv_record {
	struct string_list cell;
	unsigned line;   /* of the file, from 1: the one that it begins in */
	size_t at, size; /* the bytes of the text that are its lines, with the last one's end; where it has cells */
};

struct csv_file {
	struct csv_record *record; /* all of them: headings, empty lines, ... */
	size_t count;
	char delimiter; /* ',' ';' or '\t', or what a line "sep=" names */
};

/* Reads a file of at most 16 MiB: UTF-8 with or without byte-order mark, cells between commas, semicolons or tabs
 * (what the first line has most of), quoted as in RFC 4180, with any line ends. 0, or -1 and *error: it cannot be read,
 * it is in another encoding, or a quotation mark is wrong ("roster.csv:3: ..."). Freed by csv_file_clear, whatever came
 * of it. MT: safe. */
int csv_file_read(const char *path, struct csv_file *file, struct error *error);

/* The same of a text of `size` bytes that ends with a NUL; `path` is what errors call it. */
int csv_file_parse(const char *text, size_t size, const char *path, struct csv_file *file, struct error *error);
void csv_file_clear(struct csv_file *file);

#endif
