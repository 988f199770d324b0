/* private.h - between the files of grader/build. */
#ifndef BUILD_PRIVATE_H
#define BUILD_PRIVATE_H

#include "build.h"

/* $KIT_COVERAGE=runtime: count which lines of the runtime the judged programs run (make coverage). */
bool counts_runtime(void);

/* Flags that every compilation of tests and submissions has. */
void add_compile_flags(struct run *run, const char *root);

#endif
