/* progress.h - how far a class is: a bar on a terminal, a plain line every ten seconds elsewhere; on standard error. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "../sandbox/sandbox.h"
#include "../score/grade.h"

struct progress;

/* Shown while the queue works, until progress_free (which clears the bar; NULL is fine). `what`: what goes on before
 * grades come in ("reading the submissions"); a literal. */
struct progress *progress_new(struct queue *queue, bool terminal, const char *what);
void progress_free(struct progress *progress);

void progress_say(struct progress *progress, const char *what);            /* that goes on from here; a literal */
void progress_begin(struct progress *progress, size_t total);              /* from here grades come in, so many */
void progress_known(struct progress *progress, const struct grade *grade); /* it was there already: it says nothing of
                                                                              how fast it goes */
void progress_graded(struct progress *progress, const struct grade *grade);

#endif
