/* The public tests of shm_ring_buffer: students have them. */
#include "kit.h"
#include "shm_ring_buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 64, END = 7777, GARBAGE = 9999 };

/* A new file in `folder`, whose name is taken away again where that is allowed. -1 and errno: it cannot be made. */
/* A ring whose items are numbers. The descriptor is closed: it is not needed any more. */
static shmring *ring_of(size_t slots)
{
	int fd = kit_empty_file(), error;
	shmring *ring = shmring_create(fd, slots, sizeof(unsigned));

	error = errno;
	close(fd);
	cr_assert(ne(ptr, ring, NULL), "shmring_create(fd, %zu, %zu) makes a ring; it returned NULL, errno is \"%s\"",
	          slots, sizeof(unsigned), strerror(error));
	return ring;
}

static void fill_number(void *slot, void *context)
{
	memcpy(slot, context, sizeof(unsigned));
}

static void take_number(const void *slot, void *context)
{
	memcpy(context, slot, sizeof(unsigned));
}

/* Leaves half of an item, and dies. */
static void fill_and_die(void *slot, void *context)
{
	static const unsigned garbage = GARBAGE;

	(void)context;
	memcpy(slot, &garbage, sizeof(unsigned));
	raise(SIGKILL);
}

/* A process or thread that puts `count` numbers, from `first` on, or that gets until it has `count`. In memory that the
 * processes of the test share. */
struct user {
	shmring *ring;
	unsigned first, count;
	unsigned got[MOST];   /* read after its end */
	atomic_uint finished; /* calls that have returned; read while it runs */
	pthread_t thread;
	pid_t process;
};

static void finish(struct user *user)
{
	atomic_fetch_add_explicit(&user->finished, 1, memory_order_relaxed);
}

static unsigned finished(struct user *user)
{
	return atomic_load_explicit(&user->finished, memory_order_relaxed);
}

static void *putter(void *arg)
{
	struct user *user = arg;

	for (unsigned i = 0; i < user->count; i++) {
		unsigned number = user->first + i;

		if (shmring_put(user->ring, fill_number, &number, NULL) != 0)
			break;
		finish(user);
	}
	return NULL;
}

static void *getter(void *arg)
{
	struct user *user = arg;

	for (unsigned i = 0; i < user->count; i++) {
		if (shmring_get(user->ring, take_number, &user->got[i], NULL) != 1)
			break;
		finish(user);
	}
	return NULL;
}

static void *dying_putter(void *arg)
{
	struct user *user = arg;

	shmring_put(user->ring, fill_and_die, NULL, NULL);
	return NULL;
}

static void start_thread(struct user *user, void *(*what)(void *), shmring *ring)
{
	user->ring = ring;
	cr_assert(eq(int, pthread_create(&user->thread, NULL, what, user), 0), "the test can start a thread");
}

static void start_process(struct user *user, void *(*what)(void *), shmring *ring)
{
	pid_t process;

	user->ring = ring;
	process = fork();
	if (process == 0) {
		what(user);
		_exit(0);
	}
	user->process = process; /* which is the parent's to know: the memory is shared */
	cr_assert(user->process > 0, "the test can start a process");
}

static void expect_put(shmring *ring, unsigned number)
{
	int result = shmring_put(ring, fill_number, &number, NULL);

	cr_assert(eq(int, result, 0), "shmring_put to an open ring with a free slot returned %d, expected 0", result);
}

static void expect_get(shmring *ring, unsigned number)
{
	unsigned got = 0;
	int result = shmring_get(ring, take_number, &got, NULL);

	cr_assert(eq(int, result, 1), "shmring_get from a ring with an item in it returned %d, expected 1", result);
	cr_assert(eq(uint, got, number), "items come out in the order in which they went in: item %u, expected %u", got,
	          number);
}

KIT_TEST(shm_ring_buffer, items_come_out_in_order)
{
	shmring *ring = ring_of(3);

	for (unsigned i = 0; i < 4; i++) { /* each slot is the first once */
		expect_put(ring, 3 * i + 1);
		expect_put(ring, 3 * i + 2);
		expect_get(ring, 3 * i + 1);
		expect_put(ring, 3 * i + 3);
		expect_get(ring, 3 * i + 2);
		expect_get(ring, 3 * i + 3);
		expect_put(ring, 99);
		expect_get(ring, 99);
	}
	shmring_detach(ring);
}

/* Not in which order: that is the test above. Nor does anybody have to wait for a free slot. */
KIT_TEST(shm_ring_buffer, items_pass_from_process_to_process)
{
	struct user *user = kit_shared(sizeof(*user));
	unsigned sum = 0, expected;
	shmring *ring;

	user->first = 1;
	user->count = kit_n(20, 4);
	ring = ring_of(user->count + 1);
	start_process(user, putter, ring);
	for (unsigned i = 1; i <= user->count; i++) {
		unsigned got = 0;
		int result = shmring_get(ring, take_number, &got, NULL);

		cr_assert(eq(int, result, 1), "shmring_get of what another process puts in returned %d, expected 1", result);
		sum += got;
	}
	waitpid(user->process, NULL, 0);
	expected = user->count * (user->count + 1) / 2;
	cr_assert(eq(uint, sum, expected),
	          "what another process has put in comes out: the sum of the items is %u, expected %u", sum, expected);
	shmring_detach(ring);
}

/* What the getters have is what the two putters have put (numbers from 1 to `count`, and from 1001 on), each once; and
 * each getter has the numbers of one putter in order. */
static void expect_all(struct user *getters, unsigned count)
{
	unsigned times[2][MOST] = {0};

	for (unsigned g = 0; g < 2; g++) {
		unsigned last[2] = {0, 0};

		for (unsigned i = 0; i < finished(&getters[g]); i++) {
			unsigned number = getters[g].got[i], from = number / 1000, index = number % 1000;

			cr_assert(from < 2 && index >= 1 && index <= count, "shmring_get gave item %u, which nobody has put",
			          number);
			cr_assert(index > last[from], "items of one putter come out in order: %u came after %u", number,
			          from * 1000 + last[from]);
			last[from] = index;
			times[from][index]++;
		}
	}
	for (unsigned from = 0; from < 2; from++)
		for (unsigned index = 1; index <= count; index++)
			cr_assert(eq(uint, times[from][index], 1),
			          "each item comes out once: item %u came out %u times, expected 1", from * 1000 + index,
			          times[from][index]);
}

/* Behind its items each putter puts an END, and each getter stops at one. So they need no close: the last item in is an
 * END, and whoever takes that has left nothing behind. */
static void *putter_to_the_end(void *arg)
{
	struct user *user = arg;
	unsigned end = END;

	putter(user);
	shmring_put(user->ring, fill_number, &end, NULL);
	return NULL;
}

static void *getter_to_the_end(void *arg)
{
	struct user *user = arg;

	for (unsigned i = 0; i < MOST; i++) {
		if (shmring_get(user->ring, take_number, &user->got[i], NULL) != 1 || user->got[i] == END)
			break;
		finish(user);
	}
	return NULL;
}

/* Two that put, two that get. */
static struct user *four_users(unsigned count)
{
	struct user *user = kit_shared(4 * sizeof(*user));

	for (unsigned i = 0; i < 4; i++) {
		user[i].first = i == 0 ? 1 : 1001;
		user[i].count = count;
	}
	return user;
}

KIT_TEST(shm_ring_buffer, four_processes_lose_nothing)
{
	unsigned count = kit_n(25, 1);
	struct user *user = four_users(count);
	shmring *ring = ring_of(2);

	for (unsigned i = 0; i < 4; i++)
		start_process(&user[i], i < 2 ? putter_to_the_end : getter_to_the_end, ring);
	for (unsigned i = 0; i < 4; i++)
		waitpid(user[i].process, NULL, 0);
	expect_all(&user[2], count);
	shmring_detach(ring);
}

KIT_TEST(shm_ring_buffer, four_threads_lose_nothing)
{
	unsigned count = kit_n(25, 1);
	struct user *user = four_users(count);
	shmring *ring = ring_of(2);

	for (unsigned i = 0; i < 4; i++)
		start_thread(&user[i], i < 2 ? putter_to_the_end : getter_to_the_end, ring);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(user[i].thread, NULL);
	expect_all(&user[2], count);
	shmring_detach(ring);
}

KIT_TEST(shm_ring_buffer, put_waits_while_the_ring_is_full)
{
	struct user *user = kit_shared(sizeof(*user));
	shmring *ring = ring_of(3);
	unsigned accepted;

	user->first = 1;
	user->count = 5;
	start_process(user, putter, ring);
	kit_let_others_run();
	accepted = finished(user);
	cr_assert(eq(uint, accepted, 3), "a ring of 3 slots takes 3 items, then shmring_put blocks: it took %u, expected 3",
	          accepted);
	expect_get(ring, 1); /* frees one more slot */
	kit_let_others_run();
	accepted = finished(user);
	cr_assert(eq(uint, accepted, 4), "one more free slot lets one shmring_put go on: %u items were taken, expected 4",
	          accepted);
	for (unsigned i = 2; i <= 5; i++)
		expect_get(ring, i);
	waitpid(user->process, NULL, 0);
	shmring_detach(ring);
}

KIT_TEST(shm_ring_buffer, a_closed_ring_is_emptied)
{
	unsigned untouched = 77;
	shmring *ring = ring_of(3);
	int result;

	expect_put(ring, 1);
	expect_put(ring, 2);
	shmring_close(ring);
	expect_get(ring, 1); /* what is in can still be taken out */
	expect_get(ring, 2);
	result = shmring_get(ring, take_number, &untouched, NULL);
	cr_assert(eq(int, result, 0), "shmring_get from a closed, empty ring returned %d, expected 0", result);
	cr_assert(eq(uint, untouched, 77), "where shmring_get returns 0, take is not called");
	shmring_detach(ring);
}

KIT_TEST(shm_ring_buffer, a_put_that_dies_puts_nothing_in)
{
	struct user *user = kit_shared(sizeof(*user));
	shmring *ring = ring_of(3);

	kit_expect_death(SIGKILL);
	start_process(user, dying_putter, ring);
	waitpid(user->process, NULL, 0);
	shmring_recover(ring);
	expect_put(ring, 1);
	expect_get(ring, 1);
	shmring_detach(ring);
}

KIT_TEST(shm_ring_buffer, get_survives_a_spurious_wakeup)
{
	struct user *user = kit_shared(3 * sizeof(*user));
	shmring *ring = ring_of(2);
	unsigned returned = 0, got = 0;

	fi_spurious(2); /* the second wait on a condition variable, the fourth, ... ends without a signal */
	fi_eintr(2);    /* and the second wait on a semaphore by a signal of the other kind */
	for (unsigned i = 0; i < 3; i++) {
		user[i].count = 1;
		start_thread(&user[i], getter, ring);
	}
	kit_let_others_run();
	fi_reset();
	for (unsigned i = 0; i < 3; i++)
		returned += finished(&user[i]);
	cr_assert(
	    eq(uint, returned, 0),
	    "a shmring_get that is woken without a reason waits again: %u of 3 have returned an item, and nothing was put",
	    returned);
	for (unsigned i = 0; i < 3; i++) { /* one by one, whoever is woken by what */
		expect_put(ring, 5);
		kit_let_others_run();
	}
	for (unsigned i = 0; i < 3; i++) {
		pthread_join(user[i].thread, NULL);
		got += user[i].got[0] == 5;
	}
	cr_assert(eq(uint, got, 3), "afterwards each shmring_get takes an item: %u of 3 have item 5", got);
	shmring_detach(ring);
}

KIT_TEST(shm_ring_buffer, a_map_that_fails_is_reported)
{
	int fd = kit_empty_file(), error;
	shmring *ring;

	fi_fail_nth(KIT_MMAP, 1, ENOMEM);
	errno = 0;
	ring = shmring_create(fd, 4, sizeof(unsigned));
	error = errno;
	fi_reset();
	close(fd);
	cr_assert(eq(ptr, ring, NULL), "shmring_create whose mmap fails returns NULL");
	cr_assert(eq(int, error, ENOMEM), "shmring_create whose mmap fails with ENOMEM: errno is \"%s\", expected ENOMEM",
	          strerror(error));
}

KIT_TEST(shm_ring_buffer, blocked_callers_sleep)
{
	struct user *put = kit_shared(sizeof(*put)), *get = kit_shared(sizeof(*get));
	unsigned item, through;
	shmring *full = ring_of(1), *empty = ring_of(1);

	put->first = 2;
	put->count = get->count = 1;
	expect_put(full, 1);
	start_process(put, putter, full);
	start_process(get, getter, empty);
	kit_expect_quiet();
	shmring_get(full, take_number, &item, NULL); /* which one, others ask */
	expect_put(empty, 3);
	waitpid(put->process, NULL, 0);
	waitpid(get->process, NULL, 0);
	through = finished(put) + finished(get);
	cr_assert(eq(uint, through, 2), "a blocked call goes on when it can: %u of 2 have come through", through);
	shmring_detach(full);
	shmring_detach(empty);
}
