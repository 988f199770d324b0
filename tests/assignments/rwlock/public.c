/* The public tests of rwlock: students have them. */
#include "kit.h"
#include "rwlock.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <string.h>

enum { PLACES = 8, ROUNDS_MOST = 100 };

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

/* ---- who holds it together -------------------------------------------------------------------- */

KIT_TEST(rwlock, readers_hold_it_together)
{
	static struct actor reader[3];
	rw *lock = lock_of(PLACES);

	hire(reader, 3, lock);
	for (unsigned i = 0; i < 3; i++) {
		tell(&reader[i], RDLOCK);
		expect_done(&reader[i], i ? "rw_rdlock while others read" : "rw_rdlock of a lock that nobody holds");
	}
	for (unsigned i = 0; i < 3; i++)
		unlock(&reader[i]);
	send_home(reader, 3);
	rw_destroy(lock);
}

KIT_TEST(rwlock, a_writer_holds_it_alone)
{
	static struct actor actor[3];
	rw *lock = lock_of(PLACES);

	hire(actor, 3, lock);
	tell(&actor[0], WRLOCK);
	expect_done(&actor[0], "rw_wrlock of a lock that nobody holds");
	tell(&actor[1], WRLOCK);
	expect_waits(&actor[1], "rw_wrlock while another one writes waits");
	unlock(&actor[0]);
	expect_done(&actor[1], "rw_wrlock of the next writer, when the first has unlocked");
	tell(&actor[2], RDLOCK);
	expect_waits(&actor[2], "rw_rdlock while another one writes waits");
	unlock(&actor[1]);
	expect_done(&actor[2], "rw_rdlock of a reader that waited, when the writer has unlocked");
	tell(&actor[0], WRLOCK);
	expect_waits(&actor[0], "rw_wrlock while another one reads waits");
	unlock(&actor[2]);
	expect_done(&actor[0], "rw_wrlock of a writer that waited, when the reader has unlocked");
	unlock(&actor[0]);
	send_home(actor, 3);
	rw_destroy(lock);
}

/* Nobody says who comes when. The two numbers are equal whenever no writer is inside. */
struct pair {
	rw *lock;
	unsigned first, second; /* plain memory: the lock orders it */
	unsigned rounds;
};

struct user {
	pthread_t thread;
	struct pair *pair;
	unsigned unequal; /* how often this reader saw two different numbers */
};

static void *write_pair(void *arg)
{
	struct pair *pair = ((struct user *)arg)->pair;

	for (unsigned i = 0; i < pair->rounds; i++) {
		rw_wrlock(pair->lock);
		pair->first++;
		pair->second++;
		rw_unlock(pair->lock);
	}
	return NULL;
}

static void *read_pair(void *arg)
{
	struct user *user = arg;

	for (unsigned i = 0; i < user->pair->rounds; i++) {
		rw_rdlock(user->pair->lock);
		user->unequal += user->pair->first != user->pair->second;
		rw_unlock(user->pair->lock);
	}
	return NULL;
}

KIT_TEST(rwlock, readers_see_what_writers_have_finished)
{
	static struct pair pair;
	static struct user user[4];
	unsigned users = kit_n(4, 3), writers = kit_n(2, 2);

	pair.lock = lock_of(PLACES);
	pair.rounds = kit_n(ROUNDS_MOST, 1);
	for (unsigned i = 0; i < users; i++) {
		user[i].pair = &pair;
		cr_assert(eq(int, pthread_create(&user[i].thread, NULL, i < writers ? write_pair : read_pair, &user[i]), 0),
		          "the test can start a thread");
	}
	for (unsigned i = 0; i < users; i++)
		pthread_join(user[i].thread, NULL);
	for (unsigned i = writers; i < users; i++)
		cr_assert(eq(uint, user[i].unequal, 0), "a reader looked %u times when a writer was half done",
		          user[i].unequal);
	cr_assert(eq(uint, pair.first, writers * pair.rounds),
	          "%u writers added 1 %u times each: the number is %u, "
	          "expected %u",
	          writers, pair.rounds, pair.first, writers * pair.rounds);
	rw_destroy(pair.lock);
}

/* ---- who goes first --------------------------------------------------------------------------- */

KIT_TEST(rwlock, a_reader_does_not_pass_a_waiting_writer)
{
	static struct actor early, writer, late;
	rw *lock = lock_of(PLACES);

	hire(&early, 1, lock);
	hire(&writer, 1, lock);
	hire(&late, 1, lock);
	tell(&early, RDLOCK);
	expect_done(&early, "rw_rdlock of a lock that nobody holds");
	tell(&writer, WRLOCK);
	expect_waits(&writer, "rw_wrlock while another one reads waits");
	tell(&late, RDLOCK);
	expect_waits(&late, "rw_rdlock while a writer is waiting waits");
	unlock(&early);
	expect_done(&writer, "rw_wrlock of the writer that waited, when the last reader has unlocked");
	expect_waits(&late, "rw_rdlock while the writer writes waits");
	unlock(&writer);
	expect_done(&late, "rw_rdlock of a reader that waited, when the writer has unlocked");
	unlock(&late);
	send_home(&early, 1);
	send_home(&writer, 1);
	send_home(&late, 1);
	rw_destroy(lock);
}

KIT_TEST(rwlock, a_writers_unlock_lets_the_waiting_readers_go)
{
	static struct actor writer[2], reader[2];
	rw *lock = lock_of(PLACES);

	hire(writer, 2, lock);
	hire(reader, 2, lock);
	tell(&writer[0], WRLOCK);
	expect_done(&writer[0], "rw_wrlock of a lock that nobody holds");
	tell(&reader[0], RDLOCK);
	tell(&writer[1], WRLOCK);
	tell(&reader[1], RDLOCK);
	unlock(&writer[0]);
	for (unsigned i = 0; i < 2; i++)
		expect_done(&reader[i],
		            "rw_rdlock of a reader that waited when the writer unlocked, before or behind a writer");
	expect_waits(&writer[1], "rw_wrlock of the next writer waits for those readers");
	for (unsigned i = 0; i < 2; i++)
		unlock(&reader[i]);
	expect_done(&writer[1], "rw_wrlock of the writer that waited, when the last reader has unlocked");
	unlock(&writer[1]);
	send_home(writer, 2);
	send_home(reader, 2);
	rw_destroy(lock);
}

KIT_TEST(rwlock, a_spurious_wakeup_admits_no_reader)
{
	static struct actor writer, reader[2];
	rw *lock = lock_of(PLACES);

	hire(&writer, 1, lock);
	hire(reader, 2, lock);
	tell(&writer, WRLOCK);
	expect_done(&writer, "rw_wrlock of a lock that nobody holds");
	fi_spurious(2); /* the second wait on a condition variable, the fourth, ... ends without a signal */
	fi_eintr(2);    /* and the second wait on a semaphore by a signal of the other kind */
	for (unsigned i = 0; i < 2; i++)
		tell(&reader[i], RDLOCK);
	fi_reset();
	for (unsigned i = 0; i < 2; i++)
		expect_waits(&reader[i], "a reader that is woken without a reason, while another one writes, waits again");
	unlock(&writer);
	for (unsigned i = 0; i < 2; i++) {
		expect_done(&reader[i], "rw_rdlock of a reader that waited, when the writer has unlocked");
		unlock(&reader[i]);
	}
	send_home(&writer, 1);
	send_home(reader, 2);
	rw_destroy(lock);
}

/* ---- errors ----------------------------------------------------------------------------------- */

KIT_TEST(rwlock, unlocking_what_one_does_not_hold_is_eperm)
{
	static struct actor actor[2];
	rw *lock = lock_of(PLACES);

	hire(actor, 2, lock);
	tell(&actor[0], UNLOCK);
	expect_refused(&actor[0], EPERM, "rw_unlock of a lock that nobody holds");
	tell(&actor[0], RDLOCK);
	expect_done(&actor[0], "rw_rdlock of a lock that nobody holds");
	tell(&actor[1], UNLOCK);
	expect_refused(&actor[1], EPERM, "rw_unlock of a lock that another thread holds to read");
	unlock(&actor[0]);
	send_home(actor, 2);
	rw_destroy(lock);
}

KIT_TEST(rwlock, asking_again_is_edeadlk)
{
	static struct actor actor;
	rw *lock = lock_of(PLACES);

	hire(&actor, 1, lock);
	tell(&actor, RDLOCK);
	expect_done(&actor, "rw_rdlock of a lock that nobody holds");
	tell(&actor, RDLOCK);
	expect_refused(&actor, EDEADLK, "rw_rdlock of a thread that reads");
	tell(&actor, WRLOCK);
	expect_refused(&actor, EDEADLK, "rw_wrlock of a thread that reads");
	unlock(&actor);
	send_home(&actor, 1);
	rw_destroy(lock);
}

KIT_TEST(rwlock, a_full_table_is_eagain)
{
	static struct actor actor[3];
	rw *lock = lock_of(2);

	hire(actor, 3, lock);
	for (unsigned i = 0; i < 2; i++) {
		tell(&actor[i], RDLOCK);
		expect_done(&actor[i], "rw_rdlock with a free place in the table");
	}
	tell(&actor[2], RDLOCK);
	expect_refused(&actor[2], EAGAIN, "rw_rdlock of a third thread, where the table has two places");
	unlock(&actor[0]);
	tell(&actor[2], RDLOCK);
	expect_done(&actor[2], "rw_rdlock when a place has been given back");
	unlock(&actor[1]);
	unlock(&actor[2]);
	send_home(actor, 3);
	rw_destroy(lock);
}

KIT_TEST(rwlock, create_without_memory_is_enomem)
{
	rw *lock = NULL;

	for (unsigned nth = 1; nth <= 20 && !lock; nth++) { /* until there are fewer than nth allocations */
		int error;

		fi_fail_nth(KIT_MALLOC, nth, ENOMEM);
		errno = 0;
		lock = rw_create(1);
		error = errno;
		if (!lock)
			cr_assert(eq(int, error, ENOMEM), "rw_create without memory: errno is \"%s\", expected ENOMEM",
			          strerror(error));
	}
	fi_reset();
	cr_assert(ne(ptr, lock, NULL), "rw_create makes a lock once there is memory; it returned NULL 20 times");
	cr_assert(eq(uint, make(lock, WRLOCK), 1), "a lock that was made after a failure is a lock like any other");
	rw_unlock(lock);
	rw_destroy(lock);
}

/* ---- waiting ---------------------------------------------------------------------------------- */

KIT_TEST(rwlock, blocked_callers_sleep)
{
	static struct actor writer[2], reader;
	rw *lock = lock_of(PLACES);

	hire(writer, 2, lock);
	hire(&reader, 1, lock);
	tell(&writer[0], WRLOCK);
	tell(&writer[1], WRLOCK);
	tell(&reader, RDLOCK);
	kit_expect_quiet();
	tell(&writer[0], UNLOCK);
	tell(&reader, UNLOCK); /* each as soon as it has the lock */
	tell(&writer[1], UNLOCK);
	send_home(writer, 2);
	send_home(&reader, 1);
	rw_destroy(lock);
}
