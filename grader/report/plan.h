/* plan.h - where everything of a picture stands: one box per step, from top to bottom; one lane per thread, from left
 * to right; a bar where a lane owns an object. For picture.c only. */
#ifndef PLAN_H
#define PLAN_H

#include "steps.h"

#include <stdio.h>

/* All in pixels at 100 %. */
enum {
	MARGIN = 14,
	GUTTER = 40, /* step numbers */
	HEAD = 34,   /* lane names */
	BAR = 15,    /* an ownership bar and the space beside it */
	BAR_WIDTH = 12,
	PADDING = 9,    /* inside a box */
	LINE = 17,      /* a line of text */
	SWITCH_GAP = 46 /* room for an arrow */
};

/* Pixels per column of text, in tenths. */
enum { LABEL_PX = 80, PLACE_PX = 67, CODE_PX = 73, EFFECT_PX = 70, HEADING_PX = 86 };

enum { CODE_LINES = 2, EFFECT_LINES = 3 /* at most */ };

/* What the box of a step says, or a fold. */
struct row {
	size_t step;   /* in interleaving->step; of a fold the first */
	size_t folded; /* how many steps this row stands for, or 0 */
	char *label, *place, *code[CODE_LINES], *effect[EFFECT_LINES];
	bool place_apart; /* does not fit beside the label */
	int top, height;
};

struct lane {
	char *name;
	int left, width; /* of its boxes; ownership bars are at the left of them */
	unsigned slots;  /* how many of those it holds at once */
};

/* One lane owns one object. */
struct bar {
	size_t lane, object, first_row, last_row; /* last_row NONE: to the end */
	unsigned slot;
};

struct picture {
	FILE *out;
	const char *id;
	const struct interleaving *interleaving;
	struct lane *lane;
	struct row *row;
	size_t row_count;
	const char **object; /* those that somebody acquires, in the order of the picture; they have colours */
	size_t object_count;
	struct bar *bar;
	size_t bar_count;
	int width, bottom; /* bottom of the lanes */
	bool tall;         /* the names stand at the bottom of the lanes, too */
};

/* The plan; picture_clear frees what is in it. `interleaving` and `id` are borrowed. */
struct picture picture_plan(FILE *out, const struct interleaving *interleaving, const char *id);
void picture_clear(struct picture *picture);

const struct step *row_step(const struct picture *picture, size_t row);
size_t next_row_of_lane(const struct picture *picture, size_t row);     /* of the lane's next step, or NONE */
size_t picture_object(const struct picture *picture, const char *name); /* index in picture->object, or NONE */
int text_pixels(unsigned columns, int tenths);

#endif
