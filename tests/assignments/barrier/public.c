/* The public tests of barrier: students have them. */
#include "barrier.h"
#include "kit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

enum { MOST = 4, ROUNDS_MOST = 300 };

static barrier *barrier_of(unsigned parties)
{
	barrier *barrier = barrier_create(parties);

	cr_assert(ne(ptr, barrier, NULL), "barrier_create(%u) makes a barrier; it returned NULL, errno is \"%s\"", parties,
	          strerror(errno));
	return barrier;
}

/* A thread that comes to the barrier `rounds` times. */
struct party {
	pthread_t thread;
	barrier *barrier;
	struct party *others; /* all parties, this one among them; NULL: nobody looks */
	unsigned count, rounds;
	unsigned step;        /* how often it has come; plain memory: the barrier orders it */
	unsigned behind;      /* how often another one was seen that had not come yet */
	unsigned ones;        /* how often barrier_wait returned 1 */
	unsigned strange;     /* and neither 0 nor 1 */
	atomic_uint returned; /* calls that have returned; read while the thread runs */
	int result[ROUNDS_MOST];
};

static void come_once(struct party *party, unsigned round)
{
	int result;

	party->step = round + 1;
	result = barrier_wait(party->barrier);
	party->result[round] = result;
	party->ones += result == 1;
	party->strange += result != 0 && result != 1;
	atomic_fetch_add_explicit(&party->returned, 1, memory_order_relaxed);
	for (unsigned i = 0; party->others && i < party->count; i++)
		party->behind += party->others[i].step <= round;
	if (party->others)
		barrier_wait(party->barrier); /* the next step is written when all have looked */
}

static void *come(void *arg)
{
	struct party *party = arg;

	for (unsigned round = 0; round < party->rounds; round++)
		come_once(party, round);
	return NULL;
}

static unsigned returned(struct party *party)
{
	return atomic_load_explicit(&party->returned, memory_order_relaxed);
}

static void start(struct party *party, barrier *barrier, unsigned rounds)
{
	party->barrier = barrier;
	party->rounds = rounds;
	cr_assert(eq(int, pthread_create(&party->thread, NULL, come, party), 0), "the test can start a thread");
}

static void join_all(struct party *party, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		pthread_join(party[i].thread, NULL);
}

static void expect_destroyed(barrier *barrier)
{
	int result = barrier_destroy(barrier);

	cr_assert(eq(int, result, 0), "barrier_destroy, with nobody inside, returned %d, expected 0", result);
}

/* Each thread writes down how far it is, waits, and looks at what the others have written. */
KIT_TEST(barrier, two_parties_meet_in_every_round)
{
	static struct party party[2];
	unsigned rounds = kit_n(ROUNDS_MOST, 1), behind;
	barrier *barrier = barrier_of(2);

	for (unsigned i = 0; i < 2; i++) {
		party[i].others = party;
		party[i].count = 2;
		start(&party[i], barrier, rounds);
	}
	join_all(party, 2);
	behind = party[0].behind + party[1].behind;
	cr_assert(eq(uint, behind, 0),
	          "whoever returns from barrier_wait sees what the other one did before it came: %u times it had not come",
	          behind);
	expect_destroyed(barrier);
}

KIT_TEST(barrier, one_call_of_each_round_returns_1)
{
	static struct party party[3];
	unsigned rounds = kit_n(20, 2);
	barrier *barrier = barrier_of(3);

	for (unsigned i = 0; i < 3; i++)
		start(&party[i], barrier, rounds);
	join_all(party, 3);
	for (unsigned round = 0; round < rounds; round++) {
		unsigned ones = 0;

		for (unsigned i = 0; i < 3; i++)
			ones += party[i].result[round] == 1;
		cr_assert(eq(uint, ones, 1), "in round %u, %u of 3 calls returned 1, expected 1", round + 1, ones);
	}
	for (unsigned i = 0; i < 3; i++)
		cr_assert(eq(uint, party[i].strange, 0), "barrier_wait returned neither 0 nor 1, %u times", party[i].strange);
	expect_destroyed(barrier);
}

KIT_TEST(barrier, nobody_passes_before_all_have_come)
{
	static struct party party[3];
	unsigned count;
	barrier *barrier = barrier_of(3);

	for (unsigned i = 0; i < 2; i++) {
		start(&party[i], barrier, 1);
		kit_let_others_run();
		count = returned(&party[0]) + returned(&party[1]);
		cr_assert(eq(uint, count, 0), "%u of 3 have come, and %u of them returned from barrier_wait, expected 0", i + 1,
		          count);
	}
	start(&party[2], barrier, 1);
	join_all(party, 3);
	expect_destroyed(barrier);
}

KIT_TEST(barrier, a_spurious_wakeup_is_no_round)
{
	static struct party party[3];
	unsigned count;
	barrier *barrier = barrier_of(4);

	fi_spurious(2); /* the second wait on a condition variable, the fourth, ... ends without a signal */
	fi_eintr(2);    /* and the second wait on a semaphore by a signal of the other kind */
	for (unsigned i = 0; i < 3; i++)
		start(&party[i], barrier, 1);
	kit_let_others_run();
	fi_reset();
	count = returned(&party[0]) + returned(&party[1]) + returned(&party[2]);
	cr_assert(eq(uint, count, 0),
	          "a call that is woken without a signal waits again: %u of 3 have returned, and the fourth has not come",
	          count);
	barrier_wait(barrier);
	join_all(party, 3);
	expect_destroyed(barrier);
}

KIT_TEST(barrier, destroy_is_refused_while_a_call_waits)
{
	static struct party party;
	int result, error;
	barrier *barrier = barrier_of(2);

	start(&party, barrier, 1);
	kit_let_others_run();
	errno = 0;
	result = barrier_destroy(barrier);
	error = errno;
	cr_assert(eq(int, result, -1), "barrier_destroy while a call waits for the second party returned %d, expected -1",
	          result);
	cr_assert(eq(int, error, EBUSY), "barrier_destroy while a call waits: errno is \"%s\", expected EBUSY",
	          strerror(error));
	barrier_wait(barrier);
	pthread_join(party.thread, NULL);
	expect_destroyed(barrier);
}

KIT_TEST(barrier, create_without_memory_is_enomem)
{
	barrier *barrier = NULL;

	for (unsigned nth = 1; nth <= 20 && !barrier; nth++) { /* until there are fewer than nth allocations */
		int error;

		fi_fail_nth(KIT_MALLOC, nth, ENOMEM);
		errno = 0;
		barrier = barrier_create(1);
		error = errno;
		if (!barrier)
			cr_assert(eq(int, error, ENOMEM), "barrier_create without memory: errno is \"%s\", expected ENOMEM",
			          strerror(error));
	}
	fi_reset();
	cr_assert(ne(ptr, barrier, NULL), "barrier_create makes a barrier once there is memory; it returned NULL 20 times");
	barrier_wait(barrier); /* it is a barrier like any other */
	expect_destroyed(barrier);
}

KIT_TEST(barrier, a_call_that_waits_sleeps)
{
	static struct party party[2];
	barrier *barrier = barrier_of(3);

	for (unsigned i = 0; i < 2; i++)
		start(&party[i], barrier, 1);
	kit_expect_quiet();
	barrier_wait(barrier);
	join_all(party, 2);
	expect_destroyed(barrier);
}
