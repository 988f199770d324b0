/* hidden.c - the tests of share_or_copy that only instructors have. Each one tests sentences of
 * include/share_or_copy.h; two are any small client. */
#define _GNU_SOURCE 1
#include "kit.h"
#include "share_or_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 4, UNTOUCHED = -4711 };

static const char *const workers[] = {[BE_PROCESS] = "processes", [BE_THREAD] = "threads"};
static const enum kit_op starts[] = {[BE_PROCESS] = KIT_FORK, [BE_THREAD] = KIT_THREAD_CREATE};

static enum backend choose_backend(const char *what)
{
	return KIT_CHOOSE(what, "processes", "threads") ? BE_THREAD : BE_PROCESS;
}

/* Both kinds of workers; the explorer tries them one by one. */
static void with_both(void (*expect)(enum backend))
{
	if (kit_n(0, 1)) {
		expect(choose_backend("workers"));
		return;
	}
	expect(BE_PROCESS);
	expect(BE_THREAD);
}

/* 0, 1, 2, ...: each call in whatever worker gets another one, whatever number the worker was given. */
static unsigned ticket(unsigned *next)
{
	unsigned mine = kit_noted(next);

	kit_note(next, mine + 1);
	return mine;
}

/* ---- one call of workers_run, in a thread of its own where the test looks on ----------------- */

struct run {
	enum backend backend;
	unsigned n;
	worker_fn fn;
	void *ctx;
	int result, error, status[MOST];
	unsigned returned; /* by kit_note */
	pthread_t thread;
};

static void make(struct run *run)
{
	for (unsigned i = 0; i < MOST; i++)
		run->status[i] = UNTOUCHED;
	errno = 0;
	run->result = workers_run(run->backend, run->n, run->fn, run->ctx, run->status);
	run->error = errno;
	kit_note(&run->returned, 1);
}

static void *run_thread(void *arg)
{
	make(arg);
	return NULL;
}

static void begin(struct run *run)
{
	cr_assert(eq(int, pthread_create(&run->thread, NULL, run_thread, run), 0), "the caller has a thread");
}

static void expect_success(const struct run *run)
{
	cr_assert(eq(int, run->result, 0), "workers_run of %u %s returned %d (errno is %s), expected 0", run->n,
	          workers[run->backend], run->result, kit_error_name(run->error));
}

static void expect_failure(const struct run *run, int error, const char *what)
{
	cr_assert(eq(int, run->result, -1), "%s: workers_run returned %d, expected -1", what, run->result);
	cr_assert(eq(int, run->error, error), "%s: errno is %s, expected %s", what, kit_error_name(run->error),
	          kit_error_name(error));
	for (unsigned i = 0; i < MOST; i++)
		cr_assert(eq(int, run->status[i], UNTOUCHED), "%s: status[%u] is as it was; it became %d", what, i,
		          run->status[i]);
}

static int nothing(unsigned id, void *ctx)
{
	(void)id;
	(void)ctx;
	return 0;
}

/* ---- any small client ------------------------------------------------------------------------- */

enum fault { NONE, NOT_STARTED, KILLED, INTERRUPTED, FAULTS };

struct plan {
	enum fault fault;
	unsigned nth;
	unsigned calls[MOST]; /* by kit_note: how often fn was called for each id */
};

static int planned_work(unsigned id, void *ctx)
{
	struct plan *plan = ctx;

	if (id >= MOST)
		return 99;
	kit_note(&plan->calls[id], kit_noted(&plan->calls[id]) + 1);
	if (plan->fault == KILLED && id == plan->nth - 1)
		raise(SIGKILL);
	return (int)(id * 30 + 30);
}

static struct plan *choose_plan(struct run *run)
{
	struct plan *plan = kit_shared(sizeof *plan);

	run->backend = choose_backend("workers");
	run->n = KIT_CHOOSE("how many", "0", "1", "2", "3");
	run->fn = planned_work;
	run->ctx = plan;
	plan->fault = KIT_CHOOSE("fault", "none", "the chosen one is not started", "the chosen one dies by SIGKILL",
	                         "every 2nd wait is interrupted");
	plan->nth = 1 + KIT_CHOOSE("which", "the first", "the second", "the third");
	if (plan->nth > run->n || (plan->fault == KILLED && run->backend == BE_THREAD))
		plan->fault = NONE;
	if (plan->fault == NOT_STARTED)
		fi_fail_nth(starts[run->backend], plan->nth, EAGAIN);
	if (plan->fault == KILLED)
		kit_expect_death(SIGKILL);
	fi_eintr(plan->fault == INTERRUPTED ? 2 : 0);
	return plan;
}

static unsigned sum(const unsigned *value, unsigned count)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < count; i++)
		sum += value[i];
	return sum;
}

static void expect_planned(const struct run *run, const struct plan *plan)
{
	if (plan->fault == NOT_STARTED)
		expect_failure(run, EAGAIN, "one worker cannot be started");
	else if (plan->fault == KILLED)
		expect_failure(run, EIO, "a worker is killed");
	else
		expect_success(run);
	for (unsigned i = 0; i < MOST; i++)
		cr_assert(plan->calls[i] <= (i < run->n), "fn is called once for each worker: it was called %u times for %u",
		          plan->calls[i], i);
	cr_assert(run->result != 0 || sum(plan->calls, MOST) == run->n, "%u workers: fn was called in %u of them", run->n,
	          sum(plan->calls, MOST));
	for (unsigned i = 0; i < run->n && run->result == 0; i++)
		cr_assert(eq(int, run->status[i], (int)(i * 30 + 30)), "the status of worker %u of %u %s is %d, expected %u", i,
		          run->n, workers[run->backend], run->status[i], i * 30 + 30);
}

/* Any few workers of any kind, and anything that can go wrong with one of them. */
KIT_TEST(share_or_copy, any_small_run)
{
	struct run run = {0};
	struct plan *plan = choose_plan(&run);

	make(&run);
	if (plan->fault == NOT_STARTED && fi_calls(starts[run.backend]) < plan->nth)
		plan->fault = NONE; /* another way to run fn, which other tests are about */
	fi_reset();
	expect_planned(&run, plan);
}

static int base_and_id(unsigned id, void *ctx)
{
	return *(const int *)ctx + (int)id;
}

KIT_TEST(share_or_copy, two_callers_do_not_disturb_each_other)
{
	static struct run run[2];
	static int base[2] = {10, 60};

	for (unsigned i = 0; i < 2; i++) {
		run[i].backend = choose_backend(i ? "the other one's workers" : "one's workers");
		run[i].n = 1 + KIT_CHOOSE("how many", "1", "2");
		run[i].fn = base_and_id;
		run[i].ctx = &base[i];
	}
	begin(&run[1]);
	make(&run[0]);
	pthread_join(run[1].thread, NULL);
	for (unsigned i = 0; i < 2; i++) {
		expect_success(&run[i]);
		for (unsigned id = 0; id < run[i].n; id++)
			cr_assert(eq(int, run[i].status[id], base[i] + (int)id),
			          "of two calls at once each has its own statuses: worker %u has %d, expected %u", id,
			          run[i].status[id], base[i] + id);
	}
}

/* ---- the table: what can be seen of a change ---------------------------------------------------- */

static struct world {
	int *memory; /* of the kind that the change is about */
	int fd;      /* a file of its own for each change */
} world;

static _Thread_local int own_variable;

enum { OTHER_FD = 200 };

static void set_memory(void *arg)
{
	*((struct world *)arg)->memory = 5;
}

static bool memory_is_set(void *arg)
{
	return *((struct world *)arg)->memory == 5;
}

static void move_offset(void *arg)
{
	lseek(((struct world *)arg)->fd, 7, SEEK_SET);
}

static bool offset_has_moved(void *arg)
{
	return lseek(((struct world *)arg)->fd, 0, SEEK_CUR) == 7;
}

static void set_append(void *arg)
{
	fcntl(((struct world *)arg)->fd, F_SETFL, O_APPEND);
}

static bool append_is_set(void *arg)
{
	return (fcntl(((struct world *)arg)->fd, F_GETFL) & O_APPEND) != 0;
}

static void set_cloexec(void *arg)
{
	fcntl(((struct world *)arg)->fd, F_SETFD, FD_CLOEXEC);
}

static bool cloexec_is_set(void *arg)
{
	return (fcntl(((struct world *)arg)->fd, F_GETFD) & FD_CLOEXEC) != 0;
}

static void make_descriptor(void *arg)
{
	dup2(((struct world *)arg)->fd, OTHER_FD);
}

static bool descriptor_is_there(void *arg)
{
	(void)arg;
	return fcntl(OTHER_FD, F_GETFD) >= 0;
}

static void close_descriptor(void *arg)
{
	close(((struct world *)arg)->fd);
}

static bool descriptor_is_closed(void *arg)
{
	return fcntl(((struct world *)arg)->fd, F_GETFD) < 0;
}

static void change_folder(void *arg)
{
	(void)arg;
	if (chdir("/proc") != 0)
		abort();
}

static bool folder_has_changed(void *arg)
{
	char name[64];

	(void)arg;
	return getcwd(name, sizeof name) && strcmp(name, "/proc") == 0;
}

static void change_umask(void *arg)
{
	(void)arg;
	umask(0123);
}

static bool umask_has_changed(void *arg)
{
	mode_t mask = umask(0123);

	(void)arg;
	umask(mask);
	return mask == 0123;
}

static void set_own_variable(void *arg)
{
	(void)arg;
	own_variable = 5;
}

static bool own_variable_is_set(void *arg)
{
	(void)arg;
	return own_variable == 5;
}

static void set_errno(void *arg)
{
	(void)arg;
	errno = EDOM;
}

static bool errno_is_set(void *arg)
{
	(void)arg;
	return errno == EDOM;
}

static void ignore_signal(void *arg)
{
	(void)arg;
	signal(SIGUSR2, SIG_IGN);
}

static bool signal_is_ignored(void *arg)
{
	struct sigaction action;

	(void)arg;
	return sigaction(SIGUSR2, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void block_signal(void *arg)
{
	sigset_t set;

	(void)arg;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static bool signal_is_blocked(void *arg)
{
	sigset_t set;

	(void)arg;
	return pthread_sigmask(SIG_BLOCK, NULL, &set) == 0 && sigismember(&set, SIGUSR1);
}

enum memory { NO_MEMORY, STATIC, LOCAL, PRIVATE, SHARED };

static const struct change {
	const char *what;
	void (*mutate)(void *arg);
	bool (*seen)(void *arg);
	bool visible[2]; /* by backend */
	enum memory memory;
} changes[] = {
    {"static memory of the test", set_memory, memory_is_set, {false, true}, STATIC},
    {"a local variable of the caller", set_memory, memory_is_set, {false, true}, LOCAL},
    {"memory that is mapped MAP_PRIVATE", set_memory, memory_is_set, {false, true}, PRIVATE},
    {"memory that is mapped MAP_SHARED", set_memory, memory_is_set, {true, true}, SHARED},
    {"the offset of a file that was open", move_offset, offset_has_moved, {true, true}, NO_MEMORY},
    {"the status flags of a file that was open", set_append, append_is_set, {true, true}, NO_MEMORY},
    {"FD_CLOEXEC of a descriptor", set_cloexec, cloexec_is_set, {false, true}, NO_MEMORY},
    {"a descriptor that is made", make_descriptor, descriptor_is_there, {false, true}, NO_MEMORY},
    {"a descriptor that is closed", close_descriptor, descriptor_is_closed, {false, true}, NO_MEMORY},
    {"the umask for new files", change_umask, umask_has_changed, {false, true}, NO_MEMORY},
    {"how a signal is handled", ignore_signal, signal_is_ignored, {false, true}, NO_MEMORY},
    {"which signals are blocked", block_signal, signal_is_blocked, {false, false}, NO_MEMORY},
    {"a _Thread_local of the test", set_own_variable, own_variable_is_set, {false, false}, NO_MEMORY},
    {"errno", set_errno, errno_is_set, {false, false}, NO_MEMORY},
    {"where paths begin (chdir)", change_folder, folder_has_changed, {false, true}, NO_MEMORY},
};
enum { CHANGES = sizeof changes / sizeof changes[0] };

static int *memory_of(enum memory kind, int *local)
{
	static int variable;
	int flags = MAP_ANONYMOUS | (kind == SHARED ? MAP_SHARED : MAP_PRIVATE);

	if (kind != PRIVATE && kind != SHARED)
		return kind == LOCAL ? local : &variable;
	return mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, flags, -1, 0);
}

static void expect_as_in_table(enum backend backend, const struct change *change)
{
	bool expected = change->visible[backend], visible = !expected;
	int result, local = 0;

	world = (struct world){.memory = memory_of(change->memory, &local), .fd = kit_empty_file()};
	result = change_is_visible(backend, change->mutate, change->seen, &world, &visible);
	close(world.fd);
	close(OTHER_FD);
	cr_assert(eq(int, result, 0), "change_is_visible returned %d (errno is %s), expected 0", result,
	          kit_error_name(errno));
	cr_assert(visible == expected, "%s, changed by one of the %s: *visible is %s, expected %s", change->what,
	          workers[backend], visible ? "true" : "false", expected ? "true" : "false");
	if (change->memory == PRIVATE || change->memory == SHARED)
		munmap(world.memory, sizeof(int));
}

static void expect_table(enum backend backend)
{
	if (kit_n(0, 1)) {
		expect_as_in_table(backend, &changes[kit_choose(CHANGES)]);
		return;
	}
	for (unsigned i = 0; i < CHANGES; i++)
		expect_as_in_table(backend, &changes[i]);
}

KIT_TEST(share_or_copy, a_process_shares_files_and_what_says_so)
{
	expect_table(BE_PROCESS);
}

KIT_TEST(share_or_copy, a_thread_shares_all_but_its_own)
{
	expect_table(BE_THREAD);
}

/* ---- mutate, then seen -------------------------------------------------------------------------- */

/* What mutate and seen note, in memory that all share. */
struct notes {
	sem_t release;
	pthread_t caller;
	unsigned mutated, calls; /* of mutate and seen; by kit_note, like all that follows */
	unsigned process, in_caller, children, threads;
	unsigned waits, dies;
};

static void note_mutate(void *arg)
{
	struct notes *notes = arg;

	while (notes->waits && sem_wait(&notes->release) != 0)
		;
	kit_note(&notes->mutated, kit_noted(&notes->mutated) + 1);
	if (notes->dies)
		raise(SIGKILL);
}

static bool note_seen(void *arg)
{
	struct notes *notes = arg;

	kit_note(&notes->calls, kit_noted(&notes->calls) + 1);
	kit_note(&notes->process, (unsigned)getpid());
	kit_note(&notes->in_caller, pthread_equal(pthread_self(), notes->caller) != 0);
	kit_note(&notes->children, kit_children());
	kit_note(&notes->threads, kit_threads());
	return true;
}

static void expect_seen_once(enum backend backend)
{
	struct notes *notes = kit_shared(sizeof *notes);
	bool visible = false;

	notes->caller = pthread_self();
	change_is_visible(backend, note_mutate, note_seen, notes, &visible);
	cr_assert(eq(uint, notes->mutated, 1), "mutate is called once, by one of the %s: it was called %u times",
	          workers[backend], notes->mutated);
	cr_assert(eq(uint, notes->calls, 1), "seen is called once: it was called %u times", notes->calls);
	cr_assert(notes->process == (unsigned)getpid() && notes->in_caller,
	          "seen is called in the calling thread: it was called in another %s",
	          notes->process == (unsigned)getpid() ? "thread" : "process");
	cr_assert(visible, "*visible is what seen returned, true: it is false");
}

KIT_TEST(share_or_copy, seen_is_called_once_by_the_caller)
{
	with_both(expect_seen_once);
}

static void expect_gone(enum backend backend)
{
	struct notes *notes = kit_shared(sizeof *notes);
	bool visible;

	notes->caller = pthread_self();
	change_is_visible(backend, note_mutate, note_seen, notes, &visible);
	cr_assert(notes->calls > 0, "change_is_visible calls seen");
	cr_assert(notes->in_caller == 0 || /* else it sees itself */
	              (notes->children == 0 && notes->threads == 1),
	          "seen is called when the worker has ended and is waited for or joined: there were %u children and %u "
	          "other threads",
	          notes->children, notes->threads - 1);
}

KIT_TEST(share_or_copy, the_worker_is_gone_before_seen)
{
	with_both(expect_gone);
}

struct trial {
	enum backend backend;
	struct notes *notes;
	pthread_t thread;
};

static void *trial_thread(void *arg)
{
	struct trial *trial = arg;
	bool visible;

	trial->notes->caller = pthread_self();
	change_is_visible(trial->backend, note_mutate, note_seen, trial->notes, &visible);
	return NULL;
}

static void expect_seen_after(enum backend backend)
{
	struct trial trial = {.backend = backend, .notes = kit_shared(sizeof *trial.notes)};
	unsigned early;

	trial.notes->waits = 1;
	sem_init(&trial.notes->release, 1, 0);
	pthread_create(&trial.thread, NULL, trial_thread, &trial);
	kit_let_others_run();
	early = kit_noted(&trial.notes->calls);
	sem_post(&trial.notes->release);
	pthread_join(trial.thread, NULL);
	cr_assert(eq(uint, early, 0), "seen was called while mutate was still at work in one of the %s", workers[backend]);
	cr_assert(trial.notes->mutated > 0 && trial.notes->calls > 0, "mutate and seen are called");
}

KIT_TEST(share_or_copy, seen_comes_after_mutate)
{
	with_both(expect_seen_after);
}

static void expect_no_answer(enum backend backend, struct notes *notes, int error, const char *what)
{
	bool visible;
	int result, seen_error;

	memset(&visible, 0x01, sizeof visible);
	for (unsigned i = 0; i < 2; i++, visible = false) {
		bool before = visible;

		errno = 0;
		if (error != EIO)
			fi_fail_nth(starts[backend], 1, error);
		result = change_is_visible(backend, note_mutate, note_seen, notes, &visible);
		seen_error = errno;
		fi_reset();
		cr_assert(eq(int, result, -1), "%s: change_is_visible returned %d, expected -1", what, result);
		cr_assert(eq(int, seen_error, error), "%s: errno is %s, expected %s", what, kit_error_name(seen_error),
		          kit_error_name(error));
		cr_assert(visible == before, "%s: *visible is as it was; it has changed", what);
		cr_assert(eq(uint, notes->calls, 0), "%s: seen is not called; it was called %u times", what, notes->calls);
	}
}

KIT_TEST(share_or_copy, without_a_change_there_is_no_answer)
{
	struct notes *notes = kit_shared(sizeof *notes);

	expect_no_answer(BE_PROCESS, notes, ENOMEM, "fork fails");
	expect_no_answer(BE_THREAD, notes, EAGAIN, "the thread cannot be created");
	notes->dies = 1;
	kit_expect_death(SIGKILL);
	kit_expect_death(SIGKILL);
	expect_no_answer(BE_PROCESS, notes, EIO, "mutate is killed");
}

/* ---- statuses, arguments, limits ----------------------------------------------------------------- */

struct held {
	sem_t release[MOST];  /* for who has come first, second, ... */
	unsigned come, ended; /* by kit_note */
};

static int hold(unsigned id, void *ctx)
{
	struct held *held = ctx;
	unsigned mine = ticket(&held->come) % MOST;

	while (sem_wait(&held->release[mine]) != 0)
		;
	ticket(&held->ended);
	return (int)id + 20;
}

static struct held *new_held(void)
{
	struct held *held = kit_shared(sizeof *held);

	for (unsigned i = 0; i < MOST; i++)
		sem_init(&held->release[i], 1, 0);
	return held;
}

/* The workers end one after the other, in an order that is not that of their numbers. */
static void expect_own_status(enum backend backend)
{
	static const unsigned order[3] = {2, 0, 1};
	struct held *held = new_held();
	struct run run = {.backend = backend, .n = 3, .fn = hold, .ctx = held};

	begin(&run);
	for (unsigned i = 0; i < 3; i++) {
		kit_let_others_run();
		sem_post(&held->release[order[i]]);
	}
	pthread_join(run.thread, NULL);
	expect_success(&run);
	for (unsigned i = 0; i < 3; i++)
		cr_assert(eq(int, run.status[i], (int)i + 20),
		          "3 %s end in another order than they have begun: status[%u] is %d, expected %u", workers[backend], i,
		          run.status[i], i + 20);
}

KIT_TEST(share_or_copy, a_status_belongs_to_its_worker)
{
	with_both(expect_own_status);
}

static void expect_refused(enum backend backend, unsigned n, worker_fn fn, int *status, const char *what)
{
	int result, error;

	fi_reset();
	errno = 0;
	result = workers_run(backend, n, fn, NULL, status);
	error = errno;
	cr_assert(eq(int, result, -1), "%s: workers_run returned %d, expected -1", what, result);
	cr_assert(eq(int, error, EINVAL), "%s: errno is %s, expected EINVAL", what, kit_error_name(error));
	cr_assert(eq(uint, fi_calls(KIT_FORK) + fi_calls(KIT_THREAD_CREATE), 0), "%s: no worker is started", what);
}

static void expect_no_trial(enum backend backend, void (*mutate)(void *), bool (*seen)(void *), bool *visible,
                            const char *what)
{
	int result, error;

	fi_reset();
	errno = 0;
	result = change_is_visible(backend, mutate, seen, &own_variable, visible);
	error = errno;
	cr_assert(eq(int, result, -1), "%s: change_is_visible returned %d, expected -1", what, result);
	cr_assert(eq(int, error, EINVAL), "%s: errno is %s, expected EINVAL", what, kit_error_name(error));
	cr_assert(eq(uint, fi_calls(KIT_FORK) + fi_calls(KIT_THREAD_CREATE), 0), "%s: no worker is started", what);
}

KIT_TEST(share_or_copy, wrong_arguments_are_einval)
{
	int status[MOST] = {UNTOUCHED};
	bool visible = true;

	expect_refused((enum backend)2, 2, nothing, status, "there is no third backend");
	expect_refused((enum backend)7, 0, nothing, status, "there is no such backend, and n is 0");
	cr_assert(eq(int, status[0], UNTOUCHED), "there is no third backend: status is as it was");
	for (enum backend backend = BE_PROCESS; backend <= BE_THREAD; backend++) {
		expect_refused(backend, 2, NULL, status, "fn is NULL");
		expect_refused(backend, 0, NULL, status, "fn is NULL and n is 0");
		expect_refused(backend, 2, nothing, NULL, "status is NULL");
		expect_no_trial(backend, NULL, own_variable_is_set, &visible, "mutate is NULL");
		expect_no_trial(backend, set_own_variable, NULL, &visible, "seen is NULL");
		expect_no_trial(backend, set_own_variable, own_variable_is_set, NULL, "visible is NULL");
	}
	expect_no_trial((enum backend)2, set_own_variable, own_variable_is_set, &visible, "there is no third backend");
	cr_assert(visible, "where change_is_visible returns -1, *visible is as it was");
	fi_reset();
}

enum { MANY = 1500000 };

static void expect_no_crash(enum backend backend)
{
	static int status[MANY];
	int result, error;

	fi_fail_nth(starts[backend], 1, EAGAIN);
	errno = 0;
	result = workers_run(backend, kit_repeat(MANY, 20000), nothing, NULL, status);
	error = errno;
	fi_reset();
	cr_assert(eq(int, result, -1), "none of a million %s can be started: workers_run returned %d, expected -1",
	          workers[backend], result);
	cr_assert(error == EAGAIN || error == ENOMEM, "a million %s: errno is %s, expected EAGAIN or ENOMEM",
	          workers[backend], kit_error_name(error));
}

KIT_TEST(share_or_copy, a_million_workers_are_an_error_and_no_crash)
{
	with_both(expect_no_crash);
}

/* Makes the `nth` call of `op` fail. Returns whether there was such a call. */
static bool fails_and_says_so(enum backend backend, enum kit_op op, unsigned nth, int error)
{
	struct run run = {.backend = backend, .n = 2, .fn = nothing};
	bool reached;

	fi_reset();
	fi_fail_nth(op, nth, error);
	make(&run);
	reached = fi_calls(op) >= nth;
	fi_reset();
	if (reached)
		expect_failure(&run, error, "a call of the implementation's own fails");
	return reached;
}

static void expect_passed_on(enum backend backend)
{
	static const struct {
		enum kit_op op;
		int error;
	} failing[] = {{KIT_MMAP, ENOMEM}, {KIT_PIPE, EMFILE}, {KIT_MUTEX_INIT, EBUSY}, {KIT_COND_INIT, EBUSY}};
	struct run run = {.backend = backend, .n = 2, .fn = nothing};

	for (unsigned i = 0; i < sizeof failing / sizeof failing[0]; i++)
		for (unsigned nth = 1; nth <= 4 && fails_and_says_so(backend, failing[i].op, nth, failing[i].error); nth++)
			;
	make(&run);
	expect_success(&run);
}

KIT_TEST(share_or_copy, the_error_of_any_other_call_is_passed_on)
{
	with_both(expect_passed_on);
}

/* Two more workers in each worker, of the kind that is chosen. */
static int start_two_more(unsigned id, void *ctx)
{
	static const int base = 30;
	int status[2] = {0};

	(void)id;
	if (workers_run(*(const enum backend *)ctx, 2, base_and_id, (void *)&base, status) != 0)
		return 1;
	return status[0] == 30 && status[1] == 31 ? 44 : 2;
}

KIT_TEST(share_or_copy, a_worker_may_start_workers)
{
	enum backend inner = choose_backend("the inner workers");
	struct run run = {
	    .backend = choose_backend("the outer workers"), .n = kit_n(2, 1), .fn = start_two_more, .ctx = &inner};

	make(&run);
	expect_success(&run);
	for (unsigned i = 0; i < run.n; i++)
		cr_assert(eq(int, run.status[i], 44),
		          "worker %u of the %s can start two %s of its own: its status is %d, expected 44", i,
		          workers[run.backend], workers[inner], run.status[i]);
}

/* Plain memory: the call orders what the caller did before and after it, and what the threads do. */
struct numbers {
	int value[3];
	unsigned come; /* by kit_note */
};

static int double_one(unsigned id, void *ctx)
{
	struct numbers *numbers = ctx;
	unsigned mine = ticket(&numbers->come);

	(void)id;
	if (mine < 3)
		numbers->value[mine] *= 2;
	return 0;
}

KIT_TEST(share_or_copy, what_threads_have_written_is_there)
{
	static struct numbers numbers;
	struct run run = {.backend = BE_THREAD, .n = 3, .fn = double_one, .ctx = &numbers};

	for (int i = 0; i < 3; i++)
		numbers.value[i] = i + 1;
	make(&run);
	for (int i = 0; i < 3; i++)
		cr_assert(eq(int, numbers.value[i], 2 * (i + 1)), "what a thread has written is there when the call returns");
}

/* ---- the caller's process and its children -------------------------------------------------------- */

static unsigned *returns; /* in the memory that all share */

static void expect_one_return(enum backend backend, bool with_change)
{
	struct run run = {.backend = backend, .n = 2, .fn = nothing};
	pid_t caller = getpid();
	bool visible;

	*returns = 0;
	if (with_change)
		run.result = change_is_visible(backend, set_own_variable, own_variable_is_set, &own_variable, &visible);
	else
		make(&run);
	++*returns;
	if (getpid() != caller)
		_exit(0);
	kit_let_others_run();
	cr_assert(eq(int, run.result, 0), "the call returned %d, expected 0", run.result);
	cr_assert(eq(uint, *returns, 1), "%s returns once, in the process that called it: it returned %u times",
	          with_change ? "change_is_visible" : "workers_run", *returns);
}

KIT_TEST(share_or_copy, a_process_never_returns_from_the_call)
{
	returns = kit_shared(sizeof *returns);
	expect_one_return(BE_PROCESS, false);
	expect_one_return(BE_PROCESS, true);
}

static void expect_child_left(enum backend backend)
{
	struct run run = {.backend = backend, .n = 2, .fn = nothing};
	int end = 0;
	pid_t other = fork();
	bool still_there;

	if (other == 0)
		_exit(7);
	kit_let_others_run(); /* it has ended: a wait for any child would find it first */
	make(&run);
	still_there = waitpid(other, &end, 0) == other;
	cr_assert(still_there,
	          "a child that the caller forked itself is left to the caller: workers_run has waited for it");
	cr_assert(eq(int, WEXITSTATUS(end), 7), "the caller's own child has its exit status 7");
	expect_success(&run);
}

KIT_TEST(share_or_copy, other_children_are_left_alone)
{
	with_both(expect_child_left);
}

static unsigned *exits; /* in the memory that all share: how often the caller's atexit function ran */

static void note_exit(void)
{
	++*exits;
}

static int write_lost_text(unsigned id, void *ctx)
{
	(void)id;
	fputs("lost", ctx);
	return 0;
}

KIT_TEST(share_or_copy, stdio_is_written_once)
{
	struct run run = {.backend = BE_PROCESS, .n = 2, .fn = write_lost_text};
	char written[64];
	ssize_t bytes;
	int fds[2];

	exits = kit_shared(sizeof *exits);
	atexit(note_exit);
	pipe(fds);
	run.ctx = fdopen(fds[1], "w");
	setvbuf(run.ctx, NULL, _IOFBF, BUFSIZ);
	fputs("once", run.ctx); /* stays in the buffer, which every worker gets a copy of */
	make(&run);
	fclose(run.ctx);
	bytes = read(fds[0], written, sizeof written);
	close(fds[0]);
	expect_success(&run);
	cr_assert(
	    eq(long, bytes, 4),
	    "4 bytes in the caller's stdio buffer are written once, and what fn leaves in it is lost: %ld were written",
	    (long)bytes);
	cr_assert(eq(uint, *exits, 0), "an atexit function of the caller does not run in a worker: it ran %u times",
	          *exits);
}

/* ---- after a failure, and what is left ------------------------------------------------------------ */

static void release_all(struct held *held)
{
	for (unsigned i = 0; i < MOST; i++)
		sem_post(&held->release[i]);
}

/* The third of three cannot be started, while the others are in the middle of fn. */
static void expect_run_to_end(enum backend backend)
{
	struct held *held = new_held();
	struct run run = {.backend = backend, .n = 3, .fn = hold, .ctx = held};
	unsigned returned, ended, tried;

	fi_fail_nth(starts[backend], 3, EAGAIN);
	begin(&run);
	kit_let_others_run();
	returned = kit_noted(&run.returned);
	release_all(held);
	pthread_join(run.thread, NULL);
	tried = fi_calls(starts[backend]);
	fi_reset();
	ended = kit_noted(&held->ended);
	cr_assert(eq(uint, returned, 0), "the third of 3 %s cannot be started: the call returned while two were at work",
	          workers[backend]);
	if (tried == 3)
		cr_assert(eq(uint, ended, 2), "the third of 3 %s cannot be started: the two that were run to their end; %u did",
		          workers[backend], ended);
}

KIT_TEST(share_or_copy, after_a_failed_fork_the_others_run_to_their_end)
{
	expect_run_to_end(BE_PROCESS);
}

KIT_TEST(share_or_copy, after_a_failed_create_the_others_run_to_their_end)
{
	expect_run_to_end(BE_THREAD);
}

static int hold_or_die(unsigned id, void *ctx)
{
	if (kit_noted(&((struct held *)ctx)->come) == 0) {
		ticket(&((struct held *)ctx)->come);
		raise(SIGKILL);
	}
	return hold(id, ctx);
}

KIT_TEST(share_or_copy, after_a_death_the_others_run_to_their_end)
{
	struct held *held = new_held();
	struct run run = {.backend = BE_PROCESS, .n = 3, .fn = hold_or_die, .ctx = held};
	unsigned returned, ended;

	kit_expect_death(SIGKILL);
	begin(&run);
	kit_let_others_run();
	returned = kit_noted(&run.returned);
	release_all(held);
	pthread_join(run.thread, NULL);
	ended = kit_noted(&held->ended);
	cr_assert(eq(uint, returned, 0), "one of 3 processes was killed: the call returned while two were at work");
	cr_assert(ended + 1 == fi_calls(KIT_FORK), "one of %u processes was killed: the others run to their end; %u did",
	          fi_calls(KIT_FORK), ended);
}

KIT_TEST(share_or_copy, all_threads_have_ended)
{
	for (unsigned n = 1; n <= 3; n++) {
		struct run run = {.backend = BE_THREAD, .n = n, .fn = nothing};
		unsigned left;

		make(&run);
		left = kit_threads() - 1;
		expect_success(&run);
		cr_assert(eq(uint, left, 0), "the call returns when its threads have ended: %u of %u are still there", left, n);
	}
}
