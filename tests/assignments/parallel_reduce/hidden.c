/* The hidden tests of parallel_reduce: one for each sentence of the contract that is easy to forget, and two that are
 * any small client. */
#include "kit.h"
#include "parallel_reduce.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CALLS_MOST = 64, UNTOUCHED = -4711 };

static const int32_t numbers[] = {3, -1, 4, 1, -5, 9, 2, 6, 5, -3, 58, 97};
enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

static int64_t add_up(const int32_t *v, size_t lo, size_t hi, void *ctx)
{
	int64_t sum = 0;

	(void)ctx;
	for (size_t i = lo; i < hi; i++)
		sum += v[i];
	return sum;
}

/* ---- the calls of f --------------------------------------------------------------------------- */

/* What each call of f was given. Each has an entry of its own, which is read after the end of par_reduce. */
struct calls {
	unsigned before, count; /* kit_stamp() when there was no call yet; set by end_of */
	struct call {
		size_t lo, hi;
	} call[CALLS_MOST];
};

static void note_call(struct calls *calls, size_t lo, size_t hi)
{
	unsigned entry = kit_stamp() - calls->before - 1;

	if (entry < CALLS_MOST)
		calls->call[entry] = (struct call){.lo = lo, .hi = hi};
}

/* The same for what is small enough to be added up. */
static int64_t note_and_add(const int32_t *v, size_t lo, size_t hi, void *ctx)
{
	note_call(ctx, lo, hi);
	return hi <= NUMBERS ? add_up(v, lo, hi, NULL) : 0;
}

/* The same where the sum of the lengths would be too large. */
static int64_t note_only(const int32_t *v, size_t lo, size_t hi, void *ctx)
{
	(void)v;
	note_call(ctx, lo, hi);
	return 0;
}

static int by_begin(const void *one, const void *other)
{
	size_t a = ((const struct call *)one)->lo, b = ((const struct call *)other)->lo;

	return (a > b) - (a < b);
}

static void begin(struct calls *calls)
{
	calls->before = kit_stamp();
}

/* All calls have returned: puts them into the order of their ranges. */
static void end_of(struct calls *calls)
{
	calls->count = kit_stamp() - calls->before - 1;
	cr_assert(calls->count <= CALLS_MOST, "f was called %u times, expected %d at most", calls->count, CALLS_MOST);
	qsort(calls->call, calls->count, sizeof(calls->call[0]), by_begin);
}

/* The ranges of the calls are [0, n), without a hole and without an overlap. */
static void expect_whole(const struct calls *calls, size_t n, unsigned expected)
{
	size_t end = 0;

	cr_assert(eq(uint, calls->count, expected),
	          "%zu elements are divided into %u ranges: f was called %u times, expected %u", n, expected, calls->count,
	          expected);
	for (unsigned i = 0; i < calls->count; i++) {
		const struct call *call = &calls->call[i];

		cr_assert(call->lo < call->hi, "no range is empty: f was called for [%zu, %zu)", call->lo, call->hi);
		cr_assert(call->lo == end,
		          "the ranges of %zu elements follow each other: one ends at %zu, the next is [%zu, %zu)", n, end,
		          call->lo, call->hi);
		end = call->hi;
	}
	cr_assert(end == n, "the last range ends at %zu, expected %zu", end, n);
}

static void expect_even(const struct calls *calls, size_t n)
{
	size_t shortest = SIZE_MAX, longest = 0;

	for (unsigned i = 0; i < calls->count; i++) {
		size_t length = calls->call[i].hi - calls->call[i].lo;

		shortest = length < shortest ? length : shortest;
		longest = length > longest ? length : longest;
	}
	cr_assert(longest - shortest <= 1,
	          "the lengths of the %u ranges of %zu elements differ by at most 1: the shortest has %zu, the longest %zu",
	          calls->count, n, shortest, longest);
}

static int64_t reduce(const int32_t *v, size_t n, unsigned threads, chunk_fn f, void *ctx)
{
	int64_t out = UNTOUCHED;
	int result = par_reduce(v, n, threads, f, ctx, &out);

	cr_assert(eq(int, result, 0), "par_reduce of %zu elements with %u threads returned %d (errno is %s), expected 0", n,
	          threads, result, kit_error_name(errno));
	return out;
}

static void reduce_and_note(const int32_t *v, size_t n, unsigned threads, struct calls *calls)
{
	begin(calls);
	reduce(v, n, threads, note_only, calls);
	end_of(calls);
}

/* par_reduce in a thread of its own. */
struct caller {
	size_t n;
	unsigned threads;
	chunk_fn f;
	void *ctx;
	int64_t out;
	int result, error;
	unsigned returned; /* by kit_note */
	pthread_t thread;
};

static void make(struct caller *caller)
{
	caller->out = UNTOUCHED;
	errno = 0;
	caller->result = par_reduce(numbers, caller->n, caller->threads, caller->f, caller->ctx, &caller->out);
	caller->error = errno;
	kit_note(&caller->returned, 1);
}

static void *caller_thread(void *arg)
{
	make(arg);
	return NULL;
}

static void start(struct caller *caller)
{
	cr_assert(eq(int, pthread_create(&caller->thread, NULL, caller_thread, caller), 0),
	          "the second caller has a thread");
}

/* ---- any small client ------------------------------------------------------------------------- */

static void expect_failure(const struct caller *caller, int error, const char *what)
{
	cr_assert(eq(int, caller->result, -1), "%s: par_reduce returned %d, expected -1", what, caller->result);
	cr_assert(eq(int, caller->error, error), "%s: errno is %s, expected %s", what, kit_error_name(caller->error),
	          kit_error_name(error));
	cr_assert(eq(i64, caller->out, UNTOUCHED), "%s: where par_reduce returns -1, *out is as it was; it became %lld",
	          what, (long long)caller->out);
}

static void expect_success(const struct caller *caller)
{
	int64_t sum = add_up(numbers, 0, caller->n, NULL);

	cr_assert(eq(int, caller->result, 0),
	          "par_reduce of %zu elements with %u threads returned %d (errno is %s), expected 0", caller->n,
	          caller->threads, caller->result, kit_error_name(caller->error));
	cr_assert(eq(i64, caller->out, sum), "the sum of %zu elements with %u threads is %lld, expected %lld", caller->n,
	          caller->threads, (long long)caller->out, (long long)sum);
}

/* Any small n, any number of threads, and any of them cannot be created, or none. */
KIT_TEST(parallel_reduce, any_small_call_computes_the_sum_or_fails)
{
	static struct calls calls;
	struct caller caller = {.f = note_and_add, .ctx = &calls};
	unsigned fails, most;

	caller.n = KIT_CHOOSE("elements", "0", "1", "2", "3", "4", "5");
	caller.threads = 1 + KIT_CHOOSE("threads", "1", "2", "3", "4");
	fails = KIT_CHOOSE("cannot be created", "none", "the first", "the second", "the third");
	most = caller.n < caller.threads ? (unsigned)caller.n : caller.threads;
	if (fails)
		fi_fail_nth(KIT_THREAD_CREATE, fails, EAGAIN);
	begin(&calls);
	make(&caller);
	end_of(&calls);
	if (fails && fi_calls(KIT_THREAD_CREATE) >= fails) {
		expect_failure(&caller, EAGAIN, "too few threads");
		cr_assert(calls.count <= most, "on the way to -1 f is called at most %u times: it was called %u times", most,
		          calls.count);
		for (unsigned i = 0; i < calls.count; i++)
			cr_assert(calls.call[i].hi <= caller.n && (i == 0 || calls.call[i - 1].hi <= calls.call[i].lo),
			          "on the way to -1 f is called at most once for each element; it was called for [%zu, %zu)",
			          calls.call[i].lo, calls.call[i].hi);
	} else {
		expect_success(&caller);
		expect_whole(&calls, caller.n, most);
		if (most)
			expect_even(&calls, caller.n);
	}
}

/* Two threads call at the same time, with any small arguments. */
KIT_TEST(parallel_reduce, two_callers_do_not_disturb_each_other)
{
	static struct caller caller[2];

	for (unsigned i = 0; i < 2; i++) {
		caller[i].f = add_up;
		caller[i].n = 1 + kit_choose(3);
		caller[i].threads = 1 + kit_choose(kit_n(4, 2));
	}
	start(&caller[1]);
	make(&caller[0]);
	pthread_join(caller[1].thread, NULL);
	for (unsigned i = 0; i < 2; i++)
		expect_success(&caller[i]);
}

/* ---- ranges ----------------------------------------------------------------------------------- */

KIT_TEST(parallel_reduce, ranges_are_of_equal_length)
{
	static struct calls calls;

	for (size_t n = kit_n(5, 10); n <= kit_n(NUMBERS, 11); n++)
		for (unsigned threads = kit_n(1, 3); threads <= kit_n(5, 3); threads++) {
			reduce_and_note(numbers, n, threads, &calls);
			expect_whole(&calls, n, threads);
			expect_even(&calls, n);
		}
}

KIT_TEST(parallel_reduce, there_are_never_more_calls_than_elements)
{
	static struct calls calls;
	static const unsigned threads[] = {4, 5, UINT_MAX};

	for (size_t n = 1; n <= 3; n++)
		for (unsigned i = kit_n(0, 2); i < 3; i++) {
			reduce_and_note(numbers, n, threads[i], &calls);
			expect_whole(&calls, n, (unsigned)n);
		}
}

KIT_TEST(parallel_reduce, ranges_of_the_largest_array)
{
	static struct calls calls;
	static const size_t sizes[] = {SIZE_MAX, SIZE_MAX / 2 + 2, SIZE_MAX / 3 * 2, (size_t)1 << 62,
	                               (size_t)UINT_MAX * 2 + 5};

	for (unsigned i = 0; i < kit_n(5, 2); i++)
		for (unsigned threads = kit_n(2, 3); threads <= kit_n(5, 3); threads++) {
			reduce_and_note(numbers, sizes[i], threads, &calls); /* nobody looks at the elements */
			expect_whole(&calls, sizes[i], threads);
			expect_even(&calls, sizes[i]);
		}
}

/* What each call was given, ctx as well: whoever has another one cannot note it there. */
static struct {
	const int32_t *v;
	void *ctx;
} given[CALLS_MOST];

static int64_t note_given(const int32_t *v, size_t lo, size_t hi, void *ctx)
{
	(void)hi;
	if (lo < CALLS_MOST) {
		given[lo].v = v;
		given[lo].ctx = ctx;
	}
	return 0;
}

KIT_TEST(parallel_reduce, f_gets_the_whole_array)
{
	int context;
	unsigned calls = 0;

	reduce(numbers, 7, 3, note_given, &context);
	for (size_t lo = 0; lo < 7; lo++) {
		if (!given[lo].v)
			continue;
		calls++;
		cr_assert(given[lo].v == numbers, "f gets v as it is, also for the range from %zu on: it got v + %td", lo,
		          given[lo].v - numbers);
		cr_assert(given[lo].ctx == &context, "f gets ctx as it is: the call for the range from %zu on got another one",
		          lo);
	}
	cr_assert(calls > 0, "f gets v and ctx: no call got them");
}

/* ---- sums and arguments ----------------------------------------------------------------------- */

static int64_t large(const int32_t *v, size_t lo, size_t hi, void *ctx)
{
	(void)hi;
	(void)ctx;
	return v[lo] * ((int64_t)INT32_MAX * 1000);
}

KIT_TEST(parallel_reduce, sums_need_64_bits)
{
	static const int32_t factor = 1000;
	int64_t sum = reduce(&factor, 1, 1, large, NULL), expected = 1000 * ((int64_t)INT32_MAX * 1000);

	cr_assert(eq(i64, sum, expected), "a result of 64 bits is a sum of 64 bits: it is %lld, expected %lld",
	          (long long)sum, (long long)expected);
}

static void expect_refused(const int32_t *v, size_t n, unsigned threads, chunk_fn f, struct calls *calls, int64_t *out,
                           const char *what)
{
	int64_t before = out ? *out : 0;
	int result, error;

	begin(calls);
	errno = 0;
	result = par_reduce(v, n, threads, f, calls, out);
	error = errno;
	end_of(calls);
	cr_assert(eq(int, result, -1), "%s: par_reduce returned %d, expected -1", what, result);
	cr_assert(eq(int, error, EINVAL), "%s: errno is %s, expected EINVAL", what, kit_error_name(error));
	cr_assert(eq(uint, calls->count, 0), "%s: f was called %u times, expected 0", what, calls->count);
	if (out)
		cr_assert(eq(i64, *out, before), "%s: where par_reduce returns -1, *out is as it was; it became %lld", what,
		          (long long)*out);
}

KIT_TEST(parallel_reduce, wrong_arguments_are_einval)
{
	static struct calls calls;
	int64_t out = UNTOUCHED;

	expect_refused(numbers, 4, 0, note_only, &calls, &out, "threads is 0");
	expect_refused(numbers, 0, 0, note_only, &calls, &out, "threads is 0, and n, too");
	expect_refused(numbers, 4, 2, NULL, &calls, &out, "f is NULL");
	expect_refused(numbers, 0, 2, NULL, &calls, &out, "f is NULL and n is 0");
	expect_refused(numbers, 4, 2, note_only, &calls, NULL, "out is NULL");
	expect_refused(numbers, 0, 2, note_only, &calls, NULL, "out is NULL and n is 0");
	expect_refused(NULL, 4, 2, note_only, &calls, &out, "v is NULL and n is 4");
}

/* ---- all at once ------------------------------------------------------------------------------ */

enum { CHAIN = 3 };

struct chain {
	sem_t begun[CHAIN]; /* one for each call; lo is its number */
	unsigned step;      /* the call waits for that one whose number is larger by this, modulo CHAIN */
};

static int64_t wait_for_another(const int32_t *v, size_t lo, size_t hi, void *ctx)
{
	struct chain *chain = ctx;
	size_t other = (lo + chain->step) % CHAIN;

	(void)v;
	(void)hi;
	if (lo >= CHAIN)
		return 0;
	sem_post(&chain->begun[lo]);
	while (sem_wait(&chain->begun[other]) != 0)
		;
	return 0;
}

KIT_TEST(parallel_reduce, a_call_may_wait_for_another_one)
{
	static struct chain chain;

	chain.step = 1 + KIT_CHOOSE("waits for", "the next call", "the call before");
	for (unsigned i = 0; i < CHAIN; i++)
		sem_init(&chain.begun[i], 0, 0);
	reduce(numbers, CHAIN, CHAIN, wait_for_another, &chain);
}

KIT_TEST(parallel_reduce, there_are_as_many_threads_as_calls)
{
	for (unsigned threads = 2; threads <= kit_n(6, 3); threads++) {
		unsigned created;

		fi_reset();
		reduce(numbers, 5, threads, add_up, NULL);
		created = fi_calls(KIT_THREAD_CREATE);
		cr_assert(created >= (threads < 5 ? threads : 5) - 1 && created <= (threads < 5 ? threads : 5),
		          "5 elements and %u threads are %u calls of f, each in a thread of its own: %u threads were created",
		          threads, threads < 5 ? threads : 5, created);
	}
	fi_reset();
}

static int64_t divide_again(const int32_t *v, size_t lo, size_t hi, void *ctx)
{
	int64_t sum = 0;

	if (par_reduce(v + lo, hi - lo, 2, add_up, NULL, &sum) != 0)
		kit_note(ctx, 1);
	return sum;
}

KIT_TEST(parallel_reduce, f_may_call_par_reduce)
{
	unsigned failed = 0, n = kit_n(NUMBERS, 4);
	int64_t sum = reduce(numbers, n, 2, divide_again, &failed), expected = add_up(numbers, 0, n, NULL);

	cr_assert(eq(uint, kit_noted(&failed), 0), "par_reduce works in a call of f, too: it failed there");
	cr_assert(eq(i64, sum, expected), "f calls par_reduce: the sum is %lld, expected %lld", (long long)sum,
	          (long long)expected);
}

/* Plain memory: par_reduce orders the calls of f before its return. */
static int64_t fill(const int32_t *v, size_t lo, size_t hi, void *ctx)
{
	for (size_t i = lo; i < hi; i++)
		((int64_t *)ctx)[i] = v[i] * (int64_t)2;
	return 0;
}

KIT_TEST(parallel_reduce, what_f_has_written_is_there)
{
	static int64_t twice[NUMBERS];

	reduce(numbers, NUMBERS, 3, fill, twice);
	for (unsigned i = 0; i < NUMBERS; i++)
		cr_assert(eq(i64, twice[i], 2 * numbers[i]),
		          "what f has written is there when par_reduce returns: element %u is %lld, expected %d", i,
		          (long long)twice[i], 2 * numbers[i]);
}

/* ---- failures, and what is left --------------------------------------------------------------- */

/* Makes the `nth` call of `op` fail. Returns whether there was such a call. */
static bool fails_and_says_so(enum kit_op op, unsigned nth, int error)
{
	struct caller caller = {.n = 4, .threads = 2, .f = add_up};
	bool reached;

	fi_reset();
	fi_fail_nth(op, nth, error);
	make(&caller);
	reached = fi_calls(op) >= nth;
	fi_reset();
	if (reached)
		expect_failure(&caller, error, "no lock");
	else
		cr_assert(eq(int, caller.result, 0), "par_reduce returned %d when nothing failed, expected 0", caller.result);
	return reached;
}

KIT_TEST(parallel_reduce, the_error_of_a_lock_is_passed_on)
{
	for (unsigned nth = 1; nth <= 8 && fails_and_says_so(KIT_MUTEX_INIT, nth, EBUSY); nth++)
		;
	for (unsigned nth = 1; nth <= 8 && fails_and_says_so(KIT_COND_INIT, nth, EBUSY); nth++)
		;
}

KIT_TEST(parallel_reduce, a_million_threads_are_an_error_and_no_crash)
{
	static struct calls calls;
	struct caller caller = {.n = SIZE_MAX, .threads = kit_n(1500000, 20000), .f = note_only, .ctx = &calls};

	fi_fail_nth(KIT_THREAD_CREATE, 1, EAGAIN);
	begin(&calls);
	make(&caller);
	end_of(&calls);
	fi_reset();
	cr_assert(eq(int, caller.result, -1), "no thread can be created: par_reduce returned %d, expected -1",
	          caller.result);
	cr_assert(caller.error == EAGAIN || caller.error == ENOMEM, "errno is %s, expected EAGAIN or ENOMEM",
	          kit_error_name(caller.error));
}

struct held {
	sem_t release;
	unsigned inside; /* by kit_note */
};

static int64_t hold(const int32_t *v, size_t lo, size_t hi, void *ctx)
{
	struct held *held = ctx;

	(void)v;
	(void)lo;
	(void)hi;
	kit_note(&held->inside, kit_noted(&held->inside) + 1);
	while (sem_wait(&held->release) != 0)
		;
	kit_note(&held->inside, kit_noted(&held->inside) - 1);
	return 0;
}

KIT_TEST(parallel_reduce, after_a_failure_no_call_is_left)
{
	static struct held held;
	static struct caller caller = {.n = 4, .threads = 4, .f = hold, .ctx = &held};
	unsigned returned, inside, nth = 2 + KIT_CHOOSE("cannot be created", "the second", "the third");

	sem_init(&held.release, 0, 0);
	fi_fail_nth(KIT_THREAD_CREATE, nth, EAGAIN);
	start(&caller);
	kit_let_others_run();
	returned = kit_noted(&caller.returned);
	inside = kit_noted(&held.inside);
	for (unsigned i = 0; i < 4; i++)
		sem_post(&held.release);
	cr_assert(returned == 0 || inside == 0, "par_reduce has returned while %u calls of f were still running", inside);
	pthread_join(caller.thread, NULL);
	expect_failure(&caller, EAGAIN, "too few threads");
	cr_assert(eq(uint, kit_threads(), 1), "after a failure %u threads are left besides the caller, expected 0",
	          kit_threads() - 1);
}

KIT_TEST(parallel_reduce, all_threads_have_ended)
{
	for (unsigned threads = 2; threads <= kit_n(4, 3); threads++) {
		unsigned left;

		reduce(numbers, NUMBERS, threads, add_up, NULL);
		left = kit_threads() - 1;
		cr_assert(eq(uint, left, 0), "par_reduce returns when its threads have ended: %u of them are still there",
		          left);
	}
}
