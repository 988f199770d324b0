/* reuses.h - private to course/: which exercises the entries of `reuses` name. */
#ifndef COURSE_REUSES_H
#define COURSE_REUSES_H

#include "course.h"

/* Finds the exercises that the assignment reuses: of the course those that are loaded already, which come before it;
 * one that the course leaves out is loaded from where it is and becomes one of course->aside. In a handout an exercise
 * may be missing. `listed`: the names in course.yaml, in their order. 0, or -1 and *error with the place in
 * assignment.yaml: an exercise that there is not, comes later, is the assignment itself or reuses others; a function
 * that is not in the other's api, or in the assignment's own. Reads files. MT: not. */
int reuses_resolve(struct course *course, struct assignment *assignment, const struct string_list *listed,
                   struct error *error);

/* Of course.c. The folder that has the assignment: the course's own, or the kit; NULL: neither. Borrowed. */
const char *course_root_of(const struct course *course, const char *name);
bool course_is_handout(const struct course *course);

#endif
