/* board.h - a schedule that is being played, as text: the program with where each thread is, what has just happened,
 * who holds what, and who can go on. */
#ifndef BOARD_H
#define BOARD_H

#include "../finding/interleaving.h"

#include <stdio.h>

struct board_choice {
	char key;
	size_t lane;
	const char *words; /* in place of what the lane does next, or NULL */
	bool usual;        /* what happens by default */
	bool costs;        /* a switch */
};

/* All borrowed. */
struct board {
	const char *title;
	unsigned switches; /* so far */
	int par;           /* -1: not known */
	/* Of its steps, the last `held` are what is held by whom, those before what each lane does next; before them is
	 * what happened. */
	const struct interleaving *interleaving;
	size_t next, held;
	const char *question;
	const struct board_choice *choice;
	size_t choice_count;
	const char *file, *source; /* base name and text of the program to show; NULL: none */
	const char *message;       /* below everything: a hint; or NULL */
	unsigned width, height;    /* of the terminal; height 0: no limit, and no program */
	bool colour;
};

/* At most `height` lines where that is 20 or more. MT: safe. */
void board_print(FILE *out, const struct board *board);

/* Each line of the text indented by two spaces and broken at `width` columns. */
void board_paragraph(FILE *out, const char *text, unsigned width);

/* The program with line numbers. */
void board_source(FILE *out, const char *source, unsigned width);

#endif
