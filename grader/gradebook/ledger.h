/* ledger.h - files in which an instructor says something of a student's assignment, a line each: adjustments.csv,
 * extensions.csv, decisions.csv, requests.csv. Spreadsheets may save them, and people may sort and extend them; columns
 * are found by their headings. A line whose student is a group is one for each of its members. */
#ifndef LEDGER_H
#define LEDGER_H

#include "gradebook.h"

/* What all of them have, and where in ledger_line.cell; behind them, what one kind has. */
enum { LEDGER_STUDENT, LEDGER_ASSIGNMENT, LEDGER_COMMENT, LEDGER_WHO, LEDGER_WHEN, LEDGER_OWN, LEDGER_CELLS = 9 };

/* With which an element of each kind begins. */
struct ledger_subject {
	size_t person; /* index in the people */
	const struct assignment *assignment;
	unsigned line; /* of the file */
};

#define LEDGER_BEGINS_AS_SUBJECT(type)                                                                                 \
	static_assert(offsetof(type, person) == offsetof(struct ledger_subject, person) &&                                 \
	                  offsetof(type, assignment) == offsetof(struct ledger_subject, assignment) &&                     \
	                  offsetof(type, line) == offsetof(struct ledger_subject, line),                                   \
	              "elements of a ledger are found by what they begin with")

/* A line as text. */
struct ledger_line {
	unsigned line;
	const struct assignment *assignment;
	char *cell[LEDGER_CELLS]; /* never NULL; without the ' that keeps spreadsheets from calculating them */
};

/* A kind of file. */
struct ledger_kind {
	struct {
		const char *heading;
		int cell;
	} column[LEDGER_CELLS]; /* in the order of a new file */
	size_t count;
	const char *needed; /* a column without which every line would say nothing; NULL: there is none */
	size_t size;        /* of an element in bytes */

	/* Fills an element, whose subject is there and all else 0, from the line; what it keeps of the cells it takes
	 * (ledger_take). 0, or -1 and *error, which names the line; then the element owns nothing. */
	int (*read)(void *element, struct ledger_line *line, const char *path, struct error *error);

	/* Whether two of one student's assignment can both hold; `second` is the later line. 0, or -1 and *error. */
	int (*check)(const void *first, const void *second, const char *student, const char *path, struct error *error);

	/* Frees what an element owns. */
	void (*clear)(void *element);
};

/* The elements: by person, then by the assignment's name, then by line. */
struct ledger {
	void *item;
	size_t count;
};

/* Reads a file of that kind; without one, or without a heading line, there is nothing in it. Columns that the kind does
 * not know are left alone. 0, or -1 and *error: "adjustments.csv:4: there is no student 'adda'". The assignments are
 * the course's. Freed by ledger_clear, whatever came of it. MT: safe. Blocks on files only. */
int ledger_read(const char *path, const struct ledger_kind *kind, const struct course *course,
                const struct people *people, struct ledger *ledger, struct error *error);
void ledger_clear(const struct ledger_kind *kind, void *item, size_t count);

/* Those of one student's assignment; borrowed. */
struct ledger ledger_of(const struct ledger_kind *kind, void *item, size_t count, size_t person,
                        const struct assignment *assignment);

/* Adds a line to the file, also where there is none yet; it is written as the others are. `cell` as in ledger_line;
 * NULL: empty. 0, or -1 and *error, and the file stays as it was: it cannot be read or written, has no column for
 * something that is to be said, or would not be good with that line. Two processes at once: the caller's to prevent.
 * Blocks for the disk. */
int ledger_add(const char *path, const struct ledger_kind *kind, const char *const cell[LEDGER_CELLS],
               const struct course *course, const struct people *people, struct error *error);

/* The same, but the line of that number gets other cells: those of `cell` that are not NULL. All else stays as it is.
 */
int ledger_change(const char *path, const struct ledger_kind *kind, unsigned line, const char *const cell[LEDGER_CELLS],
                  const struct course *course, const struct people *people, struct error *error);

/* Takes the cell out of the line. */
char *ledger_take(char **cell);

/* A whole number from `least` to `most` and nothing else: "3", "+3", "-3". */
bool ledger_number(const char *text, int least, int most, int *number);

#endif
