/* verdict.c - the verdict alone: two of these texts are equal if and only if the verdicts are. For comparing runs. */
#include "../file.h"
#include "../memory.h"
#include "view.h"

#include <stdlib.h>
#include <string.h>

/* A line that is too long for a report is cut; what was cut off still counts. */
static void put_line(FILE *out, const char *line, size_t length)
{
	char *text = must(strndup(line, length)), sum[HASH_SIZE];

	escape_plain(out, text, false);
	if (length > ESCAPE_LIMIT) {
		struct hash *hash = hash_new();

		hash_add(hash, "line", text, length);
		hash_end(hash, sum);
		fprintf(out, " sha256 %s", sum);
	}
	fputc('\n', out);
	free(text);
}

int report_verdict(FILE *out, const struct grade *grade, const struct assignment *assignment,
                   const struct report_options *options)
{
	(void)assignment;
	(void)options;
	char *verdict = grade_verdict(grade);

	for (const char *line = verdict; line && *line;) {
		size_t length = strcspn(line, "\n");

		put_line(out, line, length);
		line += length + (line[length] == '\n');
	}
	free(verdict);
	return view_written(out);
}
