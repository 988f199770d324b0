/* public.c - the tests of pipe_ring that students have. */
#include "kit.h"
#include "pipe_ring.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static uint64_t add_one(unsigned id, uint64_t token, void *ctx)
{
	(void)id;
	(void)ctx;
	return token + 1;
}

KIT_TEST(pipe_ring, token_returns_after_one_lap)
{
	const unsigned nodes = kit_n(3, 2);
	uint64_t token = 40;
	int result = ring_run(nodes, 1, &token, add_one, NULL);

	cr_assert(eq(int, result, 0), "ring_run(%u nodes, 1 lap) should succeed", nodes);
	cr_assert(eq(u64, token, 40 + nodes), "each of %u nodes must add one to the token, which was 40", nodes);
}

KIT_TEST(pipe_ring, token_makes_many_laps)
{
	const unsigned laps = kit_n(50, 2), nodes = 4;
	uint64_t token = 0xfedcba9800000000;
	int result = ring_run(nodes, laps, &token, add_one, NULL);
	uint64_t gained = token - 0xfedcba9800000000;

	cr_assert(eq(int, result, 0), "ring_run(4 nodes, %u laps) should succeed", laps);
	cr_assert(eq(u64, gained, nodes * laps), "4 nodes must add one on each of %u laps to a 64-bit token", laps);
}

KIT_TEST(pipe_ring, one_node_is_a_ring)
{
	uint64_t token = 0;
	int result = ring_run(1, 3, &token, add_one, NULL);

	cr_assert(eq(int, result, 0), "ring_run(1 node, 3 laps) should succeed");
	cr_assert(eq(u64, token, 3), "the only node must add one on each of 3 laps");
}

/* A decimal digit per node: the token tells in which order they had it. */
static uint64_t append_digit(unsigned id, uint64_t token, void *ctx)
{
	return token * 10 + *(const unsigned *)ctx + id;
}

KIT_TEST(pipe_ring, nodes_act_in_ring_order)
{
	unsigned first_digit = 1;
	uint64_t token = 0;
	int result = ring_run(4, 2, &token, append_digit, &first_digit);

	cr_assert(eq(int, result, 0), "ring_run(4 nodes, 2 laps) should succeed");
	cr_assert(eq(u64, token, 12341234), "nodes 0 to 3 must append their digits 1 to 4 in that order, lap after lap");
}

enum { NODES = 3, LAPS = 2 };

struct sightings {
	pid_t pid[NODES][LAPS]; /* who ran step */
	unsigned seen[NODES];   /* laps that the node saw in the memory that all share */
	unsigned own[NODES];    /* laps that it counted in a variable of its own */
	pid_t parent[NODES];
};

static unsigned own_laps;

static uint64_t note_process(unsigned id, uint64_t token, void *ctx)
{
	struct sightings *sightings = ctx;

	if (id < NODES && sightings->seen[id] < LAPS)
		sightings->pid[id][sightings->seen[id]++] = getpid();
	if (id < NODES)
		sightings->own[id] = ++own_laps;
	if (id < NODES)
		sightings->parent[id] = getppid();
	return token;
}

KIT_TEST(pipe_ring, each_node_is_one_process)
{
	struct sightings *sightings = kit_shared(sizeof *sightings);
	uint64_t token = 7;
	int result = ring_run(NODES, LAPS, &token, note_process, sightings);

	cr_assert(eq(int, result, 0), "ring_run(3 nodes, 2 laps) should succeed");
	for (unsigned id = 0; id < NODES; id++) {
		unsigned laps_seen = sightings->seen[id], laps_counted = sightings->own[id];
		bool in_caller = sightings->pid[id][0] == getpid();
		bool child_of_caller = sightings->parent[id] == getpid();
		bool in_same_process = sightings->pid[id][0] == sightings->pid[id][1];

		cr_assert(eq(uint, laps_seen, LAPS), "step of node %u must run once per lap", id);
		cr_assert(eq(int, in_caller, false), "step of node %u must run in a child, not in the caller", id);
		cr_assert(eq(int, child_of_caller, true), "node %u must be a child of the caller, not of another node", id);
		cr_assert(eq(int, in_same_process, true), "step of node %u must run in the same process on every lap", id);
		cr_assert(eq(uint, laps_counted, LAPS), "node %u must have its variables to itself: it counts its laps", id);
		for (unsigned other = 0; other < id; other++) {
			bool shared_process = sightings->pid[id][0] == sightings->pid[other][0];
			cr_assert(eq(int, shared_process, false), "nodes %u and %u must be different processes", other, id);
		}
	}
	cr_assert(eq(uint, own_laps, 0), "what step changes in ordinary memory must stay in the node");
}

/* ---- faults --------------------------------------------------------------------------------- */

static const uint64_t all_bytes_differ = 0x0123456789abcdef;

KIT_TEST(pipe_ring, survives_short_reads_and_writes)
{
	uint64_t token = all_bytes_differ;

	fi_short_io(true);
	int result = ring_run(3, 3, &token, add_one, NULL);
	cr_assert(eq(int, result, 0), "ring_run must succeed although read and write move 1 to 3 bytes at a time");
	cr_assert(eq(u64, token, all_bytes_differ + 9), "3 nodes must add one on each of 3 laps, 1 to 3 bytes at a time");
}

KIT_TEST(pipe_ring, survives_interrupted_calls)
{
	const unsigned nodes = kit_n(3, 2), laps = kit_n(3, 1);
	uint64_t token = all_bytes_differ;

	fi_eintr(2);
	int result = ring_run(nodes, laps, &token, add_one, NULL);
	cr_assert(eq(int, result, 0), "ring_run must succeed although every 2nd call is interrupted (EINTR)");
	cr_assert(eq(u64, token, all_bytes_differ + nodes * laps),
	          "%u nodes must add one on each of %u laps, with interrupted calls", nodes, laps);
}

static void expect_failure(int result, int error, int expected_error, uint64_t token, const char *what)
{
	cr_assert(eq(int, result, -1), "ring_run must fail when %s", what);
	cr_assert(eq(int, error, expected_error), "errno must be %s when %s", strerrorname_np(expected_error), what);
	cr_assert(eq(u64, token, 100), "the token must be unchanged when %s", what);
}

static void fail_nth(enum kit_op op, const char *name, unsigned nth, unsigned nodes, int fault)
{
	uint64_t token = 100;
	char what[64];

	snprintf(what, sizeof what, "%s fails at call %u (%u nodes)", name, nth, nodes);
	fi_reset();
	fi_fail_nth(op, nth, fault);
	errno = 0;
	int result = ring_run(nodes, 1, &token, add_one, NULL), error = errno;
	expect_failure(result, error, fault, token, what);
}

KIT_TEST(pipe_ring, reports_failure_of_fork)
{
	fail_nth(KIT_FORK, "fork", 3, 4, EAGAIN);
	fail_nth(KIT_FORK, "fork", 1, 4, ENOMEM);
	fail_nth(KIT_FORK, "fork", 4, 4, EAGAIN);
}

KIT_TEST(pipe_ring, reports_failure_of_pipe)
{
	fail_nth(KIT_PIPE, "pipe", 3, 4, EMFILE);
	fail_nth(KIT_PIPE, "pipe", 1, 4, ENFILE);
	fail_nth(KIT_PIPE, "pipe", 5, 4, EMFILE);
}

static unsigned laps_here;

static uint64_t die_as_node_1_on_lap_2(unsigned id, uint64_t token, void *ctx)
{
	if (id == 1 && ++laps_here == 2 && getpid() != *(const pid_t *)ctx)
		kill(getpid(), SIGKILL);
	return token + 1;
}

KIT_TEST(pipe_ring, reports_node_killed_in_mid_lap)
{
	uint64_t token = 100;
	pid_t caller = getpid();

	errno = 0;
	int result = ring_run(4, 3, &token, die_as_node_1_on_lap_2, &caller), error = errno;
	expect_failure(result, error, EPIPE, token, "node 1 of 4 is killed on lap 2");
}
