/* memory.h - memory that is there: a grader without memory for a sentence cannot report anything either, so it says so
 * and ends. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/* Returns `memory`, which malloc, strdup and the like gave; ends the program when it is NULL. MT: safe, as all here. */
void *must(void *memory);

/* `count` things of `size` bytes, all zero; not NULL for none of them either. The caller frees it. */
void *zeroed(size_t count, size_t size);

/* malloc(3) that cannot fail, for libraries that take one. The caller frees it. */
void *allocate(size_t size);

/* open_memstream(3) that cannot fail. The caller closes the stream and frees *text. */
FILE *memory_open(char **text, size_t *size);

/* "%s/%s" and the like. The caller frees it. */
char *format(const char *template, ...) __attribute__((format(printf, 1, 2)));
char *vformat(const char *template, va_list args) __attribute__((format(printf, 1, 0)));

/* "10,000", for people. The caller frees it. */
char *grouped(unsigned long long number);

#endif
