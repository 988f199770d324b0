/* hidden.c - the tests of measure_lab that only instructors have. Each one tests sentences of include/measure_lab.h;
 * one is any small measurement, compared with durations that are put in order one by one. */
#define _GNU_SOURCE 1
#include "kit.h"
#include "measure_lab.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 128 };
#define NS_PER_S UINT64_C(1000000000)

static const struct bench_stat before = {81, 82, 83};

static bool is_as_before(const struct bench_stat *stat)
{
	return stat->min_ns == before.min_ns && stat->median_ns == before.median_ns && stat->p90_ns == before.p90_ns;
}

/* Time passes while the operation runs, or between the two readings of a pair; and nowhere else. */
struct world {
	uint64_t time;
	uint64_t takes[ROOM]; /* by calls of the operation */
	uint64_t pair[ROOM];  /* by pairs of readings */
	unsigned called, read, breaks_at, stops_at;
	int error;
	unsigned allocated[2 * ROOM]; /* calls of malloc and the like before each reading */
};

static int look(void *ctx, struct timespec *t)
{
	struct world *world = ctx;
	unsigned mine = world->read++;

	if (mine < 2 * ROOM)
		world->allocated[mine] = fi_calls(KIT_MALLOC) + fi_calls(KIT_FREE);
	if (world->read == world->stops_at) {
		errno = world->error;
		return -1;
	}
	if (mine % 2 && mine / 2 < ROOM)
		world->time += world->pair[mine / 2];
	*t = (struct timespec){.tv_sec = (time_t)(world->time / NS_PER_S), .tv_nsec = (long)(world->time % NS_PER_S)};
	return 0;
}

static int act(void *ctx)
{
	struct world *world = ctx;
	unsigned mine = world->called++;

	if (world->called == world->breaks_at) {
		errno = world->error;
		return 7;
	}
	world->time += mine < ROOM ? world->takes[mine] : 0;
	return 0;
}

static struct bench_opts in_world(struct world *world, unsigned warmup, unsigned reps)
{
	return (struct bench_opts){.warmup = warmup, .reps = reps, .clock = look, .clock_ctx = world};
}

static void expect_durations(const struct bench_stat *stat, uint64_t smallest, uint64_t middle, uint64_t ninth)
{
	cr_assert(eq(u64, stat->min_ns, smallest), "minimum, ns");
	cr_assert(eq(u64, stat->median_ns, middle), "median, ns");
	cr_assert(eq(u64, stat->p90_ns, ninth), "p90, ns");
}

/* ---- bench_run -------------------------------------------------------------------------------- */

/* Durations n, n - 1, ... 1: the number is the rank. */
static void expect_ranks(unsigned n, uint64_t middle, uint64_t ninth)
{
	struct world world = {.time = 0};
	struct bench_opts opts = in_world(&world, 0, n);
	struct bench_stat stat = before;

	for (unsigned i = 0; i < n; i++)
		world.takes[i] = n - i;
	cr_assert(eq(int, bench_run(&opts, act, &world, &stat), 0), "%u repetitions succeed", n);
	cr_assert(eq(u64, stat.median_ns, middle), "median of 1 to %u", n);
	cr_assert(eq(u64, stat.p90_ns, ninth), "p90 of 1 to %u", n);
	cr_assert(eq(u64, stat.min_ns, 1), "minimum of 1 to %u", n);
}

KIT_TEST(measure_lab, ranks_are_rounded_up)
{
	expect_ranks(1, 1, 1);
	expect_ranks(2, 1, 2);
	expect_ranks(9, 5, 9);
	expect_ranks(10, 5, 9);
	expect_ranks(11, 6, 10);
	expect_ranks(20, 10, 18);
	expect_ranks(100, 50, 90);
}

KIT_TEST(measure_lab, hours_fit)
{
	struct world world = {.time = 1700000000 * NS_PER_S, .takes = {5000 * NS_PER_S, 3 * NS_PER_S, 4 * NS_PER_S + 1}};
	struct bench_opts opts = in_world(&world, 0, 3);
	struct bench_stat stat = before;

	opts.overhead_ns = NS_PER_S;
	cr_assert(eq(int, bench_run(&opts, act, &world, &stat), 0), "bench_run succeeds");
	expect_durations(&stat, 2 * NS_PER_S, 3 * NS_PER_S + 1, 4999 * NS_PER_S);
}

KIT_TEST(measure_lab, huge_and_tiny_are_in_order)
{
	struct world world = {.takes = {3000000000, 1, 6000000000, 2, 4294967297}};
	struct bench_opts opts = in_world(&world, 0, 5);
	struct bench_stat stat = before;

	cr_assert(eq(int, bench_run(&opts, act, &world, &stat), 0), "bench_run succeeds");
	expect_durations(&stat, 1, 3000000000, 6000000000);
}

KIT_TEST(measure_lab, only_op_is_inside)
{
	enum { REPS = 40 };
	struct world world = {.time = 0};
	struct bench_opts opts = in_world(&world, 0, REPS);
	struct bench_stat stat = before;

	cr_assert(eq(int, bench_run(&opts, act, &world, &stat), 0), "bench_run succeeds");
	for (unsigned i = 0; i < REPS; i++)
		cr_assert(eq(uint, world.allocated[2 * i + 1], world.allocated[2 * i]),
		          "malloc and free before the second reading of repetition %u, as before the first", i);
	cr_assert(eq(uint, world.read, 2 * REPS), "readings");
}

KIT_TEST(measure_lab, cold_op_fails)
{
	struct world world = {.breaks_at = 2, .error = ENOSPC};
	struct bench_opts opts = in_world(&world, 3, 3);
	struct bench_stat stat = before;
	int result, error;

	errno = 0;
	result = bench_run(&opts, act, &world, &stat);
	error = errno;
	cr_assert(eq(int, result, -1), "bench_run fails");
	cr_assert(eq(int, error, ENOSPC), "with the error of op");
	cr_assert(eq(uint, world.called, 2), "calls of op");
	cr_assert(eq(uint, world.read, 0), "readings of the clock");
	cr_assert(is_as_before(&stat), "stat is as it was");
}

static void expect_stopped_at(unsigned reading)
{
	struct world world = {.stops_at = reading, .error = EIO};
	struct bench_opts opts = in_world(&world, 0, 3);
	struct bench_stat stat = before;
	int result, error;

	errno = 0;
	result = bench_run(&opts, act, &world, &stat);
	error = errno;
	cr_assert(eq(int, result, -1), "bench_run fails when reading %u of the clock does", reading);
	cr_assert(eq(int, error, EIO), "errno of the clock at reading %u", reading);
	cr_assert(eq(uint, world.read, reading), "the clock is not read again");
	cr_assert(eq(uint, world.called, reading / 2), "calls of op");
	cr_assert(is_as_before(&stat), "stat is as it was");
}

KIT_TEST(measure_lab, either_reading_fails)
{
	expect_stopped_at(1);
	expect_stopped_at(4);
}

/* ---- any small measurement -------------------------------------------------------------------- */

static void put_in_order(uint64_t *value, unsigned n)
{
	for (unsigned i = 1; i < n; i++)
		for (unsigned k = i; k > 0 && value[k - 1] > value[k]; k--) {
			uint64_t swapped = value[k];
			value[k] = value[k - 1];
			value[k - 1] = swapped;
		}
}

KIT_TEST(measure_lab, any_small_measurement)
{
	enum { REPS = 4 };
	static const uint64_t length[] = {1000, 5000, 100000};
	struct world world = {.time = NS_PER_S - 6000, .error = EDOM};
	unsigned warmup = KIT_CHOOSE("warm-up", "none", "one call", "two calls");
	struct bench_opts opts = in_world(&world, warmup, REPS);
	struct bench_stat stat = before;
	uint64_t sorted[REPS];
	int result, error;

	for (unsigned i = 0; i < warmup; i++)
		world.takes[i] = 7;
	for (unsigned i = 0; i < REPS; i++)
		world.takes[warmup + i] = length[KIT_CHOOSE("duration", "1 us", "5 us", "100 us")];
	opts.overhead_ns = KIT_CHOOSE("overhead", "none", "2 us") ? 2000 : 0;
	unsigned fails = KIT_CHOOSE("what fails", "nothing", "nothing, too", "repetition 1", "repetition 4");
	if (fails >= 2)
		world.breaks_at = warmup + (fails == 2 ? 1 : REPS);
	for (unsigned i = 0; i < REPS; i++) {
		uint64_t takes = world.takes[warmup + i];
		sorted[i] = takes > opts.overhead_ns ? takes - opts.overhead_ns : 0;
	}
	put_in_order(sorted, REPS);
	errno = 0;
	result = bench_run(&opts, act, &world, &stat);
	error = errno;
	if (world.breaks_at) {
		cr_assert(eq(int, result, -1), "bench_run fails");
		cr_assert(eq(int, error, EDOM), "with the error of op");
		cr_assert(eq(uint, world.called, world.breaks_at), "calls of op");
		cr_assert(is_as_before(&stat), "stat is as it was");
	} else {
		cr_assert(eq(int, result, 0), "bench_run succeeds");
		cr_assert(eq(uint, world.called, warmup + REPS), "calls of op");
		expect_durations(&stat, sorted[0], sorted[1], sorted[3]);
	}
	cr_assert(le(uint, world.read, 2 * REPS), "readings");
}

/* ---- arguments -------------------------------------------------------------------------------- */

static void expect_einval(int result, int error, const char *call)
{
	cr_assert(eq(int, result, -1), "%s fails", call);
	cr_assert(eq(int, error, EINVAL), "%s: errno", call);
}

#define EXPECT_EINVAL(call)                                                                                            \
	do {                                                                                                               \
		errno = 0;                                                                                                     \
		int result = (call);                                                                                           \
		expect_einval(result, errno, #call);                                                                           \
	} while (0)

KIT_TEST(measure_lab, nonsense_is_einval)
{
	struct world world = {.time = 0};
	struct bench_opts opts = in_world(&world, 1, 2), none = in_world(&world, 1, 0);
	struct bench_stat stat = before;
	uint64_t overhead = 81;

	EXPECT_EINVAL(bench_run(NULL, act, &world, &stat));
	EXPECT_EINVAL(bench_run(&opts, NULL, &world, &stat));
	EXPECT_EINVAL(bench_run(&opts, act, &world, NULL));
	EXPECT_EINVAL(bench_run(&none, act, &world, &stat));
	EXPECT_EINVAL(bench_overhead(NULL, &overhead));
	EXPECT_EINVAL(bench_overhead(&opts, NULL));
	EXPECT_EINVAL(bench_overhead(&none, &overhead));
	EXPECT_EINVAL(bench_create((enum backend)2, &opts, &stat));
	EXPECT_EINVAL(bench_create(BE_THREAD, NULL, &stat));
	EXPECT_EINVAL(bench_create(BE_PROCESS, &none, &stat));
	EXPECT_EINVAL(bench_create(BE_PROCESS, &opts, NULL));
	EXPECT_EINVAL(bench_handoff((enum channel)2, BE_THREAD, &opts, &stat));
	EXPECT_EINVAL(bench_handoff(CH_PIPE, (enum backend)2, &opts, &stat));
	EXPECT_EINVAL(bench_handoff(CH_PIPE, BE_PROCESS, NULL, &stat));
	EXPECT_EINVAL(bench_handoff(CH_CONDVAR, BE_THREAD, &none, &stat));
	EXPECT_EINVAL(bench_handoff(CH_PIPE, BE_PROCESS, &opts, NULL));
	cr_assert(is_as_before(&stat), "stat is as it was");
	cr_assert(eq(u64, overhead, 81), "overhead is as it was");
	cr_assert(eq(uint, world.read + world.called, 0), "readings of the clock and calls of op");
	unsigned made = fi_calls(KIT_FORK) + fi_calls(KIT_THREAD_CREATE) + fi_calls(KIT_PIPE);
	cr_assert(eq(uint, made, 0), "processes, threads and pipes");
}

/* ---- bench_overhead --------------------------------------------------------------------------- */

KIT_TEST(measure_lab, dead_clock_has_no_overhead)
{
	struct world world = {.stops_at = 3, .error = EIO};
	struct bench_opts opts = in_world(&world, 0, 3);
	uint64_t overhead = 81;
	int result, error;

	errno = 0;
	result = bench_overhead(&opts, &overhead);
	error = errno;
	cr_assert(eq(int, result, -1), "bench_overhead fails");
	cr_assert(eq(int, error, EIO), "with the error of the clock");
	cr_assert(eq(u64, overhead, 81), "overhead is as it was");
}

/* ---- bench_create ----------------------------------------------------------------------------- */

KIT_TEST(measure_lab, unborn_thread_is_told)
{
	struct world world = {.time = 0};
	struct bench_opts opts = in_world(&world, 0, 3);
	struct bench_stat stat = before;
	int result, error;

	fi_fail_nth(KIT_THREAD_CREATE, 2, EAGAIN);
	errno = 0;
	result = bench_create(BE_THREAD, &opts, &stat);
	error = errno;
	cr_assert(eq(int, result, -1), "bench_create fails");
	cr_assert(eq(int, error, EAGAIN), "with the error of pthread_create");
	cr_assert(eq(uint, fi_calls(KIT_THREAD_CREATE), 2), "calls of pthread_create");
	cr_assert(is_as_before(&stat), "stat is as it was");
}

KIT_TEST(measure_lab, interrupted_parent_waits_on)
{
	struct world world = {.pair = {6, 8}};
	struct bench_opts opts = in_world(&world, 0, 2);
	struct bench_stat stat = before;

	fi_eintr(2);
	cr_assert(eq(int, bench_create(BE_PROCESS, &opts, &stat), 0), "bench_create succeeds");
	cr_assert(eq(uint, kit_children(), 0), "children that nobody has waited for");
	expect_durations(&stat, 6, 6, 8);
}

KIT_TEST(measure_lab, cold_starts_are_made)
{
	struct world world = {.time = 0};
	struct bench_opts opts = in_world(&world, 2, 1);
	struct bench_stat stat = before;

	int created = bench_create(BE_PROCESS, &opts, &stat);
	unsigned forks = fi_calls(KIT_FORK);
	int handed = bench_handoff(CH_PIPE, BE_THREAD, &opts, &stat);
	cr_assert(eq(int, created, 0), "bench_create succeeds");
	cr_assert(eq(uint, forks, 3), "processes: two for the warm-up and one that is measured");
	cr_assert(eq(int, handed, 0), "bench_handoff succeeds");
	cr_assert(ge(uint, fi_calls(KIT_WRITE), 6), "bytes written in three round trips");
	cr_assert(eq(uint, world.read, 4), "readings: two each time");
}

KIT_TEST(measure_lab, child_prints_nothing)
{
	struct world world = {.time = 0};
	struct bench_opts opts = in_world(&world, 1, 1);
	struct bench_stat stat = before;
	int fd = kit_empty_file();
	FILE *file = fdopen(fd, "w+");

	fputs("once", file); /* waits in the buffer, of which each child has a copy */
	int created = bench_create(BE_PROCESS, &opts, &stat);
	int handed = bench_handoff(CH_PIPE, BE_PROCESS, &opts, &stat);
	fflush(file);
	long length = ftell(file);
	fseek(file, 0, SEEK_END);
	long written = ftell(file);
	fclose(file);
	cr_assert(eq(int, created, 0), "bench_create succeeds");
	cr_assert(eq(int, handed, 0), "bench_handoff succeeds");
	cr_assert(eq(long, length, 4), "characters of the caller");
	cr_assert(eq(long, written, 4), "characters in the file");
}

/* ---- bench_handoff ---------------------------------------------------------------------------- */

static const struct kind {
	const char *name;
	enum channel channel;
	enum backend backend;
} kinds[] = {
    {"pipes, process", CH_PIPE, BE_PROCESS},
    {"pipes, thread", CH_PIPE, BE_THREAD},
    {"turns, thread", CH_CONDVAR, BE_THREAD},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* The clock breaks in the middle: the partner waits for a token that will not come. */
static void expect_sent_home(const struct kind *kind, unsigned reading)
{
	struct world world = {.stops_at = reading, .error = EIO};
	struct bench_opts opts = in_world(&world, 0, 3);
	struct bench_stat stat = before;
	int result, error;

	errno = 0;
	result = bench_handoff(kind->channel, kind->backend, &opts, &stat);
	error = errno;
	cr_assert(eq(int, result, -1), "%s: bench_handoff fails", kind->name);
	cr_assert(eq(int, error, EIO), "%s: with the error of the clock", kind->name);
	cr_assert(is_as_before(&stat), "%s: stat is as it was", kind->name);
	cr_assert(eq(uint, kit_children() + kit_threads(), 1), "%s: children, and threads with the caller", kind->name);
	cr_assert(eq(uint, kit_open_fds(), 0), "%s: descriptors left open", kind->name);
}

KIT_TEST(measure_lab, broken_clock_process_partner)
{
	expect_sent_home(&kinds[0], 3);
}

KIT_TEST(measure_lab, broken_clock_thread_partner)
{
	expect_sent_home(&kinds[1], 4);
}

KIT_TEST(measure_lab, broken_clock_turns)
{
	expect_sent_home(&kinds[2], 1);
	expect_sent_home(&kinds[2], 4);
}

static void expect_refused(const struct kind *kind, enum kit_op op, unsigned nth, int wanted)
{
	struct world world = {.time = 0};
	struct bench_opts opts = in_world(&world, 0, 2);
	struct bench_stat stat = before;
	int result, error;

	fi_reset();
	fi_fail_nth(op, nth, wanted);
	errno = 0;
	result = bench_handoff(kind->channel, kind->backend, &opts, &stat);
	error = errno;
	if (fi_calls(op) < nth) { /* another design makes fewer of them */
		cr_assert(eq(int, result, 0), "%s: nothing fails", kind->name);
		return;
	}
	cr_assert(eq(int, result, -1), "%s: bench_handoff fails", kind->name);
	cr_assert(eq(int, error, wanted), "%s: with the error of the call that failed", kind->name);
	cr_assert(is_as_before(&stat), "%s: stat is as it was", kind->name);
	cr_assert(eq(uint, kit_open_fds(), 0), "%s: descriptors left open", kind->name);
}

KIT_TEST(measure_lab, partnerless_handoff_is_told)
{
	expect_refused(&kinds[0], KIT_FORK, 1, EAGAIN);
	expect_refused(&kinds[1], KIT_THREAD_CREATE, 1, EAGAIN);
	expect_refused(&kinds[2], KIT_THREAD_CREATE, 1, EAGAIN);
	expect_refused(&kinds[0], KIT_PIPE, 1, EMFILE);
}

KIT_TEST(measure_lab, memoryless_handoff_is_told)
{
	for (unsigned i = 0; i < KINDS; i++)
		for (unsigned nth = 1; nth <= 3; nth++)
			expect_refused(&kinds[i], KIT_MALLOC, nth, ENOMEM);
	cr_assert(eq(uint, kit_children() + kit_threads(), 1), "children, and threads with the caller");
}

KIT_TEST(measure_lab, lockless_handoff_is_told)
{
	expect_refused(&kinds[2], KIT_MUTEX_INIT, 1, ENOMEM);
	expect_refused(&kinds[2], KIT_COND_INIT, 1, EAGAIN);
	expect_refused(&kinds[2], KIT_COND_INIT, 2, EAGAIN);
}

/* What was made and taken away by the time of each reading. */
struct household {
	struct world world;
	unsigned made[2 * ROOM], closed[2 * ROOM];
};

static int look_around(void *ctx, struct timespec *t)
{
	struct household *household = ctx;
	unsigned mine = household->world.read;

	household->made[mine] = fi_calls(KIT_FORK) + fi_calls(KIT_THREAD_CREATE) + fi_calls(KIT_PIPE);
	household->closed[mine] = fi_calls(KIT_WAITPID) + fi_calls(KIT_THREAD_JOIN);
	return look(&household->world, t);
}

static void expect_one_household(const struct kind *kind)
{
	enum { REPS = 3 };
	struct household household = {.world = {.time = 0}};
	struct bench_opts opts = {.reps = REPS, .clock = look_around, .clock_ctx = &household};
	struct bench_stat stat = before;
	unsigned wanted = kind->channel == CH_PIPE ? 3 : 1;

	fi_reset();
	cr_assert(eq(int, bench_handoff(kind->channel, kind->backend, &opts, &stat), 0), "%s: succeeds", kind->name);
	for (unsigned i = 0; i < 2 * REPS; i++) {
		cr_assert(eq(uint, household.made[i], wanted), "%s: partners and pipes at reading %u", kind->name, i);
		cr_assert(eq(uint, household.closed[i], 0), "%s: waits for the partner's end at reading %u", kind->name, i);
	}
	cr_assert(eq(uint, household.world.read, 2 * REPS), "%s: readings", kind->name);
}

KIT_TEST(measure_lab, partner_lives_through_it)
{
	for (unsigned i = 0; i < KINDS; i++)
		expect_one_household(&kinds[i]);
}

KIT_TEST(measure_lab, halves_are_rounded_down)
{
	for (unsigned i = 0; i < KINDS; i++) {
		struct world world = {.pair = {39, 17, 17, 40}};
		struct bench_opts opts = in_world(&world, 0, 4);
		struct bench_stat stat = before;
		opts.overhead_ns = 10;
		int result = bench_handoff(kinds[i].channel, kinds[i].backend, &opts, &stat);
		cr_assert(eq(int, result, 0), "%s: succeeds", kinds[i].name);
		expect_durations(&stat, 3, 3, 15);
	}
}

/* ---- waiting ---------------------------------------------------------------------------------- */

static int look_when_all_rest(void *ctx, struct timespec *t)
{
	kit_expect_quiet();
	return look(ctx, t);
}

KIT_TEST(measure_lab, partner_is_asleep)
{
	for (unsigned i = 0; i < KINDS; i++) {
		struct world world = {.time = 0};
		struct bench_opts opts = {.reps = 2, .clock = look_when_all_rest, .clock_ctx = &world};
		struct bench_stat stat = before;
		int result = bench_handoff(kinds[i].channel, kinds[i].backend, &opts, &stat);
		cr_assert(eq(int, result, 0), "%s: succeeds", kinds[i].name);
	}
}

struct caller {
	const struct kind *kind;
	int result;
};

static void *call_handoff(void *arg)
{
	struct caller *caller = arg;
	struct world world = {.time = 0};
	struct bench_opts opts = in_world(&world, 0, 1);
	struct bench_stat stat = before;

	caller->result = bench_handoff(caller->kind->channel, caller->kind->backend, &opts, &stat);
	return NULL;
}

/* Stops the n-th such call, whoever makes it. */
static void expect_rest_at(const struct kind *kind, enum kit_op op, unsigned nth)
{
	struct caller caller = {.kind = kind};
	struct kit_gate *gate;
	pthread_t thread;

	gate = gate_before(op, nth);
	pthread_create(&thread, NULL, call_handoff, &caller);
	kit_expect_quiet();
	gate_open(gate);
	pthread_join(thread, NULL);
	cr_assert(eq(int, caller.result, 0), "%s: succeeds", kind->name);
}

KIT_TEST(measure_lab, caller_is_asleep)
{
	expect_rest_at(&kinds[1], KIT_WRITE, 2);
	for (unsigned nth = 1; nth <= 3; nth++)
		expect_rest_at(&kinds[2], KIT_LOCK, nth);
}
