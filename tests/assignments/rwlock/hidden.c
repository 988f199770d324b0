/* The hidden tests of rwlock: one for each sentence of the contract that is easy to forget, and two that are any small
 * client. */
#include "kit.h"
#include "rwlock.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PLACES = 8 };

static rw *lock_of(unsigned places)
{
	rw *lock = rw_create(places);

	cr_assert(ne(ptr, lock, NULL), "rw_create(%u) makes a lock; it returned NULL, errno is \"%s\"", places,
	          strerror(errno));
	return lock;
}

/* ---- threads that do as they are told --------------------------------------------------------- */

enum call { RDLOCK, WRLOCK, UNLOCK, GO_HOME };

struct actor {
	pthread_t thread;
	rw *lock;
	sem_t told;
	unsigned call;   /* by kit_note: what it is told to do */
	unsigned answer; /* by kit_note: 0 while the call has not returned; 1 after 0; 2 + errno after -1 */
};

static unsigned make(rw *lock, enum call call)
{
	int result;

	errno = 0;
	result = call == RDLOCK ? rw_rdlock(lock) : call == WRLOCK ? rw_wrlock(lock) : rw_unlock(lock);
	return result == 0 ? 1 : 2 + (unsigned)errno;
}

static void *act(void *arg)
{
	struct actor *self = arg;

	for (;;) {
		enum call call;

		sem_wait(&self->told);
		call = kit_noted(&self->call);
		if (call == GO_HOME)
			return NULL;
		kit_note(&self->answer, make(self->lock, call));
	}
}

static void hire(struct actor *actor, unsigned count, rw *lock)
{
	for (unsigned i = 0; i < count; i++) {
		actor[i].lock = lock;
		sem_init(&actor[i].told, 0, 0);
		cr_assert(eq(int, pthread_create(&actor[i].thread, NULL, act, &actor[i]), 0), "the test can start a thread");
	}
}

/* Has the actor make the call, and lets all others run until they have returned or wait. */
static void tell(struct actor *actor, enum call call)
{
	kit_note(&actor->answer, 0);
	kit_note(&actor->call, call);
	sem_post(&actor->told);
	kit_let_others_run();
}

/* Has the actor, which waits, make one more call as soon as it has returned. */
static void tell_the_next(struct actor *actor, enum call call)
{
	kit_note(&actor->call, call);
	sem_post(&actor->told);
}

static bool has_returned(const struct actor *actor)
{
	return kit_noted(&actor->answer) != 0;
}

/* What the call returned, and the error if that is -1. */
static int result_of(const struct actor *actor, int *error)
{
	unsigned answer = kit_noted(&actor->answer);

	*error = answer > 1 ? (int)answer - 2 : 0;
	return answer == 1 ? 0 : -1;
}

static void expect_done(const struct actor *actor, const char *what)
{
	bool returned = has_returned(actor);
	int error, result = result_of(actor, &error);

	cr_assert(returned, "%s: it still waits", what);
	cr_assert(eq(int, result, 0), "%s: it returned -1, errno is %s", what, kit_error_name(error));
}

static void expect_waits(const struct actor *actor, const char *what)
{
	bool waits = !has_returned(actor);
	int error, result = result_of(actor, &error);

	cr_assert(waits, "%s: it returned %d", what, result);
}

static void expect_refused(const struct actor *actor, int expected, const char *what)
{
	bool returned = has_returned(actor);
	int error, result = result_of(actor, &error);

	cr_assert(returned, "%s: it waits, expected -1 and %s", what, kit_error_name(expected));
	cr_assert(eq(int, result, -1), "%s: it returned 0, expected -1 and %s", what, kit_error_name(expected));
	cr_assert(error == expected, "%s: it returned -1 with %s, expected %s", what, kit_error_name(error),
	          kit_error_name(expected));
}

/* Has the actor make the call, which is to succeed at once. */
static void succeed(struct actor *actor, enum call call, const char *what)
{
	tell(actor, call);
	expect_done(actor, what);
}

/* Has the actor make the call, which is to wait. */
static void block(struct actor *actor, enum call call, const char *what)
{
	tell(actor, call);
	expect_waits(actor, what);
}

static void refuse(struct actor *actor, enum call call, int error, const char *what)
{
	tell(actor, call);
	expect_refused(actor, error, what);
}

static void unlock(struct actor *actor)
{
	tell(actor, UNLOCK);
	expect_done(actor, "rw_unlock of a thread that holds the lock");
}

static void send_home(struct actor *actor, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		kit_note(&actor[i].call, GO_HOME);
		sem_post(&actor[i].told);
		pthread_join(actor[i].thread, NULL);
		sem_destroy(&actor[i].told);
		actor[i].lock = NULL; /* a lock that is not freed is to be found as a leak */
	}
}

static const char free_lock[] = "a call for a lock that nobody holds";

/* ---- rules 1 to 4 ----------------------------------------------------------------------------- */

/* A stream of readers, two of which always overlap, and a writer: it waits for those that were there, for no other. */
KIT_TEST(rwlock, a_stream_of_readers_does_not_starve_a_writer)
{
	static struct actor reader[2], writer;
	unsigned bypasses = 0;
	rw *lock = lock_of(PLACES);

	hire(reader, 2, lock);
	hire(&writer, 1, lock);
	succeed(&reader[0], RDLOCK, free_lock);
	succeed(&reader[1], RDLOCK, "rw_rdlock while another one reads");
	block(&writer, WRLOCK, "rw_wrlock while two read waits");
	unlock(&reader[0]);
	tell(&reader[0], RDLOCK); /* it comes back */
	bypasses += has_returned(&reader[0]);
	cr_assert(bypasses == 0, "a reader that came back passed the waiting writer %u times, expected 0", bypasses);
	unlock(&reader[1]);
	expect_done(&writer, "rw_wrlock of the writer that waited, when the last reader has unlocked");
	expect_waits(&reader[0], "rw_rdlock while the writer writes waits");
	unlock(&writer);
	expect_done(&reader[0], "rw_rdlock of a reader that waited, when the writer has unlocked");
	unlock(&reader[0]);
	send_home(reader, 2);
	send_home(&writer, 1);
	rw_destroy(lock);
}

/* Two writers that take turns, and a reader: it waits for one of them at most. */
KIT_TEST(rwlock, a_stream_of_writers_does_not_starve_a_reader)
{
	static struct actor reader, writer[2];
	rw *lock = lock_of(PLACES);

	hire(&reader, 1, lock);
	hire(writer, 2, lock);
	succeed(&writer[0], WRLOCK, free_lock);
	block(&writer[1], WRLOCK, "rw_wrlock while another one writes waits");
	block(&reader, RDLOCK, "rw_rdlock while another one writes waits");
	unlock(&writer[0]);
	expect_done(&reader, "rw_rdlock of a reader that waited when the writer unlocked: no writer passes it");
	block(&writer[0], WRLOCK, "rw_wrlock while another one reads waits");
	unlock(&reader);
	expect_done(&writer[1], "rw_wrlock of the writer that waits longest, when the last reader has unlocked");
	block(&reader, RDLOCK, "rw_rdlock while another one writes waits");
	unlock(&writer[1]);
	expect_done(&reader, "rw_rdlock of a reader that waited when the second writer unlocked: no writer passes it");
	unlock(&reader);
	expect_done(&writer[0], "rw_wrlock of the next writer, when the last reader has unlocked");
	unlock(&writer[0]);
	send_home(&reader, 1);
	send_home(writer, 2);
	rw_destroy(lock);
}

/* The writer that unlocks comes back as a reader before anybody else has run: the batch is full already. */
KIT_TEST(rwlock, who_comes_after_the_unlock_is_not_of_the_batch)
{
	static struct actor reader, writer;
	bool first;
	rw *lock = lock_of(PLACES);

	hire(&reader, 1, lock);
	hire(&writer, 1, lock);
	cr_assert(eq(uint, make(lock, WRLOCK), 1), "rw_wrlock of a lock that nobody holds returned -1");
	block(&reader, RDLOCK, "rw_rdlock while another one writes waits");
	block(&writer, WRLOCK, "rw_wrlock while another one writes waits");
	tell_the_next(&reader, UNLOCK);
	tell_the_next(&writer, UNLOCK);
	cr_assert(eq(uint, make(lock, UNLOCK), 1), "rw_unlock of the writer returned -1");
	cr_assert(eq(uint, make(lock, RDLOCK), 1), "rw_rdlock of the writer that has unlocked returned -1");
	first = has_returned(&writer);
	cr_assert(first, "a reader that came when the writer had unlocked got the lock before the next writer, "
	                 "which was waiting already");
	cr_assert(eq(uint, make(lock, UNLOCK), 1), "rw_unlock of a reader returned -1");
	kit_let_others_run();
	expect_done(&reader, "rw_unlock of the reader of the batch");
	expect_done(&writer, "rw_unlock of the next writer");
	send_home(&reader, 1);
	send_home(&writer, 1);
	rw_destroy(lock);
}

/* The writer that unlocks comes back to write before anybody else has run. */
KIT_TEST(rwlock, a_writer_that_comes_back_passes_nobody)
{
	static struct actor other;
	bool first;
	bool reads = KIT_CHOOSE("who waits", "a writer", "a reader") == 1;
	rw *lock = lock_of(PLACES);

	hire(&other, 1, lock);
	cr_assert(eq(uint, make(lock, WRLOCK), 1), "rw_wrlock of a lock that nobody holds returned -1");
	block(&other, reads ? RDLOCK : WRLOCK, "a call while another one writes waits");
	tell_the_next(&other, UNLOCK);
	cr_assert(eq(uint, make(lock, UNLOCK), 1), "rw_unlock of the writer returned -1");
	cr_assert(eq(uint, make(lock, WRLOCK), 1), "rw_wrlock of the writer that has unlocked returned -1");
	first = has_returned(&other);
	cr_assert(first, "a writer came back and got the lock before the %s that was waiting", reads ? "reader" : "writer");
	cr_assert(eq(uint, make(lock, UNLOCK), 1), "rw_unlock of the writer returned -1");
	kit_let_others_run();
	expect_done(&other, "rw_unlock of the one that waited");
	send_home(&other, 1);
	rw_destroy(lock);
}

KIT_TEST(rwlock, writers_go_in_the_order_in_which_they_came)
{
	static struct actor reader, writer[4];
	rw *lock = lock_of(PLACES);

	hire(&reader, 1, lock);
	hire(writer, 4, lock);
	succeed(&reader, RDLOCK, free_lock);
	for (unsigned i = 0; i < 3; i++)
		block(&writer[i], WRLOCK, "rw_wrlock while another one reads waits");
	unlock(&reader);
	for (unsigned turn = 0; turn < 4; turn++) {
		expect_done(&writer[turn], "rw_wrlock of the writer that waits longest, when its turn has come");
		if (turn == 0)
			block(&writer[3], WRLOCK, "rw_wrlock while another one writes waits");
		for (unsigned i = turn + 1; i < 4; i++)
			expect_waits(&writer[i], "rw_wrlock of a writer that came later waits");
		unlock(&writer[turn]);
	}
	send_home(&reader, 1);
	send_home(writer, 4);
	rw_destroy(lock);
}

KIT_TEST(rwlock, the_batch_leaves_before_the_next_writer)
{
	static struct actor reader[3], writer[2];
	unsigned readers = kit_n(3, 2);
	rw *lock = lock_of(PLACES);

	hire(reader, 3, lock);
	hire(writer, 2, lock);
	succeed(&writer[0], WRLOCK, free_lock);
	block(&writer[1], WRLOCK, "rw_wrlock while another one writes waits");
	for (unsigned i = 0; i < readers; i++)
		block(&reader[i], RDLOCK, "rw_rdlock while another one writes waits");
	unlock(&writer[0]);
	for (unsigned i = 0; i < readers; i++)
		expect_done(&reader[i], "rw_rdlock of a reader that waited when the writer unlocked");
	for (unsigned i = 0; i < readers; i++) {
		expect_waits(&writer[1], "rw_wrlock while readers of the batch still read waits");
		unlock(&reader[i]);
	}
	expect_done(&writer[1], "rw_wrlock of the next writer, when the last of the batch has unlocked");
	unlock(&writer[1]);
	send_home(reader, 3);
	send_home(writer, 2);
	rw_destroy(lock);
}

/* One reader comes when the batch is already in, one while the next writer writes: both are of its batch. */
KIT_TEST(rwlock, the_next_batch_is_a_new_one)
{
	static struct actor reader[2], writer[2];
	rw *lock = lock_of(PLACES);

	hire(reader, 2, lock);
	hire(writer, 2, lock);
	succeed(&writer[0], WRLOCK, free_lock);
	block(&reader[0], RDLOCK, "rw_rdlock while another one writes waits");
	block(&writer[1], WRLOCK, "rw_wrlock while another one writes waits");
	unlock(&writer[0]);
	expect_done(&reader[0], "rw_rdlock of a reader that waited when the writer unlocked");
	block(&reader[1], RDLOCK, "rw_rdlock of a reader that comes after the unlock, while the next writer waits, waits");
	unlock(&reader[0]);
	expect_done(&writer[1], "rw_wrlock of the next writer, when the last of the batch has unlocked");
	block(&reader[0], RDLOCK, "rw_rdlock while another one writes waits");
	unlock(&writer[1]);
	for (unsigned i = 0; i < 2; i++) {
		expect_done(&reader[i], "rw_rdlock of a reader that waited when the second writer unlocked");
		unlock(&reader[i]);
	}
	succeed(&writer[0], WRLOCK, free_lock);
	unlock(&writer[0]);
	send_home(reader, 2);
	send_home(writer, 2);
	rw_destroy(lock);
}

KIT_TEST(rwlock, when_the_writers_are_gone_readers_do_not_wait)
{
	static struct actor reader[2], writer[2];
	rw *lock = lock_of(PLACES);

	hire(reader, 2, lock);
	hire(writer, 2, lock);
	for (unsigned round = 0; round < 2; round++) {
		succeed(&writer[0], WRLOCK, free_lock);
		block(&writer[1], WRLOCK, "rw_wrlock while another one writes waits");
		unlock(&writer[0]);
		expect_done(&writer[1], "rw_wrlock of the next writer, when the first has unlocked");
		unlock(&writer[1]);
		for (unsigned i = 0; i < 2; i++)
			succeed(&reader[i], RDLOCK, "rw_rdlock when no writer holds the lock or waits any more");
		for (unsigned i = 0; i < 2; i++)
			unlock(&reader[i]);
	}
	send_home(reader, 2);
	send_home(writer, 2);
	rw_destroy(lock);
}

/* ---- waking up -------------------------------------------------------------------------------- */

KIT_TEST(rwlock, a_spurious_wakeup_admits_no_writer)
{
	static struct actor holder, writer[2];
	bool reads = KIT_CHOOSE("who holds it", "a writer", "a reader") == 1;
	rw *lock = lock_of(PLACES);

	hire(&holder, 1, lock);
	hire(writer, 2, lock);
	succeed(&holder, reads ? RDLOCK : WRLOCK, free_lock);
	fi_spurious(2);
	fi_eintr(2);
	for (unsigned i = 0; i < 2; i++)
		tell(&writer[i], WRLOCK);
	fi_reset();
	for (unsigned i = 0; i < 2; i++)
		expect_waits(&writer[i],
		             "a writer that is woken without a reason, while another one holds the lock, waits again");
	unlock(&holder);
	for (unsigned i = 0; i < 2; i++) {
		expect_done(&writer[i], "rw_wrlock of the writer that waits longest, when its turn has come");
		unlock(&writer[i]);
	}
	send_home(&holder, 1);
	send_home(writer, 2);
	rw_destroy(lock);
}

/* The holder unlocks exactly when the other one has looked, and is about to sleep. */
KIT_TEST(rwlock, an_unlock_between_look_and_sleep_is_not_missed)
{
	static struct actor holder, other;
	bool holder_reads = KIT_CHOOSE("who holds it", "a writer", "a reader") == 1;
	bool other_reads = !holder_reads && KIT_CHOOSE("who comes", "a writer", "a reader") == 1;
	enum kit_op op[] = {KIT_COND_WAIT, KIT_LOCK, KIT_LOCK, KIT_SEM_WAIT, KIT_SEM_WAIT};
	unsigned stop =
	    KIT_CHOOSE("the gate stands before", "cond_wait", "lock", "the second lock", "sem_wait", "the second sem_wait");
	struct kit_gate *gate;
	rw *lock = lock_of(PLACES);

	hire(&holder, 1, lock);
	hire(&other, 1, lock);
	succeed(&holder, holder_reads ? RDLOCK : WRLOCK, free_lock);
	gate = gate_before(op[stop], stop == 2 || stop == 4 ? 2 : 1);
	tell(&other, other_reads ? RDLOCK : WRLOCK);
	if (!gate_reached(gate))
		gate_open(gate); /* a design without such a call */
	tell(&holder, UNLOCK);
	gate_open(gate);
	kit_let_others_run();
	expect_done(&holder, "rw_unlock while another one is about to wait");
	expect_done(&other, "a call that was about to wait when the lock became free");
	unlock(&other);
	send_home(&holder, 1);
	send_home(&other, 1);
	rw_destroy(lock);
}

/* Who unlocks is stopped in the middle, where it has just given a lock of its own back; somebody comes meanwhile. */
KIT_TEST(rwlock, nobody_gets_in_during_an_unlock)
{
	static struct actor holder, late, reader, writer;
	unsigned stop =
	    KIT_CHOOSE("the gate stands behind", "unlock", "the second unlock", "sem_post", "the second sem_post");
	bool late_reads = KIT_CHOOSE("who comes", "a writer", "a reader") == 1;
	struct kit_gate *gate;
	rw *lock = lock_of(PLACES);

	hire(&holder, 1, lock);
	hire(&late, 1, lock);
	hire(&reader, 1, lock);
	hire(&writer, 1, lock);
	succeed(&holder, WRLOCK, free_lock);
	block(&writer, WRLOCK, "rw_wrlock while another one writes waits");
	block(&reader, RDLOCK, "rw_rdlock while another one writes waits");
	gate = gate_after(stop < 2 ? KIT_UNLOCK : KIT_SEM_POST, 1 + stop % 2);
	tell(&holder, UNLOCK);
	block(&late, late_reads ? RDLOCK : WRLOCK,
	      "a call that is made when a writer has begun to unlock, behind a writer that waits, waits");
	gate_open(gate);
	kit_let_others_run();
	expect_done(&holder, "rw_unlock of the writer");
	expect_done(&reader, "rw_rdlock of a reader that waited when the writer unlocked");
	expect_waits(&writer, "rw_wrlock while another one reads waits");
	unlock(&reader);
	expect_done(&writer, "rw_wrlock of the writer that waits longest, when its turn has come");
	unlock(&writer);
	expect_done(&late, "the call of the one that came last");
	unlock(&late);
	send_home(&holder, 1);
	send_home(&late, 1);
	send_home(&reader, 1);
	send_home(&writer, 1);
	rw_destroy(lock);
}

/* ---- misuse ----------------------------------------------------------------------------------- */

KIT_TEST(rwlock, only_the_holder_can_unlock)
{
	static struct actor holder, stranger;
	bool reads = KIT_CHOOSE("who holds it", "a writer", "a reader") == 1;
	rw *lock = lock_of(PLACES);

	hire(&holder, 1, lock);
	hire(&stranger, 1, lock);
	succeed(&holder, reads ? RDLOCK : WRLOCK, free_lock);
	refuse(&stranger, UNLOCK, EPERM, "rw_unlock of a lock that another thread holds");
	block(&stranger, reads ? WRLOCK : RDLOCK,
	      "a call while another one holds the lock, after a refused rw_unlock, waits");
	unlock(&holder);
	expect_done(&stranger, "a call that waited, when the holder has unlocked");
	refuse(&holder, UNLOCK, EPERM, "rw_unlock for the second time, while another thread holds the lock");
	unlock(&stranger);
	refuse(&stranger, UNLOCK, EPERM, "rw_unlock for the second time");
	send_home(&holder, 1);
	send_home(&stranger, 1);
	rw_destroy(lock);
}

KIT_TEST(rwlock, asking_again_changes_nothing)
{
	static struct actor holder, other;
	unsigned first = KIT_CHOOSE("holds it to", "read", "write"), second = KIT_CHOOSE("asks to", "read", "write");
	rw *lock = lock_of(PLACES);

	hire(&holder, 1, lock);
	hire(&other, 1, lock);
	succeed(&holder, first ? WRLOCK : RDLOCK, free_lock);
	refuse(&holder, second ? WRLOCK : RDLOCK, EDEADLK, "a call of a thread that holds the lock");
	block(&other, WRLOCK, "rw_wrlock while another one holds the lock, which has asked again, waits");
	refuse(&holder, second ? WRLOCK : RDLOCK, EDEADLK, "a call of a thread that holds the lock, while a writer waits");
	unlock(&holder);
	expect_done(&other, "rw_wrlock of a writer that waited, when the holder has unlocked once");
	refuse(&holder, UNLOCK, EPERM, "rw_unlock for the second time, after a call that was refused");
	unlock(&other);
	succeed(&other, RDLOCK, free_lock);
	unlock(&other);
	send_home(&holder, 1);
	send_home(&other, 1);
	rw_destroy(lock);
}

KIT_TEST(rwlock, who_waits_has_a_place)
{
	static struct actor holder, waiter, third;
	unsigned call = KIT_CHOOSE("the third asks to", "read", "write");
	bool reads = KIT_CHOOSE("the second waits to", "write", "read") == 1;
	rw *lock = lock_of(2);

	hire(&holder, 1, lock);
	hire(&waiter, 1, lock);
	hire(&third, 1, lock);
	succeed(&holder, WRLOCK, free_lock);
	block(&waiter, reads ? RDLOCK : WRLOCK, "a call while another one writes waits");
	refuse(&third, call ? WRLOCK : RDLOCK, EAGAIN,
	       "a call where one thread holds the lock, one waits, and the table has two places");
	refuse(&holder, RDLOCK, EDEADLK, "rw_rdlock of a thread that writes, with a full table");
	unlock(&holder);
	expect_done(&waiter, "a call that waited, when the writer has unlocked");
	block(&third, WRLOCK, "rw_wrlock while another one holds the lock, with a free place, waits");
	refuse(&holder, UNLOCK, EPERM, "rw_unlock of a thread that holds nothing, with a full table");
	unlock(&waiter);
	expect_done(&third, "rw_wrlock of the writer that waited, when the lock is free");
	unlock(&third);
	send_home(&holder, 1);
	send_home(&waiter, 1);
	send_home(&third, 1);
	rw_destroy(lock);
}

KIT_TEST(rwlock, a_table_of_one_place_is_enough_for_one)
{
	static struct actor one, other;
	rw *lock = lock_of(1);

	hire(&one, 1, lock);
	hire(&other, 1, lock);
	for (unsigned round = 0; round < 3; round++) {
		enum call call = round % 2 ? WRLOCK : RDLOCK;

		succeed(&one, call, "a call with the only place free");
		refuse(&other, RDLOCK, EAGAIN, "rw_rdlock with the only place taken");
		refuse(&other, WRLOCK, EAGAIN, "rw_wrlock with the only place taken");
		refuse(&one, call, EDEADLK, "a call of the thread that has the only place");
		unlock(&one);
		succeed(&other, call, "a call with the only place free again");
		unlock(&other);
	}
	send_home(&one, 1);
	send_home(&other, 1);
	rw_destroy(lock);
}

/* ---- creating, and the rest of the contract --------------------------------------------------- */

KIT_TEST(rwlock, no_places_is_einval)
{
	rw *lock;
	int error;

	errno = 0;
	lock = rw_create(0);
	error = errno;
	cr_assert(eq(ptr, lock, NULL), "rw_create(0) returns NULL; it returned a lock");
	cr_assert(eq(int, error, EINVAL), "rw_create(0): errno is %s, expected EINVAL", kit_error_name(error));
}

/* Makes the `nth` call of `op` in rw_create fail. Returns whether there was such a call. */
static bool create_fails(enum kit_op op, unsigned nth, int error)
{
	rw *lock;
	int seen;

	fi_reset();
	fi_fail_nth(op, nth, error);
	errno = 0;
	lock = rw_create(3);
	seen = errno;
	if (fi_calls(op) < nth) {
		fi_reset();
		cr_assert(ne(ptr, lock, NULL), "rw_create(3) makes a lock when no call in it fails; it returned NULL");
		rw_destroy(lock);
		return false;
	}
	fi_reset();
	cr_assert(eq(ptr, lock, NULL), "rw_create returns NULL when a call in it fails; it returned a lock");
	cr_assert(eq(int, seen, error), "rw_create passes the error on: errno is %s, expected %s", kit_error_name(seen),
	          kit_error_name(error));
	return true;
}

KIT_TEST(rwlock, create_passes_errors_on)
{
	for (unsigned nth = 1; nth <= 8 && create_fails(KIT_MUTEX_INIT, nth, EAGAIN); nth++)
		;
	for (unsigned nth = 1; nth <= 8 && create_fails(KIT_COND_INIT, nth, EAGAIN); nth++)
		;
	for (unsigned nth = 1; nth <= 8 && create_fails(KIT_MALLOC, nth, ENOMEM); nth++)
		;
}

KIT_TEST(rwlock, destroy_of_null_does_nothing)
{
	rw_destroy(NULL);
}

KIT_TEST(rwlock, two_locks_are_independent)
{
	static struct actor reader;
	rw *one = lock_of(2), *other = lock_of(2);

	hire(&reader, 1, other);
	cr_assert(eq(uint, make(one, WRLOCK), 1), "rw_wrlock of a lock that nobody holds returned -1");
	cr_assert(eq(uint, make(other, UNLOCK), 2 + EPERM),
	          "rw_unlock of a lock that the thread does not hold, while it holds "
	          "another one, is EPERM");
	cr_assert(eq(uint, make(other, WRLOCK), 1),
	          "rw_wrlock of a free lock by a thread that holds another one returned -1");
	block(&reader, RDLOCK, "rw_rdlock while another one writes waits");
	cr_assert(eq(uint, make(one, UNLOCK), 1), "rw_unlock of the first of two locks returned -1");
	kit_let_others_run();
	expect_waits(&reader, "a reader of a lock that a writer holds waits, though that one has unlocked another lock");
	rw_destroy(one);
	cr_assert(eq(uint, make(other, UNLOCK), 1), "rw_unlock of the second of two locks returned -1");
	kit_let_others_run();
	expect_done(&reader, "rw_rdlock of a reader that waited, when the writer has unlocked");
	unlock(&reader);
	send_home(&reader, 1);
	rw_destroy(other);
}

/* A thread that sets errno, makes the calls, and looks. */
struct careful {
	rw *lock;
	int seen[3];
};

static void *make_carefully(void *arg)
{
	struct careful *careful = arg;

	errno = EDOM;
	rw_rdlock(careful->lock);
	careful->seen[0] = errno;
	errno = EDOM;
	rw_unlock(careful->lock);
	careful->seen[1] = errno;
	errno = EDOM;
	rw_wrlock(careful->lock);
	careful->seen[2] = errno;
	rw_unlock(careful->lock);
	return NULL;
}

KIT_TEST(rwlock, errno_is_set_for_errors_only)
{
	static const char *const call[] = {"rw_rdlock", "rw_unlock", "rw_wrlock"};
	static struct careful careful;
	pthread_t thread;
	rw *lock = lock_of(PLACES);

	careful.lock = lock;
	fi_eintr(2); /* that a wait on a semaphore was interrupted is nobody else's business */
	rw_wrlock(lock);
	cr_assert(eq(int, pthread_create(&thread, NULL, make_carefully, &careful), 0), "the test can start a thread");
	kit_let_others_run();
	rw_unlock(lock);
	pthread_join(thread, NULL);
	for (unsigned i = 0; i < 3; i++)
		cr_assert(eq(int, careful.seen[i], EDOM), "%s reports no error, so errno stays: it was EDOM, now it is %s",
		          call[i], kit_error_name(careful.seen[i]));
	rw_destroy(lock);
}

/* ---- design: who is woken --------------------------------------------------------------------- */

/* How many of `asleep` blocked callers were woken and have gone back to sleep since fi_reset. A lock may be a
 * semaphore, too: so few waits on semaphores are none of theirs. */
static unsigned woken_in_vain(unsigned asleep)
{
	unsigned semaphores = fi_calls(KIT_SEM_WAIT);

	return fi_calls(KIT_COND_WAIT) + (semaphores < asleep ? 0 : semaphores);
}

/* Only wakeups are looked at: that the calls wait and go on as the rules say is asked elsewhere. Who has not got the
 * lock yet, and is told to unlock it, does so when it has. */
KIT_TEST(rwlock, an_unlock_wakes_only_those_it_admits)
{
	static struct actor reader[4], writer[4];
	unsigned vain;
	rw *lock = lock_of(PLACES);

	hire(reader, 4, lock);
	hire(writer, 4, lock);
	for (unsigned i = 0; i < 2; i++)
		tell(&reader[i], RDLOCK);
	for (unsigned i = 0; i < 4; i++)
		tell(&writer[i], WRLOCK);
	for (unsigned i = 2; i < 4; i++)
		tell(&reader[i], RDLOCK);
	fi_reset();
	tell(&reader[0], UNLOCK);
	vain = woken_in_vain(6);
	cr_assert(vain == 0, "6 wait, one of two readers unlocked, which lets nobody go on: %u were woken in vain", vain);
	fi_reset();
	tell(&reader[1], UNLOCK);
	vain = woken_in_vain(6);
	cr_assert(vain == 0,
	          "4 writers and 2 readers wait, the last reader unlocked, which lets one writer go on: %u "
	          "others were woken in vain",
	          vain);
	fi_reset();
	tell(&writer[0], UNLOCK);
	vain = woken_in_vain(5);
	cr_assert(vain == 0,
	          "3 writers and 2 readers wait, a writer unlocked, which lets the readers go on: %u others "
	          "were woken in vain",
	          vain);
	for (unsigned i = 2; i < 4; i++)
		tell(&reader[i], UNLOCK);
	for (unsigned i = 1; i < 4; i++)
		tell(&writer[i], UNLOCK);
	send_home(reader, 4);
	send_home(writer, 4);
	rw_destroy(lock);
}

/* ---- any small client: the rules as a model ----------------------------------------------------
 *
 * Three threads, six times one of them makes a call, which the schedule chooses; each time all come to rest, and each
 * must stand where the rules say.
 */
enum { ACTORS = 3, STEPS = 6 };
enum stand { OUTSIDE, WAITS_TO_READ, WAITS_TO_WRITE, READS, WRITES };

struct model {
	enum stand stand[ACTORS];
	unsigned arrival[ACTORS]; /* of writers that wait */
	unsigned arrivals, places;
};

static unsigned count(const struct model *model, enum stand stand)
{
	unsigned count = 0;

	for (unsigned i = 0; i < ACTORS; i++)
		count += model->stand[i] == stand;
	return count;
}

/* Returns 0 where the call succeeds at once or waits, else the error. */
static int model_ask(struct model *model, unsigned who, bool to_write)
{
	bool held_alone = count(model, WRITES) > 0;

	if (model->stand[who] != OUTSIDE)
		return EDEADLK;
	if (ACTORS - count(model, OUTSIDE) == model->places)
		return EAGAIN;
	if (to_write)
		model->stand[who] = held_alone || count(model, READS) > 0 ? WAITS_TO_WRITE : WRITES;
	else
		model->stand[who] = held_alone || count(model, WAITS_TO_WRITE) > 0 ? WAITS_TO_READ : READS;
	model->arrival[who] = model->arrivals++;
	return 0;
}

static void model_admit_batch(struct model *model)
{
	for (unsigned i = 0; i < ACTORS; i++)
		if (model->stand[i] == WAITS_TO_READ)
			model->stand[i] = READS;
}

static void model_admit_writer(struct model *model)
{
	unsigned next = ACTORS;

	for (unsigned i = 0; i < ACTORS; i++)
		if (model->stand[i] == WAITS_TO_WRITE && (next == ACTORS || model->arrival[i] < model->arrival[next]))
			next = i;
	if (next < ACTORS)
		model->stand[next] = WRITES;
}

static int model_unlock(struct model *model, unsigned who)
{
	enum stand before = model->stand[who];

	if (before != READS && before != WRITES)
		return EPERM;
	model->stand[who] = OUTSIDE;
	if (before == WRITES && count(model, WAITS_TO_READ) > 0)
		model_admit_batch(model);
	else if (count(model, READS) == 0)
		model_admit_writer(model);
	return 0;
}

static bool waits(const struct model *model, unsigned who)
{
	return model->stand[who] == WAITS_TO_READ || model->stand[who] == WAITS_TO_WRITE;
}

static void describe(const struct model *model, char *text, size_t size)
{
	static const char *const stand[] = {"is outside", "waits for the lock to read", "waits for the lock to write",
	                                    "reads", "writes"};

	snprintf(text, size, "by the rules the first thread %s, the second %s, the third %s", stand[model->stand[0]],
	         stand[model->stand[1]], stand[model->stand[2]]);
}

static void expect_stands(const struct model *model, struct actor *actor)
{
	static const char *const name[] = {"first", "second", "third"};
	char rules[160];

	describe(model, rules, sizeof(rules));
	for (unsigned i = 0; i < ACTORS; i++) {
		bool returned = has_returned(&actor[i]);

		cr_assert(eq(int, returned, !waits(model, i)), "%s; the last call of the %s %s", rules, name[i],
		          returned ? "has returned" : "still waits");
	}
}

static void step(struct model *model, struct actor *actor, unsigned who, enum call call)
{
	int error = call == UNLOCK ? model_unlock(model, who) : model_ask(model, who, call == WRLOCK);

	tell(&actor[who], call);
	expect_stands(model, actor);
	if (error)
		expect_refused(&actor[who], error, "the call that was made last");
}

KIT_TEST(rwlock, any_six_calls_follow_the_rules)
{
	static const char *const thread[] = {"first", "second", "third"};
	static struct actor actor[ACTORS];
	struct model model = {.places = 3 - KIT_CHOOSE("places", "3", "2")};
	rw *lock = lock_of(model.places);

	hire(actor, ACTORS, lock);
	for (unsigned i = 0; i < ACTORS; i++)
		kit_note(&actor[i].answer, 1);
	for (unsigned i = 0; i < STEPS; i++) {
		unsigned who = kit_choose_named("thread", thread, ACTORS);

		if (!waits(&model, who))
			step(&model, actor, who, KIT_CHOOSE("call", "rw_rdlock", "rw_wrlock", "rw_unlock"));
	}
	for (unsigned i = 0; i < ACTORS * ACTORS; i++) { /* who holds it gives it back, until all are outside */
		unsigned who = i % ACTORS;

		if (model.stand[who] == READS || model.stand[who] == WRITES)
			step(&model, actor, who, UNLOCK);
	}
	send_home(actor, ACTORS);
	rw_destroy(lock);
}

/* ---- any small client: all at once -------------------------------------------------------------
 *
 * Two or three threads, each with two pairs of calls, in any order: nobody is inside with a writer, and all come
 * through.
 */
struct stay {
	struct kit_call inside; /* made: when the lock had been got; returned: right before it is given back */
	bool writes;
	int results; /* 0: both calls returned 0 */
};

struct guest {
	pthread_t thread;
	rw *lock;
	sem_t inside;
	struct stay stay[2];
};

static void *stay_twice(void *arg)
{
	struct guest *guest = arg;

	for (unsigned i = 0; i < 2; i++) {
		struct stay *stay = &guest->stay[i];

		stay->results = stay->writes ? rw_wrlock(guest->lock) : rw_rdlock(guest->lock);
		stay->inside.made = kit_stamp();
		sem_post(&guest->inside); /* others may go on here */
		stay->inside.returned = kit_stamp();
		stay->results |= rw_unlock(guest->lock);
	}
	return NULL;
}

static bool in_conflict(const struct stay *one, const struct stay *other)
{
	return (one->writes || other->writes) && one->inside.made < other->inside.returned &&
	       other->inside.made < one->inside.returned;
}

KIT_TEST(rwlock, any_small_client_comes_through)
{
	static struct guest guest[3];
	unsigned guests = kit_n(3, 2), conflicts = 0;
	rw *lock = lock_of(3);
	const struct stay *all[6];

	for (unsigned i = 0; i < guests; i++) {
		guest[i].lock = lock;
		sem_init(&guest[i].inside, 0, 0);
		for (unsigned k = 0; k < 2; k++) {
			guest[i].stay[k].writes = KIT_CHOOSE("to", "read", "write") == 1;
			all[2 * i + k] = &guest[i].stay[k];
		}
	}
	for (unsigned i = 0; i < guests; i++)
		cr_assert(eq(int, pthread_create(&guest[i].thread, NULL, stay_twice, &guest[i]), 0),
		          "the test can start a thread");
	for (unsigned i = 0; i < guests; i++)
		pthread_join(guest[i].thread, NULL);
	for (unsigned i = 0; i < 2 * guests; i++) {
		cr_assert(eq(int, all[i]->results, 0), "a thread that takes the lock and gives it back gets 0 from both calls");
		for (unsigned k = 0; k < i; k++)
			conflicts += in_conflict(all[i], all[k]);
	}
	cr_assert(conflicts == 0, "a writer held the lock while another one did, %u times", conflicts);
	rw_destroy(lock);
}
