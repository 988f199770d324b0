/* secrets.h - private to handout/: what no handout may contain, and looking for it.
 *
 * Secret is:
 * - the name of each hidden test of an exercise that is handed out, as a word of C, unless a public test of any
 * exercise is called so;
 * - its title and its why, unless a public test or a check of any exercise has the same, or they
 * stand in what students get of that assignment anyway;
 * - each text in quotes in a hidden file (hidden.c, the mutants, the reference, the alternatives) that has 12
 * characters or more besides white space, and each line of 40 characters or more of one, unless it also stands in what
 * students get of that assignment anyway (its header, handout, skeleton, public.c) or in what tests may include
 * (tests/support/kit.h), or, for lines of programs other than hidden.c, in the programs that the explorer is tried
 * with;
 * - a copy of a hidden file or of a submission of tests/examples, under whatever name.
 * White space is compared as one blank, so a text that was folded is found. */
#ifndef HANDOUT_SECRETS_H
#define HANDOUT_SECRETS_H

#include "handout.h"
#include "pack.h"

struct secrets;

/* Of all assignments of the course; `names`: those that are handed out (empty: all), whose hidden tests' names are
 * secret. NULL and *error when a file cannot be read. Borrows the course. */
struct secrets *secrets_gather(const struct course *course, const struct string_list *names, struct error *error);
void secrets_free(struct secrets *secrets);

enum secret_kind { SECRET_NAME, SECRET_TEXT, SECRET_LINE, SECRET_FILE, SECRET_KINDS };
size_t secrets_count(const struct secrets *secrets, enum secret_kind kind);

/* All that is in the pack of them, by file and line: each of them once per file, a line wherever it is, a copy as such
 * and not line by line. Reads the hidden files again, for the numbers of lines: the course must still be there.
 * *leaks is freed by leaks_clear. MT: safe. */
void secrets_search(const struct secrets *secrets, const struct pack *pack, struct leaks *leaks);

#endif
