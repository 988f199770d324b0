/* kind.h - what is known of a kind of finding: the table of kinds.h, as data. */
#ifndef KIND_H
#define KIND_H

#include "kinds.h"

#include <stddef.h>

struct finding_kind {
	const char *name;  /* "data_race" */
	unsigned seen_by;  /* of enum kind_check: who says it */
	unsigned asked_of; /* whose entries in assignment.yaml may name it */
	enum kind_effect effect;
	unsigned traits;      /* of enum kind_trait */
	const char *title;    /* "Data race" */
	const char *meaning;  /* what it says, a sentence */
	const char *advice;   /* what to do about it, a sentence */
	const char *expected; /* what should be instead, or NULL: another one knows */
};

/* Static and constant, as all that they point to. Of a kind that nobody knows, or NULL: one whose texts say no more
 * than that something is wrong. MT: safe. */
const struct finding_kind *kind_find(const char *name);

/* All kinds in the order of the table; NULL behind the last one. */
const struct finding_kind *kind_at(size_t index);

/* The bit of the check of that name ("tsan"), or 0. */
unsigned kind_check_bit(const char *check);

#endif
