/* The public tests of thread_pool: students have them. */
#include "kit.h"
#include "thread_pool.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

enum { JOBS_MAX = 512 };

static tpool *pool_of(unsigned threads, size_t queue_cap)
{
	tpool *pool = tpool_create(threads, queue_cap);

	cr_assert(ne(ptr, pool, NULL), "tpool_create(%u, %zu) makes a pool; it returned NULL, errno is \"%s\"", threads,
	          queue_cap, strerror(errno));
	return pool;
}

/* A task that counts its calls. The counter is the only thing that it shares with others. */
static void count_task(void *arg)
{
	atomic_fetch_add_explicit((atomic_uint *)arg, 1, memory_order_relaxed);
}

static unsigned value(atomic_uint *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void submit(tpool *pool, tpool_fn fn, void *arg)
{
	int result = tpool_submit(pool, fn, arg);

	cr_assert(eq(int, result, 0), "an open pool accepts a job; tpool_submit returned %d, expected 0", result);
}

/* A task that says when it has started and then stays until the test releases it. */
struct hold {
	sem_t started, release;
};

static void hold_task(void *arg)
{
	struct hold *hold = arg;

	sem_post(&hold->started);
	sem_wait(&hold->release);
}

/* Returns when a worker of the pool is inside the task. */
static void hold_a_worker(tpool *pool, struct hold *hold)
{
	sem_init(&hold->started, 0, 0);
	sem_init(&hold->release, 0, 0);
	submit(pool, hold_task, hold);
	sem_wait(&hold->started);
}

/* tpool_shutdown in a thread of its own. */
struct shutdown {
	pthread_t thread;
	tpool *pool;
	int mode;
	size_t result;
};

static void *shutdown_thread(void *arg)
{
	struct shutdown *call = arg;

	call->result = tpool_shutdown(call->pool, call->mode);
	return NULL;
}

/* Not atomic: each job has its own, and tpool_wait orders the task before the test's read. */
static unsigned calls_of_job[JOBS_MAX];

static void note_call(void *arg)
{
	++*(unsigned *)arg;
}

KIT_TEST(thread_pool, every_job_runs_once)
{
	unsigned jobs = kit_n(500, 4);
	tpool *pool = pool_of(4, 8);

	for (unsigned i = 0; i < jobs; i++)
		submit(pool, note_call, &calls_of_job[i]);
	tpool_wait(pool);
	for (unsigned i = 0; i < jobs; i++)
		cr_assert(eq(uint, calls_of_job[i], 1), "each job runs exactly once: job %u of %u ran %u times, expected 1", i,
		          jobs, calls_of_job[i]);
	tpool_destroy(pool);
}

KIT_TEST(thread_pool, wait_returns_when_all_jobs_are_done)
{
	unsigned jobs = kit_n(20, 2);
	static atomic_uint ran;
	tpool *pool = pool_of(1, 32);

	for (unsigned round = 1; round <= 2; round++) {
		int result;
		unsigned seen;

		for (unsigned i = 0; i < jobs; i++)
			submit(pool, count_task, &ran);
		result = tpool_wait(pool);
		seen = value(&ran);
		cr_assert(eq(int, result, 0), "tpool_wait outside of a task returns %d, expected 0", result);
		cr_assert(eq(uint, seen, round * jobs), "when tpool_wait returns all jobs are done: %u had run, expected %u",
		          seen, round * jobs);
	}
	tpool_destroy(pool);
}

KIT_TEST(thread_pool, drain_runs_what_is_pending)
{
	unsigned pending = kit_n(20, 2);
	static atomic_uint ran;
	static struct hold hold;
	static struct shutdown call;

	call.pool = pool_of(1, 32);
	call.mode = TP_DRAIN;
	hold_a_worker(call.pool, &hold);
	for (unsigned i = 0; i < pending; i++)
		submit(call.pool, count_task, &ran);
	pthread_create(&call.thread, NULL, shutdown_thread, &call);
	kit_let_others_run(); /* the shutdown has begun; all jobs are still pending */
	sem_post(&hold.release);
	pthread_join(call.thread, NULL);
	cr_assert(eq(uint, value(&ran), pending),
	          "TP_DRAIN runs the pending jobs: %u of %u had run when tpool_shutdown returned", value(&ran), pending);
	cr_assert(eq(sz, call.result, 0), "TP_DRAIN drops nothing: it returned %zu, expected 0", call.result);
	tpool_destroy(call.pool);
}

KIT_TEST(thread_pool, shutdown_leaves_no_thread)
{
	static atomic_uint ran;
	unsigned before = kit_threads(), after;
	tpool *pool = pool_of(1, 4);

	submit(pool, count_task, &ran);
	tpool_wait(pool); /* the worker waits for a job */
	tpool_shutdown(pool, TP_DRAIN);
	after = kit_threads();
	cr_assert(eq(uint, after, before),
	          "tpool_shutdown joins the workers: %u threads exist after it, before tpool_create there were %u", after,
	          before);
	tpool_destroy(pool);
}

KIT_TEST(thread_pool, idle_pool_is_quiet)
{
	unsigned jobs = kit_n(6, 2);
	static atomic_uint ran;
	tpool *pool = pool_of(3, 8);

	kit_expect_quiet();
	for (unsigned i = 0; i < jobs; i++)
		submit(pool, count_task, &ran);
	tpool_wait(pool);
	kit_expect_quiet();
	tpool_destroy(pool);
}

/* ---- faults --------------------------------------------------------------------------------- */

static void post_task(void *arg)
{
	sem_post(arg);
}

KIT_TEST(thread_pool, worker_survives_a_spurious_wakeup)
{
	static sem_t done;
	tpool *pool;

	sem_init(&done, 0, 0);
	fi_spurious(2); /* the second of the worker's waits, the fourth, ... */
	pool = pool_of(1, 4);
	for (unsigned i = 0; i < 5; i++) {
		submit(pool, post_task, &done);
		sem_wait(&done); /* a hang here: woken without a reason, the worker did not wait again, but left */
	}
	fi_spurious(0);
	tpool_destroy(pool);
}

/* The workers that did start must have been joined: the audit at the end of the test looks for them. */
static void expect_create_fails(unsigned nth)
{
	int error;
	tpool *pool;

	fi_fail_nth(KIT_THREAD_CREATE, nth, EAGAIN);
	errno = 0;
	pool = tpool_create(4, 4);
	error = errno;
	cr_assert(eq(ptr, pool, NULL),
	          "tpool_create returns NULL when thread %u of 4 cannot be created; it returned a pool", nth);
	cr_assert(eq(int, error, EAGAIN), "the error of pthread_create is passed on: errno is \"%s\", expected EAGAIN",
	          strerror(error));
}

KIT_TEST(thread_pool, create_fails_at_the_first_thread)
{
	expect_create_fails(1);
}

KIT_TEST(thread_pool, create_fails_at_the_third_thread)
{
	expect_create_fails(3);
}
