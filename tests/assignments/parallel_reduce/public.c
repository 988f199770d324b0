/* The public tests of parallel_reduce: students have them. */
#include "kit.h"
#include "parallel_reduce.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <string.h>

enum { N = 10, CALLS_MOST = 64, UNTOUCHED = -4711 };

static const int32_t numbers[N] = {3, -1, 4, 1, -5, 9, 2, 6, 5, -3};

static int64_t add_up(const int32_t *v, size_t lo, size_t hi, void *ctx)
{
	int64_t sum = 0;

	(void)ctx;
	for (size_t i = lo; i < hi; i++)
		sum += v[i];
	return sum;
}

static void expect_sum(const int32_t *v, size_t n, unsigned threads, chunk_fn f, void *ctx, int64_t expected)
{
	int64_t out = UNTOUCHED;
	int result = par_reduce(v, n, threads, f, ctx, &out);

	cr_assert(eq(int, result, 0),
	          "par_reduce of %zu elements with %u threads returned %d (errno is \"%s\"), expected 0", n, threads,
	          result, strerror(errno));
	cr_assert(eq(i64, out, expected), "the sum of %zu elements with %u threads is %lld, expected %lld", n, threads,
	          (long long)out, (long long)expected);
}

KIT_TEST(parallel_reduce, sum_is_that_of_one_thread)
{
	for (unsigned threads = 1; threads <= kit_n(4, 3); threads++)
		expect_sum(numbers, N, threads, add_up, NULL, add_up(numbers, 0, N, NULL));
}

/* The ranges for which f was called. Each call has an entry of its own, which is read after the end of par_reduce. */
struct calls {
	unsigned before; /* kit_stamp() when there was no call yet */
	struct {
		size_t lo, hi;
	} range[CALLS_MOST];
};

static int64_t note_range(const int32_t *v, size_t lo, size_t hi, void *ctx)
{
	struct calls *calls = ctx;
	unsigned entry = kit_stamp() - calls->before - 1;

	(void)v;
	if (entry < CALLS_MOST) {
		calls->range[entry].lo = lo;
		calls->range[entry].hi = hi;
	}
	return 0;
}

static unsigned calls_with(const struct calls *calls, unsigned count, size_t element)
{
	unsigned times = 0;

	for (unsigned i = 0; i < count; i++)
		times += calls->range[i].lo <= element && element < calls->range[i].hi;
	return times;
}

KIT_TEST(parallel_reduce, each_element_is_in_one_range)
{
	static struct calls calls;

	for (unsigned threads = 1; threads <= kit_n(5, 3); threads++) {
		unsigned count;

		calls.before = kit_stamp();
		expect_sum(numbers, N, threads, note_range, &calls, 0);
		count = kit_stamp() - calls.before - 1;
		cr_assert(eq(uint, count, threads),
		          "%d elements and %u threads are %u calls of f: f was called %u times, expected %u", N, threads,
		          threads, count, threads);
		for (unsigned i = 0; i < count; i++)
			cr_assert(calls.range[i].lo < calls.range[i].hi && calls.range[i].hi <= N,
			          "a range of [0, %d) is not empty and ends at %d at most: f was called for [%zu, %zu)", N, N,
			          calls.range[i].lo, calls.range[i].hi);
		for (size_t element = 0; element < N; element++) {
			unsigned times = calls_with(&calls, count, element);

			cr_assert(eq(uint, times, 1), "with %u threads element %zu of %d is in %u of the ranges, expected 1",
			          threads, element, N, times);
		}
	}
}

static int64_t meet(const int32_t *v, size_t lo, size_t hi, void *ctx)
{
	(void)v;
	(void)lo;
	(void)hi;
	rendezvous_meet(ctx);
	return 0;
}

KIT_TEST(parallel_reduce, all_calls_are_inside_at_once)
{
	unsigned threads = kit_n(8, 3);

	expect_sum(numbers, N, threads, meet, rendezvous_new(threads), 0);
}

KIT_TEST(parallel_reduce, nothing_to_add_is_zero)
{
	static struct calls calls;
	unsigned count;

	calls.before = kit_stamp();
	expect_sum(numbers, 0, 3, note_range, &calls, 0);
	expect_sum(NULL, 0, 1, note_range, &calls, 0);
	count = kit_stamp() - calls.before - 1;
	cr_assert(eq(uint, count, 0), "with 0 elements f is not called: it was called %u times, expected 0", count);
}

KIT_TEST(parallel_reduce, a_thread_that_cannot_be_created_is_eagain)
{
	unsigned threads = kit_n(4, 3), created;

	for (unsigned nth = 1; nth <= threads; nth++) {
		int64_t out = UNTOUCHED;
		int result, error;

		fi_reset();
		fi_fail_nth(KIT_THREAD_CREATE, nth, EAGAIN);
		errno = 0;
		result = par_reduce(numbers, N, threads, add_up, NULL, &out);
		error = errno;
		created = fi_calls(KIT_THREAD_CREATE);
		if (created < nth && nth == threads) /* the calling thread makes one of the calls: one thread less */
			break;
		cr_assert(created >= nth, "%u calls of f need at least %u new threads: %u were created", threads, threads - 1,
		          created);
		cr_assert(eq(int, result, -1), "the %u. thread of %u cannot be created: par_reduce returned %d, expected -1",
		          nth, threads, result);
		cr_assert(eq(int, error, EAGAIN), "the %u. thread of %u cannot be created: errno is \"%s\", expected EAGAIN",
		          nth, threads, strerror(error));
		cr_assert(eq(i64, out, UNTOUCHED), "where par_reduce returns -1, *out is as it was: it became %lld",
		          (long long)out);
	}
	fi_reset();
}

KIT_TEST(parallel_reduce, without_memory_is_enomem)
{
	int result = -1;

	for (unsigned nth = 1; nth <= 20 && result != 0; nth++) { /* until there are fewer than nth allocations */
		int64_t out = UNTOUCHED;
		int error;

		fi_fail_nth(KIT_MALLOC, nth, ENOMEM);
		errno = 0;
		result = par_reduce(numbers, N, 3, add_up, NULL, &out);
		error = errno;
		if (result == 0)
			break;
		cr_assert(eq(int, result, -1), "par_reduce without memory returned %d, expected -1", result);
		cr_assert(eq(int, error, ENOMEM), "par_reduce without memory: errno is \"%s\", expected ENOMEM",
		          strerror(error));
		cr_assert(eq(i64, out, UNTOUCHED), "where par_reduce returns -1, *out is as it was: it became %lld",
		          (long long)out);
	}
	fi_reset();
	cr_assert(eq(int, result, 0), "par_reduce succeeds once there is memory; it failed 20 times");
}

/* A thread that calls par_reduce. A call of f that another thread makes stays inside until the test posts; if the
 * caller makes one itself, that returns, so that it has nothing left but to wait. */
struct caller {
	pthread_t thread;
	sem_t release;
};

static int64_t stay(const int32_t *v, size_t lo, size_t hi, void *ctx)
{
	struct caller *caller = ctx;

	(void)v;
	(void)lo;
	(void)hi;
	while (!pthread_equal(pthread_self(), caller->thread) && sem_wait(&caller->release) != 0)
		;
	return 0;
}

static void *caller_thread(void *arg)
{
	struct caller *caller = arg;

	caller->thread = pthread_self();
	expect_sum(numbers, N, 2, stay, caller, 0);
	return NULL;
}

KIT_TEST(parallel_reduce, the_caller_waits_asleep)
{
	static struct caller caller;
	pthread_t thread;

	sem_init(&caller.release, 0, 0);
	pthread_create(&thread, NULL, caller_thread, &caller);
	kit_expect_quiet();
	sem_post(&caller.release);
	sem_post(&caller.release);
	pthread_join(thread, NULL);
}
