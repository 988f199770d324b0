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

/* After step `at` - 1 a loop may go on with the steps before: how many rounds of it there are from `at` on, of
 * `*length` steps each; 0 if there are fewer than `least`. */
size_t steps_again(const struct interleaving *interleaving, size_t at, size_t least, size_t *length);
char *loop_words(size_t rounds, size_t length); /* "the last 2 steps again, 499 times" */

#endif
