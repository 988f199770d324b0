/* accept.h - what a person has looked at and taken: files that are called otherwise, text that was pasted, archives of
 * other kinds. */
#ifndef ACCEPT_H
#define ACCEPT_H

#include "../intake/intake.h"
#include "roll.h"

/* Makes a folder in which the accepted file has the assignment's name: `file` is in the submission that `intake` has
 * opened from `path`, or "" for all of it. *made: the folder, below `scratch`, which nothing is at yet; NULL, and
 * *problem a sentence, when it is no C source either. Both are the caller's. 0, or -1 and *error. */
int accepted_open(const struct assignment *assignment, const char *path, const struct intake *intake, const char *file,
                  const char *scratch, char **made, char **problem, struct error *error);

#endif
