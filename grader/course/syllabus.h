/* syllabus.h - the syllabus, a page made from course.yaml, each assignment.yaml, what the handouts promise ("You will
 * learn to") and the notes. */
#ifndef SYLLABUS_H
#define SYLLABUS_H

#include "course.h"

/* Hours of work, from what assignment.yaml says: "3-4 h" is 3 and 4, "1 h" both. */
struct hours {
	int least, most;
};
struct hours assignment_hours(const struct assignment *assignment);
struct hours unit_hours(const struct course *course, const char *unit); /* of all its exercises */

/* The page, in Markdown. `handed_out`: NULL: of the whole course, to lie in its own assignments folder; else as a
 * handout has it: of these only (none: of all), all in one place. NULL and *error: a handout or the notes cannot be
 * read. The caller frees it. Blocks on files only. MT: safe. */
char *syllabus_text(const struct course *course, const struct string_list *handed_out, struct error *error);

/* Where the syllabus of the whole course belongs: assignments/README.md in the kit, or in the course's own folder. The
 * caller frees it. */
char *syllabus_path(const struct course *course);

/* Whether what is there is what syllabus_text makes now; true for a course outside of the kit that has none. -1 and
 * *error: as syllabus_text. Blocks on files only. MT: safe. */
int syllabus_is_current(const struct course *course, struct error *error);

#endif
