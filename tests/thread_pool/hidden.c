/* The hidden tests of thread_pool: one for each sentence of the contract that is easy to forget.
 *
 * Wherever one worker is enough there is only one, so that a mistake that needs several does not fail every test.
 */
#include "kit.h"
#include "thread_pool.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

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

/* One call on a pool, made in a thread or a task of its own, and what came of it. */
struct call {
	pthread_t thread;
	tpool *pool;
	int mode;             /* of tpool_shutdown */
	unsigned jobs;        /* how many to submit */
	atomic_uint *ran;     /* counted by these jobs */
	atomic_uint accepted; /* how many submits have returned 0 */
	size_t result;
	int error;
	atomic_bool returned;
};

static bool has_returned(struct call *call)
{
	return atomic_load_explicit(&call->returned, memory_order_relaxed);
}

static void finish(struct call *call)
{
	atomic_store_explicit(&call->returned, true, memory_order_relaxed);
}

static void *shutdown_thread(void *arg)
{
	struct call *call = arg;

	errno = 0;
	call->result = tpool_shutdown(call->pool, call->mode);
	call->error = errno;
	finish(call);
	return NULL;
}

static void *wait_thread(void *arg)
{
	struct call *call = arg;

	errno = 0;
	call->result = (size_t)tpool_wait(call->pool);
	call->error = errno;
	finish(call);
	return NULL;
}

static void *destroy_thread(void *arg)
{
	struct call *call = arg;

	tpool_destroy(call->pool);
	finish(call);
	return NULL;
}

/* Stops at the first submit that is refused; `result` and `error` are those of the last one. */
static void *submit_thread(void *arg)
{
	struct call *call = arg;

	for (unsigned i = 0; i < call->jobs; i++) {
		errno = 0;
		call->result = (size_t)tpool_submit(call->pool, count_task, call->ran);
		call->error = errno;
		if (call->result != 0)
			break;
		atomic_fetch_add_explicit(&call->accepted, 1, memory_order_relaxed);
	}
	finish(call);
	return NULL;
}

static void shutdown_task(void *arg)
{
	shutdown_thread(arg);
}

static void wait_task(void *arg)
{
	wait_thread(arg);
}

static void submit_task(void *arg)
{
	submit_thread(arg);
}

static const char *error_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "no error that there is";
}

/* The call failed with -1 (as size_t: TP_ERROR) and this errno. */
static void expect_error(const struct call *call, int error, const char *what)
{
	long result = (long)call->result;

	cr_assert(eq(long, result, -1), "%s fails: it returned %ld, expected -1", what, result);
	cr_assert(eq(int, call->error, error), "%s: errno is %s, expected %s", what, error_name(call->error),
	          error_name(error));
}

/* ---- running -------------------------------------------------------------------------------- */

static void meet_task(void *arg)
{
	rendezvous_meet(arg);
}

/* Has all `workers` of the pool run a task at the same time. Afterwards they wait for a job. */
static void meet_in(tpool *pool, unsigned workers)
{
	struct kit_rendezvous *rendezvous = rendezvous_new(workers);

	for (unsigned i = 0; i < workers; i++)
		submit(pool, meet_task, rendezvous);
	tpool_wait(pool); /* a hang here: some worker was not woken although there was a job for it */
}

KIT_TEST(thread_pool, four_tasks_run_at_the_same_time)
{
	tpool *pool = pool_of(4, 8);

	meet_in(pool, 4); /* workers that have just started look for a job by themselves; */
	meet_in(pool, 4); /* now they must be woken */
	tpool_destroy(pool);
}

struct order {
	unsigned at[8], count; /* changed by the pool's only worker */
};

struct numbered {
	struct order *order;
	unsigned number;
};

static void order_task(void *arg)
{
	struct numbered *job = arg;

	job->order->at[job->order->count++] = job->number;
}

KIT_TEST(thread_pool, jobs_start_in_order)
{
	static struct hold hold;
	static struct order order;
	static struct numbered job[8];
	unsigned jobs = kit_n(8, 3);
	tpool *pool = pool_of(1, 8);

	hold_a_worker(pool, &hold);
	for (unsigned i = 0; i < jobs; i++) {
		job[i] = (struct numbered){&order, i};
		submit(pool, order_task, &job[i]);
	}
	sem_post(&hold.release);
	tpool_wait(pool);
	for (unsigned i = 0; i < jobs; i++)
		cr_assert(eq(uint, order.at[i], i),
		          "jobs start in the order in which they were accepted: number %u to start was job %u, "
		          "expected %u",
		          i, order.at[i], i);
	tpool_destroy(pool);
}

KIT_TEST(thread_pool, submit_waits_while_the_queue_is_full)
{
	static struct hold hold;
	static atomic_uint ran;
	static struct call submitter = {.jobs = 5, .ran = &ran};
	unsigned accepted;

	submitter.pool = pool_of(1, 3);
	hold_a_worker(submitter.pool, &hold);
	pthread_create(&submitter.thread, NULL, submit_thread, &submitter);
	kit_let_others_run();
	accepted = value(&submitter.accepted);
	cr_assert(eq(uint, accepted, 3),
	          "a queue with queue_cap 3 takes 3 pending jobs, then tpool_submit blocks: it took %u, expected 3",
	          accepted);
	sem_post(&hold.release);
	pthread_join(submitter.thread, NULL);
	tpool_wait(submitter.pool);
	cr_assert(eq(uint, value(&ran), 5), "a submit that had to wait for room is carried out: %u of 5 jobs ran",
	          value(&ran));
	tpool_destroy(submitter.pool);
}

KIT_TEST(thread_pool, six_producers_share_one_slot)
{
	static struct call producer[6];
	static atomic_uint ran;
	unsigned producers = kit_n(6, 3), jobs = kit_n(5, 2);
	tpool *pool = pool_of(1, 1);

	for (unsigned i = 0; i < producers; i++) {
		producer[i].pool = pool;
		producer[i].jobs = jobs;
		producer[i].ran = &ran;
		pthread_create(&producer[i].thread, NULL, submit_thread, &producer[i]);
	}
	for (unsigned i = 0; i < producers; i++)
		pthread_join(producer[i].thread, NULL); /* a hang here: the wrong one was woken */
	tpool_wait(pool);
	cr_assert(eq(uint, value(&ran), producers * jobs), "%u producers with %u jobs each: %u jobs ran, expected %u",
	          producers, jobs, value(&ran), producers * jobs);
	tpool_destroy(pool);
}

struct chain {
	tpool *pool;
	unsigned left; /* only one link of the chain exists at a time */
	unsigned refused;
	atomic_uint ran;
};

static void chain_task(void *arg)
{
	struct chain *chain = arg;

	atomic_fetch_add_explicit(&chain->ran, 1, memory_order_relaxed);
	if (--chain->left > 0 && tpool_submit(chain->pool, chain_task, chain) != 0)
		chain->refused++;
}

KIT_TEST(thread_pool, tasks_may_submit)
{
	unsigned depth = kit_n(30, 4);
	static struct chain chain;

	chain.pool = pool_of(1, 2);
	chain.left = depth;
	submit(chain.pool, chain_task, &chain);
	tpool_wait(chain.pool);
	cr_assert(eq(uint, value(&chain.ran), depth),
	          "a task may submit the next job: %u of %u had run when tpool_wait returned", value(&chain.ran), depth);
	cr_assert(eq(uint, chain.refused, 0), "tpool_submit in a task of an open pool returns 0; it was refused %u times",
	          chain.refused);
	tpool_destroy(chain.pool);
}

KIT_TEST(thread_pool, submit_from_a_task_waits_for_room)
{
	static struct hold hold;
	static atomic_uint ran;
	static struct call inner = {.jobs = 2, .ran = &ran};
	tpool *pool = pool_of(2, 1);
	unsigned accepted;

	inner.pool = pool;
	hold_a_worker(pool, &hold);
	submit(pool, submit_task, &inner); /* in the other worker: its first job fills the queue, its second has no room */
	kit_let_others_run();
	accepted = value(&inner.accepted);
	cr_assert(eq(uint, accepted, 1),
	          "with queue_cap 1 and the other worker busy a task can submit 1 job, the next one blocks: %u were "
	          "accepted",
	          accepted);
	sem_post(&hold.release); /* now a worker is free to make room */
	tpool_wait(pool);
	cr_assert(eq(uint, value(&ran), 2),
	          "a task that had to wait for room in tpool_submit goes on: %u of its 2 jobs ran", value(&ran));
	tpool_destroy(pool);
}

/* ---- tpool_wait ----------------------------------------------------------------------------- */

KIT_TEST(thread_pool, wait_covers_a_started_task)
{
	static struct hold hold;
	static struct call waiter;
	bool early;

	waiter.pool = pool_of(1, 4);
	hold_a_worker(waiter.pool, &hold); /* the queue is empty now, but the task runs */
	pthread_create(&waiter.thread, NULL, wait_thread, &waiter);
	kit_let_others_run();
	early = has_returned(&waiter);
	cr_assert(eq(int, early, false),
	          "tpool_wait waits for running tasks too; it returned although a task had started and not ended");
	sem_post(&hold.release);
	pthread_join(waiter.thread, NULL);
	cr_assert(eq(sz, waiter.result, 0), "tpool_wait returned %d, expected 0", (int)waiter.result);
	tpool_destroy(waiter.pool);
}

KIT_TEST(thread_pool, wait_from_a_task_is_edeadlk)
{
	static struct call call;

	call.pool = pool_of(1, 4);
	submit(call.pool, wait_task, &call);
	tpool_wait(call.pool);
	expect_error(&call, EDEADLK, "tpool_wait in a task of the pool");
	tpool_destroy(call.pool);
}

/* ---- shutdown ------------------------------------------------------------------------------- */

KIT_TEST(thread_pool, discard_returns_how_many_were_dropped)
{
	unsigned pending = kit_n(20, 2);
	static struct hold hold;
	static atomic_uint ran;
	static struct call call = {.mode = TP_DISCARD};

	call.pool = pool_of(1, 32);
	hold_a_worker(call.pool, &hold);
	for (unsigned i = 0; i < pending; i++)
		submit(call.pool, count_task, &ran);
	pthread_create(&call.thread, NULL, shutdown_thread, &call);
	kit_let_others_run();
	sem_post(&hold.release);
	pthread_join(call.thread, NULL);
	cr_assert(eq(sz, call.result, pending), "TP_DISCARD returns the number of dropped jobs: %zu, expected %u",
	          call.result, pending);
	cr_assert(eq(uint, value(&ran), 0), "TP_DISCARD drops the pending jobs: %u of them ran, expected 0", value(&ran));
	tpool_destroy(call.pool);
}

KIT_TEST(thread_pool, idle_workers_leave_at_shutdown)
{
	unsigned rounds = kit_n(5, 1), workers = kit_n(8, 3);

	for (unsigned i = 0; i < rounds; i++) {
		tpool *pool = pool_of(workers, workers);
		size_t dropped;

		meet_in(pool, workers);                   /* now all of them wait for a job */
		dropped = tpool_shutdown(pool, TP_DRAIN); /* a hang here: not every worker was woken */
		cr_assert(eq(sz, dropped, 0), "shutting down an idle pool drops nothing: %zu, expected 0", dropped);
		tpool_destroy(pool);
	}
}

KIT_TEST(thread_pool, blocked_submitters_get_ecanceled)
{
	static struct hold hold;
	static atomic_uint ran;
	static struct call submitter[3], shutdown = {.mode = TP_DISCARD};
	unsigned returned = 0;
	tpool *pool = pool_of(1, 1);

	hold_a_worker(pool, &hold);
	submit(pool, count_task, &ran); /* the queue is full */
	for (unsigned i = 0; i < 3; i++) {
		submitter[i].pool = pool;
		submitter[i].jobs = 1;
		submitter[i].ran = &ran;
		pthread_create(&submitter[i].thread, NULL, submit_thread, &submitter[i]);
	}
	kit_let_others_run(); /* all three are blocked */
	shutdown.pool = pool;
	pthread_create(&shutdown.thread, NULL, shutdown_thread, &shutdown);
	kit_let_others_run();
	for (unsigned i = 0; i < 3; i++)
		returned += has_returned(&submitter[i]);
	cr_assert(eq(uint, returned, 3),
	          "a shutdown wakes blocked submitters at once, though a task still runs: %u of 3 have returned", returned);
	sem_post(&hold.release);
	pthread_join(shutdown.thread, NULL);
	for (unsigned i = 0; i < 3; i++) {
		pthread_join(submitter[i].thread, NULL);
		expect_error(&submitter[i], ECANCELED, "tpool_submit that was blocked when the shutdown began");
	}
	tpool_destroy(pool);
}

struct late {
	struct hold hold;
	struct call submit;
};

static void late_task(void *arg)
{
	struct late *late = arg;

	hold_task(&late->hold);
	submit_thread(&late->submit);
}

KIT_TEST(thread_pool, submit_after_shutdown_is_ecanceled)
{
	static atomic_uint ran;
	static struct late late = {.submit = {.jobs = 1, .ran = &ran}};
	static struct call shutdown = {.mode = TP_DRAIN}, after = {.jobs = 1, .ran = &ran};
	tpool *pool = pool_of(1, 4);

	late.submit.pool = shutdown.pool = after.pool = pool;
	sem_init(&late.hold.started, 0, 0);
	sem_init(&late.hold.release, 0, 0);
	submit(pool, late_task, &late);
	sem_wait(&late.hold.started);
	pthread_create(&shutdown.thread, NULL, shutdown_thread, &shutdown);
	kit_let_others_run();         /* the shutdown waits for the task */
	sem_post(&late.hold.release); /* which submits now */
	pthread_join(shutdown.thread, NULL);
	expect_error(&late.submit, ECANCELED, "tpool_submit in a task after the shutdown has begun");
	submit_thread(&after);
	expect_error(&after, ECANCELED, "tpool_submit after the shutdown");
	cr_assert(eq(uint, value(&ran), 0), "a refused job never runs: %u ran, expected 0", value(&ran));
	tpool_destroy(pool);
}

KIT_TEST(thread_pool, second_shutdown_returns_zero)
{
	static struct hold hold;
	static atomic_uint ran;
	static struct call first = {.mode = TP_DISCARD};
	size_t second;

	first.pool = pool_of(1, 4);
	hold_a_worker(first.pool, &hold);
	for (unsigned i = 0; i < 3; i++)
		submit(first.pool, count_task, &ran);
	pthread_create(&first.thread, NULL, shutdown_thread, &first);
	kit_let_others_run();
	sem_post(&hold.release);
	pthread_join(first.thread, NULL);
	second = tpool_shutdown(first.pool, TP_DISCARD);
	cr_assert(eq(sz, second, 0), "the second tpool_shutdown has nothing to drop: it returned %zd, expected 0",
	          (ssize_t)second);
	second = tpool_shutdown(first.pool, TP_DRAIN);
	cr_assert(eq(sz, second, 0), "the third tpool_shutdown has nothing to do: it returned %zd, expected 0",
	          (ssize_t)second);
	tpool_destroy(first.pool);
}

KIT_TEST(thread_pool, second_shutdown_waits_for_the_first)
{
	static struct hold hold;
	static atomic_uint ran;
	static struct call first = {.mode = TP_DRAIN}, second = {.mode = TP_DISCARD};
	bool early;

	first.pool = second.pool = pool_of(1, 4);
	hold_a_worker(first.pool, &hold);
	submit(first.pool, count_task, &ran);
	submit(first.pool, count_task, &ran);
	pthread_create(&first.thread, NULL, shutdown_thread, &first);
	kit_let_others_run();
	pthread_create(&second.thread, NULL, shutdown_thread, &second);
	kit_let_others_run();
	early = has_returned(&second);
	cr_assert(eq(int, early, false),
	          "a second tpool_shutdown waits for the first; it returned although a task still ran");
	sem_post(&hold.release);
	pthread_join(first.thread, NULL);
	pthread_join(second.thread, NULL);
	cr_assert(eq(uint, value(&ran), 2), "the first tpool_shutdown decides the mode, TP_DRAIN: %u of 2 pending jobs ran",
	          value(&ran));
	cr_assert(eq(sz, second.result, 0), "the second tpool_shutdown returned %zd, expected 0", (ssize_t)second.result);
	tpool_destroy(first.pool);
}

KIT_TEST(thread_pool, shutdown_from_a_task_is_edeadlk)
{
	static struct call call = {.mode = TP_DRAIN};
	static atomic_uint ran;

	call.pool = pool_of(1, 4);
	submit(call.pool, shutdown_task, &call);
	tpool_wait(call.pool);
	expect_error(&call, EDEADLK, "tpool_shutdown in a task of the pool");
	submit(call.pool, count_task, &ran); /* it had no effect: the pool is still open */
	tpool_wait(call.pool);
	cr_assert(eq(uint, value(&ran), 1), "a refused tpool_shutdown has no effect: %u of 1 job ran after it",
	          value(&ran));
	tpool_destroy(call.pool);
}

KIT_TEST(thread_pool, destroy_without_shutdown_drains)
{
	static struct hold hold;
	static atomic_uint ran;
	static struct call call;

	call.pool = pool_of(1, 8);
	hold_a_worker(call.pool, &hold);
	for (unsigned i = 0; i < 5; i++)
		submit(call.pool, count_task, &ran);
	pthread_create(&call.thread, NULL, destroy_thread, &call);
	kit_let_others_run();
	sem_post(&hold.release);
	pthread_join(call.thread, NULL);
	cr_assert(eq(uint, value(&ran), 5), "tpool_destroy without a shutdown drains: %u of 5 pending jobs ran",
	          value(&ran));
}

KIT_TEST(thread_pool, destroy_null_does_nothing)
{
	tpool_destroy(NULL);
}

KIT_TEST(thread_pool, two_pools_are_independent)
{
	static atomic_uint ran;
	static struct call call = {.jobs = 3, .ran = &ran};
	tpool *one = pool_of(1, 4), *other = pool_of(1, 4);

	tpool_shutdown(one, TP_DRAIN);
	call.pool = other;
	submit_thread(&call);
	cr_assert(eq(uint, value(&call.accepted), 3),
	          "a pool goes on when another one is shut down: it accepted %u of 3 jobs", value(&call.accepted));
	tpool_wait(other);
	cr_assert(eq(uint, value(&ran), 3), "a pool goes on when another one is shut down: %u of 3 jobs ran", value(&ran));
	tpool_destroy(one);
	tpool_destroy(other);
}

/* ---- spurious wakeups: POSIX lets pthread_cond_wait return without a signal ----------------- */

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

KIT_TEST(thread_pool, submit_survives_a_spurious_wakeup)
{
	static struct hold hold;
	static atomic_uint ran;
	static struct call submitter[3];
	unsigned returned = 0;
	tpool *pool = pool_of(1, 1);

	hold_a_worker(pool, &hold);
	submit(pool, count_task, &ran); /* the queue is full */
	fi_spurious(2);
	for (unsigned i = 0; i < 3; i++) {
		submitter[i].pool = pool;
		submitter[i].jobs = 1;
		submitter[i].ran = &ran;
		pthread_create(&submitter[i].thread, NULL, submit_thread, &submitter[i]);
	}
	kit_let_others_run();
	for (unsigned i = 0; i < 3; i++)
		returned += has_returned(&submitter[i]);
	cr_assert(eq(uint, returned, 0),
	          "a submitter that is woken without a reason waits again: %u of 3 have returned, the queue is still "
	          "full",
	          returned);
	fi_spurious(0);
	sem_post(&hold.release);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(submitter[i].thread, NULL);
	tpool_destroy(pool);
}

KIT_TEST(thread_pool, wait_survives_a_spurious_wakeup)
{
	static struct hold hold;
	static struct call waiter[3];
	unsigned returned = 0;
	tpool *pool = pool_of(1, 1);

	hold_a_worker(pool, &hold);
	fi_spurious(2);
	for (unsigned i = 0; i < 3; i++) {
		waiter[i].pool = pool;
		pthread_create(&waiter[i].thread, NULL, wait_thread, &waiter[i]);
	}
	kit_let_others_run();
	for (unsigned i = 0; i < 3; i++)
		returned += has_returned(&waiter[i]);
	cr_assert(eq(uint, returned, 0),
	          "tpool_wait that is woken without a reason waits again: %u of 3 have returned, a task still runs",
	          returned);
	fi_spurious(0);
	sem_post(&hold.release);
	for (unsigned i = 0; i < 3; i++)
		pthread_join(waiter[i].thread, NULL);
	tpool_destroy(pool);
}

/* ---- failures and wrong arguments ----------------------------------------------------------- */

KIT_TEST(thread_pool, create_fails_at_the_third_thread)
{
	int error;
	tpool *pool;

	fi_fail_nth(KIT_THREAD_CREATE, 3, EAGAIN);
	errno = 0;
	pool = tpool_create(4, 4);
	error = errno;
	cr_assert(eq(ptr, pool, NULL),
	          "tpool_create returns NULL when its third thread cannot be created; it returned a pool");
	cr_assert(eq(int, error, EAGAIN), "the error of pthread_create is passed on: errno is %s, expected EAGAIN",
	          error_name(error));
	/* The two workers that did start must have been joined: the audit at the end of the test looks for them. */
}

KIT_TEST(thread_pool, malloc_failures_are_reported)
{
	static atomic_uint ran;
	static struct call call = {.jobs = 1, .ran = &ran};
	tpool *pool = NULL;

	for (unsigned nth = 1; nth <= 20 && !pool; nth++) { /* until there are fewer than nth allocations */
		int error;

		fi_fail_nth(KIT_MALLOC, nth, ENOMEM);
		errno = 0;
		pool = tpool_create(1, 4);
		error = errno;
		if (!pool)
			cr_assert(eq(int, error, ENOMEM), "tpool_create without memory: errno is %s, expected ENOMEM",
			          error_name(error));
	}
	fi_reset();
	cr_assert(ne(ptr, pool, NULL), "tpool_create makes a pool once there is memory; it returned NULL 20 times");
	call.pool = pool;
	fi_fail_nth(KIT_MALLOC, 1, ENOMEM);
	submit_thread(&call);
	fi_reset();
	tpool_wait(pool);
	if (call.result != 0) /* a pool that allocates nothing per job may accept it */
		expect_error(&call, ENOMEM, "tpool_submit without memory");
	cr_assert(eq(uint, value(&ran), value(&call.accepted)),
	          "a job runs if and only if tpool_submit returned 0: %u accepted, %u ran", value(&call.accepted),
	          value(&ran));
	tpool_destroy(pool);
}

static void expect_create_einval(unsigned threads, size_t queue_cap)
{
	tpool *pool;
	int error;

	errno = 0;
	pool = tpool_create(threads, queue_cap);
	error = errno;
	cr_assert(eq(ptr, pool, NULL), "tpool_create(%u, %zu) returns NULL; it returned a pool", threads, queue_cap);
	cr_assert(eq(int, error, EINVAL), "tpool_create(%u, %zu): errno is %s, expected EINVAL", threads, queue_cap,
	          error_name(error));
}

KIT_TEST(thread_pool, zero_threads_is_einval)
{
	expect_create_einval(0, 4);
}

KIT_TEST(thread_pool, zero_queue_cap_is_einval)
{
	expect_create_einval(2, 0);
}

KIT_TEST(thread_pool, invalid_arguments_are_einval)
{
	static atomic_uint ran;
	static struct call call;
	tpool *pool = pool_of(1, 4);

	call.pool = pool;
	errno = 0;
	call.result = (size_t)tpool_submit(pool, NULL, NULL);
	call.error = errno;
	expect_error(&call, EINVAL, "tpool_submit without a function");
	call.mode = TP_DISCARD + 7;
	shutdown_thread(&call);
	expect_error(&call, EINVAL, "tpool_shutdown with an unknown mode");
	submit(pool, count_task, &ran); /* neither had an effect */
	tpool_wait(pool);
	cr_assert(eq(uint, value(&ran), 1), "a refused call has no effect: %u of 1 job ran after it", value(&ran));
	tpool_destroy(pool);
}

/* ---- design --------------------------------------------------------------------------------- */

KIT_TEST(thread_pool, pool_is_free_while_a_task_runs)
{
	static struct hold hold;
	static atomic_uint ran;
	tpool *pool = pool_of(1, 4);

	hold_a_worker(pool, &hold);
	submit(pool, count_task, &ran); /* a hang here: the pool's lock is held while a task runs */
	sem_post(&hold.release);
	tpool_wait(pool);
	tpool_destroy(pool);
}

KIT_TEST(thread_pool, threads_are_made_only_in_create)
{
	unsigned jobs = kit_n(12, 2), created;
	static atomic_uint ran;
	tpool *pool = pool_of(2, 4);

	created = fi_calls(KIT_THREAD_CREATE);
	cr_assert(eq(uint, created, 2),
	          "tpool_create(2, 4) creates the 2 workers: it called pthread_create %u times, expected 2", created);
	for (unsigned i = 0; i < jobs; i++)
		submit(pool, count_task, &ran);
	tpool_wait(pool);
	created = fi_calls(KIT_THREAD_CREATE);
	cr_assert(eq(uint, created, 2),
	          "a pool pays for its threads once: after %u jobs there were %u pthread_create, expected 2", jobs,
	          created);
	tpool_destroy(pool);
}

KIT_TEST(thread_pool, blocked_callers_rest)
{
	static struct hold hold;
	static atomic_uint ran;
	static struct call submitter = {.jobs = 2, .ran = &ran}, waiter;
	tpool *pool = pool_of(1, 1);

	submitter.pool = waiter.pool = pool;
	hold_a_worker(pool, &hold);
	pthread_create(&submitter.thread, NULL, submit_thread, &submitter); /* its second job finds the queue full */
	pthread_create(&waiter.thread, NULL, wait_thread, &waiter);
	kit_expect_quiet();
	sem_post(&hold.release);
	pthread_join(submitter.thread, NULL);
	pthread_join(waiter.thread, NULL);
	tpool_destroy(pool);
}
