/* hidden.c - the tests of crash_supervisor that only instructors have. Each one tests sentences of
 * include/crash_supervisor.h; two are any small client. */
#define _GNU_SOURCE 1
#include "crash_supervisor.h"
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- workers that do what a script says -------------------------------------------------------- */

enum { WORKERS = 20, ATTEMPTS = 6 };

enum end { RETURNS_0, RETURNS_3, ABORTS, KILLS_ITSELF, HANGS, HANGS_WITH_A_CHILD, ENDS };

/* In memory that all share. What jobs note they note by kit_note. */
struct scene {
	enum end script[WORKERS][ATTEMPTS]; /* what is behind it returns 0 */
	unsigned begun[WORKERS];            /* attempts so far */
	unsigned wrong;                     /* attempts with a number or a worker that they should not have */
	bool some_never_begin;              /* they may come to their deadlines before */
};

static void __attribute__((noreturn)) hang(void)
{
	sem_t never;

	sem_init(&never, 0, 0);
	for (;;)
		sem_wait(&never);
}

static int come_to(enum end end)
{
	if (end == ABORTS)
		raise(SIGABRT);
	if (end == KILLS_ITSELF)
		raise(SIGKILL);
	if (end == HANGS_WITH_A_CHILD)
		fork();
	if (end == HANGS || end == HANGS_WITH_A_CHILD)
		hang();
	return end == RETURNS_3 ? 3 : 0;
}

/* Notes that an attempt has begun, and checks its number. */
static void note_begin(struct scene *scene, unsigned id, unsigned attempt)
{
	unsigned expected = id < WORKERS ? kit_noted(&scene->begun[id]) : 0;

	if (id >= WORKERS || attempt < expected || (attempt > expected && !scene->some_never_begin))
		kit_note(&scene->wrong, 1);
	if (id < WORKERS)
		kit_note(&scene->begun[id], (scene->some_never_begin ? attempt : expected) + 1);
}

static int play(unsigned id, unsigned attempt, void *ctx)
{
	struct scene *scene = ctx;

	note_begin(scene, id, attempt);
	return come_to(id < WORKERS && attempt < ATTEMPTS ? scene->script[id][attempt] : RETURNS_0);
}

static struct scene *new_scene(void)
{
	return kit_shared(sizeof(struct scene));
}

/* ---- calls ------------------------------------------------------------------------------------- */

static const struct sup_report unchanged = {91, 92, 93, 94, 95, 96};

struct call {
	int returned, error;
	struct sup_report report;
};

static struct call run(struct sup_opts opts, sup_job job, void *ctx)
{
	struct call call = {.report = unchanged};

	errno = 0;
	call.returned = sup_run(&opts, job, ctx, &call.report);
	call.error = errno;
	return call;
}

static void expect_success(const struct call *call, const char *what)
{
	int returned = call->returned;

	cr_assert(eq(int, returned, 0), "%s: sup_run failed with \"%s\"", what, strerror(call->error));
}

static void expect_failure(const struct call *call, int error, const char *what)
{
	int returned = call->returned;

	cr_assert(eq(int, returned, -1), "%s: sup_run must fail", what);
	cr_assert(call->error == error, "%s: errno is \"%s\", expected \"%s\"", what, strerror(call->error),
	          strerror(error));
}

static void expect_number(unsigned seen, unsigned expected, const char *name, const char *what)
{
	cr_assert(eq(uint, seen, expected), "%s: `%s` of the report", what, name);
}

static void expect_last_sig(const struct call *call, int expected, const char *what)
{
	int last_sig = call->report.last_sig;

	cr_assert(eq(int, last_sig, expected), "%s: the signal of the last crash", what);
}

static void expect_report(const struct call *call, struct sup_report expected, const char *what)
{
	expect_success(call, what);
	expect_number(call->report.ok, expected.ok, "ok", what);
	expect_number(call->report.failed, expected.failed, "failed", what);
	expect_number(call->report.crashed, expected.crashed, "crashed", what);
	expect_number(call->report.killed, expected.killed, "killed", what);
	expect_number(call->report.restarts, expected.restarts, "restarts", what);
	expect_last_sig(call, expected.last_sig, what);
}

/* ---- a caller that is a process of its own, so that the test can look on --------------------- */

struct caller {
	struct sup_opts opts;
	struct call call;
	unsigned returned; /* by kit_note */
	pid_t pid;
};

static struct caller *let_run(struct sup_opts opts, sup_job job, void *ctx)
{
	struct caller *caller = kit_shared(sizeof *caller);

	caller->pid = fork();
	if (caller->pid == 0) {
		caller->call = run(opts, job, ctx);
		kit_note(&caller->returned, 1);
		_exit(0);
	}
	return caller;
}

static void wait_for_caller(struct caller *caller)
{
	waitpid(caller->pid, NULL, 0);
}

/* ---- processes that are left over ------------------------------------------------------------ */

/* A pipe whose write end all processes of a call inherit: it ends when all of them have. */
struct tracer {
	int ends[2];
};

static struct tracer new_tracer(void)
{
	struct tracer tracer;

	pipe2(tracer.ends, O_CLOEXEC | O_NONBLOCK);
	return tracer;
}

static bool nobody_is_left(struct tracer *tracer)
{
	char byte;

	close(tracer->ends[1]);
	bool ended = read(tracer->ends[0], &byte, 1) == 0;
	close(tracer->ends[0]);
	return ended;
}

/* ---- arguments --------------------------------------------------------------------------------- */

KIT_TEST(crash_supervisor, null_is_einval)
{
	struct sup_opts opts = {.workers = 1};
	struct sup_report report;
	struct scene *scene = new_scene();

	for (int missing = 0; missing < 6; missing++) {
		errno = 0;
		opts.workers = missing < 3; /* with nobody to run, too */
		int returned = sup_run(missing % 3 == 0 ? NULL : &opts, missing % 3 == 1 ? NULL : play, scene,
		                       missing % 3 == 2 ? NULL : &report);
		int error = errno;
		cr_assert(returned == -1 && error == EINVAL,
		          "NULL for opts, job or report, %u workers: sup_run returned %d, errno is \"%s\"", opts.workers,
		          returned, strerror(error));
	}
	cr_assert(eq(uint, scene->begun[0], 0), "with NULL for an argument nothing is started");
}

KIT_TEST(crash_supervisor, nobody_to_supervise_is_a_success)
{
	struct call call = run((struct sup_opts){.max_restarts = 3, .deadline_ms = 5}, play, new_scene());

	expect_report(&call, (struct sup_report){0}, "no workers");
}

/* ---- restarts ---------------------------------------------------------------------------------- */

static void always(struct scene *scene, unsigned id, enum end end)
{
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++)
		scene->script[id][attempt] = end;
}

KIT_TEST(crash_supervisor, the_budget_is_for_all_together)
{
	struct scene *scene = new_scene();

	always(scene, 0, KILLS_ITSELF);
	always(scene, 2, KILLS_ITSELF);
	struct call call = run((struct sup_opts){.workers = 3, .max_restarts = 3}, play, scene);
	expect_report(&call, (struct sup_report){.ok = 1, .crashed = 5, .restarts = 3, .last_sig = SIGKILL},
	              "2 of 3 workers always crash, there may be 3 restarts");
	cr_assert(eq(uint, scene->begun[0] + scene->begun[2], 5), "the job of the two was called %u times, expected 5",
	          scene->begun[0] + scene->begun[2]);
	cr_assert(eq(uint, scene->wrong, 0),
	          "2 of 3 workers always crash: attempts are numbered for each worker by itself");
}

KIT_TEST(crash_supervisor, the_budget_may_be_any_number)
{
	struct scene *scene = new_scene();

	scene->script[0][0] = KILLS_ITSELF;
	struct call call = run((struct sup_opts){.workers = 2, .max_restarts = UINT_MAX}, play, scene);
	expect_report(&call, (struct sup_report){.ok = 2, .crashed = 1, .restarts = 1, .last_sig = SIGKILL},
	              "a worker crashes once, and there may be UINT_MAX restarts");
	scene = new_scene();
	always(scene, 0, KILLS_ITSELF);
	call = run((struct sup_opts){.workers = 1}, play, scene);
	expect_report(&call, (struct sup_report){.crashed = 1, .last_sig = SIGKILL},
	              "a worker crashes, and there may be no restart");
}

/* Worker 0 ends when worker 1 is there again. */
static int need_each_other(unsigned id, unsigned attempt, void *ctx)
{
	sem_t *again = ctx;

	if (id == 1 && attempt == 0)
		raise(SIGKILL);
	if (id == 1)
		sem_post(again);
	while (id == 0 && sem_wait(again) != 0)
		;
	return 0;
}

KIT_TEST(crash_supervisor, a_restart_waits_for_nobody)
{
	sem_t *again = kit_shared(sizeof *again);

	sem_init(again, 1, 0);
	struct call call = run((struct sup_opts){.workers = 2, .max_restarts = 1}, need_each_other, again);
	expect_success(&call, "a worker waits for the restart of another one");
}

/* All wait until the last one has begun, and then end at the same time. */
struct crowd {
	unsigned size, present, dying; /* of these three the last two by kit_note */
	sem_t all_present;
};

static int die_in_a_crowd(unsigned id, unsigned attempt, void *ctx)
{
	struct crowd *crowd = ctx;

	(void)id;
	if (attempt > 0)
		return 0;
	kit_note(&crowd->present, kit_noted(&crowd->present) + 1);
	for (unsigned i = 0; kit_noted(&crowd->present) == crowd->size && i < crowd->size; i++)
		sem_post(&crowd->all_present);
	while (sem_wait(&crowd->all_present) != 0)
		;
	return raise(SIGKILL);
}

KIT_TEST(crash_supervisor, many_may_crash_at_the_same_time)
{
	struct crowd *crowd = kit_shared(sizeof *crowd);
	unsigned size = crowd->size = kit_n(20, 3);

	sem_init(&crowd->all_present, 1, 0);
	struct call call = run((struct sup_opts){.workers = size, .max_restarts = size}, die_in_a_crowd, crowd);
	expect_report(&call, (struct sup_report){.ok = size, .crashed = size, .restarts = size, .last_sig = SIGKILL},
	              "all workers crash at the same time, and once");
}

/* ---- deadlines --------------------------------------------------------------------------------- */

static unsigned now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned)(now.tv_sec % 100000 * 1000 + now.tv_nsec / 1000000);
}

static void work_for(unsigned milliseconds)
{
	struct timespec left = {milliseconds / 1000, milliseconds % 1000 * 1000000L};

	while (nanosleep(&left, &left) != 0)
		;
}

/* When attempts began, in milliseconds. The first two of worker 0 hang. Worker 1 crashes when half of their time is
 * over, and its second attempt needs more time than was left to the first. */
struct times {
	unsigned begun[2][4];
};

static int hang_or_work(unsigned id, unsigned attempt, void *ctx)
{
	struct times *times = ctx;

	if (attempt < 4)
		kit_note(&times->begun[id][attempt], now_ms());
	if (id == 0 && attempt < 2)
		hang();
	if (id == 1)
		work_for(attempt == 0 ? 60 : 70);
	return id == 1 && attempt == 0 ? raise(SIGKILL) : 0;
}

KIT_TEST(crash_supervisor, each_attempt_has_its_own_deadline)
{
	struct times *times = kit_shared(sizeof *times);
	struct call call = run((struct sup_opts){.workers = 2, .max_restarts = 9, .deadline_ms = 100}, hang_or_work, times);
	const char *what = "attempts that hang, and one that crashes after 60 ms and then needs 70; the deadline is 100 ms";

	expect_report(&call, (struct sup_report){.ok = 2, .crashed = 1, .killed = 2, .restarts = 3, .last_sig = SIGKILL},
	              what);
	for (unsigned attempt = 0; attempt < 2; attempt++) {
		unsigned took = times->begun[0][attempt + 1] - times->begun[0][attempt];

		cr_assert(took + 1 >= 100, "%s: attempt %u was killed after %u ms", what, attempt, took);
		cr_assert(took < 120, "%s: attempt %u was killed after %u ms only", what, attempt, took);
	}
}

static int work_for_a_millisecond(unsigned id, unsigned attempt, void *ctx)
{
	(void)id;
	(void)attempt;
	(void)ctx;
	work_for(1);
	return 0;
}

/* 4,295 ms are 2^32 ns and 33 us. */
KIT_TEST(crash_supervisor, a_deadline_may_be_long)
{
	struct call call = run((struct sup_opts){.workers = 1, .deadline_ms = 4295}, work_for_a_millisecond, NULL);

	expect_report(&call, (struct sup_report){.ok = 1}, "the work takes 1 ms, the deadline is 4,295 ms");
	call = run((struct sup_opts){.workers = 1, .deadline_ms = UINT_MAX}, work_for_a_millisecond, NULL);
	expect_report(&call, (struct sup_report){.ok = 1}, "the work takes 1 ms, the deadline is UINT_MAX ms");
}

static int wait_for_go(unsigned id, unsigned attempt, void *ctx)
{
	(void)id;
	(void)attempt;
	while (sem_wait(ctx) != 0)
		;
	return 0;
}

KIT_TEST(crash_supervisor, without_a_deadline_it_takes_its_time)
{
	sem_t *go = kit_shared(sizeof *go);

	sem_init(go, 1, 0);
	struct caller *caller = let_run((struct sup_opts){.workers = 1}, wait_for_go, go);
	kit_let_others_run(); /* for as long as any of them waits for a time */
	sem_post(go);
	wait_for_caller(caller);
	expect_report(&caller->call, (struct sup_report){.ok = 1}, "a worker that takes its time, there is no deadline");
}

static int do_not_listen(unsigned id, unsigned attempt, void *ctx)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	(void)id;
	(void)ctx;
	if (attempt > 0)
		return 3;
	sigaction(SIGTERM, &ignore, NULL);
	sigaction(SIGINT, &ignore, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	hang();
}

KIT_TEST(crash_supervisor, a_worker_that_ignores_signals_is_killed)
{
	struct call call = run((struct sup_opts){.workers = 1, .deadline_ms = 50}, do_not_listen, NULL);
	const char *what = "a worker that ignores SIGTERM hangs, the deadline is 50 ms";

	expect_success(&call, what);
	expect_number(call.report.killed, 1, "killed", what);
}

/* ---- what an attempt finds --------------------------------------------------------------------- */

static void handle(int signal)
{
	(void)signal;
}

struct found {
	unsigned attempts;
	unsigned blocked[2], handled[2], ignored[2], own_chld[2], fds[2];
};

static int look_around(unsigned id, unsigned attempt, void *ctx)
{
	struct found *found = ctx;
	struct sigaction action;
	sigset_t mask;

	(void)id;
	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int signal = 1; signal < 32; signal++)
		if (sigismember(&mask, signal) == 1)
			found->blocked[attempt] |= 1u << signal;
	sigaction(SIGUSR1, NULL, &action);
	found->handled[attempt] = action.sa_handler == handle;
	sigaction(SIGQUIT, NULL, &action);
	found->ignored[attempt] = action.sa_handler == SIG_IGN;
	sigaction(SIGCHLD, NULL, &action);
	found->own_chld[attempt] = action.sa_handler == SIG_DFL;
	found->fds[attempt] = kit_open_fds();
	found->attempts++;
	return attempt == 0 ? raise(SIGKILL) : 0;
}

static void set_signals(void)
{
	struct sigaction mine = {.sa_handler = handle}, ignore = {.sa_handler = SIG_IGN};
	sigset_t usr2;

	sigaction(SIGUSR1, &mine, NULL);
	sigaction(SIGQUIT, &ignore, NULL);
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	sigprocmask(SIG_SETMASK, &usr2, NULL);
}

KIT_TEST(crash_supervisor, an_attempt_has_the_callers_signals)
{
	struct found *found = kit_shared(sizeof *found);

	set_signals();
	run((struct sup_opts){.workers = 1, .max_restarts = 1}, look_around, found);
	cr_assert(eq(uint, found->attempts, 2), "a worker that crashes once: its job was called %u times", found->attempts);
	for (unsigned attempt = 0; attempt < 2; attempt++) {
		const char *first = attempt ? "an attempt after a restart" : "a first attempt";

		cr_assert(eq(uint, found->blocked[attempt], 1u << SIGUSR2),
		          "the caller blocks SIGUSR2 only; signals that are blocked in %s, a bit for each", first);
		cr_assert(found->handled[attempt] && found->ignored[attempt] && found->own_chld[attempt],
		          "the caller handles SIGUSR1, ignores SIGQUIT, and SIGCHLD is default: in %s it must be the same",
		          first);
	}
}

KIT_TEST(crash_supervisor, an_attempt_has_no_descriptor_of_the_call)
{
	struct found *found = kit_shared(sizeof *found);

	run((struct sup_opts){.workers = 1, .max_restarts = 1}, look_around, found);
	cr_assert(eq(uint, found->fds[0] + found->fds[1], 0), "descriptors of the call that are open in two attempts");
}

static int execute(unsigned id, unsigned attempt, void *ctx)
{
	char *path = ctx;

	(void)id;
	if (attempt > 0)
		return 0;
	execv(path, (char *[]){path, NULL});
	return 77;
}

KIT_TEST(crash_supervisor, a_job_may_execute_a_program)
{
	const char *what[] = {"a job that executes a program, which returns 0",
	                      "a job that executes a program, which dies by SIGKILL"};
	struct call call = run((struct sup_opts){.workers = 1}, execute, (char *)kit_program("true"));

	expect_success(&call, what[0]);
	expect_number(call.report.ok, 1, "ok", what[0]);
	call = run((struct sup_opts){.workers = 1}, execute, (char *)kit_program("die"));
	expect_success(&call, what[1]);
	expect_number(call.report.crashed, 1, "crashed", what[1]);
}

KIT_TEST(crash_supervisor, returns_in_the_caller_only)
{
	unsigned *returns = kit_shared(sizeof *returns);
	pid_t caller = getpid();

	run((struct sup_opts){.workers = 1}, play, new_scene());
	++*returns;
	if (getpid() != caller)
		_exit(0);
	kit_let_others_run();
	cr_assert(eq(uint, *returns, 1), "how often sup_run returns, with a worker whose job returns 0");
}

static unsigned *exits; /* in the memory that all share: how often the caller's atexit function ran */

static void note_exit(void)
{
	++*exits;
}

KIT_TEST(crash_supervisor, stdio_is_written_once)
{
	static const char text[] = "once";
	char written[64];
	int fds[2];

	exits = kit_shared(sizeof *exits);
	atexit(note_exit);
	pipe2(fds, O_CLOEXEC);
	FILE *out = fdopen(fds[1], "w");
	setvbuf(out, NULL, _IOFBF, BUFSIZ);
	fputs(text, out); /* stays in the buffer, which each attempt gets a copy of */
	run((struct sup_opts){.workers = 1}, play, new_scene());
	fclose(out);
	ssize_t bytes_written = read(fds[0], written, sizeof written);
	close(fds[0]);
	cr_assert(eq(long, bytes_written, (long)strlen(text)), "bytes written of the 4 in the caller's stdio buffer");
	cr_assert(eq(uint, *exits, 0), "how often an atexit function of the caller ran in the attempts");
}

/* ---- groups ------------------------------------------------------------------------------------ */

/* Leaves a child behind, and ends in the way that it is told. */
static int leave_a_child(unsigned id, unsigned attempt, void *ctx)
{
	(void)id;
	if (attempt > 0)
		return 0;
	if (fork() == 0)
		hang();
	return come_to(*(const enum end *)ctx);
}

KIT_TEST(crash_supervisor, what_an_attempt_leaves_is_killed)
{
	static enum end end[] = {RETURNS_0, RETURNS_3, KILLS_ITSELF};

	for (unsigned i = 0; i < 3; i++) {
		struct tracer tracer = new_tracer();
		struct call call = run((struct sup_opts){.workers = 1}, leave_a_child, &end[i]);
		bool killed = nobody_is_left(&tracer);

		expect_success(&call, "an attempt that leaves a child behind");
		cr_assert(eq(int, killed, true), "an attempt ends by %s: whether the rest of its group is killed then",
		          i == 2 ? "SIGKILL"
		          : i    ? "3"
		                 : "0");
	}
}

KIT_TEST(crash_supervisor, the_deadline_is_that_of_the_group)
{
	struct tracer tracer = new_tracer();
	struct scene *scene = new_scene();

	scene->script[0][0] = HANGS_WITH_A_CHILD;
	struct call call = run((struct sup_opts){.workers = 1, .deadline_ms = 50}, play, scene);
	bool killed = nobody_is_left(&tracer);
	expect_success(&call, "an attempt that hangs, and has a child that hangs");
	cr_assert(eq(int, killed, true),
	          "the deadline of an attempt has passed: whether the rest of its group is killed then");
}

struct leader {
	unsigned pid; /* by kit_note */
};

static int say_who(unsigned id, unsigned attempt, void *ctx)
{
	(void)id;
	(void)attempt;
	kit_note(&((struct leader *)ctx)->pid, (unsigned)getpid());
	return 0;
}

KIT_TEST(crash_supervisor, the_group_is_killed_before_its_leader_is_reaped)
{
	struct leader *leader = kit_shared(sizeof *leader);
	struct kit_gate *gate = gate_before(KIT_KILL, 1);
	struct caller *caller = let_run((struct sup_opts){.workers = 1}, say_who, leader);

	kit_let_others_run();
	bool reaped = gate_reached(gate) && kill((pid_t)leader->pid, 0) != 0;
	gate_open(gate);
	wait_for_caller(caller);
	cr_assert(eq(int, reaped, false),
	          "when the group of an attempt is killed, its leader is reaped already: the number may be another one's");
}

KIT_TEST(crash_supervisor, other_children_are_left_alone)
{
	sem_t *go = kit_shared(sizeof *go);
	int status[2] = {0};
	pid_t child[2];

	sem_init(go, 1, 0);
	for (int i = 0; i < 2; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			while (i == 1 && sem_wait(go) != 0)
				;
			_exit(7 + i);
		}
	}
	kit_let_others_run(); /* one has ended: a wait for any child would find it first */
	struct call call = run((struct sup_opts){.workers = 1, .deadline_ms = kit_n(1000, 0)}, play, new_scene());
	sem_post(go);
	bool kept[2];
	for (int i = 0; i < 2; i++)
		kept[i] =
		    waitpid(child[i], &status[i], 0) == child[i] && WIFEXITED(status[i]) && WEXITSTATUS(status[i]) == 7 + i;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		; /* the call's, where another one was taken for it */
	expect_success(&call, "a caller with two children of its own");
	cr_assert(eq(int, kept[0], true), "a child of the caller's own that has ended must be left to the caller");
	cr_assert(eq(int, kept[1], true), "a child of the caller's own that runs must neither be killed nor waited for");
}

/* ---- failures ---------------------------------------------------------------------------------- */

struct failing_restart {
	sem_t begun, go;
	unsigned finished; /* by kit_note */
};

/* Worker 1 crashes when all have begun, and its restart fails; the others take their time, crash, and are restarted. */
static int crash_where_fork_fails(unsigned id, unsigned attempt, void *ctx)
{
	struct failing_restart *it = ctx;

	for (int i = 0; id == 1 && i < 2; i++)
		while (sem_wait(&it->begun) != 0)
			;
	if (id == 1) {
		fi_fail_nth(KIT_FORK, 1, ENOMEM);
		raise(SIGKILL);
	}
	if (attempt == 0) {
		sem_post(&it->begun);
		while (sem_wait(&it->go) != 0)
			;
	}
	kit_note(&it->finished, kit_noted(&it->finished) + 1);
	return attempt == 0 ? raise(SIGKILL) : 0;
}

static struct caller *let_a_restart_fail(struct failing_restart *it)
{
	sem_init(&it->begun, 1, 0);
	sem_init(&it->go, 1, 0);
	struct caller *caller = let_run((struct sup_opts){.workers = 3, .max_restarts = 5}, crash_where_fork_fails, it);
	kit_let_others_run();
	return caller;
}

KIT_TEST(crash_supervisor, a_restart_that_fails_stops_nobody_else)
{
	struct failing_restart *it = kit_shared(sizeof *it);
	struct caller *caller = let_a_restart_fail(it);
	unsigned early = kit_noted(&caller->returned);

	sem_post(&it->go);
	sem_post(&it->go);
	wait_for_caller(caller);
	expect_failure(&caller->call, ENOMEM, "fork fails for a restart");
	cr_assert(eq(uint, early, 0), "fork fails for a restart: sup_run returned while other workers were at work");
	cr_assert(eq(uint, it->finished, 4),
	          "fork fails for a restart, then each of the 2 other workers crashes once: %u of their 4 attempts came to "
	          "their ends",
	          it->finished);
}

static bool is_unchanged(const struct sup_report *report)
{
	return memcmp(report, &unchanged, sizeof unchanged) == 0;
}

KIT_TEST(crash_supervisor, a_failure_leaves_the_report_alone)
{
	struct failing_restart *it = kit_shared(sizeof *it);

	fi_fail_nth(KIT_FORK, 2, EAGAIN);
	struct call call = run((struct sup_opts){.workers = 3}, play, new_scene());
	cr_assert(is_unchanged(&call.report), "the 2nd fork fails: *report must be unchanged");
	fi_reset();
	struct caller *caller = let_a_restart_fail(it);
	sem_post(&it->go);
	sem_post(&it->go);
	wait_for_caller(caller);
	cr_assert(is_unchanged(&caller->call.report), "fork fails for a restart: *report must be unchanged");
}

/* Where it fails those that run already leave children, too. */
static int hang_with_a_child(unsigned id, unsigned attempt, void *ctx)
{
	(void)id;
	(void)attempt;
	(void)ctx;
	fork();
	hang();
}

KIT_TEST(crash_supervisor, a_failure_leaves_nobody_behind)
{
	for (unsigned nth = 1; nth <= 3; nth++) {
		struct tracer tracer = new_tracer();

		fi_reset();
		fi_fail_nth(KIT_FORK, nth, EAGAIN);
		run((struct sup_opts){.workers = 3}, hang_with_a_child, NULL);
		unsigned left = kit_children();
		bool killed = nobody_is_left(&tracer);
		cr_assert(left == 0 && killed, "fork number %u of a call with 3 workers fails: %s", nth,
		          left ? "a child is left" : "a process of an attempt's group is left");
	}
}

/* ---- the caller -------------------------------------------------------------------------------- */

static void expect_signals_as_before(bool chld_is_blocked, const char *what)
{
	struct sigaction usr1, quit, chld;
	sigset_t mask;
	unsigned blocked = 0;

	sigaction(SIGUSR1, NULL, &usr1);
	sigaction(SIGQUIT, NULL, &quit);
	sigaction(SIGCHLD, NULL, &chld);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int signal = 1; signal < 32; signal++)
		if (sigismember(&mask, signal) == 1)
			blocked |= 1u << signal;
	cr_assert(eq(uint, blocked, 1u << SIGUSR2 | (chld_is_blocked ? 1u << SIGCHLD : 0)),
	          "signals that the caller blocks, a bit for each, after a call in which %s", what);
	cr_assert(usr1.sa_handler == handle && quit.sa_handler == SIG_IGN && chld.sa_handler == SIG_DFL,
	          "what SIGUSR1, SIGQUIT and SIGCHLD do in the caller must be as before, after a call in which %s", what);
}

KIT_TEST(crash_supervisor, signals_of_the_caller_are_as_before)
{
	struct scene *scene = new_scene();
	sigset_t more;

	set_signals();
	scene->script[0][0] = KILLS_ITSELF;
	run((struct sup_opts){.workers = 1, .max_restarts = 1}, play, scene);
	expect_signals_as_before(false, "a worker was restarted");
	fi_fail_nth(KIT_FORK, 2, EAGAIN);
	run((struct sup_opts){.workers = 2}, play, new_scene());
	expect_signals_as_before(false, "the 2nd fork fails");
	fi_reset();
	sigemptyset(&more);
	sigaddset(&more, SIGCHLD);
	sigprocmask(SIG_BLOCK, &more, NULL);
	run((struct sup_opts){.workers = 1}, play, new_scene());
	expect_signals_as_before(true, "nothing special happens, by a caller that blocks SIGCHLD");
}

KIT_TEST(crash_supervisor, waiting_is_quiet)
{
	sem_t *go = kit_shared(sizeof *go);

	sem_init(go, 1, 0);
	struct caller *caller = let_run((struct sup_opts){.workers = 2}, wait_for_go, go);
	kit_expect_quiet();
	sem_post(go);
	kit_expect_quiet();
	sem_post(go);
	wait_for_caller(caller);
	expect_success(&caller->call, "2 workers that wait for the test");
}

/* ---- any small client -------------------------------------------------------------------------- */

static const char *const ends[ENDS] = {"0", "3", "abort", "SIGKILL", "hang", "hang with a child"};

struct client {
	struct sup_opts opts;
	struct scene *scene;
	struct call call;
	char text[160];
};

static bool hangs(enum end end)
{
	return end == HANGS || end == HANGS_WITH_A_CHILD;
}

static bool crashes(enum end end)
{
	return end == ABORTS || end == KILLS_ITSELF;
}

static struct client any_client(void)
{
	struct client client = {.scene = new_scene()};
	struct sup_opts *opts = &client.opts;
	size_t used = 0;

	opts->workers = 1 + kit_choose_named("workers", (const char *const[]){"1", "2", "3"}, kit_n(3, 2));
	opts->max_restarts = KIT_CHOOSE("restarts", "0", "1", "2");
	for (unsigned id = 0; id < opts->workers; id++) {
		for (unsigned attempt = 0; attempt < 2; attempt++) {
			enum end end = kit_choose_named(attempt ? "after a restart" : "a worker's first end", ends, ENDS);
			client.scene->script[id][attempt] = end;
			if (hangs(end))
				opts->deadline_ms = 5;
			used += (size_t)snprintf(client.text + used, sizeof client.text - used, "%s%s",
			                         attempt ? ", then "
			                         : used  ? "; "
			                                 : "",
			                         ends[end]);
		}
	}
	snprintf(client.text + used, sizeof client.text - used, " (%u restarts)", opts->max_restarts);
	client.scene->some_never_begin = opts->deadline_ms && kit_n(0, 1);
	kit_allow_deaths(SIGABRT);
	client.call = run(client.opts, play, client.scene);
	return client;
}

/* What the attempts that have begun should have come to. */
static struct sup_report model_of(const struct client *client)
{
	struct sup_report model = {0};

	for (unsigned id = 0; id < client->opts.workers; id++) {
		unsigned begun = client->scene->begun[id];
		for (unsigned attempt = 0; attempt < begun; attempt++) {
			enum end end = attempt < ATTEMPTS ? client->scene->script[id][attempt] : RETURNS_0;
			model.ok += end == RETURNS_0;
			model.failed += end == RETURNS_3;
			model.crashed += crashes(end);
			model.killed += hangs(end);
		}
		model.restarts += begun > 0 ? begun - 1 : 0;
	}
	return model;
}

static void expect_numbers(const struct client *client)
{
	const struct sup_report *got = &client->call.report;
	struct sup_report model = model_of(client);
	const char *what = client->text;
	unsigned left = client->opts.workers - (got->ok + got->failed); /* given up */

	cr_assert(eq(uint, got->ok + got->failed + got->crashed + got->killed, client->opts.workers + got->restarts),
	          "%s: attempts that were counted; expected the workers and the restarts", what);
	cr_assert(le(uint, got->restarts, client->opts.max_restarts), "%s: `restarts` is %u", what, got->restarts);
	cr_assert(left == 0 || (left <= client->opts.workers && got->restarts == client->opts.max_restarts),
	          "%s: %u workers were given up, after %u restarts", what, left, got->restarts);
	if (!client->scene->some_never_begin) { /* else any attempt may come to its deadline */
		expect_number(got->ok, model.ok, "ok", what);
		expect_number(got->failed, model.failed, "failed", what);
		expect_number(got->crashed, model.crashed, "crashed", what);
		expect_number(got->restarts, model.restarts, "restarts", what);
	}
	cr_assert(got->ok <= model.ok && got->failed <= model.failed && got->crashed <= model.crashed &&
	              got->killed >= model.killed,
	          "%s: ok, failed, crashed and killed are %u, %u, %u and %u", what, got->ok, got->failed, got->crashed,
	          got->killed);
	cr_assert(got->crashed ? got->last_sig == SIGABRT || got->last_sig == SIGKILL : got->last_sig == 0,
	          "%s: `last_sig` is %d", what, got->last_sig);
}

KIT_TEST(crash_supervisor, any_small_run)
{
	struct client client = any_client();

	expect_success(&client.call, client.text);
	expect_numbers(&client);
	cr_assert(eq(uint, client.scene->wrong, 0), "%s: attempts of a worker are numbered from 0", client.text);
}

KIT_TEST(crash_supervisor, any_run_leaves_nobody_behind)
{
	struct tracer tracer = new_tracer();
	struct client client = any_client();
	unsigned left = kit_children();
	bool killed = nobody_is_left(&tracer);

	cr_assert(eq(uint, left, 0), "%s: children that are not waited for", client.text);
	cr_assert(eq(int, killed, true), "%s: whether all processes of the attempts' groups have ended", client.text);
}
