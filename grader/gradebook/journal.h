/* journal.h - between journal.c and the sheets. */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "gradebook.h"

#include <sqlite3.h>
#include <stdarg.h>

struct journal {
	sqlite3 *database;
	char *path;
	sqlite3_vfs *files; /* how SQLite finds it */
	int folder;         /* that it is in; -1: not open */
	int64_t run;        /* of journal_begin; else the last one */
};

int journal_fail(struct journal *journal, struct error *error); /* what SQLite says; -1 */

/* A statement with its values: i int, l int64_t (0: NULL), s text (NULL: NULL). NULL and *error on failure; ended by
 * sqlite3_finalize. */
sqlite3_stmt *journal_query(struct journal *journal, struct error *error, const char *sql, const char *types, ...);

#endif
