/* memcheck.c - valgrind's memcheck: leaks, invalid and uninitialised uses of memory.
 *
 * Leaks count in the test's own process only (a forked child that ends by _exit still "owns" its copy of the parent's
 * blocks), and only of tests that came to their end. */
#include "../layer.h"
#include "../memory.h"
#include "host_report.h"
#include "tool_report.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

enum {
	TOOL_MEMORY = 3, /* times that of the program */
	FEW_TESTS = 12   /* they take about as long as one start of valgrind */
};

/* Another start has to be worth it. */
static unsigned shards_of(const struct subject *subject, const char *tests)
{
	unsigned count = 1;
	for (const char *c = tests; *c; c++)
		count += *c == ',';
	return count > FEW_TESTS ? subject->shards : 1;
}

static struct run *run_memcheck(const struct subject *subject, unsigned shard)
{
	char *all = tests_of_check(subject, "memcheck");
	unsigned shards = shards_of(subject, all);
	char *tests = shard_of(all, shard, shards);
	char *name = format("memcheck-%u", shard);
	struct run *run = NULL;
	if (*tests) {
		char *xml = format("--xml-file=memcheck.xml.%%p"); /* in its box; a folder's name may have a % in it */
		const char *const prefix[] = {
		    "valgrind",
		    "--tool=memcheck",
		    "--quiet",
		    "--xml=yes",
		    xml,
		    "--leak-check=full",
		    "--show-leak-kinds=definite,indirect",
		    "--child-silent-after-fork=no",
		    "--num-callers=16",
		    "--vgdb=no",
		    "--vex-guest-chase=no",  /* a tenth less work: most code runs once */
		    "--sanity-level=0",      /* valgrind does not look for errors of its own */
		    "--run-libc-freeres=no", /* what libraries keep until the end is reachable, and no leak; */
		    "--run-cxx-freeres=no",  /* to free it is most of what a small process translates */
		    "--error-limit=no",
		    "--max-stackframe=8388608", /* a large frame is no other stack */
		    NULL};
		run = host_run(subject, VARIANT_PLAIN, name, prefix, tests);
		run->memory_limit *= TOOL_MEMORY;
		limit_use(run, USE_MEMCHECK_S, shards);
		run_add(run, "--control");
		run_add(run, "memory");
		run_add(run, "--cpu-s");
		run_add(run, "8");
		run_add(run, "--use-ms");
		run_add(run, "30000");
		run_add(run, "--watch-cpu-ms");
		run_add(run, "3000");
		free(xml);
	}
	free(name);
	free(tests);
	free(all);
	return run;
}

static void set_words(struct finding *finding, const struct tool_report *report)
{
	const char *kind = report->kind;
	if (strcmp(kind, "memory_leak") == 0) {
		finding_set(&finding->seen, "%lu byte%s in %lu block%s never freed", report->bytes,
		            report->bytes == 1 ? "" : "s", report->blocks, report->blocks == 1 ? " is" : "s are");
		finding_set(&finding->expected, "every block that was allocated is freed exactly once");
		return;
	}
	finding_set(&finding->seen, "%s", report->what);
	finding_set(&finding->expected, "%s",
	            strcmp(kind, "uninitialised_value") == 0 ? "memory is written before it is read"
	            : strcmp(kind, "use_after_free") == 0
	                ? "freed memory is not accessed again"
	                : "only allocated memory is accessed, and only inside its bounds");
}

static void add_report(struct subject *subject, const struct tool_report *report, const struct test_run *run, bool own)
{
	bool leak = strncmp(report->kind, "memory_leak", 11) == 0;
	if (leak && (!own || strcmp(report->kind, "memory_leak") != 0 || strcmp(run->status, "pass") != 0))
		return;
	struct findings *findings = &subject->grade->findings;
	struct finding *finding = findings_add(findings, "memcheck", report->kind, run->test);
	for (size_t s = 0; s < report->count; s++) {
		const struct stack *stack = &report->stack[s];
		bool first = true;
		for (size_t f = 0; f < stack->count; f++) {
			const struct frame *frame = &stack->frame[f];
			if (!in_submission(subject, frame->file))
				continue;
			const char *role = leak                             ? "allocated"
			                   : s == 0                         ? "used"
			                   : strstr(stack->title, "free'd") ? "freed"
			                                                    : "allocated";
			add_frame(subject, finding, frame->file, frame->line, frame->function, role);
			first = false;
		}
		if (s == 0 && first)
			break; /* the error itself is not in the submission */
	}
	set_words(finding, report);
	set_replay(subject, finding, run);
	keep_tool_finding(findings);
}

static void read_xml(struct subject *subject, const char *path, const struct host_report *report)
{
	const char *dot = strrchr(path, '.');
	pid_t pid = dot ? (pid_t)strtol(dot + 1, NULL, 10) : 0;
	struct test_run *run = host_report_pid(report, pid);
	size_t size;
	char *text = run ? file_read_box(path, 64 << 20, &size, NULL) : NULL;
	if (!text)
		return;
	struct tool_reports reports = memcheck_parse(text, size);
	for (size_t i = 0; i < reports.count; i++)
		if (!is_control(&reports.item[i], run))
			add_report(subject, &reports.item[i], run, pid == run->pid);
	tool_reports_free(&reports);
	free(text);
}

/* Each shard is a world of its own, in which the same process numbers may come up again. Why its results cannot be
 * trusted, or NULL. */
static char *read_shard(struct subject *subject, unsigned shard, const char *tests, bool cut, bool *any)
{
	char *path = format("%s/memcheck-%u.report", subject->folder, shard);
	char *name = format("memcheck-%u", shard), *pattern = box_pattern(subject, name, "memcheck.xml.*");
	free(name);
	struct host_report *report = host_report_read(NULL, path);
	glob_t files;
	if (glob(pattern, 0, NULL, &files) == 0) {
		for (size_t i = 0; i < files.gl_pathc; i++)
			read_xml(subject, files.gl_pathv[i], report);
		globfree(&files);
	}
	char *problem = host_report_problem(report, tests, cut);
	for (size_t i = 0; i < report->count && !problem && layer_on("control"); i++)
		if (strcmp(report->run[i].status, "pass") == 0 && !(report->run[i].leaked && report->run[i].unset))
			problem = format("valgrind did not report the kit's own faults at the end of %s", report->run[i].test);
	if (!problem)
		host_report_broken_off(subject, report, "memcheck");
	host_report_compare(subject, report, "memcheck");
	*any |= report->begun;
	host_report_free(report);
	free(pattern);
	free(path);
	return problem;
}

static void judge(struct subject *subject, const struct run_result *result)
{
	char *all = tests_of_check(subject, "memcheck"), *problem = NULL;
	bool any = false;
	unsigned shards = shards_of(subject, all);
	for (unsigned shard = 0; shard < shards && !problem; shard++) {
		char *tests = shard_of(all, shard, shards);
		if (*tests)
			problem = read_shard(subject, shard, tests, host_cut_off(result), &any);
		free(tests);
	}
	free(all);
	add_result(subject, "memcheck", result, any, problem, "valgrind gave no result");
	if (any && host_died(result))
		add_death(subject, "memcheck", result, NULL);
}

const struct check memcheck_check = {"memcheck", TURN_LONG, VARIANT_PLAIN, run_memcheck, true, NULL, judge};
