#include "host_report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { REPORT_LIMIT = 1 << 20 };

/* ---- reading -------------------------------------------------------------------------------- */

static char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return strdup(text ? text : "");
}

static int number_of(const json_t *object, const char *key)
{
	return (int)json_integer_value(json_object_get(object, key));
}

static void read_evidence(const json_t *json, struct evidence *evidence)
{
	evidence->kind = text_of(json, "kind");
	evidence->text = text_of(json, "text");
	evidence->expected = text_of(json, "expected");
	evidence->file = text_of(json, "file");
	evidence->line = (unsigned)number_of(json, "line");
	const json_t *frames = json_object_get(json, "frames");
	for (size_t i = 0; i < json_array_size(frames) && i < MAX_FRAMES; i++)
		evidence->frame[evidence->frame_count++] = (uintptr_t)json_integer_value(json_array_get(frames, i));
}

static void read_run(const json_t *json, struct test_run *run)
{
	run->test = text_of(json, "test");
	run->status = text_of(json, "status");
	run->schedule = (unsigned)number_of(json, "schedule");
	run->signal = number_of(json, "signal");
	run->exit = number_of(json, "exit");
	run->ms = number_of(json, "ms");
	run->pid = number_of(json, "pid");
	const json_t *pids = json_object_get(json, "pids"), *evidence = json_object_get(json, "evidence");
	run->pids = calloc(json_array_size(pids) + 1, sizeof *run->pids);
	run->evidence = calloc(json_array_size(evidence) + 1, sizeof *run->evidence);
	if (!run->pids || !run->evidence)
		abort();
	for (size_t i = 0; i < json_array_size(pids); i++)
		run->pids[run->pid_count++] = (pid_t)json_integer_value(json_array_get(pids, i));
	for (size_t i = 0; i < json_array_size(evidence); i++)
		read_evidence(json_array_get(evidence, i), &run->evidence[run->evidence_count++]);
}

struct host_report *host_report_read(struct host_report *report, const char *path)
{
	if (!report)
		report = calloc(1, sizeof *report);
	if (!report)
		abort();
	char *text = file_read(path, 64 << 20, NULL, NULL);
	char *rest = text;
	for (char *line; rest && (line = strsep(&rest, "\n"));) {
		json_t *json = json_loads(line, 0, NULL);
		if (json && json_is_object(json)) {
			report->run = realloc(report->run, (report->count + 1) * sizeof *report->run);
			if (!report->run)
				abort();
			memset(&report->run[report->count], 0, sizeof *report->run);
			read_run(json, &report->run[report->count++]);
		}
		json_decref(json);
	}
	free(text);
	return report;
}

void evidence_clear(struct evidence *evidence)
{
	free(evidence->kind);
	free(evidence->text);
	free(evidence->expected);
	free(evidence->file);
	free(evidence->role);
	free(evidence->other_role);
}

void host_report_free(struct host_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		struct test_run *run = &report->run[i];
		for (size_t e = 0; e < run->evidence_count; e++)
			evidence_clear(&run->evidence[e]);
		free(run->evidence);
		free(run->pids);
		free(run->test);
		free(run->status);
	}
	free(report->run);
	free(report);
}

const struct test_run *host_report_test(const struct host_report *report, const char *test)
{
	for (size_t i = 0; i < report->count; i++)
		if (strcmp(report->run[i].test, test) == 0)
			return &report->run[i];
	return NULL;
}

const struct test_run *host_report_pid(const struct host_report *report, pid_t pid)
{
	for (size_t i = 0; i < report->count; i++)
		for (size_t p = 0; p < report->run[i].pid_count; p++)
			if (report->run[i].pids[p] == pid)
				return &report->run[i];
	return NULL;
}

/* ---- running -------------------------------------------------------------------------------- */

struct run *host_run(const struct subject *subject, enum variant variant, const char *check, const char *const prefix[],
                     const char *tests)
{
	const struct assignment *assignment = subject->assignment;
	struct run *run = run_new(subject->folder);
	run->output = format("%s/%s.output", subject->folder, check);
	run->report = format("%s/%s.report", subject->folder, check);
	run->wall_ms = assignment->limits.wall_s * 1000;
	run->cpu_s = assignment->limits.cpu_s;
	run->output_limit = (size_t)assignment->limits.output_kib * 1024;
	run->file_limit = (size_t)assignment->limits.file_kib * 1024;
	if (run->file_limit < REPORT_LIMIT) /* the host's report is a file of the same run */
		run->file_limit = REPORT_LIMIT;
	for (size_t i = 0; prefix && prefix[i]; i++)
		run_add(run, "%s", prefix[i]);
	run_add(run, "./%s-%s", assignment->name, variant_name(variant));
	run_add(run, "--tests");
	run_add(run, "%s", tests);
	return run;
}

static bool listed(const struct string_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i], name) == 0)
			return true;
	return list->count == 0;
}

static bool named_by_check(const struct assignment *assignment, const char *check, const char *test)
{
	for (size_t i = 0; i < assignment->check_count; i++)
		if (strcmp(assignment->check[i].check, check) == 0 && listed(&assignment->check[i].tests, test))
			return true;
	return false;
}

char *tests_of_check(const struct subject *subject, const char *check)
{
	char *text = strdup("");
	for (size_t i = 0; i < subject->assignment->test_count; i++) {
		const struct test_spec *test = &subject->assignment->test[i];
		if ((test->hidden && subject->public_only) ||
		    (subject->only_test && strcmp(subject->only_test, test->name) != 0))
			continue;
		if (strcmp(check, "criterion") != 0 && !named_by_check(subject->assignment, check, test->name))
			continue;
		char *longer = format("%s%s%s", text, *text ? "," : "", test->name);
		free(text);
		text = longer;
	}
	return text;
}

bool host_cut_off(const struct run_result *result)
{
	return result->end != RUN_EXITED || result->status != 0;
}

char *shard_of(const char *tests, unsigned shard, unsigned shards)
{
	char *copy = strdup(tests), *rest = copy, *chosen = strdup("");
	unsigned index = 0;
	for (char *word; rest && (word = strsep(&rest, ","));) {
		if (index++ % shards != shard)
			continue;
		char *longer = format("%s%s%s", chosen, *chosen ? "," : "", word);
		free(chosen);
		chosen = longer;
	}
	free(copy);
	return chosen;
}

/* ---- places --------------------------------------------------------------------------------- */

bool in_submission(const struct subject *subject, const char *file)
{
	size_t length = strlen(subject->assignment->name);
	return file && strncmp(file, subject->assignment->name, length) == 0 && strcmp(file + length, ".c") == 0;
}

void add_frame(const struct subject *subject, struct finding *finding, const char *file, unsigned line,
               const char *function, const char *role)
{
	if (!file || !line)
		return;
	if (in_submission(subject, file) || strcmp(file, "public.c") == 0)
		finding_add_place(finding, file, line, function, role);
}

void set_replay(const struct subject *subject, struct finding *finding, const struct test_run *run)
{
	finding_set(&finding->replay, "make grade A=%s T=%s", subject->assignment->name, run->test);
}

void keep_tool_finding(struct findings *findings)
{
	struct finding *last = &findings->item[findings->count - 1];
	bool keep = last->where_count > 0;
	for (size_t i = 0; keep && i + 1 < findings->count; i++) {
		struct finding *other = &findings->item[i];
		if (other->test && strcmp(other->test, last->test) == 0 && finding_same_root(other, last)) {
			other->count++;
			keep = false;
		}
	}
	if (!keep) {
		finding_clear(last);
		findings->count--;
	}
}
