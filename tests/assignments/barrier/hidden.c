/* The hidden tests of barrier: one for each sentence of the contract that is easy to forget, and one that is any small
 * client. */
#include "barrier.h"
#include "kit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MOST = 6, ROUNDS_MOST = 300 };

static barrier *barrier_of(unsigned parties)
{
	barrier *barrier = barrier_create(parties);

	cr_assert(ne(ptr, barrier, NULL), "barrier_create(%u) makes a barrier; it returned NULL, errno is \"%s\"", parties,
	          strerror(errno));
	return barrier;
}

static void expect_destroyed(barrier *barrier)
{
	int result = barrier_destroy(barrier);

	cr_assert(eq(int, result, 0), "barrier_destroy, with nobody inside, returned %d, expected 0", result);
}

static void expect_busy(barrier *barrier, const char *what)
{
	int result, error;

	errno = 0;
	result = barrier_destroy(barrier);
	error = errno;
	cr_assert(eq(int, result, -1), "barrier_destroy %s returned %d, expected -1", what, result);
	cr_assert(eq(int, error, EBUSY), "barrier_destroy %s: errno is %s, expected EBUSY", what, kit_error_name(error));
}

/* ---- parties ---------------------------------------------------------------------------------- */

/* One call of barrier_wait. */
struct visit {
	struct kit_call when;
	int result;
};

/* A thread that comes to the barrier `rounds` times; the owner among them then destroys it. */
struct party {
	pthread_t thread;
	barrier *barrier;
	unsigned rounds;
	bool destroys;
	int destroyed; /* what barrier_destroy returned */
	struct visit visit[ROUNDS_MOST];
	unsigned arrived; /* calls that were made, and... */
	unsigned passed;  /* ...calls that have returned: by kit_note */
};

static void visit(struct party *party, unsigned round)
{
	struct visit *visit = &party->visit[round];

	kit_note(&party->arrived, round + 1);
	visit->when.made = kit_stamp();
	visit->result = barrier_wait(party->barrier);
	visit->when.returned = kit_stamp();
	kit_note(&party->passed, round + 1);
}

static void *come(void *arg)
{
	struct party *party = arg;

	for (unsigned round = 0; round < party->rounds; round++)
		visit(party, round);
	if (party->destroys)
		party->destroyed = barrier_destroy(party->barrier);
	return NULL;
}

static void start(struct party *party, barrier *barrier, unsigned rounds)
{
	party->barrier = barrier;
	party->rounds = rounds;
	cr_assert(eq(int, pthread_create(&party->thread, NULL, come, party), 0), "the test can start a thread");
}

static void start_all(struct party *party, unsigned count, barrier *barrier, unsigned rounds)
{
	for (unsigned i = 0; i < count; i++)
		start(&party[i], barrier, rounds);
}

static void join_all(struct party *party, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		pthread_join(party[i].thread, NULL);
}

static unsigned passed_of(struct party *party, unsigned count)
{
	unsigned passed = 0;

	for (unsigned i = 0; i < count; i++)
		passed += kit_noted(&party[i].passed);
	return passed;
}

/* ---- rounds ----------------------------------------------------------------------------------- */

/* Of this round: nobody has returned before all have come, and one call has returned 1. */
static void expect_round(const struct party *party, unsigned parties, unsigned round)
{
	unsigned last_made = 0, ones = 0;

	for (unsigned i = 0; i < parties; i++) {
		const struct visit *visit = &party[i].visit[round];

		last_made = visit->when.made > last_made ? visit->when.made : last_made;
		ones += visit->result == 1;
		cr_assert(visit->result == 0 || visit->result == 1, "barrier_wait returned %d, expected 0 or 1", visit->result);
	}
	for (unsigned i = 0; i < parties; i++)
		cr_assert(party[i].visit[round].when.returned > last_made,
		          "a call of round %u returned before all %u parties had come", round + 1, parties);
	cr_assert(eq(uint, ones, 1), "in round %u, %u of %u calls returned 1, expected 1", round + 1, ones, parties);
}

KIT_TEST(barrier, all_of_a_round_are_woken)
{
	static struct party party[4];
	unsigned parties = kit_n(4, 3), rounds = kit_n(ROUNDS_MOST, 1);
	barrier *barrier = barrier_of(parties);

	start_all(party, parties, barrier, rounds);
	join_all(party, parties); /* a hang here: somebody was not woken, or sleeps in a round that is over */
	for (unsigned round = 0; round < rounds; round++)
		expect_round(party, parties, round);
	expect_destroyed(barrier);
}

/* A thread comes back at once, when the others have hardly been woken. */
KIT_TEST(barrier, who_comes_back_at_once_waits_for_the_next_round)
{
	static struct party party[2];
	unsigned passed;
	barrier *barrier = barrier_of(2);

	start(&party[0], barrier, 1);
	kit_let_others_run();
	start(&party[1], barrier, 2); /* completes the first round, and begins the second */
	kit_let_others_run();
	passed = kit_noted(&party[0].passed);
	cr_assert(eq(uint, passed, 1), "the call that waited in the first round has not returned, though it is complete");
	passed = kit_noted(&party[1].passed);
	cr_assert(eq(uint, passed, 1),
	          "a thread that comes back waits for the second round, which nobody else has come to; %u of its calls "
	          "have returned, expected 1",
	          passed);
	pthread_join(party[0].thread, NULL);
	barrier_wait(barrier); /* completes the second */
	pthread_join(party[1].thread, NULL);
	expect_destroyed(barrier);
}

KIT_TEST(barrier, the_parties_may_change)
{
	static struct party party[3][2];
	unsigned rounds = kit_n(3, 2);
	barrier *barrier = barrier_of(2);

	for (unsigned round = 0; round < rounds; round++) { /* other threads each time, but one that always comes */
		start(&party[round][0], barrier, 1);
		party[round][1].barrier = barrier;
		visit(&party[round][1], 0);
		pthread_join(party[round][0].thread, NULL);
		expect_round(party[round], 2, 0);
	}
	expect_destroyed(barrier);
}

KIT_TEST(barrier, one_party_never_waits)
{
	barrier *barrier = barrier_of(1);

	for (unsigned round = 1; round <= 3; round++) {
		int result = barrier_wait(barrier); /* a hang here: it waits for somebody else */

		cr_assert(eq(int, result, 1), "with one party, barrier_wait returned %d in round %u, expected 1", result,
		          round);
	}
	expect_destroyed(barrier);
}

KIT_TEST(barrier, two_barriers_are_independent)
{
	static struct party party;
	barrier *one = barrier_of(2), *other = barrier_of(1);
	unsigned passed;
	int result;

	start(&party, one, 1);
	kit_let_others_run();
	result = barrier_wait(other);
	cr_assert(eq(int, result, 1), "a barrier for one: barrier_wait returned %d, expected 1", result);
	expect_destroyed(other);
	kit_let_others_run();
	passed = kit_noted(&party.passed);
	cr_assert(eq(uint, passed, 0), "nobody has come to the first barrier, but %u call returned from it", passed);
	result = barrier_wait(one);
	pthread_join(party.thread, NULL);
	cr_assert(eq(int, result + party.visit[0].result, 1), "the round of the first barrier has one 1, it had %d",
	          result + party.visit[0].result);
	expect_destroyed(one);
}

/* ---- destroying ------------------------------------------------------------------------------- */

KIT_TEST(barrier, a_refused_destroy_changes_nothing)
{
	static struct party party[2];
	unsigned ones;
	barrier *barrier = barrier_of(3);

	for (unsigned i = 0; i < 2; i++) {
		start(&party[i], barrier, 1);
		kit_let_others_run();
		expect_busy(barrier, "while a call waits");
		expect_busy(barrier, "for the second time, while a call waits");
	}
	cr_assert(eq(uint, passed_of(party, 2), 0), "a barrier_destroy that is refused lets nobody go");
	ones = barrier_wait(barrier) == 1; /* a hang here: the round cannot be completed any more */
	join_all(party, 2);
	ones += (party[0].visit[0].result == 1) + (party[1].visit[0].result == 1);
	cr_assert(eq(uint, ones, 1),
	          "in a round in which barrier_destroy was refused, %u of 3 calls returned 1, expected 1", ones);
	expect_destroyed(barrier);
}

/* One of the parties destroys the barrier right after its own last call; the others are on their way out. */
KIT_TEST(barrier, destroy_waits_until_all_have_left)
{
	static struct party party[4];
	unsigned parties = 2 + kit_choose_named("parties", (const char *const[]){"2", "3", "4"}, kit_n(3, 2));
	unsigned rounds = 1 + kit_choose_named("rounds", (const char *const[]){"1", "2"}, 2);
	unsigned owner =
	    kit_choose_named("who destroys", (const char *const[]){"first", "second", "third", "fourth"}, parties);
	barrier *barrier = barrier_of(parties);

	party[owner].destroys = true;
	party[owner].destroyed = 1;
	start_all(party, parties, barrier, rounds);
	join_all(party, parties);
	for (unsigned round = 0; round < rounds; round++)
		expect_round(party, parties, round);
	cr_assert(
	    eq(int, party[owner].destroyed, 0),
	    "barrier_destroy by a party, right after its last call: it returned %d, expected 0: those on their way out "
	    "are waited for",
	    party[owner].destroyed);
}

/* One of the first round is stopped on its way out, where it has just given a lock back; another one waits in the
 * second round. Where a design has no such place, nothing is tried. */
KIT_TEST(barrier, destroy_is_refused_also_while_others_leave)
{
	static struct party party[3];
	unsigned place = kit_choose_named("stopped at unlock", (const char *const[]){"1", "2", "3", "4"}, 4);
	struct kit_gate *gate;
	barrier *barrier = barrier_of(2);

	start(&party[0], barrier, 1);
	kit_let_others_run();
	gate = gate_after(KIT_UNLOCK, 1 + place);
	start(&party[1], barrier, 1);
	kit_let_others_run();
	if (gate_reached(gate) && passed_of(party, 2) == 1) {
		start(&party[2], barrier, 1);
		kit_let_others_run();
		expect_busy(barrier, "while a call waits, and one of the round before has not returned");
		gate_open(gate);
		kit_let_others_run();
		barrier_wait(barrier);
		pthread_join(party[2].thread, NULL);
	} else {
		gate_open(gate);
	}
	join_all(party, 2);
	expect_destroyed(barrier);
}

KIT_TEST(barrier, destroy_of_null_does_nothing)
{
	int result = barrier_destroy(NULL);

	cr_assert(eq(int, result, 0), "barrier_destroy(NULL) returned %d, expected 0", result);
}

/* ---- creating --------------------------------------------------------------------------------- */

KIT_TEST(barrier, no_parties_is_einval)
{
	barrier *barrier;
	int error;

	errno = 0;
	barrier = barrier_create(0);
	error = errno;
	cr_assert(eq(ptr, barrier, NULL), "barrier_create(0) returns NULL; it returned a barrier");
	cr_assert(eq(int, error, EINVAL), "barrier_create(0): errno is %s, expected EINVAL", kit_error_name(error));
}

/* Makes the `nth` call of `op` in barrier_create fail. Returns whether there was such a call. */
static bool create_fails(enum kit_op op, unsigned nth, int error)
{
	barrier *barrier;
	int seen;

	fi_reset();
	fi_fail_nth(op, nth, error);
	errno = 0;
	barrier = barrier_create(2);
	seen = errno;
	if (fi_calls(op) < nth) {
		fi_reset();
		cr_assert(ne(ptr, barrier, NULL),
		          "barrier_create(2) makes a barrier when no call in it fails; it returned NULL");
		expect_destroyed(barrier);
		return false;
	}
	fi_reset();
	cr_assert(eq(ptr, barrier, NULL), "barrier_create returns NULL when a call in it fails; it returned a barrier");
	cr_assert(eq(int, seen, error), "barrier_create passes the error on: errno is %s, expected %s",
	          kit_error_name(seen), kit_error_name(error));
	return true;
}

KIT_TEST(barrier, create_passes_errors_on)
{
	for (unsigned nth = 1; nth <= 8 && create_fails(KIT_MUTEX_INIT, nth, EAGAIN); nth++)
		;
	for (unsigned nth = 1; nth <= 8 && create_fails(KIT_COND_INIT, nth, EAGAIN); nth++)
		;
	for (unsigned nth = 1; nth <= 8 && create_fails(KIT_MALLOC, nth, ENOMEM); nth++)
		;
}

/* ---- more of the contract --------------------------------------------------------------------- */

/* Asserts that the call just made has left errno as it was. */
static void expect_errno_untouched(const char *what)
{
	int error = errno;

	cr_assert(eq(int, error, EDOM), "%s reports no error, so errno stays: it was EDOM, now it is %s", what,
	          kit_error_name(error));
}

KIT_TEST(barrier, errno_is_set_for_errors_only)
{
	static struct party party;
	barrier *barrier = barrier_of(2);

	fi_eintr(2); /* that a wait on a semaphore was interrupted is nobody else's business */
	start(&party, barrier, 2);
	for (unsigned round = 0; round < 2; round++) {
		errno = EDOM;
		barrier_wait(barrier);
		expect_errno_untouched("barrier_wait");
	}
	pthread_join(party.thread, NULL);
	errno = EDOM;
	expect_destroyed(barrier);
	expect_errno_untouched("barrier_destroy that returns 0");
}

/* ---- design: who is woken --------------------------------------------------------------------- */

KIT_TEST(barrier, an_arrival_wakes_nobody)
{
	static struct party party[MOST - 1];
	unsigned waits, semaphores;
	barrier *barrier = barrier_of(MOST);

	start_all(party, MOST - 2, barrier, 1);
	kit_let_others_run();
	fi_reset();
	start(&party[MOST - 2], barrier, 1); /* one more has come, and one is missing still */
	kit_let_others_run();
	semaphores = fi_calls(KIT_SEM_WAIT);
	waits = fi_calls(KIT_COND_WAIT) + (semaphores < MOST - 2 ? 0 : semaphores); /* a lock may be a semaphore, too */
	cr_assert(waits <= 1, "%u were waiting, one more came: others were woken in vain, %u waits were begun, expected 1",
	          MOST - 2, waits);
	barrier_wait(barrier);
	join_all(party, MOST - 1);
	expect_destroyed(barrier);
}

/* ---- any small client --------------------------------------------------------------------------
 *
 * Up to three parties come up to two times each; how many there are, how often they come, whether somebody tries to
 * destroy the barrier while it is in use, and who does it in the end, the schedule chooses.
 */

KIT_TEST(barrier, any_small_client_meets_in_rounds)
{
	static struct party party[3];
	unsigned parties = 1 + kit_choose_named("parties", (const char *const[]){"1", "2", "3"}, 3);
	unsigned rounds = 1 + kit_choose_named("rounds", (const char *const[]){"1", "2", "3"}, parties == 3 ? 2 : 3);
	bool tries = parties > 1 && KIT_CHOOSE("barrier_destroy while the barrier is in use", "no", "yes");
	unsigned owner = kit_choose_named("who destroys", (const char *const[]){"main", "first", "second"}, parties);
	struct party *self = &party[parties - 1]; /* the main thread is the last of them */
	barrier *barrier = barrier_of(parties);

	if (owner > 0)
		party[owner - 1].destroys = true;
	self->barrier = barrier;
	start_all(party, parties - 1, barrier, rounds);
	for (unsigned round = 0; round < rounds; round++) {
		if (tries) {
			kit_let_others_run(); /* now all others wait for this one */
			expect_busy(barrier, "while all but one have come");
		}
		visit(self, round);
	}
	if (owner == 0)
		expect_destroyed(barrier);
	join_all(party, parties - 1);
	for (unsigned round = 0; round < rounds; round++)
		expect_round(party, parties, round);
	if (owner > 0)
		cr_assert(eq(int, party[owner - 1].destroyed, 0),
		          "barrier_destroy by a party, right after its last call, returned %d, expected 0",
		          party[owner - 1].destroyed);
}
