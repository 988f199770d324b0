/* The public tests of measure_lab: students have them. */
#include "kit.h"
#include "measure_lab.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MOST = 12, SECOND = 1000000000 };

static const struct bench_stat untouched = {4711, 4712, 4713};

/* ---- a clock that goes forward only when it is told to ---------------------------------------- */

struct fake {
	uint64_t now;            /* ns */
	uint64_t cost;           /* how long a reading takes */
	uint64_t by_op[MOST];    /* how long each call of the operation takes, the warm-up too */
	uint64_t by_clock[MOST]; /* or how long each repetition takes, where the operation is not the test's */
	unsigned ops, readings;
	unsigned op_fails, reading_fails; /* which one, from 1; 0: none */
	char trace[4 * MOST];             /* c: a reading of the clock, o: a call of the operation */
};

static void note(struct fake *fake, char what)
{
	size_t length = strlen(fake->trace);

	if (length + 1 < sizeof fake->trace)
		fake->trace[length] = what;
}

static int read_fake(void *ctx, struct timespec *t)
{
	struct fake *fake = ctx;
	unsigned reading = fake->readings++;

	note(fake, 'c');
	if (reading + 1 == fake->reading_fails) {
		errno = EOVERFLOW;
		return -1;
	}
	if (reading % 2 == 1 && reading / 2 < MOST)
		fake->now += fake->by_clock[reading / 2];
	t->tv_sec = (time_t)(fake->now / SECOND);
	t->tv_nsec = (long)(fake->now % SECOND);
	fake->now += fake->cost;
	return 0;
}

static int operate(void *ctx)
{
	struct fake *fake = ctx;
	unsigned call = fake->ops++;

	note(fake, 'o');
	if (call + 1 == fake->op_fails) {
		errno = EDOM;
		return -1;
	}
	if (call < MOST)
		fake->now += fake->by_op[call];
	return 0;
}

static struct bench_opts opts_of(struct fake *fake, unsigned warmup, unsigned reps)
{
	return (struct bench_opts){.warmup = warmup, .reps = reps, .clock = read_fake, .clock_ctx = fake};
}

static void expect_stat(const struct bench_stat *stat, uint64_t min, uint64_t median, uint64_t p90)
{
	cr_assert(eq(u64, stat->min_ns, min), "the smallest duration in ns");
	cr_assert(eq(u64, stat->median_ns, median), "the median in ns");
	cr_assert(eq(u64, stat->p90_ns, p90), "the 90th percentile in ns");
}

static void expect_error(int result, int seen, int error, const struct bench_stat *stat)
{
	cr_assert(eq(int, result, -1), "the call fails");
	cr_assert(eq(int, seen, error), "errno says why: %s", strerror(error));
	cr_assert(eq(u64, stat->min_ns, untouched.min_ns), "min_ns is as it was");
	cr_assert(eq(u64, stat->median_ns, untouched.median_ns), "median_ns is as it was");
	cr_assert(eq(u64, stat->p90_ns, untouched.p90_ns), "p90_ns is as it was");
}

/* ---- bench_run -------------------------------------------------------------------------------- */

KIT_TEST(measure_lab, three_numbers_of_ten_durations)
{
	struct fake fake = {.by_op = {70, 20, 90, 10, 40, 1000, 60, 30, 80, 50}};
	struct bench_opts opts = opts_of(&fake, 0, 10);
	struct bench_stat stat = untouched;

	cr_assert(eq(int, bench_run(&opts, operate, &fake, &stat), 0), "bench_run succeeds");
	expect_stat(&stat, 10, 50, 90);
}

KIT_TEST(measure_lab, an_odd_number_has_one_in_the_middle)
{
	struct fake fake = {.by_op = {9, 2, 7}};
	struct bench_opts opts = opts_of(&fake, 0, 3);
	struct bench_stat stat = untouched;

	cr_assert(eq(int, bench_run(&opts, operate, &fake, &stat), 0), "bench_run succeeds");
	expect_stat(&stat, 2, 7, 9);
}

KIT_TEST(measure_lab, each_call_stands_between_two_readings)
{
	struct fake fake = {.by_op = {0}};
	struct bench_opts opts = opts_of(&fake, 2, 3);
	struct bench_stat stat = untouched;

	cr_assert(eq(int, bench_run(&opts, operate, &fake, &stat), 0), "bench_run succeeds");
	cr_assert(eq(str, fake.trace, (char *)"oococcoccoc"), "calls of op (o) and readings of the clock (c)");
}

KIT_TEST(measure_lab, the_warm_up_does_not_count)
{
	struct fake fake = {.by_op = {5, 90000, 30, 10, 20}};
	struct bench_opts opts = opts_of(&fake, 2, 3);
	struct bench_stat stat = untouched;

	cr_assert(eq(int, bench_run(&opts, operate, &fake, &stat), 0), "bench_run succeeds");
	cr_assert(eq(uint, fake.ops, 5), "op is called for the warm-up and for each repetition");
	expect_stat(&stat, 10, 20, 30);
}

KIT_TEST(measure_lab, overhead_is_subtracted)
{
	struct fake fake = {.by_op = {100, 300, 200}, .cost = 40};
	struct bench_opts opts = opts_of(&fake, 0, 3);
	struct bench_stat stat = untouched;

	opts.overhead_ns = 40;
	cr_assert(eq(int, bench_run(&opts, operate, &fake, &stat), 0), "bench_run succeeds");
	expect_stat(&stat, 100, 200, 300);
}

KIT_TEST(measure_lab, a_duration_is_never_negative)
{
	struct fake fake = {.by_op = {10, 70, 30}};
	struct bench_opts opts = opts_of(&fake, 0, 3);
	struct bench_stat stat = untouched;

	opts.overhead_ns = 40;
	cr_assert(eq(int, bench_run(&opts, operate, &fake, &stat), 0), "bench_run succeeds");
	expect_stat(&stat, 0, 0, 30);
}

KIT_TEST(measure_lab, a_second_begins_between_two_readings)
{
	struct fake fake = {.now = 5ull * SECOND - 1, .by_op = {3, SECOND - 1, 2ull * SECOND}};
	struct bench_opts opts = opts_of(&fake, 0, 3);
	struct bench_stat stat = untouched;

	cr_assert(eq(int, bench_run(&opts, operate, &fake, &stat), 0), "bench_run succeeds");
	expect_stat(&stat, 3, SECOND - 1, 2ull * SECOND);
}

KIT_TEST(measure_lab, an_error_of_op_ends_it)
{
	struct fake fake = {.op_fails = 3};
	struct bench_opts opts = opts_of(&fake, 1, 4);
	struct bench_stat stat = untouched;
	int result, error;

	errno = 0;
	result = bench_run(&opts, operate, &fake, &stat);
	error = errno;
	expect_error(result, error, EDOM, &stat);
	cr_assert(eq(uint, fake.ops, 3), "op is not called again");
}

KIT_TEST(measure_lab, without_memory_is_enomem)
{
	struct fake fake = {.by_op = {1, 2, 3, 4}};
	struct bench_opts opts = opts_of(&fake, 0, 4);
	struct bench_stat stat = untouched;
	int result, error;

	fi_fail_nth(KIT_MALLOC, 1, ENOMEM);
	errno = 0;
	result = bench_run(&opts, operate, &fake, &stat);
	error = errno;
	if (fi_calls(KIT_MALLOC) > 0)
		expect_error(result, error, ENOMEM, &stat);
	else /* a design without memory of its own */
		cr_assert(eq(int, result, 0), "bench_run succeeds");
}

static int sleep_a_while(void *ctx)
{
	(void)ctx;
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	return 0;
}

KIT_TEST(measure_lab, without_a_clock_it_is_the_systems)
{
	struct bench_opts opts = {.reps = 3};
	struct bench_stat stat = untouched;

	cr_assert(eq(int, bench_run(&opts, sleep_a_while, NULL, &stat), 0), "bench_run succeeds");
	cr_assert(ge(u64, stat.min_ns, 1000000), "a sleep of 1 ms takes 1 ms at least");
	cr_assert(lt(u64, stat.p90_ns, SECOND), "and no second: the time in the tests is the kit's own");
}

/* ---- bench_overhead --------------------------------------------------------------------------- */

KIT_TEST(measure_lab, the_overhead_is_the_smallest_empty_duration)
{
	struct fake fake = {.by_clock = {60, 45, 80}};
	struct bench_opts opts = opts_of(&fake, 0, 3);
	uint64_t overhead = 4711;

	opts.overhead_ns = 30;
	cr_assert(eq(int, bench_overhead(&opts, &overhead), 0), "bench_overhead succeeds");
	cr_assert(eq(u64, overhead, 45), "the smallest of the three, and nothing subtracted");
	cr_assert(eq(uint, fake.readings, 6), "readings of the clock: two for each repetition");
}

/* ---- bench_create ----------------------------------------------------------------------------- */

/* What the submission had called at each reading of the clock. */
struct counts {
	struct fake fake;
	enum kit_op op[2];
	unsigned made[2][2 * MOST];
};

static int read_and_count(void *ctx, struct timespec *t)
{
	struct counts *counts = ctx;
	unsigned reading = counts->fake.readings;

	for (unsigned i = 0; i < 2 && reading < 2 * MOST; i++)
		counts->made[i][reading] = fi_calls(counts->op[i]);
	return read_fake(&counts->fake, t);
}

/* Each repetition has one start, and a wait, between its readings. */
static void expect_created(enum backend backend, enum kit_op start, enum kit_op end)
{
	enum { REPS = 3 };
	struct counts counts = {.fake.by_clock = {20, 90, 50}, .op = {start, end}};
	struct bench_opts opts = {.reps = REPS, .clock = read_and_count, .clock_ctx = &counts};
	struct bench_stat stat = untouched;

	cr_assert(eq(int, bench_create(backend, &opts, &stat), 0), "bench_create succeeds");
	cr_assert(eq(uint, fi_calls(start), REPS), "started: one for each repetition");
	cr_assert(eq(uint, counts.fake.readings, 2 * REPS), "readings of the clock");
	for (unsigned i = 0; i < 2 * REPS; i++) {
		unsigned repetitions = (i + 1) / 2;
		cr_assert(eq(uint, counts.made[0][i], repetitions), "started before reading %u of the clock", i);
		cr_assert(ge(uint, counts.made[1][i], repetitions), "waited for before reading %u", i);
	}
	expect_stat(&stat, 20, 50, 90);
}

KIT_TEST(measure_lab, a_repetition_is_one_process)
{
	expect_created(BE_PROCESS, KIT_FORK, KIT_WAITPID);
}

KIT_TEST(measure_lab, a_repetition_is_one_thread)
{
	expect_created(BE_THREAD, KIT_THREAD_CREATE, KIT_THREAD_JOIN);
}

KIT_TEST(measure_lab, a_fork_that_fails_is_passed_on)
{
	struct fake fake = {.now = 0};
	struct bench_opts opts = opts_of(&fake, 0, 3);
	struct bench_stat stat = untouched;
	int result, error;

	fi_fail_nth(KIT_FORK, 2, EAGAIN);
	errno = 0;
	result = bench_create(BE_PROCESS, &opts, &stat);
	error = errno;
	expect_error(result, error, EAGAIN, &stat);
	cr_assert(eq(uint, fi_calls(KIT_FORK), 2), "fork is not tried again");
}

/* ---- bench_handoff ---------------------------------------------------------------------------- */

static void expect_handed(enum channel channel, enum backend backend)
{
	struct fake fake = {.by_clock = {200, 101, 400}};
	struct bench_opts opts = opts_of(&fake, 0, 3);
	struct bench_stat stat = untouched;

	cr_assert(eq(int, bench_handoff(channel, backend, &opts, &stat), 0), "bench_handoff succeeds");
	expect_stat(&stat, 50, 100, 200);
}

/* One byte is written for each hand-off and one is read; one more may tell the partner that it is over. */
static void expect_bytes(unsigned round_trips)
{
	cr_assert(eq(uint, fi_calls(KIT_PIPE), 2), "pipes");
	cr_assert(ge(uint, fi_calls(KIT_WRITE), 2 * round_trips), "calls of write: one for each hand-off");
	cr_assert(le(uint, fi_calls(KIT_WRITE), 2 * round_trips + 1), "calls of write, and of the end");
	cr_assert(ge(uint, fi_calls(KIT_READ), 2 * round_trips), "calls of read: one for each hand-off");
	cr_assert(le(uint, fi_calls(KIT_READ), 2 * round_trips + 2), "calls of read, and of the end");
}

KIT_TEST(measure_lab, a_process_hands_back_by_pipes)
{
	expect_handed(CH_PIPE, BE_PROCESS);
	expect_bytes(3);
	cr_assert(eq(uint, fi_calls(KIT_FORK), 1), "one partner for all round trips");
}

KIT_TEST(measure_lab, a_thread_hands_back_by_pipes)
{
	expect_handed(CH_PIPE, BE_THREAD);
	expect_bytes(3);
	cr_assert(eq(uint, fi_calls(KIT_THREAD_CREATE), 1), "one partner for all round trips");
}

static unsigned signals(void)
{
	return fi_calls(KIT_COND_SIGNAL) + fi_calls(KIT_COND_BROADCAST);
}

KIT_TEST(measure_lab, a_thread_hands_back_by_turns)
{
	expect_handed(CH_CONDVAR, BE_THREAD);
	cr_assert(ge(uint, signals(), 6), "signals: one for each hand-off");
	cr_assert(le(uint, signals(), 8), "signals: one for each hand-off, and of the end");
	cr_assert(eq(uint, fi_calls(KIT_THREAD_CREATE), 1), "one partner for all round trips");
}

KIT_TEST(measure_lab, a_wakeup_is_no_turn)
{
	fi_spurious(2); /* each second wait ends without a signal */
	expect_handed(CH_CONDVAR, BE_THREAD);
	cr_assert(ge(uint, signals(), 6), "signals: one for each hand-off");
	cr_assert(le(uint, signals(), 8), "signals: one for each hand-off, and of the end");
}

KIT_TEST(measure_lab, an_interrupted_call_is_made_again)
{
	fi_eintr(2); /* each second one fails with EINTR */
	expect_handed(CH_PIPE, BE_PROCESS);
}

static void expect_handoff_fails(enum channel channel, enum backend backend, int wanted)
{
	struct fake fake = {.now = 0};
	struct bench_opts opts = opts_of(&fake, 0, 2);
	struct bench_stat stat = untouched;
	int result, error;

	errno = 0;
	result = bench_handoff(channel, backend, &opts, &stat);
	error = errno;
	expect_error(result, error, wanted, &stat);
}

KIT_TEST(measure_lab, a_pipe_that_fails_is_passed_on)
{
	fi_fail_nth(KIT_PIPE, 2, EMFILE);
	expect_handoff_fails(CH_PIPE, BE_THREAD, EMFILE);
}

KIT_TEST(measure_lab, turns_are_for_threads)
{
	expect_handoff_fails(CH_CONDVAR, BE_PROCESS, ENOTSUP);
	cr_assert(eq(uint, fi_calls(KIT_FORK), 0), "nothing is started");
}
