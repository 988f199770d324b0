/* picture.h - an interleaving for people: a picture for a page, a table for a terminal. The same interleaving gives the
 * same bytes. Every text in it may come from a submission and is escaped here. */
#ifndef PICTURE_H
#define PICTURE_H

#include "../finding/interleaving.h"

#include <stdio.h>

/* A self-contained SVG (no scripts, nothing from elsewhere, light and dark): a file of its own, or a part of a page.
 * `id` makes the picture's ids different from those of other pictures in the page: letters, digits and '-' only. The
 * picture is as wide as it needs to be; a page should let it scroll and not shrink it. */
void picture_write(FILE *out, const struct interleaving *interleaving, const char *id);

/* The same in a page, where a picture that is higher than a sheet of paper follows once more in parts, each of which is
 * not: hidden on the screen, and on paper in place of the whole (style.css). */
void picture_write_in_page(FILE *out, const struct interleaving *interleaving, const char *id);

/* One line per step (two when the source line does not fit beside it), a line of its own for each decisive switch, what
 * is so after the decisive step, the outcome last. `width`: columns, 80 when 0. */
void interleaving_print(FILE *out, const struct interleaving *interleaving, bool colour, unsigned width);

#endif
