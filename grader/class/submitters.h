/* submitters.h - between handin.c and submitters.c. */
#ifndef SUBMITTERS_H
#define SUBMITTERS_H

#include "../error.h"

#include <stddef.h>
#include <stdint.h>

/* Of one person; each may be NULL. */
struct submitter {
	char *name, *sid, *email;
};

/* Gradescope's submission_metadata.yml: who handed in each "submission_123". */
struct submitters;

/* NULL and *error when it cannot be read; MT: safe. */
struct submitters *submitters_read(const char *path, struct error *error);
void submitters_free(struct submitters *submitters); /* NULL is fine */

/* The number-th of those who handed in that folder; all NULL when there are no more. Borrowed. */
struct submitter submitters_get(const struct submitters *submitters, const char *folder, size_t number);

/* When that folder was handed in, seconds since 1970; 0: the list does not say. */
int64_t submitters_time(const struct submitters *submitters, const char *folder);

#endif
