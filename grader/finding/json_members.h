/* json_members.h - structs as JSON and back: one table of a struct's members says both. */
#ifndef JSON_MEMBERS_H
#define JSON_MEMBERS_H

#include "../error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum json_member_type {
	MEMBER_TEXT,         /* char *: any text (json_text) */
	MEMBER_TEXT_OR_NULL, /* char * */
	MEMBER_MADE,         /* a text that `make` gives; passed over by who reads */
	MEMBER_DIGEST,       /* char[65]: at most 64 characters */
	MEMBER_NUMBER,       /* int, or unsigned up to INT_MAX: from `min` */
	MEMBER_COUNT,        /* unsigned long long */
	MEMBER_BOOLEAN,      /* bool */
	MEMBER_EITHER,       /* bool: the first or the second of `choices` */
	MEMBER_CHOICE,       /* enum: one of `choices` */
	MEMBER_TEXTS,        /* char **: a list; how many, at `count_offset` (size_t) */
	MEMBER_STRUCT,       /* an object; the offsets in its shape are from `offset` on */
	MEMBER_STRUCTS,      /* struct T *: a list of objects; how many, at `count_offset` (size_t) */
	MEMBER_INTERLEAVING, /* struct interleaving *, or NULL */
};

struct json_member {
	const char *key;
	enum json_member_type type;
	bool optional; /* may be missing when it is read: the member stays zero */
	bool left_out; /* optional, and left out where it would be null or false */
	bool known;    /* null where the bool at `known_offset` is false. A struct sets it when it is read; for other types
	                  it stands before them in the table */
	int min;
	size_t offset, count_offset, known_offset;
	const char *const *choices; /* ends with NULL */
	const struct json_shape *shape;
	char *(*make)(const void *thing); /* gives the caller a text, or NULL */
	const char *expected;             /* what belongs there, for messages; NULL: made from the type */
};

struct json_shape {
	const struct json_member *member;
	size_t count, size; /* members; bytes of the struct */
};

/* The members in the order of the table. A new reference. MT: safe, as the other one. */
json_t *json_from_members(const struct json_shape *shape, const void *thing);

/* Reads them into the zeroed struct, whose texts and lists become its owner's. -1 and *error ("'line' should be a whole
 * number from 0") at the first that is missing or wrong; what has been read until then is the owner's, too. */
int json_to_members(const json_t *object, const struct json_shape *shape, void *thing, struct error *error);

#endif
