/* grading.h - one request on its way; between grading.c and class.c. */
#ifndef GRADING_H
#define GRADING_H

#include "class.h"

struct grading;

struct workshop {
	const struct kit *kit;
	struct queue *queue;
	const struct class_options *options;
	void (*progress)(void *context, const char *what);
	void *context;
	unsigned shards;  /* in how many runs a long check is split */
	unsigned *number; /* scratch folders named so far */
};

/* Begins a grading with these parts, which are built unless the grade is known; `done` gets the grade (at once, when
 * nothing has to run). */
void grading_start(const struct workshop *workshop, const struct half *half, const struct parts *parts,
                   const struct request *request,
                   void (*done)(void *context, const struct request *request, struct grade *grade), void *context);

/* What replay tokens of this source carry, so that one for another source or kit is known. */
void make_mark(const struct half *half, const struct parts *parts, const struct source *source, char mark[HASH_SIZE]);

#endif
