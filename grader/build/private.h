/* private.h - between the files of grader/build. */
#ifndef BUILD_PRIVATE_H
#define BUILD_PRIVATE_H

#include "build.h"

/* For objcopy: the code of a judged object has a section of its own, by which the runtime knows it (stdio.c there). Of
 * explored programs only: valgrind looks for code in .text. */
#define JUDGED_TEXT "--rename-section=.text=judged_text"

/* $KIT_COVERAGE=runtime: count which lines of the runtime the judged programs run (make coverage). */
bool counts_runtime(void);

/* The kit's assembler (grader/assembler) for what is compiled with -fsanitize=thread: it puts in the calls that gcc
 * leaves out. x86-64 only. `runtime`: see runtime_build. */
void add_assembler(struct run *run, const char *runtime);

/* Where the sources of the kit's assembler are. */
extern const char assembler_folder[];

/* The folder of the half that is the same for all. The caller frees it. */
char *runtime_folder(const struct kit *kit);

bool kit_is_moved(const struct kit *kit);

/* Flags that every compilation of tests and submissions has; `include`: the folder with their headers. */
void add_compile_flags(struct run *run, const char *include);

#endif
