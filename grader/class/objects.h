/* objects.h - sources to objects that can be linked: compiled, sealed, renamed; several at a time and without a grade.
 * For the parts of other exercises and for those who want one program. */
#ifndef OBJECTS_H
#define OBJECTS_H

#include "sealing.h"

/* A source on its way. All but the result is the caller's and borrowed. */
struct making {
	struct sealing sealing;         /* its first three; cleared by the caller */
	const char *folder;             /* is made if it is not there; gets NAME.c and NAME-VARIANT-renamed.o */
	const struct string_list *kept; /* the functions that stay visible */
	bool variant[VARIANT_COUNT];    /* which are wanted; not the runner, which is the plain one */

	char *problem; /* why it is not made, a sentence or two; NULL: it is */
	bool machine;  /* that is no fault of the source */
};

/* Makes the objects of all; uses the queue and works it. `runtime`: as runtime_build gives it. 0, or -1 and *error: a
 * signal interrupted it. */
int objects_make(const struct kit *kit, const char *runtime, struct queue *queue, struct making making[], size_t count,
                 struct error *error);

#endif
