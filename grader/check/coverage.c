/* coverage.c - which lines of the submission the public tests never ran (gcov counts, gcovr reads). Advice: no points
 * depend on it. */
#include "../memory.h"
#include "host_report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static char *counted_tests(const struct subject *subject)
{
	char *tests = strdup("");
	for (size_t i = 0; i < subject->assignment->test_count; i++) {
		const struct test_spec *test = &subject->assignment->test[i];
		if ((test->hidden && !(counts_hidden_tests() && !subject->public_only)) || subject->only_test ||
		    is_endless(subject, test->name))
			continue;
		char *longer = format("%s%s%s", tests, *tests ? "," : "", test->name);
		free(tests);
		tests = longer;
	}
	return tests;
}

static struct run *run_coverage(const struct subject *subject, unsigned shard)
{
	(void)shard;
	char *tests = counted_tests(subject);
	struct run *run = *tests ? host_run(subject, VARIANT_COVERAGE, "coverage", NULL, tests) : NULL;
	if (run) { /* its counts go to its box */
		run_set(run, "GCOV_PREFIX=%s", run->folder);
		run_set(run, "GCOV_PREFIX_STRIP=99");
		limit_use(run, USE_COVERAGE_S, 1);
	}
	free(tests);
	return run;
}

/* gcov wants the counts beside what the compiler noted. */
static void take_counts(const struct subject *subject)
{
	char *name = format("%s-coverage.gcda", subject->assignment->name), *box = box_of(subject, "coverage");
	char *from = format("%s/%s", box, name), *to = format("%s/%s", subject->folder, name);
	size_t size;
	char *counts = file_read_box(from, 1 << 20, &size, NULL);
	if (counts)
		file_write(to, counts, size, NULL);
	free(counts);
	free(to);
	free(from);
	free(box);
	free(name);
}

static struct run *run_gcovr(const struct subject *subject)
{
	struct run *run = run_new(subject->folder, CAGE_TOOL);
	take_counts(subject);
	run->output = format("%s/gcovr.output", subject->folder);
	run_add(run, "gcovr");
	run_add(run, "--root=.");
	/* Of a child that was killed some counts are negative: it entered a block and never left it. Lines are right. */
	run_add(run, "--gcov-ignore-parse-errors");
	run_add(run, "--filter=%s.c", subject->assignment->name);
	run_add(run, "--json=coverage.json");
	run_add(run, "%s", subject->folder);
	return run;
}

/* "34-37, 90" */
static void add_range(char **text, int first, int last)
{
	char *longer = first == last ? format("%s%s%d", *text, **text ? ", " : "", first)
	                             : format("%s%s%d-%d", *text, **text ? ", " : "", first, last);
	free(*text);
	*text = longer;
}

static const char *line_of(const char *text, int number)
{
	for (; text && number > 1; number--) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text ? text : "";
}

/* Is there nothing in the line but a label, "failed:"? gcov counts the jumps to it. */
static bool is_label(const char *line)
{
	line += strspn(line, " \t");
	size_t name = strspn(line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
	line += name + strspn(line + name, " \t");
	if (!name || *line != ':')
		return false;
	line += 1 + strspn(line + 1, " \t\r");
	return !*line || *line == '\n' || strncmp(line, "//", 2) == 0 || strncmp(line, "/*", 2) == 0;
}

static void read_lines(struct coverage *coverage, const json_t *lines, const char *text)
{
	char *unrun = strdup("");
	int first = 0, last = 0;
	for (size_t i = 0; i < json_array_size(lines); i++) {
		const json_t *line = json_array_get(lines, i);
		int number = (int)json_integer_value(json_object_get(line, "line_number"));
		if (json_is_true(json_object_get(line, "gcovr/noncode")) || is_label(line_of(text, number)))
			continue;
		coverage->lines_total++;
		if (json_integer_value(json_object_get(line, "count")) > 0) {
			coverage->lines_run++;
			if (first)
				add_range(&unrun, first, last);
			first = 0;
		} else {
			first = first ? first : number;
			last = number;
		}
	}
	if (first)
		add_range(&unrun, first, last);
	coverage->unrun = *unrun ? unrun : NULL;
	if (!*unrun)
		free(unrun);
	coverage->known = coverage->lines_total > 0;
}

static void judge(struct subject *subject, const struct run_result *result)
{
	/* A test that breaks off takes its counts with it, and so does a child that is left running: then nothing is said.
	 */
	char *report_path = format("%s/coverage.report", subject->folder);
	struct host_report *report = host_report_read(NULL, report_path);
	char *tests = counted_tests(subject), *missing = host_report_problem(report, tests, false);
	bool complete = report->count > 0 && !missing;
	for (size_t i = 0; i < report->count; i++)
		complete = complete && strcmp(report->run[i].status, "pass") == 0 && !report->run[i].counts_lost;
	free(missing);
	free(tests);
	host_report_free(report);
	free(report_path);
	char *path = format("%s/coverage.json", subject->folder);
	json_t *json = json_load_file(path, 0, NULL);
	const json_t *file = json_array_get(json_object_get(json, "files"), 0);
	char *source = format("%s/%s.c", subject->folder, subject->assignment->name);
	char *text = file_read(source, 2 * SOURCE_LIMIT, NULL, NULL);
	if (complete)
		read_lines(&subject->grade->coverage, json_object_get(file, "lines"), text);
	free(text);
	free(source);
	grade_add_check(subject->grade, "coverage", json ? "ran" : "failed",
	                json ? NULL : "gcovr could not read the counts", result->wall_ms);
	json_decref(json);
	free(path);
}

const struct check coverage_check = {"coverage", TURN_ADVICE, VARIANT_COVERAGE, run_coverage, false, run_gcovr, judge};
