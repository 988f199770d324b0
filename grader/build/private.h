/* private.h - between the files of grader/build. */
#ifndef BUILD_PRIVATE_H
#define BUILD_PRIVATE_H

#include "build.h"

/* Flags that every compilation of tests and submissions has. */
void add_compile_flags(struct run *run, const char *root);

#endif
