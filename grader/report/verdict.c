/* verdict.c - the verdict alone: two of these texts are equal if and only if the verdicts are. For comparing runs. */
#include "view.h"

#include <stdlib.h>

int report_verdict(FILE *out, const struct grade *grade, const struct assignment *assignment,
                   const struct report_options *options)
{
	(void)assignment;
	(void)options;
	char *verdict = grade_verdict(grade);
	escape_plain(out, verdict, true);
	free(verdict);
	return view_written(out);
}
