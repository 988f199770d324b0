/* progress.h - how far a class is: a bar on a terminal, a plain line every ten seconds elsewhere; on standard error. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "../score/grade.h"

struct progress;
struct progress *progress_new(size_t total, bool terminal);
void progress_graded(struct progress *progress, const struct grade *grade); /* counts it and shows */
void progress_show(struct progress *progress);                              /* when it is time to */
void progress_free(struct progress *progress);                              /* clears the bar */

#endif
