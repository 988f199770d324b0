/* The hidden tests of thread_pool: one for each sentence of the contract that is easy to forget.
 *
 * Wherever one worker is enough there is only one, so that a mistake that needs several does not fail every test.
 */
#include "kit.h"
#include "thread_pool.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
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

/* The call failed with -1 (as size_t: TP_ERROR) and this errno. */
static void expect_error(const struct call *call, int error, const char *what)
{
	long result = (long)call->result;

	cr_assert(eq(long, result, -1), "%s fails: it returned %ld, expected -1", what, result);
	cr_assert(eq(int, call->error, error), "%s: errno is %s, expected %s", what, kit_error_name(call->error),
	          kit_error_name(error));
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
	tpool *pool = pool_of(1, 1 + KIT_CHOOSE("queue_cap", "1", "2"));

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

struct arrivals {
	void *at[2]; /* changed by the pool's only worker */
	unsigned count;
};

static struct arrivals arrivals;

static void note_argument(void *arg)
{
	if (arrivals.count < 2)
		arrivals.at[arrivals.count++] = arg;
}

KIT_TEST(thread_pool, a_null_argument_arrives)
{
	tpool *pool = pool_of(1, 4);

	submit(pool, note_argument, NULL);
	submit(pool, note_argument, pool);
	tpool_wait(pool);
	cr_assert(eq(uint, arrivals.count, 2), "a job without an argument is a job: %u of 2 ran", arrivals.count);
	cr_assert(eq(ptr, arrivals.at[0], NULL), "the task gets the argument that was submitted: NULL");
	cr_assert(eq(ptr, arrivals.at[1], pool), "the task gets the argument that was submitted, unchanged");
	tpool_destroy(pool);
}

/* ---- tpool_wait ----------------------------------------------------------------------------- */

/* A counter that nothing but the contract orders: so it may stay plain. */
static void count_plainly(void *arg)
{
	++*(unsigned *)arg;
}

/* When tpool_wait is called both tasks have ended; what it has to give is the order, which only tools see. */
KIT_TEST(thread_pool, wait_orders_what_tasks_did)
{
	unsigned calls[2] = {0};
	tpool *pool = pool_of(1, 2);

	submit(pool, count_plainly, &calls[0]);
	submit(pool, count_plainly, &calls[1]);
	kit_let_others_run();
	tpool_wait(pool);
	cr_expect(eq(uint, calls[0] + calls[1], 2), "both tasks have run when tpool_wait returns");
	tpool_destroy(pool);
}

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

/* The worker may run a task meanwhile, or not have taken the job yet that is dropped. */
KIT_TEST(thread_pool, wait_during_a_discard)
{
	static struct hold hold;
	static atomic_uint ran;
	static struct call waiter, shutdown = {.mode = TP_DISCARD};
	bool busy = KIT_CHOOSE("the worker", "is idle", "runs a task");
	tpool *pool = pool_of(1, 4);
	int result;

	waiter.pool = shutdown.pool = pool;
	if (busy)
		hold_a_worker(pool, &hold);
	submit(pool, count_task, &ran);
	pthread_create(&waiter.thread, NULL, wait_thread, &waiter);
	pthread_create(&shutdown.thread, NULL, shutdown_thread, &shutdown);
	if (busy) {
		kit_let_others_run();
		bool early = has_returned(&waiter);
		cr_assert(eq(int, early, false), "tpool_wait returned during a TP_DISCARD although a task was still running");
		sem_post(&hold.release);
	}
	pthread_join(waiter.thread, NULL); /* a hang here: nobody told it that the last job was dropped */
	pthread_join(shutdown.thread, NULL);
	cr_assert(eq(sz, waiter.result, 0), "tpool_wait during a shutdown returned %d, expected 0", (int)waiter.result);
	result = tpool_wait(pool);
	cr_assert(eq(int, result, 0), "tpool_wait after the shutdown returned %d, expected 0", result);
	tpool_destroy(pool);
}

/* The C library gives the id of a thread that was joined to one that is made later. */
KIT_TEST(thread_pool, new_threads_are_no_workers)
{
	static struct call wait[3], shutdown[3];
	tpool *pool = pool_of(1, 4);

	tpool_shutdown(pool, TP_DRAIN);
	for (unsigned i = 0; i < 3; i++) {
		wait[i].pool = shutdown[i].pool = pool;
		pthread_create(&wait[i].thread, NULL, wait_thread, &wait[i]);
		pthread_create(&shutdown[i].thread, NULL, shutdown_thread, &shutdown[i]);
	}
	for (unsigned i = 0; i < 3; i++) {
		pthread_join(wait[i].thread, NULL);
		pthread_join(shutdown[i].thread, NULL);
		cr_assert(eq(sz, wait[i].result, 0),
		          "tpool_wait in a thread that was made after the shutdown returned %d, errno %s, expected 0",
		          (int)wait[i].result, kit_error_name(wait[i].error));
		cr_assert(eq(sz, shutdown[i].result, 0),
		          "tpool_shutdown in a thread that was made after the first one returned %zd, errno %s, expected 0",
		          (ssize_t)shutdown[i].result, kit_error_name(shutdown[i].error));
	}
	tpool_destroy(pool);
}

static void task_of_another_pool(void *arg)
{
	struct call *call = arg;

	wait_thread(&call[0]);
	shutdown_thread(&call[1]);
}

KIT_TEST(thread_pool, task_of_another_pool_may_wait)
{
	static struct call call[2] = {{.result = 1}, {.mode = TP_DRAIN, .result = 1}};
	static atomic_uint ran;
	tpool *one = pool_of(1, 4), *other = pool_of(1, 4);

	call[0].pool = call[1].pool = one;
	submit(one, count_task, &ran);
	submit(other, task_of_another_pool, call);
	tpool_wait(other);
	cr_assert(eq(sz, call[0].result, 0),
	          "tpool_wait in a task of another pool waits and returns 0; it returned %d, errno %s", (int)call[0].result,
	          kit_error_name(call[0].error));
	cr_assert(eq(uint, value(&ran), 1), "after it the job of the pool had run %u times, expected 1", value(&ran));
	cr_assert(eq(sz, call[1].result, 0),
	          "tpool_shutdown in a task of another pool returns 0; it returned %zd, errno %s", (ssize_t)call[1].result,
	          kit_error_name(call[1].error));
	tpool_destroy(one);
	tpool_destroy(other);
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

KIT_TEST(thread_pool, drain_refuses_blocked_submitters)
{
	static struct hold hold;
	static atomic_uint ran;
	static struct call submitter[2], shutdown = {.mode = TP_DRAIN};
	unsigned returned = 0;
	tpool *pool = pool_of(1, 1);

	hold_a_worker(pool, &hold);
	submit(pool, count_task, &ran); /* the queue is full */
	for (unsigned i = 0; i < 2; i++) {
		submitter[i].pool = pool;
		submitter[i].jobs = 1;
		submitter[i].ran = &ran;
		pthread_create(&submitter[i].thread, NULL, submit_thread, &submitter[i]);
	}
	kit_let_others_run(); /* both are blocked */
	shutdown.pool = pool;
	pthread_create(&shutdown.thread, NULL, shutdown_thread, &shutdown);
	kit_let_others_run();
	for (unsigned i = 0; i < 2; i++)
		returned += has_returned(&submitter[i]);
	cr_assert(eq(uint, returned, 2),
	          "TP_DRAIN wakes blocked submitters at once, before there is room: %u of 2 have returned", returned);
	sem_post(&hold.release);
	pthread_join(shutdown.thread, NULL);
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(submitter[i].thread, NULL);
		expect_error(&submitter[i], ECANCELED, "tpool_submit that was blocked when TP_DRAIN began");
	}
	cr_assert(eq(uint, value(&ran), 1), "TP_DRAIN runs what was accepted: %u jobs ran, expected 1", value(&ran));
	tpool_destroy(pool);
}

/* In plain runs the first one is stopped where it gives up its lock for the first time, if it ever does. */
KIT_TEST(thread_pool, shutdowns_at_the_same_time)
{
	static struct hold hold;
	static atomic_uint ran;
	static struct call call[3];
	struct kit_gate *gate = NULL;
	unsigned early = 0;
	size_t dropped = 0;
	tpool *pool = pool_of(2, 4);

	hold_a_worker(pool, &hold);
	if (kit_n(1, 0))
		gate = gate_after(KIT_UNLOCK, 1 + KIT_CHOOSE("stopped after its unlock", "1", "2"));
	for (unsigned i = 0; i < 3; i++) {
		call[i].pool = pool;
		call[i].mode = KIT_CHOOSE("mode", "drain", "discard") ? TP_DISCARD : TP_DRAIN;
		pthread_create(&call[i].thread, NULL, shutdown_thread, &call[i]);
		if (i == 0 && gate)
			kit_let_others_run();
	}
	if (gate)
		gate_open(gate);
	kit_let_others_run();
	for (unsigned i = 0; i < 3; i++)
		early += has_returned(&call[i]);
	cr_assert(eq(uint, early, 0), "%u of 3 shutdowns at the same time returned although a task still ran", early);
	sem_post(&hold.release);
	for (unsigned i = 0; i < 3; i++) {
		pthread_join(call[i].thread, NULL);
		dropped += call[i].result;
	}
	cr_assert(eq(sz, dropped, 0), "three shutdowns of a pool with nothing pending return 0; in all they returned %zd",
	          (ssize_t)dropped);
	submit_thread(&(struct call){.pool = pool, .jobs = 1, .ran = &ran});
	cr_assert(eq(uint, value(&ran), 0), "after the shutdowns a job ran");
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
			          kit_error_name(error));
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

enum { MARK = 4711 };

static void expect_mark(const char *call)
{
	cr_assert(eq(int, errno, MARK), "%s succeeded and must leave errno alone; it is %s now", call,
	          kit_error_name(errno));
	errno = MARK;
}

/* Calls that find their way free: a library call that has to wait may be interrupted, and then says so in errno. */
KIT_TEST(thread_pool, errno_is_kept_on_success)
{
	static atomic_uint ran;
	tpool *pool;

	errno = MARK;
	pool = tpool_create(2, 4);
	cr_assert(ne(ptr, pool, NULL), "tpool_create(2, 4) makes a pool");
	expect_mark("tpool_create");
	tpool_submit(pool, count_task, &ran);
	expect_mark("tpool_submit");
	tpool_wait(pool);
	expect_mark("tpool_wait");
	tpool_shutdown(pool, TP_DRAIN);
	expect_mark("tpool_shutdown");
	tpool_destroy(pool);
	expect_mark("tpool_destroy");
	tpool_destroy(NULL);
	expect_mark("tpool_destroy(NULL)");
}

/* Each multiplied by the size of a job is more than there is, or less than nothing: the product overflows. */
KIT_TEST(thread_pool, a_queue_cap_too_large_is_enomem)
{
	static const size_t cap[] = {SIZE_MAX, SIZE_MAX / 2 + 1, SIZE_MAX / 8 + 1, SIZE_MAX / 16 + 1, SIZE_MAX / 24 + 2};

	for (unsigned i = 0; i < sizeof cap / sizeof cap[0]; i++) {
		static atomic_uint ran;
		unsigned before = value(&ran);
		tpool *pool;

		errno = 0;
		pool = tpool_create(1, cap[i]);
		if (!pool) {
			cr_assert(eq(int, errno, ENOMEM), "tpool_create(1, %zu): errno is %s, expected ENOMEM", cap[i],
			          kit_error_name(errno));
			continue;
		}
		for (unsigned job = 0; job < 3; job++)
			submit(pool, count_task, &ran);
		tpool_shutdown(pool, TP_DRAIN);
		cr_assert(eq(uint, value(&ran) - before, 3), "a pool with queue_cap %zu was made, but ran %u of 3 jobs", cap[i],
		          value(&ran) - before);
		tpool_destroy(pool);
	}
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
	          kit_error_name(error));
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

/* ---- any small client ----------------------------------------------------------------------- */

/* Two clients make two calls each, all of them chosen, on a pool whose size is chosen; the test itself shuts the pool
 * down in the end. What each call may return, which job may run and who may be blocked follows from the header alone.
 * Nothing is asked of an order that the header leaves open. */
enum { CLIENTS = 2, CALLS = 2, MAKES = CLIENTS * CALLS, JOBS = 2 * MAKES };

enum deed { QUICK, HOLDS, SUBMITS, WAITS, SHUTS_DOWN, WAIT, DRAIN, DISCARD };

/* Stamps, 0 until it has happened. The test looks at them while the clients run, so they are noted (kit_note). */
struct any_job {
	struct any *any;
	enum deed deed; /* below WAIT: what its task does */
	unsigned seen;  /* plain: the header says who may read what others wrote */
	unsigned made, answered, started, ended, calls;
	unsigned refused;   /* its tpool_submit returned this error; 0: accepted */
	struct call inside; /* what its task called */
};

struct any_call { /* of tpool_wait or tpool_shutdown, made by a client */
	enum deed deed;
	unsigned made, returned;
	size_t result;
};

struct any {
	tpool *pool;
	unsigned threads;
	size_t cap;
	sem_t release;                   /* tasks that hold wait for it */
	struct any_job job[JOBS];        /* those with an odd number are submitted by the task of the one before */
	struct any_call call[MAKES + 1]; /* the last one is the test's own */
	enum deed deed[MAKES];
};

static void stamp(unsigned *when)
{
	kit_note(when, kit_stamp());
}

static void any_task(void *arg);

static void submit_any(struct any_job *job)
{
	job->seen = 1;
	stamp(&job->made);
	if (tpool_submit(job->any->pool, any_task, job) != 0)
		kit_note(&job->refused, (unsigned)errno);
	stamp(&job->answered);
}

static void any_task(void *arg)
{
	struct any_job *job = arg;

	stamp(&job->started);
	kit_note(&job->calls, kit_noted(&job->calls) + 1);
	job->seen++;
	if (job->deed == HOLDS)
		sem_wait(&job->any->release);
	if (job->deed == SUBMITS)
		submit_any(job + 1);
	if (job->deed == WAITS)
		wait_thread(&job->inside);
	if (job->deed == SHUTS_DOWN)
		shutdown_thread(&job->inside);
	stamp(&job->ended);
}

static void make_any_call(struct any *any, struct any_call *call)
{
	stamp(&call->made);
	if (call->deed == WAIT)
		call->result = (size_t)tpool_wait(any->pool);
	else
		call->result = tpool_shutdown(any->pool, call->deed == DRAIN ? TP_DRAIN : TP_DISCARD);
	stamp(&call->returned);
}

static void make_any(struct any *any, unsigned number)
{
	if (any->deed[number] >= WAIT)
		make_any_call(any, &any->call[number]);
	else
		submit_any(&any->job[2 * number]);
}

struct client {
	struct any *any;
	unsigned first;
	pthread_t thread;
};

static void *be_a_client(void *arg)
{
	struct client *client = arg;

	for (unsigned i = 0; i < CALLS; i++)
		make_any(client->any, client->first + i);
	return NULL;
}

static void choose_any(struct any *any)
{
	any->threads = 1 + KIT_CHOOSE("threads", "1", "2");
	any->cap = 1 + KIT_CHOOSE("queue_cap", "1", "2");
	sem_init(&any->release, 0, 0);
	for (unsigned i = 0; i < MAKES; i++) {
		any->deed[i] = KIT_CHOOSE(i < CALLS ? "a call of client 1" : "a call of client 2", "submit a job",
		                          "submit a job that stays", "submit a job that submits", "submit a job that waits",
		                          "submit a job that shuts down", "wait", "shutdown(TP_DRAIN)", "shutdown(TP_DISCARD)");
		any->call[i].deed = any->deed[i];
		any->job[2 * i].deed = any->deed[i];
	}
	any->call[MAKES].deed = DRAIN;
	any->pool = pool_of(any->threads, any->cap);
	for (unsigned i = 0; i < JOBS; i++) {
		any->job[i].any = any;
		any->job[i].inside.pool = any->pool;
	}
}

/* What can be seen from outside while everybody rests. */
struct rest {
	unsigned running, pending, blocked_submits, blocked_waits, blocked_shutdowns;
	bool closing, discards;
};

static struct rest look_at(struct any *any)
{
	struct rest rest = {0};

	for (unsigned i = 0; i < JOBS; i++) {
		struct any_job *job = &any->job[i];
		bool accepted = kit_noted(&job->answered) && !kit_noted(&job->refused);

		rest.running += kit_noted(&job->started) && !kit_noted(&job->ended);
		rest.pending += accepted && !kit_noted(&job->started);
		rest.blocked_submits += kit_noted(&job->made) && !kit_noted(&job->answered);
	}
	for (unsigned i = 0; i <= MAKES; i++) {
		struct any_call *call = &any->call[i];
		bool blocked = kit_noted(&call->made) && !kit_noted(&call->returned);

		rest.blocked_waits += blocked && call->deed == WAIT;
		rest.blocked_shutdowns += blocked && call->deed != WAIT;
		rest.closing |= kit_noted(&call->made) && call->deed != WAIT;
		rest.discards |= kit_noted(&call->made) && call->deed == DISCARD;
	}
	if (rest.discards)
		rest.pending = 0; /* dropped; or run, if another shutdown came first */
	return rest;
}

static void expect_rest(struct any *any)
{
	struct rest rest = look_at(any);

	if (!rest.discards && rest.running < any->threads)
		cr_assert(eq(uint, rest.pending, 0), "%u of %u workers run a task, so no job may be left pending: %u are",
		          rest.running, any->threads, rest.pending);
	if (rest.closing || rest.pending < any->cap)
		cr_assert(eq(uint, rest.blocked_submits, 0),
		          "tpool_submit blocks only while queue_cap jobs are pending and no shutdown has begun: %u calls are "
		          "blocked, %u of %zu jobs are pending, shutdown: %s",
		          rest.blocked_submits, rest.pending, any->cap, rest.closing ? "begun" : "no");
	if (rest.running == 0 && rest.pending == 0)
		cr_assert(eq(uint, rest.blocked_waits, 0), "with nothing pending or running tpool_wait returns: %u are blocked",
		          rest.blocked_waits);
	if (rest.running == 0)
		cr_assert(eq(uint, rest.blocked_shutdowns, 0),
		          "with no task running tpool_shutdown returns: %u calls are blocked", rest.blocked_shutdowns);
	cr_assert(le(uint, rest.pending, (unsigned)any->cap), "a queue for %zu has %u pending jobs", any->cap,
	          rest.pending);
}

/* Of all the shutdowns that have returned, the stamp of the earliest one; of all that were made, likewise. */
static unsigned first_shutdown(struct any *any, bool returned)
{
	unsigned first = UINT_MAX;

	for (unsigned i = 0; i <= MAKES; i++) {
		unsigned when = kit_noted(returned ? &any->call[i].returned : &any->call[i].made);
		if (any->call[i].deed != WAIT && when && when < first)
			first = when;
	}
	return first;
}

static void expect_answer(struct any *any, struct any_job *job)
{
	unsigned calls = kit_noted(&job->calls);

	if (kit_noted(&job->refused)) {
		int error = (int)kit_noted(&job->refused);
		cr_assert(eq(int, error, ECANCELED), "tpool_submit failed with %s; only a shutdown can be why here",
		          kit_error_name(error));
		cr_assert(lt(uint, first_shutdown(any, false), kit_noted(&job->answered)),
		          "tpool_submit returned ECANCELED before any shutdown was called");
		cr_assert(eq(uint, calls, 0), "a job whose tpool_submit returned -1 ran");
		return;
	}
	cr_assert(lt(uint, kit_noted(&job->made), first_shutdown(any, true)),
	          "tpool_submit accepted a job after a tpool_shutdown had returned");
	cr_assert(le(uint, calls, 1), "a job was called %u times", calls);
	cr_assert(lt(uint, kit_noted(&job->ended), first_shutdown(any, true)),
	          "a task still ran when a tpool_shutdown had returned");
}

static void expect_inside(struct any_job *job)
{
	if (!kit_noted(&job->calls))
		return;
	if (job->deed == WAITS)
		expect_error(&job->inside, EDEADLK, "tpool_wait in a task of the pool");
	if (job->deed == SHUTS_DOWN)
		expect_error(&job->inside, EDEADLK, "tpool_shutdown in a task of the pool");
	cr_assert(eq(uint, job->seen, 2), "what was written before tpool_submit is seen by the task, and what the task "
	                                  "wrote is seen after the shutdown");
}

/* One worker starts the jobs in the order in which they were accepted; of several, the tasks' first lines may overtake
 * each other. */
static void expect_order(struct any *any)
{
	for (unsigned i = 0; any->threads == 1 && i < JOBS; i++)
		for (unsigned k = 0; k < JOBS; k++) {
			struct any_job *one = &any->job[i], *other = &any->job[k];
			if (!kit_noted(&one->started) || !kit_noted(&other->started) ||
			    kit_noted(&one->answered) >= kit_noted(&other->made))
				continue;
			cr_assert(lt(uint, kit_noted(&one->started), kit_noted(&other->started)),
			          "a job that was accepted before another one was submitted started after it");
		}
}

static void expect_wait(struct any *any, struct any_call *wait)
{
	cr_assert(eq(sz, wait->result, 0), "tpool_wait outside of a task returned %d", (int)wait->result);
	for (unsigned i = 0; i < JOBS; i++) {
		struct any_job *job = &any->job[i];
		bool before = kit_noted(&job->answered) && kit_noted(&job->answered) < kit_noted(&wait->made);
		if (before && kit_noted(&job->started))
			cr_assert(lt(uint, kit_noted(&job->ended), kit_noted(&wait->returned)),
			          "tpool_wait returned before the task of a job had ended that was accepted before the call");
	}
}

/* Each accepted job has run or was dropped; the first shutdown alone tells how many were. */
static void expect_dropped(struct any *any)
{
	size_t dropped = 0, told = 0;
	unsigned tellers = 0;

	for (unsigned i = 0; i < JOBS; i++)
		dropped +=
		    kit_noted(&any->job[i].answered) && !kit_noted(&any->job[i].refused) && !kit_noted(&any->job[i].calls);
	for (unsigned i = 0; i <= MAKES; i++) {
		struct any_call *call = &any->call[i];
		if (call->deed == WAIT || !kit_noted(&call->made))
			continue;
		told += call->result;
		tellers += call->result != 0;
		if (call->deed == DRAIN)
			cr_assert(eq(sz, call->result, 0), "tpool_shutdown(TP_DRAIN) returned %zd, expected 0",
			          (ssize_t)call->result);
	}
	cr_assert(le(uint, tellers, 1), "%u shutdowns say that they dropped jobs; the first one decides, others return 0",
	          tellers);
	cr_assert(eq(sz, told, dropped),
	          "tpool_shutdown returns how many jobs were dropped: in all %zu, but %zu accepted "
	          "jobs never ran",
	          told, dropped);
}

KIT_TEST(thread_pool, any_small_client)
{
	static struct any any;
	struct client client[CLIENTS];

	choose_any(&any);
	for (unsigned i = 0; i < CLIENTS; i++) {
		client[i] = (struct client){.any = &any, .first = i * CALLS};
		pthread_create(&client[i].thread, NULL, be_a_client, &client[i]);
	}
	kit_let_others_run();
	expect_rest(&any);
	for (unsigned i = 0; i < MAKES; i++)
		sem_post(&any.release);
	kit_let_others_run(); /* now only a submit can block: of clients and of tasks, in a full queue */
	expect_rest(&any);
	make_any_call(&any, &any.call[MAKES]);
	for (unsigned i = 0; i < CLIENTS; i++)
		pthread_join(client[i].thread, NULL);
	for (unsigned i = 0; i < JOBS; i++) {
		if (!kit_noted(&any.job[i].made))
			continue;
		expect_answer(&any, &any.job[i]);
		expect_inside(&any.job[i]);
	}
	expect_order(&any);
	for (unsigned i = 0; i < MAKES; i++)
		if (any.call[i].deed == WAIT)
			expect_wait(&any, &any.call[i]);
	expect_dropped(&any);
	tpool_destroy(any.pool);
}
