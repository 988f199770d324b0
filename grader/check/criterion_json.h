/* criterion_json.h - what Criterion's own runner writes with --json, as structs. A pure parser: no files but the text
 * that it is given.
 *
 * Criterion 2.4 writes messages without escaping quotes, backslashes and control characters. It writes one per line,
 * however, so the parser escapes them by line before it reads the text as JSON. */
#ifndef CRITERION_JSON_H
#define CRITERION_JSON_H

#include "../error.h"

#include <stddef.h>

enum runner_status { RUNNER_PASSED, RUNNER_FAILED, RUNNER_CRASHED, RUNNER_TIMED_OUT, RUNNER_SKIPPED };

struct runner_test {
	char *suite, *name;
	enum runner_status status;
	char **message; /* Criterion's own, "FILE:LINE: text"; the last failure comes first; none when the process left with
	                   the wrong exit status */
	size_t message_count;
};

struct runner_report {
	char *version;            /* "Criterion v2.4.1" */
	struct runner_test *test; /* by suite and name: Criterion's order is neither that nor the order in the source */
	size_t count;
};

/* 0 and *report (the caller's, to clear), or -1 and *error: the text is cut off, or not such a report. */
int runner_report_parse(const char *text, struct runner_report *report, struct error *error);
void runner_report_clear(struct runner_report *report);

const struct runner_test *runner_report_test(const struct runner_report *report,
                                             const char *name); /* NULL when it is not in the report */
const char *runner_status_name(enum runner_status status);      /* in the words of the kit's own result: "pass", "fail",
                                                                   "crash", "timeout", "not_run" */

#endif
