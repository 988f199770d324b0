/* lines.h - code address -> file, line, function (DWARF, through libdw). */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lines;

/* Opens a program that was linked at fixed addresses (-no-pie). NULL when it has no debug information. */
struct lines *lines_open(const char *program);
void lines_close(struct lines *lines); /* NULL is fine */

struct line {
	const char *file; /* base name; valid until lines_close */
	unsigned line;
	const char *function; /* or NULL */
};

/* Finds the line of a return address (the instruction before it). False if unknown. */
bool lines_find(struct lines *lines, uintptr_t return_address, struct line *found);

/* The variable at the address, "counter" or "accounts+24", into `name`. False when it is none of the program's. */
bool lines_object(struct lines *lines, uintptr_t address, char *name, size_t size);

#endif
