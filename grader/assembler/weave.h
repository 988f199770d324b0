/* weave.h - puts a call before each access to memory that nobody was told of.
 *
 * With -fsanitize=thread gcc calls __tsan_read4 and the like where the source reads and writes, but not everywhere:
 * structs that are passed, returned or taken by va_arg, and what it makes of __builtin_memcpy, are left out. What it
 * has written is read again as the processor will: an access is known if a hook was called for that address and that
 * many bytes just before it. Any other one to memory that somebody else might know gets
 *
 *     pushq %rdi; pushq %rsi; leaq ADDRESS, %rdi; movl $BYTES, %esi; call __tsan_seen_read (or _write)
 *     popq %rsi; popq %rdi
 *
 * And an empty endless loop, to which gcc puts no call of __sanitizer_cov_trace_pc, gets one (grader/runtime/spin.c);
 * that is all where gcc calls no hooks.
 *
 * The two functions (grader/runtime/seen.c) leave all other registers and the flags as they are. A call too many
 * changes nothing but time. */
#ifndef ASSEMBLER_WEAVE_H
#define ASSEMBLER_WEAVE_H

#include "text.h"

#include <stdio.h>

/* Writes the lines to `out`, with the calls. x86-64 only; compiled with -mno-red-zone. */
void weave(const struct piece line[], size_t lines, FILE *out);

#endif
