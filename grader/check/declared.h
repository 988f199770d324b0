/* declared.h - where a variable of an object file is declared (DWARF, through libdw). */
#ifndef DECLARED_H
#define DECLARED_H

#include <stddef.h>
#include <stdint.h>

struct declared;

/* Opens the relocatable object at `path`, compiled with -g. NULL when it cannot be read. */
struct declared *declared_open(const char *path);
void declared_close(struct declared *declared); /* NULL is fine */

/* The line in which the variable at `offset` of the section is declared, at file scope or in a function; 0 when that is
 * not known, or in another file than `file`, a base name. `declared` may be NULL. Like all of this file for one thread
 * at a time. */
unsigned declared_line(struct declared *declared, size_t section, uint64_t offset, const char *file);

#endif
