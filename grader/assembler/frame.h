/* frame.h - the variables in a function's frame, and which of them others may know of. */
#ifndef ASSEMBLER_FRAME_H
#define ASSEMBLER_FRAME_H

#include "text.h"

#include <stdbool.h>

/* Of all functions of a file: where their variables begin, by the debug information. */
struct frames;
struct frames *frames_read(const struct piece line[], size_t lines);
void frames_free(struct frames *frames);

/* From here on the others are about the function whose code begins with this label (".LFB3"). */
void frames_choose(struct frames *frames, struct piece label);

/* The variable at `offset` from rbp has its address taken. */
void frames_escape(struct frames *frames, long offset);
bool frames_escaped(const struct frames *frames, long offset);

#endif
