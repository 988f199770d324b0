/* accept.h - what a person has looked at and taken: files that are called otherwise, text that was pasted, archives of
 * other kinds. Remembered beside the gradebook, so that it is said once. */
#ifndef ACCEPT_H
#define ACCEPT_H

#include "../intake/intake.h"
#include "handin.h"
#include "roll.h"

/* Adds the lines of the file at `path` ("race_fix=ada/main.c" each); one that is not there has none. 0, or -1 and
 * *error.
 */
int accepted_load(const struct course *course, const char *path, struct accepted_list *list, struct error *error);

/* Adds "race_fix=ada/main.c"; -1 and *error when that names no assignment or nothing that was handed in. What was said
 * before of the same assignment and the same thing handed in is forgotten. */
int accepted_add(const struct course *course, const struct handins *handins, const char *text,
                 struct accepted_list *list, struct error *error);

int accepted_save(const struct accepted_list *list, const char *path, struct error *error);
void accepted_clear(struct accepted_list *list);

/* Makes a folder in which the accepted file has the assignment's name: `file` is in the submission that `intake` has
 * opened from `path`, or "" for all of it. *made: the folder, below `scratch`, which nothing is at yet; NULL, and
 * *problem a sentence, when it is no C source either. Both are the caller's. 0, or -1 and *error. */
int accepted_open(const struct assignment *assignment, const char *path, const struct intake *intake, const char *file,
                  const char *scratch, char **made, char **problem, struct error *error);

#endif
