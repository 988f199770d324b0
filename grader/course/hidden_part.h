/* hidden_part.h - private to course/: assignment.hidden.yaml, which no handout has. */
#ifndef COURSE_HIDDEN_PART_H
#define COURSE_HIDDEN_PART_H

#include "assignment.h"

extern const struct shape hidden_shape;

/* Reads the file at assignment->hidden_path into the assignment that was read from `open`, its assignment.yaml:
 * - hidden tests come behind the public ones;
 * - a check over hidden tests only comes behind those with the same `check`, or behind all;
 * - an entry of `mixed_checks` gives the check with its title its points and its tests;
 * - the essence and the table of sentences are as they stand there.
 * What the hidden tests decide must be what assignment.yaml has under `elsewhere`, which the assignment then has no
 * more. 0, or -1 and *error with the place in one of the files; the assignment can be freed then. */
int hidden_add(struct assignment *assignment, const struct document *open, struct error *error);

#endif
