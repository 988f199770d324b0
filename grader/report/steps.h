/* steps.h - a step of an interleaving in words, the same in tables and pictures. For the files of this folder only. All
 * texts are visible() and the caller's to free. */
#ifndef STEPS_H
#define STEPS_H

#include "../finding/interleaving.h"

#define NONE ((size_t)-1)

char *step_lane(const struct interleaving *interleaving, size_t lane); /* "thread 1" */
char *step_label(const struct step *step);                             /* "lock mutex 1" */
char *step_place(const struct step *step);                             /* "queue.c:41", or "" */

/* The lane that was interrupted right before step `at`, or NONE: nothing ran before, or the same lane did. */
size_t step_interrupted(const struct interleaving *interleaving, size_t at);

#endif
