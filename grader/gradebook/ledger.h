/* ledger.h - files in which an instructor says something of a student's assignment, a line each: adjustments.csv,
 * extensions.csv, decisions.csv, requests.csv. Spreadsheets may save them, and people may sort and extend them; columns
 * are found by their headings.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include "gradebook.h"

/* What all of them have, and where in ledger_line.cell; behind them, what one kind has. */
enum { LEDGER_STUDENT, LEDGER_ASSIGNMENT, LEDGER_COMMENT, LEDGER_WHO, LEDGER_WHEN, LEDGER_OWN, LEDGER_CELLS = 9 };

/* The headings of a kind, in the order of a new file. */
struct ledger_kind {
	struct {
		const char *heading;
		int cell;
	} column[LEDGER_CELLS];
	size_t count;
};

struct ledger_line {
	unsigned line; /* of the file */
	size_t person; /* index in the people */
	const struct assignment *assignment;
	char *cell[LEDGER_CELLS]; /* never NULL; without the ' that keeps spreadsheets from calculating them */
};

struct ledger {
	struct ledger_line *item;
	size_t count;
};

/* The text of a file, "" when there is none; the caller frees it. NULL and *error: it cannot be read. */
char *ledger_text(const char *path, struct error *error);

/* Reads such a text; `path` is what errors call it. Columns that the kind does not know
 * are left alone; without a heading line there is nothing in it. 0, or -1 and *error: "adjustments.csv:4: there is no
 * student 'adda'". Freed by ledger_clear, whatever came of it. MT: safe. */
int ledger_parse(const char *text, const char *path, const struct ledger_kind *kind, const struct course *course,
                 const struct people *people, struct ledger *ledger, struct error *error);
void ledger_clear(struct ledger *ledger);

/* The order in which all keep what they have read, as strcmp has it: by person, then by the assignment's name. */
int ledger_order(size_t person, const struct assignment *assignment, size_t other_person,
                 const struct assignment *other);

/* What an element of a sorted array begins with. */
struct ledger_subject {
	size_t person;
	const struct assignment *assignment;
};

/* How many of the sorted array's elements, of `size` bytes each, stand before those of this student's assignment. */
size_t ledger_before(const void *item, size_t count, size_t size, size_t person, const struct assignment *assignment);

/* Takes the cell out of the line. */
char *ledger_take(char **cell);

/* The text of a file with one more line, also where there is none yet. `cell` as in ledger_line; NULL: empty. The new
 * line is written as the others are. The caller frees the result. NULL and *error: it cannot be read, it is no CSV
 * file, or it has no column for something that is to be said. */
char *ledger_longer(const char *path, const struct ledger_kind *kind, const char *const cell[LEDGER_CELLS],
                    struct error *error);

/* The text of a file in which the line of that number has other cells: those of `cell` that are not NULL. All else
 * stays as it is. The caller frees the result. NULL and *error as ledger_longer has it. */
char *ledger_changed(const char *path, const struct ledger_kind *kind, unsigned line,
                     const char *const cell[LEDGER_CELLS], struct error *error);

/* A whole number from `least` to `most` and nothing else: "3", "+3", "-3". */
bool ledger_number(const char *text, int least, int most, int *number);

#endif
