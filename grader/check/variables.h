/* variables.h - what the memory at an address is called in the program: by its debug information. */
#ifndef VARIABLES_H
#define VARIABLES_H

#include "lines.h"

/* Each writes a name like "account[1].balance" into `name`, or returns false. Names of hidden tests are not told. */

/* The static variable at the address; the empty name where it is one of a hidden test. */
bool variables_static(struct lines *lines, uintptr_t address, char *name, size_t size);

/* The thread-local variable `offset` bytes from the beginning of the program's thread-local memory. */
bool variables_thread_local(struct lines *lines, size_t offset, char *name, size_t size);

/* The local variable or parameter `offset` bytes from the beginning of the frame of the function that has the code
 * address. `whose`: the function's name; valid until lines_close, or NULL. */
bool variables_local(struct lines *lines, uintptr_t function, long long offset, char *name, size_t size,
                     const char **whose);

/* A place in a block of the heap that was made by the call at `by`. Its type is that of a pointer which the functions
 * around `by` and `user` know, and which the block fits. `code`: the line that uses it, in which the name has to be; or
 * NULL. The name is one of a struct's members: "balance"; `type`: "struct account"; `element`: which one of an array of
 * such structs, or -1 where the block is one struct. */
bool variables_member(struct lines *lines, uintptr_t by, uintptr_t user, size_t bytes, size_t offset, const char *code,
                      char *name, size_t size, char *type, size_t type_size, int *element);

/* The same of what the line of that call (`made`) says alone: it has the name of a pointer to a struct of which the
 * block is one or an array, and of none to anything else that would do. */
bool variables_allocated(struct lines *lines, uintptr_t by, const char *made, size_t bytes, size_t offset, char *name,
                         size_t size, char *type, size_t type_size, int *element);

/* What the block of the heap made by the call at `by` is an array of: "int", and how large one is. The line of that
 * call (`made`) has the name of a pointer to it, or, where it has the name of no pointer, the one at `user` (`used`)
 * has one with an index. False where that leaves a choice, or an access of `bytes` bytes is none of an element. The
 * lines may be NULL. */
bool variables_element(struct lines *lines, uintptr_t by, uintptr_t user, const char *made, const char *used,
                       size_t bytes, char *type, size_t size);

#endif
