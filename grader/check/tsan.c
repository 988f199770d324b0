/* tsan.c - ThreadSanitizer: data races, lock order, threads that nobody joins. Reports without a frame in the
 * submission are the tests' own. */
#include "../layer.h"
#include "../memory.h"
#include "host_report.h"
#include "tool_report.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEDULES = 3, TOOL_MEMORY = 5 /* times that of the program */ };

static struct run *run_tsan(const struct subject *subject, unsigned shard)
{
	(void)shard;
	char *tests = tests_of_check(subject, "tsan");
	struct run *run = NULL;
	if (*tests) {
		run = host_run(subject, VARIANT_TSAN, "tsan", NULL, tests);
		run_add(run, "--schedules");
		run_add(run, "%d", SCHEDULES);
		run->one_processor = true;
		/* What malloc cannot give is NULL, as in the C library, and not the end of the process. Thread leaks are the
		 * audit's: ThreadSanitizer sees them only when the thread has quite ended, which nobody waits for. */
		/* It works in its box, so the log needs no folder: options are a list in a string, and folders have any name.
		 */
		run_set(run, "TSAN_OPTIONS=log_path=tsan.log exitcode=0 die_after_fork=0 atexit_sleep_ms=0 handle_segv=0 "
		             "handle_abort=0 "
		             "second_deadlock_stack=1 report_signal_unsafe=0 history_size=4 symbolize=0 report_thread_leaks=0 "
		             "allocator_may_return_null=1");
		run->memory_limit *= TOOL_MEMORY;
		limit_use(run, USE_TSAN_S, 1);
	}
	free(tests);
	return run;
}

static bool starts(const char *text, const char *prefix)
{
	return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

/* Does the stack tell who did it (and not where a thread, a mutex or a block comes from)? */
static bool is_access(const char *kind, const char *title)
{
	if (strcmp(kind, "data_race") == 0 || strcmp(kind, "use_after_free") == 0)
		return starts(title, "write ") || starts(title, "read ") || starts(title, "atomic ") ||
		       starts(title, "previous ");
	if (strcmp(kind, "lock_order_inversion") == 0)
		return strstr(title, " acquired here") != NULL;
	if (strcmp(kind, "mutex_misuse") == 0)
		return !starts(title, "mutex ");
	return true;
}

/* "Previous write of size 8 at 0x7b... by thread T1 (mutexes: write M0)" -> "write by thread T1, holding 1 mutex". NULL
 * where there is no more to say. */
static char *role_of(const char *kind, const char *title)
{
	if (strcmp(kind, "thread_leak") == 0)
		return strdup("created");
	if (strcmp(kind, "mutex_misuse") == 0)
		return NULL;
	if (strcmp(kind, "lock_order_inversion") == 0) {
		const char *by = strstr(title, " in ");
		char *role = format("locked while another is held%s", by ? by : "");
		size_t length = strlen(role);
		while (length && (role[length - 1] == ':' || role[length - 1] == ' '))
			role[--length] = 0;
		return role;
	}
	bool write = strcasestr(title, "write of") != NULL;
	bool atomic = strcasestr(title, "atomic") != NULL;
	const char *by = strstr(title, " by ");
	const char *mutexes = by ? strstr(by, " (mutexes: ") : NULL;
	int held = 0;
	for (const char *c = mutexes; c && *c; c++)
		held += *c == 'M';
	char *who = by ? strndup(by, mutexes ? (size_t)(mutexes - by) : strlen(by)) : strdup("");
	char *role = held ? format("%s%s%s, holding %d mutex%s", atomic ? "atomic " : "", write ? "write" : "read", who,
	                           held, held == 1 ? "" : "es")
	                  : format("%s%s%s, holding no mutex", atomic ? "atomic " : "", write ? "write" : "read", who);
	free(who);
	return role;
}

static void add_places(const struct subject *subject, struct finding *finding, const struct tool_report *report)
{
	for (size_t s = 0; s < report->count; s++) {
		const struct stack *stack = &report->stack[s];
		if (!is_access(report->kind, stack->title))
			continue;
		char *role = role_of(report->kind, stack->title);
		for (size_t f = 0; f < stack->count; f++) {
			const struct frame *frame = &stack->frame[f];
			if (!in_submission(subject, frame->file))
				continue;
			add_frame(subject, finding, frame->file, frame->line, frame->function, role);
		}
		free(role);
	}
}

static void set_words(struct finding *finding)
{
	if (strcmp(finding->kind, "data_race") == 0) {
		finding_set(&finding->seen,
		            "two threads access the same memory without synchronisation, and at least one of them writes");
		finding_set(&finding->expected, "a mutex (or another happens-before order) separates the two accesses");
	} else if (strcmp(finding->kind, "lock_order_inversion") == 0) {
		finding_set(&finding->seen, "mutexes are locked in one order here and in the opposite order there");
		finding_set(&finding->expected,
		            "all threads lock the mutexes in one order, so that no cycle of waiting can form");
	} else if (strcmp(finding->kind, "thread_leak") == 0) {
		finding_set(&finding->seen, "a thread was created and never joined");
		finding_set(&finding->expected, "every thread is joined");
	} else if (strcmp(finding->kind, "use_after_free") == 0) {
		finding_set(&finding->seen, "memory is used after another thread has freed it");
		finding_set(&finding->expected, "nothing is freed that another thread may still use");
	}
}

static void add_report(struct subject *subject, const struct tool_report *report, const struct test_run *run)
{
	/* Who was not joined is only known at the end of a test: one that broke off leaves threads for many reasons. */
	if (strcmp(report->kind, "thread_leak") == 0 && strcmp(run->status, "pass") != 0)
		return;
	struct findings *findings = &subject->grade->findings;
	struct finding *finding = findings_add(findings, "tsan", report->kind, run->test);
	add_places(subject, finding, report);
	finding_set(&finding->seen, "ThreadSanitizer reports: %s", report->what);
	set_words(finding);
	set_replay(subject, finding, run);
	keep_tool_finding(findings);
}

/* The lines are looked up here: ThreadSanitizer takes a fifth of a second for it in each process. */
static void look_up(struct tool_reports *reports, struct lines *lines)
{
	for (size_t r = 0; r < reports->count; r++)
		for (size_t s = 0; s < reports->item[r].count; s++)
			for (size_t f = 0; f < reports->item[r].stack[s].count; f++) {
				struct frame *frame = &reports->item[r].stack[s].frame[f];
				struct line line;
				if (!frame->address || !lines_find(lines, frame->address + 1, &line))
					continue;
				finding_set(&frame->file, "%s", line.file);
				finding_set(&frame->function, "%s", line.function ? line.function : "");
				frame->line = line.line;
			}
}

/* From there on it watched no more: its silence about this test is nobody's answer. An address in what it says is
 * another one each time. */
static void note_failure(struct subject *subject, const struct test_run *run, const char *text)
{
	struct test_result *test = grade_test(subject->grade, run->test);
	char *failure = tsan_failure(text);
	if (failure && test && !test->unwatched) {
		char *address = strstr(failure, " 0x");
		test->unwatched = strndup(failure, address ? (size_t)(address - failure) : strlen(failure));
	}
	free(failure);
}

static void read_log(struct subject *subject, const char *path, const struct host_report *report, struct lines *lines)
{
	const char *dot = strrchr(path, '.');
	struct test_run *run = dot ? host_report_pid(report, (pid_t)strtol(dot + 1, NULL, 10)) : NULL;
	char *text = run ? file_read_box(path, 16 << 20, NULL, NULL) : NULL;
	if (!text)
		return;
	note_failure(subject, run, text);
	char *program = format("%s-tsan", subject->assignment->name);
	struct tool_reports reports = tsan_parse(text, program);
	free(program);
	look_up(&reports, lines);
	run->raced = false;
	for (size_t i = 0; i < reports.count; i++)
		if (!is_control(&reports.item[i], run))
			add_report(subject, &reports.item[i], run);
	run->races += run->raced;
	tool_reports_free(&reports);
	free(text);
}

static bool is_unwatched(const struct subject *subject, const struct test_run *run)
{
	const struct test_result *test = grade_test(subject->grade, run->test);
	return test && test->unwatched;
}

/* Each of its processes has raced, one under each schedule from 0 on. */
static char *missing_control(const struct subject *subject, const struct host_report *report)
{
	for (size_t i = 0; i < report->count && layer_on("control"); i++) {
		const struct test_run *run = &report->run[i];
		if (strcmp(run->status, "pass") == 0 && run->races <= run->schedule && !is_unwatched(subject, run))
			return format("ThreadSanitizer did not report the kit's own race at the end of %s", run->test);
	}
	return NULL;
}

static void judge(struct subject *subject, const struct run_result *result)
{
	char *report_path = format("%s/tsan.report", subject->folder);
	char *pattern = box_pattern(subject, "tsan", "tsan.log.*");
	struct host_report *report = host_report_read(NULL, report_path);
	char *program = format("%s/%s-tsan", subject->folder, subject->assignment->name);
	struct lines *lines = lines_open(program);
	free(program);
	glob_t logs;
	if (glob(pattern, 0, NULL, &logs) == 0) {
		for (size_t i = 0; i < logs.gl_pathc; i++)
			read_log(subject, logs.gl_pathv[i], report, lines);
		globfree(&logs);
	}
	lines_close(lines);
	char *tests = tests_of_check(subject, "tsan"), *problem = host_report_problem(report, tests, host_cut_off(result));
	if (!problem)
		problem = missing_control(subject, report);
	if (!problem)
		host_report_broken_off(subject, report, "tsan");
	host_report_compare(subject, report, "tsan");
	add_result(subject, "tsan", result, report->begun, problem, "ThreadSanitizer gave no result");
	if (report->begun && host_died(result))
		add_death(subject, "tsan", result, NULL);
	free(tests);
	host_report_free(report);
	free(pattern);
	free(report_path);
}

const struct check tsan_check = {"tsan", TURN_ANY, VARIANT_TSAN, run_tsan, false, NULL, judge};
