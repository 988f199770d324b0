/* private.h - between the files of grader/build. */
#ifndef BUILD_PRIVATE_H
#define BUILD_PRIVATE_H

#include "build.h"

/* For objcopy: the code of a judged object has a section of its own, by which the runtime knows it (stdio.c there). Of
 * explored programs only: valgrind looks for code in .text. */
#define JUDGED_TEXT "--rename-section=.text=judged_text"

/* $KIT_COVERAGE=runtime: count which lines of the runtime the judged programs run (make coverage). */
bool counts_runtime(void);

/* Flags that every compilation of tests and submissions has. */
void add_compile_flags(struct run *run, const char *root);

#endif
