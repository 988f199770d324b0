/* levels.h - the levels of `play`: small programs with a bug that only some schedules show. A folder with levels.yaml,
 * and for each level NAME.c and its fixed twin, NAME.fixed.c. */
#ifndef LEVELS_H
#define LEVELS_H

#include "course.h"

struct level {
	char *name;               /* of its files */
	char *title;              /* "The lost update" */
	char *story;              /* what the program is about: two lines */
	char *goal;               /* what the player is to make happen, a sentence */
	int par;                  /* the fewest switches with which the program fails; `validate` proves it */
	struct string_list kinds; /* of findings, one of which it fails with */
	struct string_list notes; /* rows of the course's notes that it shows: "C16" */
	unsigned line;            /* in levels.yaml */
};

struct levels {
	char *folder, *path; /* of levels.yaml */
	struct level *level; /* in teaching order */
	size_t count;
};

/* Reads `folder`/levels.yaml. NULL and *error, with file and line: it cannot be read, a name is there twice, a file of
 * a level is missing, there is no such kind of finding, or no such row in the notes of `root`. Blocks on files only. */
struct levels *levels_load(const char *folder, const char *root, struct error *error);
void levels_free(struct levels *levels); /* NULL is allowed */

/* The one of that name, or of that number from 1; NULL: there is none. */
const struct level *levels_find(const struct levels *levels, const char *name);

/* Its program, or the fixed twin. The caller frees the path. */
char *level_file(const struct levels *levels, const struct level *level, bool fixed);

#endif
