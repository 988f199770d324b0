/* table.h - the table of a class on the terminal: a line for each student, a column for each assignment that
 * somebody handed in. */
#ifndef COMMAND_TABLE_H
#define COMMAND_TABLE_H

#include "../class/roll.h"
#include "../score/grade.h"

struct table_entry {
	const struct grade *grade; /* NULL: there is none */
	struct standing standing;
};

/* To standard output: what counts. `entry[i]` is for roll->item[i]. `roster` (or NULL) has the names. */
void print_table(const struct course *course, const struct roll *roll, const struct roster *roster,
                 const struct table_entry entry[]);

#endif
