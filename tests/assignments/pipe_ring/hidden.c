/* hidden.c - the tests of pipe_ring that only instructors have. Each one tests a sentence of include/pipe_ring.h. */
#include "kit.h"
#include "pipe_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t add_one(unsigned id, uint64_t token, void *ctx)
{
	(void)id;
	(void)ctx;
	return token + 1;
}

/* ---- ring_run in a thread of its own: the test can look on, also when the call never returns ---- */

struct running {
	unsigned nodes, laps;
	ring_step step;
	void *ctx;
	uint64_t token;
	int result;
	pthread_t thread;
};

static void *run(void *argument)
{
	struct running *running = argument;

	running->result = ring_run(running->nodes, running->laps, &running->token, running->step, running->ctx);
	return NULL;
}

static void start(struct running *running)
{
	pthread_create(&running->thread, NULL, run, running);
}

static void finish(struct running *running)
{
	pthread_join(running->thread, NULL);
	cr_assert(eq(int, running->result, 0), "ring_run(%u nodes, %u laps) should succeed", running->nodes, running->laps);
}

/* ---- arguments ------------------------------------------------------------------------------ */

static void expect_einval(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, const char *what)
{
	errno = 0;
	int result = ring_run(nodes, laps, token, step, NULL), error = errno;
	unsigned forks = fi_calls(KIT_FORK), pipes = fi_calls(KIT_PIPE);

	cr_assert(eq(int, result, -1), "%s must be refused", what);
	cr_assert(eq(int, error, EINVAL), "%s must be EINVAL", what);
	cr_assert(eq(uint, forks, 0), "%s must start no node", what);
	cr_assert(eq(uint, pipes, 0), "%s must make no pipe", what);
	if (token)
		cr_assert(eq(u64, *token, 5), "the token must be unchanged when %s", what);
}

KIT_TEST(pipe_ring, zero_nodes_is_einval)
{
	uint64_t token = 5;
	expect_einval(0, 1, &token, add_one, "nodes = 0");
}

KIT_TEST(pipe_ring, zero_laps_is_einval)
{
	uint64_t token = 5;
	expect_einval(2, 0, &token, add_one, "laps = 0");
}

KIT_TEST(pipe_ring, null_token_is_einval)
{
	expect_einval(2, 1, NULL, add_one, "token = NULL");
}

KIT_TEST(pipe_ring, null_step_is_einval)
{
	uint64_t token = 5;
	expect_einval(2, 1, &token, NULL, "step = NULL");
}

/* ---- reads and writes ----------------------------------------------------------------------- */

static const uint64_t all_bytes_differ = 0x0123456789abcdef;

KIT_TEST(pipe_ring, survives_short_and_interrupted_calls)
{
	const unsigned nodes = kit_n(3, 1), laps = kit_n(3, 1);
	uint64_t token = all_bytes_differ;

	fi_short_io(true);
	fi_eintr(3);
	int result = ring_run(nodes, laps, &token, add_one, NULL);
	cr_assert(eq(int, result, 0), "ring_run must succeed although a token moves in pieces and calls are interrupted");
	cr_assert(eq(u64, token, all_bytes_differ + nodes * laps),
	          "%u nodes must add one on each of %u laps, in pieces, with interruptions between them", nodes, laps);
}

KIT_TEST(pipe_ring, token_travels_by_read_and_write)
{
	const unsigned nodes = kit_n(3, 2), laps = kit_n(4, 1), hops = (nodes + 1) * laps;
	uint64_t token = 0;
	int result = ring_run(nodes, laps, &token, add_one, NULL);
	unsigned writes = fi_calls(KIT_WRITE), reads = fi_calls(KIT_READ), mappings = fi_calls(KIT_MMAP);
	unsigned threads = fi_calls(KIT_THREAD_CREATE);

	cr_assert(eq(int, result, 0), "ring_run(%u nodes, %u laps) should succeed", nodes, laps);
	cr_assert(ge(uint, writes, hops), "each of %u hops (%u nodes and the caller) must be a write", hops, nodes);
	cr_assert(ge(uint, reads, hops), "each of %u hops (%u nodes and the caller) must be a read", hops, nodes);
	cr_assert(eq(uint, mappings, 0), "the token must go through pipes: no memory may be mapped to share it");
	cr_assert(eq(uint, threads, 0), "nodes are processes: no thread may be created");
}

/* ---- faults: -1, the right errno, and *token as it was -------------------------------------- */

static void expect_failure(int result, int error, int expected_error, uint64_t token, const char *what)
{
	cr_assert(eq(int, result, -1), "ring_run must fail when %s", what);
	cr_assert(eq(int, error, expected_error), "errno must be %s when %s", strerrorname_np(expected_error), what);
	cr_assert(eq(u64, token, 100), "the token must be unchanged when %s", what);
}

KIT_TEST(pipe_ring, reports_lack_of_memory)
{
	uint64_t token = 100;

	fi_fail_nth(KIT_MALLOC, 1, ENOMEM);
	errno = 0;
	int result = ring_run(4, 1, &token, add_one, NULL), error = errno;
	if (fi_calls(KIT_MALLOC) == 0) {
		cr_assert(eq(int, result, 0), "a ring that needs no memory of malloc cannot fail for lack of it");
		cr_assert(eq(u64, token, 104), "4 nodes must add one to the token, which was 100");
	} else {
		expect_failure(result, error, ENOMEM, token, "malloc has no memory");
	}
}

KIT_TEST(pipe_ring, reports_node_dead_before_first_write)
{
	uint64_t token = 100;

	fi_kill_child(1);
	errno = 0;
	int result = ring_run(1, 1, &token, add_one, NULL), error = errno;
	expect_failure(result, error, EPIPE, token, "the only node is dead before the caller writes");

	fi_kill_child(2);
	errno = 0;
	result = ring_run(3, 1, &token, add_one, NULL), error = errno;
	expect_failure(result, error, EPIPE, token, "node 1 of 3 is dead before the caller writes");
}

/* ---- the caller's process ------------------------------------------------------------------- */

static void do_nothing(int signal)
{
	(void)signal;
}

static void expect_signals_as_before(const char *when)
{
	struct sigaction action;
	sigset_t mask;

	sigaction(SIGPIPE, NULL, &action);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	bool same_handler = action.sa_handler == do_nothing;
	bool same_flags = (action.sa_flags & (SA_RESTART | SA_RESETHAND)) == SA_RESTART;
	bool same_mask = sigismember(&action.sa_mask, SIGUSR1) && !sigismember(&action.sa_mask, SIGUSR2);
	bool sigpipe_blocked = sigismember(&mask, SIGPIPE), sigusr2_blocked = sigismember(&mask, SIGUSR2);

	cr_assert(eq(int, same_handler, true), "SIGPIPE must have the handler of the caller again after %s", when);
	cr_assert(eq(int, same_flags, true), "SIGPIPE must have the flags of the caller again after %s", when);
	cr_assert(eq(int, same_mask, true), "SIGPIPE must have the mask of the caller's handler again after %s", when);
	cr_assert(eq(int, sigpipe_blocked, false), "SIGPIPE must not be blocked after %s", when);
	cr_assert(eq(int, sigusr2_blocked, true), "SIGUSR2 must be blocked after %s, as it was before", when);
}

static uint64_t die_at_once(unsigned id, uint64_t token, void *ctx)
{
	if (id == 1)
		_exit(0);
	return add_one(id, token, ctx);
}

/* Every way out of ring_run. */
static const char *const ways[] = {"a run that succeeded",         "a run whose 1st fork failed",
                                   "a run whose 2nd fork failed",  "a run whose 1st pipe failed",
                                   "a run whose last pipe failed", "a run without memory",
                                   "a run whose node ended",       "a run with a wrong argument"};
enum { WAYS = sizeof ways / sizeof ways[0] };

static void expect_way_back(unsigned way)
{
	uint64_t token = 0;

	fi_reset();
	if (way == 1 || way == 2)
		fi_fail_nth(KIT_FORK, way, EAGAIN);
	if (way == 3 || way == 4)
		fi_fail_nth(KIT_PIPE, way == 3 ? 1 : 3, EMFILE);
	if (way == 5)
		fi_fail_nth(KIT_MALLOC, 1, ENOMEM);
	int result = ring_run(2, way == 7 ? 0 : 1, &token, way == 6 ? die_at_once : add_one, NULL);
	if (way != 5) /* a ring that needs no memory of malloc succeeds */
		cr_assert(eq(int, result, way == 0 ? 0 : -1), "what ring_run returned at the end of %s", ways[way]);
	expect_signals_as_before(ways[way]);
}

KIT_TEST(pipe_ring, signals_are_as_before)
{
	struct sigaction mine = {.sa_handler = do_nothing, .sa_flags = SA_RESTART};
	sigset_t usr2;

	sigaddset(&mine.sa_mask, SIGUSR1);
	sigaction(SIGPIPE, &mine, NULL);
	sigemptyset(&usr2);
	sigaddset(&usr2, SIGUSR2);
	sigprocmask(SIG_BLOCK, &usr2, NULL);

	if (kit_n(0, 1)) { /* the explorer tries them one by one */
		expect_way_back(kit_choose_named("the run", ways, WAYS));
		return;
	}
	for (unsigned way = 0; way < WAYS; way++)
		expect_way_back(way);
}

static volatile sig_atomic_t sigpipes;

static void count_sigpipe(int signal)
{
	(void)signal;
	sigpipes++;
}

KIT_TEST(pipe_ring, sigpipe_never_reaches_the_caller)
{
	struct sigaction mine = {.sa_handler = count_sigpipe};
	uint64_t token = 0;

	sigaction(SIGPIPE, &mine, NULL);
	int result = ring_run(1, 1, &token, add_one, NULL);
	cr_assert(eq(int, result, 0), "ring_run(1 node, 1 lap) should succeed");
	fi_kill_child(1);
	result = ring_run(1, 1, &token, add_one, NULL);
	int calls = sigpipes;
	cr_assert(eq(int, result, -1), "ring_run must fail when the only node is dead before the caller writes");
	cr_assert(eq(int, calls, 0), "SIGPIPE must not reach the handler of the caller");
}

/* How the nodes of a ring come to their end: by end-of-file, or because one of them is dead before the node in front of
 * it writes to it. */
static const char *const ends[] = {"a run that succeeds", "a run whose second node is killed at its start"};
enum { ENDS = sizeof ends / sizeof ends[0] };

static int run_to_end(unsigned end)
{
	uint64_t token = 0;

	if (end == 1)
		fi_kill_child(2);
	return ring_run(kit_n(3, 2), 1, &token, add_one, NULL);
}

static void for_each_end(void (*expect)(unsigned end))
{
	if (kit_n(0, 1)) { /* the explorer tries them one by one */
		expect(kit_choose_named("the run", ends, ENDS));
		return;
	}
	for (unsigned end = 0; end < ENDS; end++)
		expect(end);
}

static void expect_one_return(unsigned end)
{
	unsigned *returns = kit_shared(sizeof *returns);
	pid_t caller = getpid();
	int result = run_to_end(end);

	++*returns;
	if (getpid() != caller)
		_exit(0);
	kit_let_others_run();
	cr_assert(eq(int, result, end == 0 ? 0 : -1), "what ring_run returned at the end of %s", ends[end]);
	cr_assert(eq(uint, *returns, 1), "ring_run must return once, in the process that called it, from %s", ends[end]);
}

KIT_TEST(pipe_ring, returns_in_the_caller_only)
{
	for_each_end(expect_one_return);
}

KIT_TEST(pipe_ring, runs_are_independent)
{
	const unsigned runs = kit_n(6, 2), nodes = 2;
	uint64_t token = 0;

	for (unsigned i = 1; i <= runs; i++) {
		int result = ring_run(nodes, 1, &token, add_one, NULL);
		cr_assert(eq(int, result, 0), "run %u of %u should succeed", i, runs);
		cr_assert(eq(u64, token, nodes * i), "after run %u each of %u nodes must have added one per run", i, nodes);
	}
}

KIT_TEST(pipe_ring, forty_nodes_make_a_ring)
{
	const unsigned nodes = kit_n(40, 3);
	uint64_t token = 0;
	int result = ring_run(nodes, 1, &token, add_one, NULL);

	cr_assert(eq(int, result, 0), "ring_run(%u nodes, 1 lap) should succeed", nodes);
	cr_assert(eq(u64, token, nodes), "each of %u nodes must add one to the token", nodes);
}

/* More laps than 16 bits count. */
KIT_TEST(pipe_ring, laps_do_not_run_out)
{
	const unsigned laps = kit_repeat(66000, 2);
	uint64_t token = 0;
	int result = ring_run(1, laps, &token, add_one, NULL);

	cr_assert(eq(int, result, 0), "ring_run(1 node, %u laps) should succeed", laps);
	cr_assert(eq(u64, token, laps), "the only node must add one on each of %u laps", laps);
}

KIT_TEST(pipe_ring, other_children_are_left_alone)
{
	uint64_t token = 0;
	int status = 0;
	pid_t other = fork();

	if (other == 0)
		_exit(7);
	kit_let_others_run(); /* it has ended: a wait for any child would find it first */
	int result = ring_run(2, 1, &token, add_one, NULL);
	cr_assert(eq(int, result, 0), "ring_run(2 nodes, 1 lap) should succeed");
	bool still_there = waitpid(other, &status, 0) == other;
	cr_assert(eq(int, still_there, true), "a child that the caller forked itself must be left to the caller");
	cr_assert(eq(int, WEXITSTATUS(status), 7), "the caller's own child must have its exit status 7");
}

/* ---- descriptors and buffers ---------------------------------------------------------------- */

enum { RING = 4 };

struct held {
	unsigned descriptors[RING], kept_on_exec[RING];
};

static uint64_t count_descriptors(unsigned id, uint64_t token, void *ctx)
{
	struct held *held = ctx;

	if (id >= RING)
		return token;
	held->descriptors[id] = kit_open_fds();
	held->kept_on_exec[id] = 0;
	for (int fd = 3; fd < 64; fd++) {
		struct stat status;
		int flags = fcntl(fd, F_GETFD);
		bool is_pipe = flags >= 0 && fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
		held->kept_on_exec[id] += is_pipe && !(flags & FD_CLOEXEC);
	}
	return token + 1;
}

KIT_TEST(pipe_ring, nodes_hold_two_ring_descriptors)
{
	struct held *held = kit_shared(sizeof *held);
	struct running running = {.nodes = RING, .laps = 2, .step = count_descriptors, .ctx = held};

	start(&running);
	kit_let_others_run();
	for (unsigned id = 0; id < RING; id++) {
		unsigned ring_descriptors = held->descriptors[id];
		cr_assert(eq(uint, ring_descriptors, 2), "node %u holds %u ring descriptors, expected 2", id, ring_descriptors);
	}
	finish(&running);
}

/* What the test process itself has inherited counts too, so the caller is asked first. */
KIT_TEST(pipe_ring, ring_descriptors_close_on_exec)
{
	struct held *held = kit_shared(sizeof *held);
	uint64_t token = 0;

	count_descriptors(0, 0, held);
	unsigned before = held->kept_on_exec[0];
	int result = ring_run(RING, 1, &token, count_descriptors, held);
	cr_assert(eq(int, result, 0), "ring_run(4 nodes, 1 lap) should succeed");
	for (unsigned id = 0; id < RING; id++) {
		unsigned kept_on_exec = held->kept_on_exec[id] - before;
		cr_assert(eq(uint, kept_on_exec, 0), "node %u must hold no ring descriptor that would survive exec", id);
	}
}

static unsigned *exits; /* in the memory that all share: how often the caller's atexit function ran */

static void note_exit(void)
{
	++*exits;
}

static void expect_written_once(unsigned end)
{
	static const char text[] = "once";
	char written[64];
	int fds[2];

	pipe(fds);
	FILE *out = fdopen(fds[1], "w");
	setvbuf(out, NULL, _IOFBF, BUFSIZ);
	fputs(text, out); /* stays in the buffer, which every node gets a copy of */
	int result = run_to_end(end);
	fclose(out);
	ssize_t bytes_written = read(fds[0], written, sizeof written);
	close(fds[0]);
	cr_assert(eq(int, result, end == 0 ? 0 : -1), "what ring_run returned at the end of %s", ends[end]);
	cr_assert(eq(long, bytes_written, (long)strlen(text)),
	          "4 bytes in the caller's stdio buffer must be written once, in %s", ends[end]);
	cr_assert(eq(uint, *exits, 0), "an atexit function of the caller must not run in a node: it ran %u times, in %s",
	          *exits, ends[end]);
}

KIT_TEST(pipe_ring, stdio_is_written_once)
{
	exits = kit_shared(sizeof *exits);
	atexit(note_exit);
	for_each_end(expect_written_once);
}

/* ---- waiting -------------------------------------------------------------------------------- */

/* Node 1 waits until the test writes a byte. */
static uint64_t wait_for_the_test(unsigned id, uint64_t token, void *ctx)
{
	char byte;

	if (id == 1 && read(*(const int *)ctx, &byte, 1) != 1)
		return token;
	return token + 1;
}

KIT_TEST(pipe_ring, waiting_is_quiet)
{
	const unsigned nodes = kit_n(3, 2);
	int fds[2];

	pipe(fds);
	struct running running = {.nodes = nodes, .laps = 1, .step = wait_for_the_test, .ctx = fds};
	start(&running);
	kit_expect_quiet();
	write(fds[1], "x", 1);
	finish(&running);
	close(fds[0]);
	close(fds[1]);
	cr_assert(eq(u64, running.token, nodes), "%u nodes must add one to the token after node 1 was kept waiting", nodes);
}

/* ---- any small ring ------------------------------------------------------------------------- */

/* One or two runs of a ring whose size is chosen, each with a fault that is chosen. What comes back follows from the
 * header alone. */
enum fault { NONE, SHORT, INTERRUPTED, NO_FORK, NO_PIPE, KILLED, STEP_ENDS, FAULTS };

static const char *const faults[FAULTS] = {
    "no fault",          "1 to 3 bytes at a time",     "interrupted calls",           "a fork that fails",
    "a pipe that fails", "a node killed at its start", "a step that ends its process"};

struct plan {
	unsigned nodes, laps;
	enum fault fault;
	unsigned nth;      /* which fork, pipe or node */
	unsigned laps_run; /* of the node that has this copy */
};

static uint64_t planned_step(unsigned id, uint64_t token, void *ctx)
{
	struct plan *plan = ctx;

	if (plan->fault == STEP_ENDS && id + 1 == plan->nth && ++plan->laps_run == plan->laps)
		_exit(0);
	return token * 10 + id + 1;
}

static int expected_error(const struct plan *plan)
{
	static const int error[FAULTS] = {[NO_FORK] = EAGAIN, [NO_PIPE] = EMFILE, [KILLED] = EPIPE, [STEP_ENDS] = EPIPE};

	return error[plan->fault];
}

static uint64_t expected_token(const struct plan *plan, uint64_t token)
{
	for (unsigned lap = 0; lap < plan->laps && !expected_error(plan); lap++)
		for (unsigned id = 0; id < plan->nodes; id++)
			token = token * 10 + id + 1;
	return token;
}

static void prepare(const struct plan *plan)
{
	fi_reset();
	fi_short_io(plan->fault == SHORT);
	fi_eintr(plan->fault == INTERRUPTED ? 2 : 0);
	if (plan->fault == NO_FORK)
		fi_fail_nth(KIT_FORK, plan->nth, EAGAIN);
	if (plan->fault == NO_PIPE)
		fi_fail_nth(KIT_PIPE, plan->nth, EMFILE);
	if (plan->fault == KILLED)
		fi_kill_child(plan->nth);
}

KIT_TEST(pipe_ring, any_small_ring)
{
	uint64_t token = 0;

	for (unsigned run = 0; run < 2; run++) {
		struct plan plan = {.nodes = 1 + KIT_CHOOSE("nodes", "1", "2"), .laps = 1 + KIT_CHOOSE("laps", "1", "2")};
		uint64_t before = token;

		plan.fault = kit_choose_named("fault", faults, FAULTS);
		plan.nth = 1 + kit_choose_named("in which", (const char *const[]){"the first", "the second"}, plan.nodes);
		prepare(&plan);
		errno = 0;
		int result = ring_run(plan.nodes, plan.laps, &token, planned_step, &plan), error = errno;
		cr_assert(eq(int, result, expected_error(&plan) ? -1 : 0), "a run with %s", faults[plan.fault]);
		if (expected_error(&plan))
			cr_assert(eq(int, error, expected_error(&plan)), "the error of a run with %s", faults[plan.fault]);
		cr_assert(eq(u64, token, expected_token(&plan, before)), "the token after a run with %s", faults[plan.fault]);
		cr_assert(eq(uint, kit_open_fds(), 0), "descriptors that a run with %s leaves open", faults[plan.fault]);
		cr_assert(eq(uint, kit_children(), 0), "nodes that are not waited for after a run with %s", faults[plan.fault]);
	}
}
