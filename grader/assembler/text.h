/* text.h - the lines of an assembler file as gcc writes it, cut into what they are made of. */
#ifndef ASSEMBLER_TEXT_H
#define ASSEMBLER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A part of the text, borrowed. */
struct piece {
	const char *text;
	size_t size;
};

bool piece_is(struct piece piece, const char *word);
bool piece_begins(struct piece piece, const char *word);
bool piece_ends(struct piece piece, const char *word);
bool piece_in(struct piece piece, const char *const words[]); /* the list ends with NULL */

enum { MOST_OPERANDS = 4, NO_REGISTER = -1 };

enum operand_kind { OPERAND_NUMBER, OPERAND_REGISTER, OPERAND_MEMORY, OPERAND_OTHER };

/* "$5", "%rax", "8(%rax,%rdx,4)", "%fs:x@tpoff", "%xmm0". */
struct operand {
	enum operand_kind kind;
	struct piece text; /* memory: without the segment */
	int reg;           /* of OPERAND_REGISTER */
	unsigned bytes;    /* of that register */
	struct piece name; /* of memory or a number: the symbol, may be empty */
	long number;       /* of memory: the distance; of OPERAND_NUMBER: the number, or what is added to the symbol */
	int base, index;   /* of memory: registers or NO_REGISTER */
	unsigned scale;
	bool relative; /* to rip */
	bool own;      /* in the thread's own data: %fs */
	bool known;    /* all of the above could be read */
};

enum line_kind { LINE_OTHER, LINE_LABEL, LINE_INSTRUCTION };

struct line {
	enum line_kind kind;
	struct piece word; /* the label, the directive or the mnemonic */
	bool repeated;     /* "rep" stands before the mnemonic */
	bool locked;       /* "lock" */
	bool indirect;     /* "*": the operand holds the address that is jumped to */
	struct piece rest; /* what stands behind the word */
	struct operand operand[MOST_OPERANDS];
	size_t operands;
};

/* Cuts one line, without its newline. */
void line_cut(struct line *line, struct piece text);

/* The number at the begin of the piece, decimal or hexadecimal, with a sign; 0 if there is none. */
long piece_number(struct piece piece);

#endif
