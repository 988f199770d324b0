/* accesses.h - what an instruction reads and writes of memory. */
#ifndef ASSEMBLER_ACCESSES_H
#define ASSEMBLER_ACCESSES_H

#include "text.h"

#include <stdbool.h>

struct access {
	const struct operand *operand; /* NULL: none that is named */
	unsigned bytes;
	bool write; /* or both */
};

/* The memory operand of the instruction, unless it only computes an address, or is locked (as xchg is). Of an
 * instruction that is not known only the first byte is told, as read: too little rather than what is not so. */
struct access access_of(const struct line *line);

/* A string instruction: bytes that one step moves, 0 for any other instruction. */
unsigned string_width(const struct line *line, bool *reads, bool *writes);

#endif
