#include "criterion_json.h"
#include "../memory.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making JSON of it ---------------------------------------------------------------------- */

static void put_escaped(FILE *out, const char *text, size_t length, bool ascii)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];
		if (byte == '"' || byte == '\\')
			fprintf(out, "\\%c", byte);
		else if (byte < 0x20 || (ascii && byte >= 0x80))
			fprintf(out, "\\u%04x", byte < 0x20 ? byte : '?');
		else
			fputc(byte, out);
	}
}

/* If the line is `before` TEXT `after`: writes it with TEXT escaped. */
static bool put_quoted(FILE *out, const char *line, size_t length, const char *before, const char *after, bool ascii)
{
	size_t head = strlen(before), tail = strlen(after);
	if (length < head + tail || strncmp(line, before, head) != 0 || strncmp(line + length - tail, after, tail) != 0)
		return false;
	fputs(before, out);
	put_escaped(out, line + head, length - head - tail, ascii);
	fputs(after, out);
	return true;
}

/* The report with its messages escaped; `ascii`: and bytes above ASCII replaced. The caller frees it. */
static char *repaired(const char *text, bool ascii)
{
	char *result = NULL;
	size_t size = 0;
	FILE *out = memory_open(&result, &size);
	bool in_messages = false;
	for (const char *line = text; *line;) {
		size_t whole = strcspn(line, "\n"), indent = strspn(line, " ");
		const char *begin = line + (indent < whole ? indent : whole);
		size_t length = whole - (size_t)(begin - line);
		bool done = false;
		if (in_messages)
			done =
			    put_quoted(out, begin, length, "\"", "\",", ascii) || put_quoted(out, begin, length, "\"", "\"", ascii);
		else
			done = put_quoted(out, begin, length, "\"messages\": [\"", "\"]", ascii);
		if (!done) {
			fwrite(begin, 1, length, out);
			in_messages =
			    in_messages ? length != 1 || *begin != ']' : length == 13 && strncmp(begin, "\"messages\": [", 13) == 0;
		}
		fputc('\n', out);
		line += whole + (line[whole] == '\n');
	}
	fclose(out);
	return result;
}

/* ---- reading -------------------------------------------------------------------------------- */

static char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return strdup(text ? text : "");
}

static bool says(const struct runner_test *test, const char *text)
{
	return test->message_count == 1 && strcmp(test->message[0], text) == 0;
}

static int read_status(const char *name, struct runner_test *test, struct error *error)
{
	if (strcmp(name, "PASSED") == 0)
		test->status = RUNNER_PASSED;
	else if (strcmp(name, "FAILED") == 0)
		test->status = RUNNER_FAILED;
	else if (strcmp(name, "SKIPPED") == 0)
		test->status = RUNNER_SKIPPED;
	else if (strcmp(name, "ERRORED") == 0)
		test->status = says(test, "The test timed out.") ? RUNNER_TIMED_OUT : RUNNER_CRASHED;
	else
		return fail(error, "Criterion's report gives the test '%s' the status '%s', which the kit does not know",
		            test->name, name);
	return 0;
}

static int read_test(const char *suite, const json_t *json, struct runner_report *report, struct error *error)
{
	struct runner_test *test = &report->test[report->count++];
	const json_t *messages = json_object_get(json, "messages");
	*test = (struct runner_test){.suite = strdup(suite), .name = text_of(json, "name")};
	test->message = zeroed(json_array_size(messages) + 1, sizeof *test->message);
	for (size_t i = 0; i < json_array_size(messages); i++) {
		const char *message = json_string_value(json_array_get(messages, i));
		test->message[test->message_count++] = strdup(message ? message : "");
	}
	char *status = text_of(json, "status");
	int result =
	    *test->name ? read_status(status, test, error) : fail(error, "Criterion's report has a test without a name");
	free(status);
	return result;
}

static int by_name(const void *a, const void *b)
{
	const struct runner_test *x = a, *y = b;
	int order = strcmp(x->suite, y->suite);
	return order ? order : strcmp(x->name, y->name);
}

static int read_report(const json_t *json, struct runner_report *report, struct error *error)
{
	const json_t *suites = json_object_get(json, "test_suites");
	if (!json_is_array(suites))
		return fail(error, "Criterion's report has no \"test_suites\"");
	report->version = text_of(json, "id");
	size_t total = 0;
	for (size_t i = 0; i < json_array_size(suites); i++)
		total += json_array_size(json_object_get(json_array_get(suites, i), "tests"));
	report->test = zeroed(total + 1, sizeof *report->test);
	for (size_t i = 0; i < json_array_size(suites); i++) {
		const json_t *suite = json_array_get(suites, i), *tests = json_object_get(suite, "tests");
		const char *name = json_string_value(json_object_get(suite, "name"));
		for (size_t t = 0; t < json_array_size(tests); t++)
			if (read_test(name ? name : "", json_array_get(tests, t), report, error) != 0)
				return -1;
	}
	qsort(report->test, report->count, sizeof *report->test, by_name);
	return 0;
}

int runner_report_parse(const char *text, struct runner_report *report, struct error *error)
{
	*report = (struct runner_report){0};
	json_error_t problem = {0};
	json_t *json = NULL;
	for (int ascii = 0; !json && ascii <= 1; ascii++) { /* the second time for messages that are not UTF-8 */
		char *whole = repaired(text, ascii);
		json = json_loads(whole, 0, &problem);
		free(whole);
	}
	if (!json)
		return fail(error, "Criterion's report is not JSON: line %d: %.200s", problem.line, problem.text);
	int result = read_report(json, report, error);
	json_decref(json);
	if (result != 0)
		runner_report_clear(report);
	return result;
}

void runner_report_clear(struct runner_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		struct runner_test *test = &report->test[i];
		for (size_t m = 0; m < test->message_count; m++)
			free(test->message[m]);
		free(test->message);
		free(test->suite);
		free(test->name);
	}
	free(report->test);
	free(report->version);
	*report = (struct runner_report){0};
}

const struct runner_test *runner_report_test(const struct runner_report *report, const char *name)
{
	for (size_t i = 0; i < report->count; i++)
		if (strcmp(report->test[i].name, name) == 0)
			return &report->test[i];
	return NULL;
}

const char *runner_status_name(enum runner_status status)
{
	static const char *const names[] = {"pass", "fail", "crash", "timeout", "not_run"};
	return names[status];
}
