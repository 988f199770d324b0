/* frame.c - see frame.h. gcc writes of each variable "DW_OP_fbreg OFFSET": a byte 0x91 and a .sleb128, after the
 * function's own label. What begins nowhere (what the compiler keeps there for itself) counts with the variable below
 * it. */
#include "frame.h"

#include <stdlib.h>
#include <string.h>

enum { ABOVE_RBP = 16 }; /* DW_OP_fbreg counts from where the frame of the caller ends */

struct variable {
	struct piece function;
	long offset; /* from rbp */
	bool escaped;
};

struct frames {
	struct variable *variable;
	size_t count, capacity;
	struct piece chosen;
	bool outside; /* what lies below all variables, or has no debug information, escaped */
};

static void add(struct frames *frames, struct piece function, long offset)
{
	if (frames->count == frames->capacity) {
		frames->capacity = frames->capacity ? 2 * frames->capacity : 64;
		frames->variable = reallocarray(frames->variable, frames->capacity, sizeof *frames->variable);
		if (!frames->variable)
			abort();
	}
	frames->variable[frames->count++] = (struct variable){function, offset, false};
}

struct frames *frames_read(const struct piece text[], size_t lines)
{
	struct frames *frames = calloc(1, sizeof *frames);
	struct piece function = {"", 0};
	bool place = false;
	if (!frames)
		abort();
	for (size_t i = 0; i < lines; i++) {
		struct line line;
		line_cut(&line, text[i]);
		if (line.kind != LINE_OTHER)
			continue;
		if (piece_is(line.word, ".quad") && piece_begins(line.rest, ".LFB"))
			function = line.rest;
		if (place && piece_is(line.word, ".sleb128"))
			add(frames, function, piece_number(line.rest) + ABOVE_RBP);
		place = piece_is(line.word, ".byte") && piece_is(line.rest, "0x91");
	}
	return frames;
}

void frames_free(struct frames *frames)
{
	free(frames->variable);
	free(frames);
}

void frames_choose(struct frames *frames, struct piece label)
{
	frames->chosen = label;
	frames->outside = false;
}

static bool is_same(struct piece a, struct piece b)
{
	return a.size == b.size && memcmp(a.text, b.text, a.size) == 0;
}

static struct variable *find(const struct frames *frames, long offset)
{
	struct variable *best = NULL;
	for (size_t i = 0; i < frames->count; i++) {
		struct variable *variable = &frames->variable[i];
		if (variable->offset <= offset && (!best || variable->offset > best->offset) &&
		    is_same(variable->function, frames->chosen))
			best = variable;
	}
	return best;
}

void frames_escape(struct frames *frames, long offset)
{
	struct variable *variable = find(frames, offset);
	if (variable)
		variable->escaped = true;
	else
		frames->outside = true;
}

bool frames_escaped(const struct frames *frames, long offset)
{
	if (offset >= 0 && offset < ABOVE_RBP)
		return false; /* the caller's rbp and where it goes on */
	const struct variable *variable = find(frames, offset);
	return variable ? variable->escaped : frames->outside;
}
