/* yaml.h - private to course/: YAML -> structs by tables. Every error names file, line and column of the key or value.
 *
 * The reader walks the node tree of libyaml, because its nodes carry their own positions. Of YAML it takes what people
 * need to write a course: mappings, lists and text, one document per file; no anchors, aliases or tags. */
#ifndef COURSE_YAML_H
#define COURSE_YAML_H

#include "../error.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- documents and nodes -------------------------------------------------------------------- */

struct document;

/* Reads the file. Its root must be a mapping whose key "schema" has the value `schema`. NULL and *error on failure. */
struct document *document_load(const char *path, const char *schema, struct error *error);
void document_free(struct document *document);

/* A node is a number; 0 = there is none, which is also what a search in node 0 finds. */
int document_root(const struct document *document);
int document_member(const struct document *document, int mapping, const char *key); /* the value of the key */
int document_item(const struct document *document, int list, size_t index);

/* Fills *error with "path:line:column: ..." where the node begins. Returns -1. */
int document_fail(const struct document *document, int node, struct error *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- tables --------------------------------------------------------------------------------- */

enum field_type {
	FIELD_SCHEMA,  /* nothing: document_load has judged it */
	FIELD_TEXT,    /* char *: any text; white space at its end is dropped */
	FIELD_NAME,    /* char *: an identifier of C */
	FIELD_NUMBER,  /* int, min..max */
	FIELD_CHOICE,  /* char *: one of `choices` */
	FIELD_EITHER,  /* bool: the first or the second of `choices` */
	FIELD_TEXTS,   /* struct string_list of text, min..max items */
	FIELD_NAMES,   /* struct string_list of identifiers, min..max items */
	FIELD_STRUCT,  /* a struct in the struct */
	FIELD_STRUCTS, /* struct T *, a list of mappings, min..max items; their number at `count_offset` (size_t) */
};

struct field {
	const char *key;
	enum field_type type;
	bool optional; /* absent: the member stays zero, or `fallback` for numbers */
	int min, max;  /* of the number, or of the length of the list */
	int fallback;
	size_t offset, count_offset;
	const char *const *choices; /* ends with NULL */
	const struct shape *shape;  /* of a struct */
	const char *expected;       /* what belongs there, for messages: "a sentence"; NULL: made from the type */
};

struct shape {
	const char *what; /* "test", for messages */
	const struct field *field;
	size_t field_count;
	size_t size;        /* of the struct */
	size_t line_offset; /* of an unsigned that gets the line, or NO_LINE */
};

#define NO_LINE ((size_t)-1)

/* Reads the mapping `node` into the zeroed struct at `into`. On failure (-1 and *error) the struct is as far filled as
 * reading came, in a state that its owner can free. */
int document_read(const struct document *document, int node, const struct shape *shape, void *into,
                  struct error *error);

#endif
