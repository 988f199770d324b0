/* columns.h - text for a place of limited width: harmless, measured in columns, cut, broken into lines. For the files
 * of this folder only. "Columns" are those of a terminal; pictures take them as an estimate. */
#ifndef COLUMNS_H
#define COLUMNS_H

#include <stddef.h>
#include <stdio.h>

/* Harmless characters in one line, in fresh memory: control and deceptive ones made visible, tabs as spaces, and of a
 * pile of combining marks, which would reach into other lines, only two. NULL is "". */
char *visible(const char *text);

/* Columns of valid UTF-8: none for a combining mark, two for East Asian characters and emoji. */
unsigned columns_of(const char *text);
unsigned columns_in(const char *text, size_t length); /* of the first `length` bytes */

/* Cuts to `limit` columns, the last of them for `ellipsis` if something is missing. Frees `text`. */
char *cut_to(char *text, unsigned limit, const char *ellipsis);

/* The next line of a text that is written in `limit` columns: breaks at spaces, a longer word is cut through. Moves
 * *text behind it; NULL at the end. */
char *next_line(const char **text, unsigned limit);

/* Breaks up what a CI runner would take for an order (escape_is_order) once more, after a text was cut or broken into
 * lines: any word may have come to stand at the beginning of one. Frees `text`. */
char *without_orders(char *text);

#endif
