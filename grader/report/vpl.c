/* vpl.c - what Moodle's Virtual Programming Lab reads from the evaluation's output: a block of comments, in which lines
 * beginning with - are titles and those beginning with > are shown as they are, and the last line that begins with
 * "Grade :=>>". As every line of the report begins with >, none of them is an order. Source: the manual of VPL. */
#include "platform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double number(const char *text, double otherwise)
{
	char *end;
	double value = text ? strtod(text, &end) : otherwise;

	return text && (end == text || *end || !isfinite(value)) ? otherwise : value;
}

static void quoted(FILE *out, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		fprintf(out, ">%.*s\n", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

/* On the scale of the activity, from 0 to the points of the assignment if it has none. */
static void put_grade(FILE *out, const struct grade *grade, const struct report_platform *platform)
{
	double lowest = platform ? number(platform->grade_min, 0) : 0;
	double highest = platform ? number(platform->grade_max, grade->max_score) : grade->max_score;

	if (highest <= lowest) {
		lowest = 0;
		highest = grade->max_score;
	}
	if (grade->judged && grade->max_score > 0)
		fprintf(out, "Grade :=>> %.6g\n", lowest + (highest - lowest) * grade->score / grade->max_score);
}

int report_vpl(FILE *out, const struct grade *grade, const struct assignment *assignment,
               const struct report_options *options)
{
	char *text = terminal_text(grade, assignment, options), *title = plain(grade->assignment, false);

	fprintf(out, "<|--\n-%s: ", title);
	if (grade->judged)
		fprintf(out, "%d of %d points\n", grade->score, grade->max_score);
	else
		fputs("not judged\n", out);
	quoted(out, text);
	fputs("--|>\n", out);
	put_grade(out, grade, options->platform);
	free(text);
	free(title);
	return view_written(out);
}
