/* reading.h - what of a class a person reads: the questions, what was answered and the source side by side, and lines
 * to be filled in. */
#ifndef READING_H
#define READING_H

#include "../gradebook/gradebook.h"

#include <stdio.h>

/* A submission. All in it is borrowed. */
struct reading_work {
	const char *student; /* in reports */
	const char *called;  /* for people to read */
	const char *handin;  /* where it was found: those of a group are one, and lie side by side */
	const char *source;  /* the folder that was graded */
	const char *folder;  /* where all that was handed in is; NULL: nowhere */
	int64_t handed_in;   /* as lateness_of has it */
	const struct terms *terms;
};

struct reading {
	const struct assignment *assignment;
	const struct reading_work *work; /* those of a student are one after the other */
	size_t count;
	const char *output; /* the class's folder, as commands name it */
	bool bom;           /* tables begin with a byte-order mark */
	const char *course; /* the folder of a course outside of the kit, which commands name; NULL: it is the kit's own */
};

/* A page in which each submission has its answers and its source side by side, below the questions, with the points
 * that were given and the command that gives them. Reads files of submissions; links are not followed. MT: safe for
 * different `out`. Blocks on files. */
void reading_page(FILE *out, const struct reading *reading);

/* The lines of review.csv that are missing, or without points. MT: safe. */
void reading_lines(FILE *out, const struct reading *reading);

/* What a text says under the heading `name` (Markdown; its case does not matter), up to the next one of that rank or of
 * a higher one; without such a heading all of it. The caller frees it. MT: safe. */
char *reading_part(const char *text, const char *name);

/* The section of an exercise's README that names the file in which its questions are answered, with its heading; NULL:
 * there is none. The caller frees it. MT: safe. */
char *reading_questions(const char *text, const char *file);

#endif
