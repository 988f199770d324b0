/* notes.h - the rows of the course notes, the files in assignments/notes, and which exercises show each of them. */
#ifndef NOTES_H
#define NOTES_H

#include "course.h"

/* What stands under a heading "### A4 Communication". */
struct note_row {
	char *id, *title;           /* "A4", "Communication" */
	struct string_list shown;   /* exercises that its "Shown in" links to */
	struct string_list planned; /* and those that it has in italics: not in the kit yet */
	char *file;                 /* "A_processes_and_threads.md" */
	unsigned line;              /* of the heading */
};

struct notes {
	struct note_row *row; /* in the order of the files' names, and in each as it has them */
	size_t count;
};

/* Reads root/assignments/notes/NAME.md, all of them; none, where there is no such folder. NULL and *error: one cannot
 * be read. The caller owns the result. Blocks on files only. MT: safe. */
struct notes *notes_load(const char *root, struct error *error);
void notes_free(struct notes *notes); /* NULL is fine */

const struct note_row *notes_find(const struct notes *notes, const char *id); /* NULL if there is none */

/* Whether an exercise of the course shows the row. */
bool is_taught(const struct course *course, const struct note_row *row);

/* Where the notes, the `notes` of the exercises and `planned` of course.yaml contradict each other, and each row that
 * none of them shows or plans: sentences, with file and line. None for a course outside of the kit, of which the notes
 * know nothing. The caller frees the items and the array. Reads memory only. MT: safe. */
struct string_list notes_problems(const struct course *course, const struct notes *notes);

#endif
