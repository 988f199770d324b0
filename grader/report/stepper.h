/* stepper.h - a schedule in a page, step by step. Without scripts, and on paper, it is its picture; page/stepper.js
 * makes of it a thing to go through: source with a marker per thread, lanes, and all that is so after each step. */
#ifndef STEPPER_H
#define STEPPER_H

#include "../finding/interleaving.h"

#include <stdio.h>

struct stepper_source {
	const char *file, *text; /* base name as in steps, and all of it; borrowed */
};

/* Once per page, before the first schedule: the sources that its steps are in. Those without a text are left out. */
void stepper_sources(FILE *out, const struct stepper_source source[], size_t count);

/* `id` ("F1"): letters and digits, the schedule's name in addresses (#F1.17). `race`: two accesses race in it, and are
 * marked. `picture`: also as a picture, else as a list of its steps for who has no script. */
void stepper_write(FILE *out, const struct interleaving *interleaving, const char *id, bool race, bool picture);

/* The step in which what is wrong shows, from 0: of a race the first that is marked as wrong, else the last that is; or
 * the last of all, where a hang is complete. 0 for a schedule without steps. */
size_t stepper_decisive(const struct interleaving *interleaving, bool race);

/* A page with this one schedule. 0, or -1 when a write failed. */
int stepper_page(FILE *out, const struct interleaving *interleaving, const struct stepper_source source[], size_t count,
                 const char *title, bool race);

#endif
