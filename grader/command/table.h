/* table.h - the table of a class on the terminal: a line for each student, a column for each assignment that
 * somebody handed in. */
#ifndef COMMAND_TABLE_H
#define COMMAND_TABLE_H

#include "../class/roll.h"
#include "../score/grade.h"

/* To standard output: what counts, after what being late costs. `grades[i]` is for roll->item[i]; NULL: there is none.
 * `roster` (or NULL) has the names. */
void print_table(const struct course *course, const struct roll *roll, const struct roster *roster,
                 const struct grade *const grades[]);

#endif
