/* moment.h - what is so after one step of a schedule, for a terminal: who holds and waits for what, what is in
 * variables and pipes, who has which end of a pipe open. The page's stepper (page/stepper.js) says the same of every
 * step. */
#ifndef MOMENT_H
#define MOMENT_H

#include "../finding/interleaving.h"

#include <stdio.h>

/* One row per object in at most `width` columns, under "after step N:". Writes nothing where no change is known.
 * `at` < step_count. Borrows all; every text in it is escaped. MT-safe for different `out`. */
void moment_print(FILE *out, const struct interleaving *interleaving, size_t at, bool colour, unsigned width);

#endif
