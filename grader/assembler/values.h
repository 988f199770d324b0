/* values.h - what is known of the registers and of the frame while straight code is read from top to bottom.
 *
 * A value is a number that is equal whenever the program's is: a base and a distance from it. What nothing is known of
 * has a base of its own. So two addresses that are computed twice in the same way are recognised as one. */
#ifndef ASSEMBLER_VALUES_H
#define ASSEMBLER_VALUES_H

#include "text.h"

#include <stdbool.h>
#include <stddef.h>

/* Bases; those from BASE_OTHER on stand for unknown numbers. */
enum { BASE_NUMBER, BASE_FRAME, BASE_STACK, BASE_OTHER };

struct value {
	int base; /* BASE_FRAME: what rbp is; BASE_STACK: what rsp was at some time */
	long offset;
};

enum { REGISTERS = 16, RAX = 0, RCX = 1, RDX = 2, RBX = 3, RSP = 4, RBP = 5, RSI = 6, RDI = 7 };

struct values;
struct values *values_new(void);
void values_free(struct values *values);

void values_forget(struct values *values); /* all but what rbp is: another way may lead here */
void values_called(struct values *values); /* what a call changes: registers and, for all we know, memory */
void values_has_frame(struct values *values, bool has); /* whether rbp is the frame's in this function */

struct value value_of_register(const struct values *values, int number);
void value_set_register(struct values *values, int number, struct value value);
struct value value_fresh(struct values *values);
struct value value_number(long number);
struct value value_of_name(struct values *values, struct piece name);

/* What an operation makes of two values: the same of the same. */
struct value value_made(struct values *values, struct piece operation, struct value a, struct value b);
struct value value_sum(struct values *values, struct value a, struct value b);

/* What lies in the frame: remembered from a store or an earlier load. */
struct value value_load(struct values *values, long offset, unsigned bytes);
void value_store(struct values *values, long offset, unsigned bytes, struct value value);
void value_store_anywhere(struct values *values);

#endif
