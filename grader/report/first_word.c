/* first_word.c - what can be said when the plain tests have run: the first failing test stands on the screen while the
 * slower checks are still at work. */
#include "../memory.h"
#include "columns.h"
#include "report.h"

#include <stdlib.h>

/* Frees the text. */
static void put_line(FILE *out, char *text, unsigned width)
{
	char *line = cut_to(visible(text), width, "...");
	fprintf(out, "%s\n", line);
	free(line);
	free(text);
}

/* What a hidden test says is a piece of that test, and the whole report knows how much of it may be shown. */
static char *failing_line(const struct test_result *test)
{
	const char *message = test->hidden || !test->message ? "" : test->message;
	return format("  %-7s %s%s%s", test_status_name(test->status), test->name, *message ? ": " : "", message);
}

static bool fails(const struct test_result *test)
{
	return test->status != TEST_PASS && test->status != TEST_NOT_RUN;
}

unsigned report_first_word(FILE *out, const struct grade *grade, unsigned most, const struct report_options *options)
{
	unsigned width = options->width >= 40 ? (unsigned)options->width : 40;
	unsigned ran = 0, failed = 0, lines = 1;
	for (size_t i = 0; i < grade->test_count; i++) {
		ran += grade->test[i].status != TEST_NOT_RUN;
		failed += fails(&grade->test[i]);
	}
	if (!ran || !most)
		return 0;
	put_line(out, format("%s: %u of %u tests pass", grade->assignment, ran - failed, ran), width);
	for (size_t i = 0; i < grade->test_count && lines < most; i++) {
		if (!fails(&grade->test[i]))
			continue;
		if (++lines == most && failed > most - 1)
			put_line(out, format("  and %u more", failed - (most - 2)), width);
		else
			put_line(out, failing_line(&grade->test[i]), width);
	}
	return lines;
}
