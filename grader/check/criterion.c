/* criterion.c - the tests themselves, plain build; and the audits at the end of each test, which come from the same
 * run. */
#include "../finding/kind.h"
#include "../layer.h"
#include "../memory.h"
#include "host_report.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEDULES = 5 };

static struct run *run_tests(const struct subject *subject, unsigned shard)
{
	(void)shard;
	char *tests = tests_of_check(subject, "criterion");
	struct run *run = host_run(subject, VARIANT_PLAIN, "criterion", NULL, tests);
	run_add(run, "--control");
	run_add(run, "test");
	run_add(run, "--schedules");
	run_add(run, "%d", SCHEDULES);
	run_add(run, "--turn");
	run_add(run, "1");
	run->one_processor = true;
	limit_use(run, USE_CRITERION_S, 1);
	free(tests);
	return run;
}

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static void add_places(const struct subject *subject, struct lines *lines, struct finding *finding,
                       const struct evidence *evidence, const char *role)
{
	for (size_t i = 0; i < evidence->frame_count; i++) {
		struct line line;
		if (lines_find(lines, evidence->frame[i], &line) && in_submission(subject, line.file))
			add_frame(subject, finding, line.file, line.line, line.function, role);
	}
	if (evidence->line)
		add_frame(subject, finding, evidence->file, evidence->line, NULL, "the assertion");
}

/* Which of the clients that the test could have been it was. */
static void add_choices(struct finding *finding, const struct test_run *run)
{
	if (*run->chosen)
		finding_add_detail(finding, "the test chose: %s", run->chosen);
}

static struct finding *add_evidence(struct subject *subject, struct lines *lines, const char *check,
                                    const struct test_run *run, const struct evidence *evidence, const char *role)
{
	struct finding *finding = findings_add(&subject->grade->findings, check, evidence->kind, run->test);
	char *text = lines_readable(lines, evidence->text, NULL, NULL);
	finding_set(&finding->seen, "%s", text);
	free(text);
	if (*evidence->expected)
		finding_set(&finding->expected, "%s", evidence->expected);
	add_places(subject, lines, finding, evidence, role);
	add_choices(finding, run);
	set_replay(subject, finding, run);
	return finding;
}

/* All rows of the wait table make one finding. */
static void add_hang(struct subject *subject, struct lines *lines, const struct test_run *run)
{
	struct finding *finding = findings_add(&subject->grade->findings, "criterion", "hang", run->test);
	finding_set(&finding->expected, "some thread or process can always run until the test ends");
	for (size_t i = 0; i < run->evidence_count; i++) {
		if (!is(run->evidence[i].kind, "hang"))
			continue;
		char *text = lines_readable(lines, run->evidence[i].text, NULL, NULL);
		finding_add_detail(finding, "%s", text);
		if (!finding->seen)
			finding_set(&finding->seen, "every thread is waiting and none is left to wake another");
		/* "child 1 waits to read pipe 0 (descriptor 3, ...": up to the bracket it says who and what for. */
		char *role = strndup(text, strcspn(text, "("));
		for (size_t length = strlen(role); length && role[length - 1] == ' ';)
			role[--length] = 0;
		struct evidence waits = run->evidence[i], holds = run->evidence[i];
		waits.frame_count = waits.frame_count ? 1 : 0;
		add_places(subject, lines, finding, &waits, role);
		if (holds.frame_count > 1) {
			holds.frame[0] = holds.frame[1];
			holds.frame_count = 1;
			add_places(subject, lines, finding, &holds, "the lock was taken");
		}
		free(role);
		free(text);
	}
	add_choices(finding, run);
	set_replay(subject, finding, run);
}

static const struct evidence *find(const struct test_run *run, const char *kind)
{
	for (size_t i = 0; i < run->evidence_count; i++)
		if (is(run->evidence[i].kind, kind))
			return &run->evidence[i];
	return NULL;
}

static bool one_of(const char *kind, const char *const kinds[])
{
	for (; *kinds; kinds++)
		if (is(kind, *kinds))
			return true;
	return false;
}

/* What an assertion that fails later follows from, most likely, or NULL. */
static const struct evidence *cause_before(const struct test_run *run, const struct evidence *assertion)
{
	static const char *const causes[] = {"crash", "lock_held", "mutex_misuse", NULL};
	for (const char *const *cause = causes; *cause; cause++) {
		const struct evidence *evidence = find(run, *cause);
		if (evidence && evidence < assertion)
			return evidence;
	}
	return NULL;
}

static const char *role_of(const char *kind)
{
	static const char *const created[] = {"zombie", "orphan", "thread_leak", NULL};
	return is(kind, "crash")       ? "crashed"
	       : is(kind, "assertion") ? "the call that failed"
	       : is(kind, "fd_leak")   ? "opened"
	       : is(kind, "lock_held") ? "locked"
	       : one_of(kind, created) ? "created"
	                               : NULL;
}

/* A process crashed, say, and then an assertion failed: the cause is told, and what followed. What the audit would say
 * of a test that passes is told as a failed assertion: that is what the test costs. */
static bool judge_cause_before(struct subject *subject, struct lines *lines, const struct test_run *run)
{
	const struct evidence *assertion = find(run, "assertion"), *before = cause_before(run, assertion);
	if (!before)
		return false;
	struct evidence cause = *before;
	const char *role = role_of(cause.kind);
	if (!is(cause.kind, "crash"))
		cause.kind = assertion->kind;
	struct finding *finding = add_evidence(subject, lines, "criterion", run, &cause, role);
	char *text = lines_readable(lines, assertion->text, NULL, NULL);
	finding_add_detail(finding, "then an assertion of the test failed: %s", text);
	free(text);
	return true;
}

static void judge_failure(struct subject *subject, struct lines *lines, const struct test_run *run)
{
	/* The first of these that was seen is the cause; the others follow from it. */
	static const char *const causes[] = {"child_in_test", "tampered", "exit_in_test", "busy_wait", "limit",
	                                     "assertion",     NULL};
	for (const char *const *cause = causes; *cause; cause++) {
		const struct evidence *evidence = find(run, *cause);
		if (!evidence)
			continue;
		if (is(*cause, "assertion") && judge_cause_before(subject, lines, run))
			return;
		add_evidence(subject, lines, "criterion", run, evidence, is(*cause, "assertion") ? role_of(*cause) : NULL);
		return;
	}
	if (is(run->status, "hang")) {
		add_hang(subject, lines, run);
		return;
	}
	const struct evidence *crash = find(run, "crash");
	if (is(run->status, "crash") && crash) {
		add_evidence(subject, lines, "criterion", run, crash, "crashed");
		return;
	}
	const char *kind = is(run->status, "timeout")   ? "timeout"
	                   : is(run->status, "crash")   ? "crash"
	                   : is(run->status, "not_run") ? "not_run"
	                                                : "exit_in_test";
	struct finding *finding = findings_add(&subject->grade->findings, "criterion", kind, run->test);
	if (is(kind, "timeout"))
		finding_set(&finding->seen, "the test was still running when its time was up");
	else if (is(kind, "crash"))
		finding_set(&finding->seen, "the test's process was killed by SIG%s",
		            sigabbrev_np(run->signal) ? sigabbrev_np(run->signal) : "?");
	else if (is(kind, "not_run"))
		finding_set(&finding->seen, "not run: earlier tests used all the time");
	else
		finding_set(&finding->seen,
		            "the test's process exited with status %d in the middle of the test: something in the submission "
		            "ended the process or its main thread",
		            run->exit);
	if (is(kind, "exit_in_test"))
		finding_set(&finding->expected, "the call returns to its caller");
	else if (is(kind, "crash"))
		finding_set(&finding->expected, "no signal kills the process");
	set_replay(subject, finding, run);
}

static void judge_audit(struct subject *subject, struct lines *lines, const struct test_run *run)
{
	for (size_t i = 0; i < run->evidence_count; i++)
		if (kind_find(run->evidence[i].kind)->seen_by & KIND_AUDIT)
			add_evidence(subject, lines, "audit", run, &run->evidence[i], role_of(run->evidence[i].kind));
}

static enum test_status status_of(const char *name)
{
	for (enum test_status status = TEST_PASS; status <= TEST_NOT_RUN; status++)
		if (is(test_status_name(status), name))
			return status;
	return TEST_NOT_RUN;
}

/* Was there an assertion of the kit's own at the end? It has no place. */
static bool reached_end(const struct test_run *run)
{
	for (size_t i = 0; i < run->reached_count; i++)
		if (!run->reached[i].place)
			return true;
	return false;
}

/* A test that says it passed, but missed an assertion that is on its way. */
static bool judge_passage(struct subject *subject, struct lines *lines, struct assertions *assertions,
                          struct test_result *test, const struct test_run *run)
{
	enum { MOST = 250 /* of which the host tells */ };
	if (!layer_on("control") || !assertions || run->reached_count >= MOST)
		return false;
	uintptr_t missed =
	    assertions_missed(assertions, subject->assignment->name, run->test, run->reached, run->reached_count);
	if (!missed && reached_end(run))
		return false;
	struct finding *finding = findings_add(&subject->grade->findings, "criterion", "tampered", run->test);
	struct line line;
	finding_set(&finding->seen, "the test ended without having come to all of its assertions");
	finding_set(&finding->expected, "each call returns to where it was called, and the test goes on from there");
	if (lines_find(lines, missed, &line))
		add_frame(subject, finding, line.file, line.line, NULL, "was missed");
	set_replay(subject, finding, run);
	test->status = TEST_FAIL;
	test->message = strdup(finding->seen);
	return true;
}

static void judge_test(struct subject *subject, struct lines *lines, struct assertions *assertions,
                       struct test_result *test, const struct test_run *run)
{
	size_t before = subject->grade->findings.count;
	test->status = status_of(run->status);
	test->duration_ms = run->ms;
	test->asserted = host_report_asserted(run);
	test->endless = test->status == TEST_TIMEOUT || test->status == TEST_NOT_RUN;
	if (test->status == TEST_PASS) {
		if (!judge_passage(subject, lines, assertions, test, run))
			judge_audit(subject, lines, run);
		return;
	}
	judge_failure(subject, lines, run);
	if (subject->grade->findings.count > before && subject->grade->findings.item[before].seen)
		test->message = strdup(subject->grade->findings.item[before].seen);
}

/* A test that passed, and did so again with one of its assertions turned round. */
static char *passes_whatever(const struct host_report *report)
{
	for (size_t i = 0; i < report->count && layer_on("control"); i++)
		if (is(report->run[i].status, "pass") && (!*report->run[i].turned || is(report->run[i].turned, "pass")))
			return format("an assertion of %s was turned round, and the test did not fail", report->run[i].test);
	return NULL;
}

/* Why these results prove nothing, or NULL. The caller frees it. */
static char *distrust(const struct subject *subject, const struct host_report *report, bool whole)
{
	char *tests = tests_of_check(subject, "criterion"), *problem = host_report_problem(report, tests, !whole);
	const struct test_run *control = host_report_test(report, CONTROL_TEST);
	free(tests);
	if (!problem && whole && layer_on("control") &&
	    !(control && is(control->status, "fail") && find(control, "assertion")))
		problem = strdup("the kit's own test, whose assertion does not hold, did not fail");
	return problem ? problem : passes_whatever(report);
}

/* The test that took most of the time until the run was ended: one of those that ended, or the first that did not. */
static const char *slowest(const struct host_report *report, const struct grade *grade, int wall_ms)
{
	const char *found = NULL, *cut = NULL;
	int most = 0, rest = wall_ms;
	for (size_t i = 0; i < grade->test_count; i++) {
		const struct test_run *run = host_report_test(report, grade->test[i].name);
		if (!run && !cut)
			cut = grade->test[i].name;
		rest -= run ? run->ms : 0;
		if (run && run->ms > most) {
			most = run->ms;
			found = run->test;
		}
	}
	return cut && rest > most ? cut : found;
}

static void judge(struct subject *subject, const struct run_result *result)
{
	struct grade *grade = subject->grade;
	char *report_path = format("%s/criterion.report", subject->folder);
	char *program = format("%s/%s-plain", subject->folder, subject->assignment->name);
	struct host_report *report = host_report_read(NULL, report_path);
	struct lines *lines = lines_open(program);
	struct assertions *assertions = assertions_open(program);
	bool whole = result->end == RUN_EXITED && result->status == 0;
	for (size_t i = 0; i < grade->test_count; i++) {
		struct test_result *test = &grade->test[i];
		const struct test_run *run = host_report_test(report, test->name);
		if (run)
			judge_test(subject, lines, assertions, test, run);
	}
	if (result->output_cut)
		grade_remark(grade, "the submission printed %zu bytes; the kit kept the first %d KiB", result->output_bytes,
		             subject->assignment->limits.output_kib);
	bool started = result->end != RUN_NOT_STARTED && !is_starved(result) &&
	               !(result->end == RUN_EXITED && result->status >= 125 && result->status < 128);
	bool died = report->begun && host_died(result);
	if (died) {
		add_death(subject, "criterion", result, report->count ? report->run[report->count - 1].test : NULL);
	} else if (started && !report->count) {
		struct finding *finding = findings_add(&grade->findings, "build", "no_result", NULL);
		finding_set(&finding->seen, "the program ended before the first test was over: by %s %d",
		            result->end == RUN_EXITED ? "exit status" : "signal", result->status);
		finding_set(&finding->expected, "nothing in the submission runs before the tests or exits their processes");
	}
	bool judged = !is_starved(result) && (started || report->count > 0);
	char *problem = distrust(subject, report, whole);
	if (judged && !problem && limit_of(result))
		add_limit(subject, "criterion", result, slowest(report, grade, result->wall_ms));
	if (judged && !problem)
		grade_add_check(grade, "criterion", "ran", died ? "the program that starts the tests was killed" : NULL,
		                result->wall_ms);
	else
		add_result(subject, "criterion", result, false, problem, "the test host did not run");
	grade_add_check(grade, "audit", judged ? "ran" : "failed", NULL, 0);
	assertions_close(assertions);
	lines_close(lines);
	host_report_free(report);
	free(program);
	free(report_path);
}

const struct check criterion_check = {"criterion", TURN_FIRST, VARIANT_PLAIN, run_tests, false, NULL, judge};
