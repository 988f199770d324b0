/* lines.h - code address -> file, line, function (DWARF, through libdw); and texts of the runtime made readable by it.
 */
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
	const char *path; /* as the compiler was given it; valid until lines_close */
	const char *file; /* its base name */
	unsigned line;
	const char *function; /* or NULL */
};

/* Finds the line of a return address (the instruction before it). False if unknown. */
bool lines_find(struct lines *lines, uintptr_t return_address, struct line *found);

/* For those who read more of the debug information (libdw's Dwarf_Die, Dwarf_Addr): the units of the program one by
 * one, from NULL on; the one that has the code address. NULL: there is none. */
void *lines_next_unit(struct lines *lines, void *unit, unsigned long *bias);
void *lines_unit(struct lines *lines, uintptr_t return_address);

/* The variable at the address, "counter" or "accounts[1].balance", into `name`. False when it is none of the program's.
 */
bool lines_object(struct lines *lines, uintptr_t address, char *name, size_t size);

/* What the object `key` of an {obj:HEX} is called; NULL: it has no name. `word`: of an {obj:HEX mutex} "mutex", else
 * "". Borrowed until the next call. */
typedef const char *lines_name(void *context, uintptr_t key, const char *word);

/* A copy of the text in which file:line stands for each {pc:HEX} ("unknown line" when `lines` does not know it or is
 * NULL), and its name for each {obj:HEX} ("it" when it has none); for each {obj:HEX mutex} "mutex NAME", unless the
 * name says so by itself. `name` NULL: objects stay as they are. From a mark that is broken on the text stays as it is.
 * Never NULL (aborts without memory); the caller frees it. Like all of this file for one thread at a time. */
char *lines_readable(struct lines *lines, const char *text, lines_name *name, void *context);

#endif
