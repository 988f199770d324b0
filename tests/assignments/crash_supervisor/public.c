/* public.c - the tests of crash_supervisor that students have. */
#include "crash_supervisor.h"
#include "kit.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

/* ---- workers that do what a script says -------------------------------------------------------- */

enum { WORKERS = 3, ATTEMPTS = 6 };

enum end { RETURNS_0, RETURNS_3, ABORTS, KILLS_ITSELF, HANGS, HANGS_WITH_A_CHILD, ENDS };

/* In memory that all share. What jobs note they note by kit_note. */
struct scene {
	enum end script[WORKERS][ATTEMPTS]; /* what is behind it returns 0 */
	unsigned begun[WORKERS];            /* attempts so far */
	unsigned wrong;                     /* attempts with a number or a worker that they should not have */
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
	if (id >= WORKERS || kit_noted(&scene->begun[id]) != attempt)
		kit_note(&scene->wrong, 1);
	if (id < WORKERS)
		kit_note(&scene->begun[id], kit_noted(&scene->begun[id]) + 1);
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

/* ---- how attempts end -------------------------------------------------------------------------- */

KIT_TEST(crash_supervisor, a_worker_returns)
{
	struct scene *scene = new_scene();
	struct call call = run((struct sup_opts){.workers = 1, .max_restarts = 2}, play, scene);

	expect_report(&call, (struct sup_report){.ok = 1}, "a worker whose job returns 0");
	cr_assert(eq(uint, scene->begun[0], 1), "how often the job of a worker is called that returns 0");
	cr_assert(eq(uint, scene->wrong, 0), "the first worker is number 0, and so is its first attempt");
}

/* Worker 1, once. The others note that they have come to their ends. */
static int segfault_in_one(unsigned id, unsigned attempt, void *ctx)
{
	if (id == 1)
		return attempt == 0 ? raise(SIGSEGV) : 3;
	kit_note(&((struct scene *)ctx)->begun[id], 1);
	return 0;
}

KIT_TEST(crash_supervisor, a_crash_stays_in_its_worker)
{
	struct scene *scene = new_scene();
	const char *what = "one of 3 workers dies by SIGSEGV";

	kit_expect_death(SIGSEGV);
	struct call call = run((struct sup_opts){.workers = 3}, segfault_in_one, scene);
	expect_success(&call, what);
	cr_assert(eq(uint, scene->begun[0] + scene->begun[2], 2), "%s: %u of the 2 others did their work", what,
	          scene->begun[0] + scene->begun[2]);
	expect_number(call.report.ok, 2, "ok", what);
	expect_number(call.report.crashed, 1, "crashed", what);
	expect_last_sig(&call, SIGSEGV, what);
}

KIT_TEST(crash_supervisor, a_crashed_worker_is_restarted)
{
	struct scene *scene = new_scene();

	kit_expect_death(SIGABRT);
	scene->script[0][0] = KILLS_ITSELF;
	scene->script[0][1] = ABORTS;
	struct call call = run((struct sup_opts){.workers = 1, .max_restarts = 5}, play, scene);
	expect_report(&call, (struct sup_report){.ok = 1, .crashed = 2, .restarts = 2, .last_sig = SIGABRT},
	              "a worker dies by SIGKILL, then by SIGABRT, then returns 0");
	cr_assert(eq(uint, scene->begun[0], 3), "how often the job of a worker is called that crashes twice");
	cr_assert(eq(uint, scene->wrong, 0), "attempt is 0, and one more with each restart of this worker");
}

static int return_first(unsigned id, unsigned attempt, void *ctx)
{
	(void)id;
	return attempt == 0 ? *(const int *)ctx : 0;
}

KIT_TEST(crash_supervisor, failed_is_not_crashed)
{
	static int status[] = {3, 128, 128 + SIGKILL, 256 + 9, 256, 512};

	for (unsigned i = 0; i < sizeof status / sizeof *status; i++) {
		struct call call = run((struct sup_opts){.workers = 1, .max_restarts = 5}, return_first, &status[i]);
		char what[64];

		snprintf(what, sizeof what, "a job returns %d", status[i]);
		expect_report(&call, (struct sup_report){.ok = status[i] % 256 == 0, .failed = status[i] % 256 != 0}, what);
	}
}

KIT_TEST(crash_supervisor, a_hung_worker_is_killed_at_its_deadline)
{
	struct scene *scene = new_scene();
	const char *what = "one of 2 workers never ends, the deadline is 50 ms";

	scene->script[0][0] = HANGS;
	scene->script[0][1] = RETURNS_3;
	struct call call = run((struct sup_opts){.workers = 2, .deadline_ms = 50}, play, scene);
	expect_success(&call, what);
	expect_number(call.report.ok, 1, "ok", what);
	expect_number(call.report.crashed, 0, "crashed", what);
	expect_number(call.report.killed, 1, "killed", what);
	expect_last_sig(&call, 0, what);
}

KIT_TEST(crash_supervisor, a_killed_worker_is_restarted)
{
	struct scene *scene = new_scene();

	scene->script[0][0] = HANGS;
	scene->script[0][1] = KILLS_ITSELF;
	scene->script[0][2] = HANGS;
	struct call call = run((struct sup_opts){.workers = 1, .max_restarts = 9, .deadline_ms = 50}, play, scene);
	expect_report(&call, (struct sup_report){.ok = 1, .crashed = 1, .killed = 2, .restarts = 3, .last_sig = SIGKILL},
	              "a worker hangs, dies by SIGKILL, hangs, and then returns 0");
}

/* ---- processes --------------------------------------------------------------------------------- */

struct sightings {
	unsigned attempts, pid[3], group[3];
};

static int look_and_die(unsigned id, unsigned attempt, void *ctx)
{
	struct sightings *seen = ctx;

	(void)id;
	seen->pid[attempt % 3] = (unsigned)getpid();
	seen->group[attempt % 3] = (unsigned)getpgrp();
	seen->attempts++;
	return attempt < 2 ? raise(SIGKILL) : 0;
}

static struct sightings *three_attempts(void)
{
	struct sightings *seen = kit_shared(sizeof *seen);

	run((struct sup_opts){.workers = 1, .max_restarts = 2}, look_and_die, seen);
	cr_assert(eq(uint, seen->attempts, 3), "attempts of a worker that crashes twice");
	return seen;
}

KIT_TEST(crash_supervisor, each_attempt_is_a_process)
{
	struct sightings *seen = three_attempts();

	for (unsigned i = 0; i < 3; i++) {
		cr_assert(seen->pid[i] != (unsigned)getpid(), "each attempt is a process: number %u ran in the caller's", i);
		for (unsigned other = 0; other < i; other++)
			cr_assert(seen->pid[i] != seen->pid[other], "each attempt is a process of its own: two of them are one");
	}
}

KIT_TEST(crash_supervisor, each_attempt_leads_a_group)
{
	struct sightings *seen = three_attempts();

	for (unsigned i = 0; i < 3; i++)
		cr_assert(seen->group[i] == seen->pid[i],
		          "an attempt must lead a process group of its own when its job begins: number %u is in that of %s", i,
		          seen->group[i] == (unsigned)getpgrp() ? "the caller" : "another process");
}

/* Each waits until the next one has begun, or the one before. */
struct circle {
	sem_t begun[WORKERS];
	unsigned step;
	unsigned through; /* by kit_note */
};

static int wait_for_another(unsigned id, unsigned attempt, void *ctx)
{
	struct circle *circle = ctx;

	(void)attempt;
	sem_post(&circle->begun[id % WORKERS]);
	while (sem_wait(&circle->begun[(id + circle->step) % WORKERS]) != 0)
		;
	kit_note(&circle->through, kit_noted(&circle->through) + 1);
	return 0;
}

KIT_TEST(crash_supervisor, all_workers_run_at_once)
{
	struct circle *circle = kit_shared(sizeof *circle);

	circle->step = 1 + KIT_CHOOSE("waits for", "the next worker", "the worker before");
	for (unsigned i = 0; i < WORKERS; i++)
		sem_init(&circle->begun[i], 1, 0);
	struct call call = run((struct sup_opts){.workers = WORKERS}, wait_for_another, circle);
	expect_report(&call, (struct sup_report){.ok = WORKERS}, "3 workers that wait for each other");
	cr_assert(eq(uint, circle->through, WORKERS), "workers that went on, of 3 that wait for each other");
}

/* ---- faults ------------------------------------------------------------------------------------ */

static int wait_for_ever(unsigned id, unsigned attempt, void *ctx)
{
	(void)id;
	(void)attempt;
	(void)ctx;
	hang();
}

/* Whichever fork it is: those that run already would run for ever. */
KIT_TEST(crash_supervisor, a_fork_that_fails_is_reported)
{
	for (unsigned nth = 1; nth <= 3; nth++) {
		char what[80];

		snprintf(what, sizeof what, "fork number %u of a call with 3 workers fails", nth);
		fi_reset();
		fi_fail_nth(KIT_FORK, nth, EAGAIN);
		struct call call = run((struct sup_opts){.workers = 3}, wait_for_ever, NULL);
		expect_failure(&call, EAGAIN, what);
	}
}

static void expect_error(enum kit_op op, int error, const char *what)
{
	for (unsigned nth = 1; nth <= 20; nth++) { /* until there are fewer than nth such calls */
		struct scene *scene = new_scene();

		fi_reset();
		fi_fail_nth(op, nth, error);
		struct call call = run((struct sup_opts){.workers = 1}, play, scene);
		if (fi_calls(op) < nth) {
			expect_success(&call, "a call in which nothing fails");
			break;
		}
		expect_failure(&call, error, what);
	}
	fi_reset();
}

KIT_TEST(crash_supervisor, without_memory_is_enomem)
{
	expect_error(KIT_MALLOC, ENOMEM, "no memory");
	expect_error(KIT_MMAP, ENOMEM, "mmap fails");
	expect_error(KIT_PIPE, EMFILE, "pipe fails");
}

struct doorbell {
	pid_t caller;
	sem_t answered;
};

static struct doorbell *doorbell; /* in memory that all share */

static void answer(int signal)
{
	(void)signal;
	sem_post(&doorbell->answered);
}

/* The caller waits when its handler runs, and nothing has ended. */
static int ring_and_wait(unsigned id, unsigned attempt, void *ctx)
{
	(void)id;
	(void)attempt;
	(void)ctx;
	kill(doorbell->caller, SIGUSR1);
	while (sem_wait(&doorbell->answered) != 0)
		;
	return 0;
}

KIT_TEST(crash_supervisor, an_interrupted_wait_goes_on)
{
	struct sigaction action = {.sa_handler = answer};

	doorbell = kit_shared(sizeof *doorbell);
	doorbell->caller = getpid();
	sem_init(&doorbell->answered, 1, 0);
	sigaction(SIGUSR1, &action, NULL);
	struct call call = run((struct sup_opts){.workers = 1, .deadline_ms = kit_n(1000, 0)}, ring_and_wait, NULL);
	expect_report(&call, (struct sup_report){.ok = 1}, "a handler of the caller's runs while it waits");
}
