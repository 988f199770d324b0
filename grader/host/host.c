/* host.c - the test host: runs Criterion tests without Criterion's runner.
 *
 * Linked with the tests, tests/support, grader/explore and the submission into one judged program. It finds the tests
 * where Criterion's Test() puts them (linker section cr_tst), runs each in a forked child, once per schedule, and
 * writes one JSON line per run to the report descriptor. It defines the functions of libcriterion that test bodies
 * call, so the executable's definitions are used: no runner, no socket, no timeout thread; and so it works under
 * ThreadSanitizer, where Criterion's runner cannot start (Criterion issue 274), and needs one valgrind start in all. */
#include "runtime.h"

#include <criterion/criterion.h>
#include <criterion/event.h>
#include <criterion/internal/new_asserts.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern struct criterion_test *__start_cr_tst[] __attribute__((weak)), *__stop_cr_tst[] __attribute__((weak));

void __gcov_dump(void) __attribute__((weak));

enum { TEST_END = 173, EXIT_ASSERTION = 174, TICK_MS = 100, TIMEOUTS_ALLOWED = 2 };

struct options {
	int report;
	const char *tests;     /* comma-separated names, NULL = all */
	unsigned schedules;    /* how many: 0 .. schedules - 1 */
	int only_schedule;     /* -1, or the only one to run */
	unsigned wall_ms;      /* of one run of one test: the last resort */
	unsigned watch_cpu_ms; /* CPU time without a call after which a thread counts as spinning */
	bool in_process;       /* for a debugger: run the one test in this process */
	sigset_t child_signal;
};

/* ---- what test bodies call in libcriterion -------------------------------------------------- */

static struct criterion_test *current_test; /* between test->test() and the functions below, which take no argument */

void criterion_internal_test_setup(void)
{
	if (current_test->data->init)
		current_test->data->init();
}

void criterion_internal_test_main(void (*body)(void))
{
	body();
}

void criterion_internal_test_teardown(void)
{
	if (current_test->data->fini)
		current_test->data->fini();
}

void cri_asserts_passed_incr(void)
{
}

void criterion_continue_test(void)
{
}

/* The evidence is in shared memory already: nothing is left to do in this process. */
void criterion_abort_test(void)
{
	if (__gcov_dump)
		__gcov_dump();
	if (!rt_in_test_process())
		rt_die(1);
	_exit(EXIT_ASSERTION);
}

static struct rt_evidence *assertion(const char *file, unsigned line)
{
	bool child = !rt_in_test_process();
	struct rt_evidence *evidence = rt_evidence_add(child ? "child_in_test" : "assertion");
	const char *base = strrchr(file, '/');
	snprintf(evidence->file, sizeof evidence->file, "%s", base ? base + 1 : file);
	evidence->line = line;
	if (child)
		snprintf(evidence->text, sizeof evidence->text, "a forked child returned from the call and ran on in the test");
	return evidence;
}

void criterion_send_assert(struct criterion_assert_stats *stats)
{
	if (!stats->passed)
		snprintf(assertion(stats->file, stats->line)->text, sizeof((struct rt_evidence *)0)->text, "%s",
		         stats->message);
}

static const struct cri_assert_node *first_failed(const struct cri_assert_node *node)
{
	for (unsigned i = 0; i < node->nchild; i++)
		if (!node->children[i].pass)
			return first_failed(&node->children[i]);
	return node;
}

/* "eq(int, held, 2)" -> the text of the second argument, "held"; NULL if there is none. */
static char *second_argument(const char *repr)
{
	const char *begin = NULL;
	int depth = 0;
	for (const char *c = repr; *c; c++) {
		depth += *c == '(' ? 1 : *c == ')' ? -1 : 0;
		if (*c != ',' && !(*c == ')' && depth == 0))
			continue;
		if (depth > 1)
			continue;
		if (begin)
			return strndup(begin, (size_t)(c - begin));
		begin = c + 1 + (c[1] == ' ');
	}
	return NULL;
}

static const char *parameter(const struct cri_assert_node *node, const char *name)
{
	for (int i = 0; i < CRI_ASSERT_MAX_PARAMS && node->params[i].name; i++)
		if (strcmp(node->params[i].name, name) == 0)
			return node->params[i].data;
	return NULL;
}

static const char *relation(const char *repr)
{
	static const char *const table[][2] = {{"eq(", "is"},         {"ne(", "is not"},          {"lt(", "is less than"},
	                                       {"le(", "is at most"}, {"gt(", "is greater than"}, {"ge(", "is at least"}};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strncmp(repr, table[i][0], 3) == 0)
			return table[i][1];
	return NULL;
}

void cri_assert_node_send(const char *file, size_t line, struct cri_assert_node *root)
{
	if (root->pass)
		return;
	struct rt_evidence *evidence = assertion(file, (unsigned)line);
	if (!rt_in_test_process())
		return;
	const struct cri_assert_node *node = first_failed(root);
	const char *message = root->message && *root->message ? root->message : NULL;
	const char *actual = parameter(node, "actual");
	const char *reference = parameter(node, "expected");
	if (!reference)
		reference = parameter(node, "reference");
	if (!reference)
		reference = parameter(node, "unexpected");
	const char *is = node->repr ? relation(node->repr) : NULL;
	char *subject = is ? second_argument(node->repr) : NULL;
	if (subject && actual && reference) {
		snprintf(evidence->text, sizeof evidence->text, "%s%s%s is %.150s%s", message ? message : "",
		         message ? " (" : "", subject, actual, message ? ")" : "");
		snprintf(evidence->expected, sizeof evidence->expected, "%s %s %.120s", subject, is, reference);
	} else {
		snprintf(evidence->text, sizeof evidence->text, "%s",
		         message      ? message
		         : node->repr ? node->repr
		                      : "the test failed");
		if (message && node->repr)
			snprintf(evidence->expected, sizeof evidence->expected, "%s", node->repr);
	}
	free(subject);
}

/* ---- the report: one JSON object per line --------------------------------------------------- */

static void put_string(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\":\"", name);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < 0x20 || *c >= 0x7f)
			fprintf(out, "\\u%04x", *c); /* bytes above ASCII become Latin-1 here: escaped further by each report */
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void put_evidence(FILE *out, const struct rt_evidence *evidence)
{
	fputc('{', out);
	put_string(out, "kind", evidence->kind);
	fputc(',', out);
	put_string(out, "text", evidence->text);
	fputc(',', out);
	put_string(out, "expected", evidence->expected);
	fputc(',', out);
	put_string(out, "file", evidence->file);
	fprintf(out, ",\"line\":%u,\"frames\":[", evidence->line);
	for (int i = 0; i < RT_FRAMES && evidence->frame[i]; i++)
		fprintf(out, "%s%lu", i ? "," : "", (unsigned long)evidence->frame[i]);
	fprintf(out, "]}");
}

struct run {
	const char *status;
	pid_t pid;
	int signal, exit;
	unsigned ms, schedule;
};

static void put_run(int fd, const struct criterion_test *test, const struct run *run)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return;
	fputc('{', out);
	put_string(out, "test", test->name);
	fprintf(out, ",\"status\":\"%s\",\"schedule\":%u,\"signal\":%d,\"exit\":%d,\"ms\":%u,\"pid\":%d,\"pids\":[",
	        run->status, run->schedule, run->signal, run->exit, run->ms, (int)run->pid);
	if (rt_is_open()) {
		pid_t pids[RT_PROCESSES];
		size_t count = rt_pids(pids, RT_PROCESSES);
		for (size_t i = 0; i < count; i++)
			fprintf(out, "%s%d", i ? "," : "", (int)pids[i]);
	}
	fprintf(out, "],\"evidence\":[");
	for (size_t i = 0; rt_is_open() && i < rt_evidence_count(); i++) {
		fputs(i ? "," : "", out);
		put_evidence(out, rt_evidence_at(i));
	}
	fprintf(out, "]}\n");
	fclose(out);
	for (size_t done = 0; done < size;) {
		ssize_t written = write(fd, text + done, size - done);
		if (written < 0 && errno != EINTR)
			break;
		done += written > 0 ? (size_t)written : 0;
	}
	free(text);
}

/* ---- one run of one test -------------------------------------------------------------------- */

static unsigned now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

static bool saw(const char *kind)
{
	for (size_t i = 0; i < rt_evidence_count(); i++)
		if (strcmp(rt_evidence_at(i)->kind, kind) == 0)
			return true;
	return false;
}

/* All that the test left running: ended and waited for (the host is their subreaper). */
static void clean_up(void)
{
	pid_t pids[RT_PROCESSES];
	size_t count = rt_pids(pids, RT_PROCESSES);
	for (size_t i = 1; i < count; i++)
		if (pids[i] > 0)
			kill(pids[i], SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static const char *judge(struct run *run, int status, bool timed_out)
{
	run->exit = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	run->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (timed_out)
		return "timeout";
	if (saw("busy_wait"))
		return "fail";
	if (rt_ended() == RT_HUNG)
		return "hang";
	if (saw("child_in_test") || saw("assertion") || rt_ended() == RT_LEFT)
		return "fail";
	if (rt_ended() == RT_COMPLETED && run->exit == TEST_END)
		return "pass";
	if (run->signal)
		return run->signal == SIGXCPU ? "timeout" : "crash";
	return "fail";
}

static void run_test(struct criterion_test *test, unsigned schedule, const struct options *options, struct run *run)
{
	*run = (struct run){.schedule = schedule, .status = "not_run"};
	if (rt_world_open(schedule) != 0)
		return;
	unsigned begin = now_ms();
	fflush(NULL);
	run->pid = fork();
	if (run->pid == 0) {
		close(options->report);
		sigprocmask(SIG_UNBLOCK, &options->child_signal, NULL);
		test->test();
		rt_leave_test("child_in_test", "the test's body was left in an unknown way");
	}
	int status = 0;
	bool timed_out = false;
	/* SIGCHLD is blocked, so none is missed; a tick without one is for the watch. */
	while (waitpid(run->pid, &status, WNOHANG) == 0) {
		if (sigtimedwait(&options->child_signal, NULL, &(struct timespec){.tv_nsec = TICK_MS * 1000000}) > 0)
			continue;
		rt_bury_dead();
		if (rt_watch(options->watch_cpu_ms * 1000000ull))
			kill(run->pid, SIGKILL);
		if (now_ms() - begin > options->wall_ms) {
			timed_out = true;
			kill(run->pid, SIGKILL);
		}
	}
	clean_up();
	run->ms = now_ms() - begin;
	run->status = judge(run, status, timed_out);
}

static bool wanted(const char *list, const char *name)
{
	size_t length = strlen(name);
	for (const char *found = list; found && (found = strstr(found, name)); found += length)
		if ((found == list || found[-1] == ',') && (found[length] == ',' || !found[length]))
			return true;
	return !list;
}

static int by_line(const void *a, const void *b)
{
	const struct criterion_test *const *x = a, *const *y = b;
	int order = strcmp((*x)->data->file_, (*y)->data->file_);
	return order ? order : (int)(*x)->data->line_ - (int)(*y)->data->line_;
}

static void run_all(const struct options *options)
{
	unsigned timeouts = 0;
	for (struct criterion_test **test = __start_cr_tst; test < __stop_cr_tst; test++) {
		if (!wanted(options->tests, (*test)->name))
			continue;
		current_test = *test;
		struct run run = {.status = "not_run"};
		unsigned first = options->only_schedule >= 0 ? (unsigned)options->only_schedule : 0;
		unsigned last = options->only_schedule >= 0 ? first : options->schedules - 1;
		bool go_on = timeouts < TIMEOUTS_ALLOWED;
		for (unsigned schedule = first; go_on && schedule <= last; schedule++) {
			run_test(*test, schedule, options, &run);
			/* The last run speaks for the test: the first that fails, else the last schedule. */
			go_on =
			    strcmp(run.status, "pass") == 0 && rt_had_concurrency() && schedule < last && rt_evidence_count() == 0;
			if (go_on)
				rt_world_close();
		}
		if (strcmp(run.status, "timeout") == 0)
			timeouts++;
		put_run(options->report, *test, &run);
		if (rt_is_open())
			rt_world_close();
	}
}

static unsigned number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	struct options options = {.report = 3, .schedules = 1, .only_schedule = -1, .wall_ms = 10000, .watch_cpu_ms = 300};
	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--report") == 0)
			options.report = (int)number(argv[i + 1]);
		else if (strcmp(argv[i], "--tests") == 0)
			options.tests = argv[i + 1];
		else if (strcmp(argv[i], "--schedules") == 0)
			options.schedules = number(argv[i + 1]);
		else if (strcmp(argv[i], "--schedule") == 0)
			options.only_schedule = (int)number(argv[i + 1]);
		else if (strcmp(argv[i], "--wall-ms") == 0)
			options.wall_ms = number(argv[i + 1]);
		else if (strcmp(argv[i], "--watch-cpu-ms") == 0)
			options.watch_cpu_ms = number(argv[i + 1]);
		else if (strcmp(argv[i], "--in-process") == 0)
			options.in_process = number(argv[i + 1]);
	}
	if (&__start_cr_tst[0] == &__stop_cr_tst[0])
		return 2;
	qsort(__start_cr_tst, (size_t)(__stop_cr_tst - __start_cr_tst), sizeof *__start_cr_tst, by_line);
	sigemptyset(&options.child_signal);
	sigaddset(&options.child_signal, SIGCHLD);
	if (!options.in_process) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		sigprocmask(SIG_BLOCK, &options.child_signal, NULL);
		run_all(&options);
		return 0;
	}
	for (struct criterion_test **test = __start_cr_tst; test < __stop_cr_tst; test++)
		if (wanted(options.tests, (*test)->name)) {
			current_test = *test;
			(*test)->test(); /* kit_test_begin makes the world; the process ends with the test */
		}
	return 2;
}
