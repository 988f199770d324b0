/* makefile.c - the Makefile of a handout: the kit's own, by sections. */
#include "../memory.h"
#include "private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const left_out[] = {"##@ Instructors\n", "##@ The kit itself\n"};

enum { SECTIONS = sizeof left_out / sizeof *left_out };

static bool begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* A section ends where the next one begins, or the part about building. */
static bool is_border(const char *line)
{
	return begins(line, "##@ ") || begins(line, "# ----");
}

char *makefile_reduce(const char *text, struct error *error)
{
	char *reduced = NULL;
	size_t size;
	FILE *out = memory_open(&reduced, &size);
	bool found[SECTIONS] = {false}, out_of_it = false;
	for (size_t length; *text; text += length) {
		length = strcspn(text, "\n");
		length += text[length] == '\n';
		if (is_border(text))
			out_of_it = false;
		for (int i = 0; i < SECTIONS; i++)
			if (begins(text, left_out[i]))
				out_of_it = found[i] = true;
		if (!out_of_it)
			fwrite(text, 1, length, out);
	}
	fclose(out);
	for (int i = 0; i < SECTIONS; i++) {
		if (found[i])
			continue;
		fail(error, "the Makefile has no section '%.*s', so it is not known what students should not have",
		     (int)strlen(left_out[i]) - 1, left_out[i]);
		free(reduced);
		return NULL;
	}
	return reduced;
}
