/* sentences.h - the table of an assignment's sentences: which tests, checks and mutants stand for each. */
#ifndef SENTENCES_H
#define SENTENCES_H

#include "candidates.h"

#include <stdio.h>

/* What is wrong with the table of the assignment, with its header or with what its mutants (among the candidates) say
 * of it: one text each. The caller frees the list and its texts. */
struct string_list sentences_problems(const struct assignment *assignment, const struct candidates *candidates);

/* One line: "thread_pool: 50 sentences, each with a test and a mutant; 10 that nothing can break". */
void sentences_summary(FILE *out, const struct assignment *assignment);

/* The whole table. */
void sentences_print(FILE *out, const struct assignment *assignment, const struct candidates *candidates);

#endif
