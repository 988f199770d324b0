/* public.c - the tests of share_or_copy that students have. */
#include "kit.h"
#include "share_or_copy.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { MOST = 4, UNTOUCHED = -4711 };

static const char *const workers[] = {[BE_PROCESS] = "processes", [BE_THREAD] = "threads"};

/* One call of workers_run, and what came of it. */
struct run {
	int result, error, status[MOST];
};

static void make(struct run *run, enum backend backend, unsigned n, worker_fn fn, void *ctx)
{
	for (unsigned i = 0; i < MOST; i++)
		run->status[i] = UNTOUCHED;
	errno = 0;
	run->result = workers_run(backend, n, fn, ctx, run->status);
	run->error = errno;
}

static void expect_success(const struct run *run, enum backend backend, unsigned n)
{
	cr_assert(eq(int, run->result, 0), "workers_run of %u %s returned %d (errno is \"%s\"), expected 0", n,
	          workers[backend], run->result, strerror(run->error));
}

static void expect_failure(const struct run *run, int error, const char *what)
{
	cr_assert(eq(int, run->result, -1), "%s: workers_run returned %d, expected -1", what, run->result);
	cr_assert(eq(int, run->error, error), "%s: errno is \"%s\", expected \"%s\"", what, strerror(run->error),
	          strerror(error));
	for (unsigned i = 0; i < MOST; i++)
		cr_assert(eq(int, run->status[i], UNTOUCHED), "%s: status[%u] is as it was; it became %d", what, i,
		          run->status[i]);
}

/* Both kinds of workers; the explorer tries them one by one. */
static void with_both(void (*expect)(enum backend))
{
	if (kit_n(0, 1)) {
		expect(KIT_CHOOSE("workers", "processes", "threads") ? BE_THREAD : BE_PROCESS);
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

/* ---- statuses ------------------------------------------------------------------------------- */

static int status_of(unsigned id, void *ctx)
{
	return id < MOST ? ((const int *)ctx)[id] : 99;
}

static void expect_statuses(enum backend backend)
{
	static int given[MOST] = {42, 7, 0, 23};
	unsigned n = kit_n(4, 3);
	struct run run;

	make(&run, backend, n, status_of, given);
	expect_success(&run, backend, n);
	for (unsigned i = 0; i < n; i++)
		cr_assert(eq(int, run.status[i], given[i]), "fn returned %d in worker %u of %u %s: its status is %d", given[i],
		          i, n, workers[backend], run.status[i]);
}

KIT_TEST(share_or_copy, processes_return_their_statuses)
{
	expect_statuses(BE_PROCESS);
}

KIT_TEST(share_or_copy, threads_return_their_statuses)
{
	expect_statuses(BE_THREAD);
}

static int same_for_all(unsigned id, void *ctx)
{
	(void)id;
	return *(const int *)ctx;
}

static void expect_low_bits(enum backend backend)
{
	static int given[] = {200, 256 + 7, -1};

	for (unsigned i = 0; i < 3; i++) {
		struct run run;

		make(&run, backend, 2, same_for_all, &given[i]);
		cr_assert(eq(int, run.result, 0), "workers_run of 2 %s returned %d, expected 0", workers[backend], run.result);
		cr_assert(run.status[0] == (given[i] & 255) && run.status[1] == (given[i] & 255),
		          "a status is the low 8 bits of what fn returned, with %s: for %d they are %d and %d, expected %d",
		          workers[backend], given[i], run.status[0], run.status[1], given[i] & 255);
	}
}

KIT_TEST(share_or_copy, a_status_has_eight_bits)
{
	with_both(expect_low_bits);
}

static int count_call(unsigned id, void *ctx)
{
	(void)id;
	kit_note(ctx, kit_noted(ctx) + 1);
	return 0;
}

static void expect_nothing_done(enum backend backend)
{
	unsigned *calls = kit_shared(sizeof *calls);
	int result;

	fi_reset();
	result = workers_run(backend, 0, count_call, calls, NULL);
	cr_assert(eq(int, result, 0), "no %s are a success: workers_run returned %d (errno is \"%s\"), expected 0",
	          workers[backend], result, strerror(errno));
	cr_assert(eq(uint, *calls + fi_calls(KIT_FORK) + fi_calls(KIT_THREAD_CREATE), 0),
	          "where n is 0 nothing is started, and fn is not called");
}

KIT_TEST(share_or_copy, no_workers_are_a_success)
{
	with_both(expect_nothing_done);
}

/* ---- who runs fn ---------------------------------------------------------------------------- */

/* What the workers note of themselves: in memory that all share, each number by kit_note. */
struct sightings {
	pthread_t caller;
	unsigned calls;
	unsigned process[MOST], parent[MOST], in_caller[MOST];
	unsigned earlier[MOST]; /* calls of fn in this process or thread before */
};

static unsigned calls_in_process;
static _Thread_local unsigned calls_in_thread;

static void note_worker(struct sightings *sightings, unsigned earlier)
{
	unsigned call = ticket(&sightings->calls);

	if (call >= MOST)
		return;
	kit_note(&sightings->process[call], (unsigned)getpid());
	kit_note(&sightings->parent[call], (unsigned)getppid());
	kit_note(&sightings->in_caller[call], pthread_equal(pthread_self(), sightings->caller) != 0);
	kit_note(&sightings->earlier[call], earlier);
}

static int note_thread(unsigned id, void *ctx)
{
	(void)id;
	note_worker(ctx, calls_in_thread++);
	return 0;
}

static int note_process(unsigned id, void *ctx)
{
	(void)id;
	note_worker(ctx, calls_in_process++);
	return 0;
}

KIT_TEST(share_or_copy, each_worker_is_a_process)
{
	struct sightings *seen = kit_shared(sizeof *seen);
	unsigned n = 3, caller = (unsigned)getpid();
	struct run run;

	make(&run, BE_PROCESS, n, note_process, seen);
	cr_assert(eq(uint, seen->calls, n), "fn is called once in each of %u processes: it was called %u times", n,
	          seen->calls);
	for (unsigned i = 0; i < n; i++) {
		cr_assert(seen->process[i] != caller, "each worker is a process of its own: fn ran in the caller's");
		cr_assert(eq(uint, seen->parent[i], caller), "each worker is a child of the caller, not of another worker");
		cr_assert(eq(uint, seen->earlier[i], 0),
		          "each worker has its variables to itself: fn ran %u times there before", seen->earlier[i]);
		for (unsigned other = 0; other < i; other++)
			cr_assert(seen->process[i] != seen->process[other], "%u workers are %u processes: two of them are one", n,
			          n);
	}
}

KIT_TEST(share_or_copy, each_worker_is_a_thread)
{
	struct sightings *seen = kit_shared(sizeof *seen);
	unsigned n = 3, caller = (unsigned)getpid();
	struct run run;

	seen->caller = pthread_self();
	make(&run, BE_THREAD, n, note_thread, seen);
	cr_assert(eq(uint, seen->calls, n), "fn is called once in each of %u threads: it was called %u times", n,
	          seen->calls);
	for (unsigned i = 0; i < n; i++) {
		cr_assert(eq(uint, seen->process[i], caller), "each worker is a thread of the caller's process");
		cr_assert(eq(uint, seen->in_caller[i], 0), "fn does not run in the calling thread: one worker did");
		cr_assert(eq(uint, seen->earlier[i], 0), "each worker has a thread of its own: fn ran %u times in it before",
		          seen->earlier[i]);
	}
}

/* Each worker waits until the next one has begun, the last one for the first, or the other way round. */
struct circle {
	sem_t begun[MOST];
	unsigned n, step;
	unsigned come, through; /* by kit_note */
};

static int wait_for_another(unsigned id, void *ctx)
{
	struct circle *circle = ctx;
	unsigned mine = ticket(&circle->come) % circle->n;

	(void)id;
	sem_post(&circle->begun[mine]);
	while (sem_wait(&circle->begun[(mine + circle->step) % circle->n]) != 0)
		;
	ticket(&circle->through);
	return 0;
}

static void expect_all_inside(enum backend backend)
{
	struct circle *circle = kit_shared(sizeof *circle);
	struct run run;

	circle->n = 3;
	circle->step = 1 + KIT_CHOOSE("waits for", "the next worker", "the worker before");
	for (unsigned i = 0; i < circle->n; i++)
		sem_init(&circle->begun[i], 1, 0);
	make(&run, backend, circle->n, wait_for_another, circle);
	cr_assert(eq(uint, circle->through, circle->n), "%u %s that wait for each other: %u of them went on", circle->n,
	          workers[backend], circle->through);
}

KIT_TEST(share_or_copy, all_workers_are_inside_at_once)
{
	with_both(expect_all_inside);
}

/* ---- what is seen of a change --------------------------------------------------------------- */

static int global;

static void change(void *arg)
{
	*(int *)arg = 5;
}

static bool is_changed(void *arg)
{
	return *(const int *)arg == 5;
}

static void expect_visible(enum backend backend, int *place, bool expected, const char *what)
{
	bool visible = !expected;
	int result;

	*place = 0;
	result = change_is_visible(backend, change, is_changed, place, &visible);
	cr_assert(eq(int, result, 0), "change_is_visible returned %d (errno is \"%s\"), expected 0", result,
	          strerror(errno));
	cr_assert(visible == expected, "%s that a worker of the %s has changed: *visible is %s, expected %s", what,
	          workers[backend], visible ? "true" : "false", expected ? "true" : "false");
}

KIT_TEST(share_or_copy, a_process_has_a_copy_of_the_memory)
{
	int *heap = malloc(sizeof *heap);

	expect_visible(BE_PROCESS, &global, false, "a global variable");
	expect_visible(BE_PROCESS, heap, false, "a variable on the heap");
	expect_visible(BE_PROCESS, kit_shared(sizeof(int)), true, "a variable in memory that processes share");
	free(heap);
}

KIT_TEST(share_or_copy, a_thread_has_the_memory_itself)
{
	int *heap = malloc(sizeof *heap);

	expect_visible(BE_THREAD, &global, true, "a global variable");
	expect_visible(BE_THREAD, heap, true, "a variable on the heap");
	expect_visible(BE_THREAD, kit_shared(sizeof(int)), true, "a variable in memory that processes share");
	free(heap);
}

/* ---- faults --------------------------------------------------------------------------------- */

static void expect_reported(enum backend backend, enum kit_op op, unsigned nth, int error, const char *what)
{
	static int given[MOST] = {1, 2, 3, 4};
	struct run run;

	fi_reset();
	fi_fail_nth(op, nth, error);
	make(&run, backend, 3, status_of, given);
	cr_assert(fi_calls(op) >= nth || nth == 3, "3 workers are 3 %s: %u were started", workers[backend], fi_calls(op));
	if (fi_calls(op) >= nth)
		expect_failure(&run, error, what);
	fi_reset();
}

KIT_TEST(share_or_copy, a_fork_that_fails_is_reported)
{
	expect_reported(BE_PROCESS, KIT_FORK, 1, ENOMEM, "the 1st fork of 3 fails");
	expect_reported(BE_PROCESS, KIT_FORK, 2, EAGAIN, "the 2nd fork of 3 fails");
	expect_reported(BE_PROCESS, KIT_FORK, 3, EAGAIN, "the 3rd fork of 3 fails");
}

KIT_TEST(share_or_copy, a_thread_that_cannot_be_created_is_reported)
{
	expect_reported(BE_THREAD, KIT_THREAD_CREATE, 1, EAGAIN, "the 1st thread of 3 cannot be created");
	expect_reported(BE_THREAD, KIT_THREAD_CREATE, 2, EAGAIN, "the 2nd thread of 3 cannot be created");
	expect_reported(BE_THREAD, KIT_THREAD_CREATE, 3, EAGAIN, "the 3rd thread of 3 cannot be created");
}

static void expect_no_memory(enum backend backend)
{
	static int given[MOST] = {1, 2, 3, 4};
	struct run run = {.result = -1};

	for (unsigned nth = 1; nth <= 20; nth++) { /* until there are fewer than nth allocations */
		fi_reset();
		fi_fail_nth(KIT_MALLOC, nth, ENOMEM);
		make(&run, backend, 3, status_of, given);
		if (fi_calls(KIT_MALLOC) < nth)
			break;
		expect_failure(&run, ENOMEM, "no memory");
	}
	fi_reset();
	expect_success(&run, backend, 3);
}

KIT_TEST(share_or_copy, without_memory_is_enomem)
{
	with_both(expect_no_memory);
}

static int one_dies(unsigned id, void *ctx)
{
	(void)id;
	if (ticket(ctx) == 1)
		raise(SIGKILL);
	return 3;
}

KIT_TEST(share_or_copy, a_process_that_is_killed_is_eio)
{
	struct run run;

	kit_expect_death(SIGKILL);
	make(&run, BE_PROCESS, 3, one_dies, kit_shared(sizeof(unsigned)));
	expect_failure(&run, EIO, "one of 3 processes is killed");
}

KIT_TEST(share_or_copy, an_interrupted_wait_goes_on)
{
	static int given = 5;
	struct run run;

	fi_eintr(2);
	make(&run, BE_PROCESS, 3, same_for_all, &given);
	fi_reset();
	cr_assert(eq(int, run.result, 0),
	          "every 2nd wait is interrupted: workers_run returned %d (errno is \"%s\"), expected 0", run.result,
	          strerror(run.error));
	for (unsigned i = 0; i < 3; i++)
		cr_assert(eq(int, run.status[i], given), "every 2nd wait is interrupted: status[%u] is %d, expected %d", i,
		          run.status[i], given);
}

/* ---- waiting -------------------------------------------------------------------------------- */

/* A call in a thread of its own; its workers stay inside until the test posts. */
struct caller {
	struct stay {
		sem_t release;
		unsigned inside; /* by kit_note */
	} * stay;
	enum backend backend;
	pthread_t thread;
};

static int stay(unsigned id, void *ctx)
{
	struct stay *stay = ctx;

	(void)id;
	ticket(&stay->inside);
	while (sem_wait(&stay->release) != 0)
		;
	return 0;
}

static void *caller_thread(void *arg)
{
	struct caller *caller = arg;
	int status[2];

	workers_run(caller->backend, 2, stay, caller->stay, status);
	return NULL;
}

static void expect_sleep(enum backend backend)
{
	struct caller caller = {.stay = kit_shared(sizeof *caller.stay), .backend = backend};
	unsigned inside;

	sem_init(&caller.stay->release, 1, 0);
	pthread_create(&caller.thread, NULL, caller_thread, &caller);
	kit_expect_quiet();
	inside = kit_noted(&caller.stay->inside);
	sem_post(&caller.stay->release);
	sem_post(&caller.stay->release);
	pthread_join(caller.thread, NULL);
	cr_assert(inside > 0, "the caller waits for the %s: none of them was in fn", workers[backend]);
}

KIT_TEST(share_or_copy, the_caller_waits_asleep)
{
	with_both(expect_sleep);
}
