/* The public tests of bounded_buffer: students have them. */
#include "bounded_buffer.h"
#include "kit.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { MOST = 128 };

static bbuf *buffer_of(size_t cap)
{
	bbuf *buffer = bbuf_create(cap);

	cr_assert(ne(ptr, buffer, NULL), "bbuf_create(%zu) makes a buffer; it returned NULL, errno is \"%s\"", cap,
	          strerror(errno));
	return buffer;
}

/* Items are numbers here. */
static void *item_of(unsigned number)
{
	return (void *)(uintptr_t)number;
}

static unsigned number_of(const void *item)
{
	return (unsigned)(uintptr_t)item;
}

/* A thread that puts `count` numbers, from `first` on, or that gets until it has `count` or the buffer says 0. */
struct user {
	pthread_t thread;
	bbuf *buffer;
	unsigned first, count;
	unsigned got[MOST];   /* read after the thread's end */
	atomic_uint finished; /* calls that have returned; read while the thread runs */
	int result;           /* of the last call */
	int error;
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
		errno = 0;
		user->result = bbuf_put(user->buffer, item_of(user->first + i));
		user->error = errno;
		if (user->result != 0)
			break;
		finish(user);
	}
	return NULL;
}

static void *getter(void *arg)
{
	struct user *user = arg;

	for (unsigned i = 0; i < user->count; i++) {
		void *item = NULL;

		user->result = bbuf_get(user->buffer, &item);
		if (user->result != 1)
			break;
		user->got[i] = number_of(item);
		finish(user);
	}
	return NULL;
}

static void start(struct user *user, void *(*what)(void *), bbuf *buffer)
{
	user->buffer = buffer;
	cr_assert(eq(int, pthread_create(&user->thread, NULL, what, user), 0), "the test can start a thread");
}

static void expect_put(bbuf *buffer, unsigned number)
{
	int result = bbuf_put(buffer, item_of(number));

	cr_assert(eq(int, result, 0), "bbuf_put to an open buffer with room returned %d, expected 0", result);
}

static void expect_get(bbuf *buffer, unsigned number)
{
	void *item = NULL;
	int result = bbuf_get(buffer, &item);

	cr_assert(eq(int, result, 1), "bbuf_get from a buffer with an item in it returned %d, expected 1", result);
	cr_assert(eq(uint, number_of(item), number),
	          "items come out in the order in which they went in: item %u, expected %u", number_of(item), number);
}

KIT_TEST(bounded_buffer, items_come_out_in_order)
{
	static struct user user = {.first = 1};
	bbuf *buffer = buffer_of(3);

	user.count = kit_n(100, 4);
	start(&user, putter, buffer);
	for (unsigned i = 1; i <= user.count; i++)
		expect_get(buffer, i);
	pthread_join(user.thread, NULL);
	bbuf_destroy(buffer);
}

/* What the getters have is what the two putters have put (numbers from 1 to `count`, and from 1001 on), each once; and
 * each getter has the numbers of one putter in order. */
static void expect_all(const struct user *getters, unsigned getter_count, unsigned count)
{
	unsigned times[2][MOST] = {0};

	for (unsigned g = 0; g < getter_count; g++) {
		unsigned last[2] = {0, 0};

		for (unsigned i = 0; i < atomic_load(&getters[g].finished); i++) {
			unsigned number = getters[g].got[i], from = number / 1000, index = number % 1000;

			cr_assert(from < 2 && index >= 1 && index <= count, "bbuf_get gave item %u, which nobody has put", number);
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

KIT_TEST(bounded_buffer, two_and_two_lose_nothing)
{
	static struct user put[2] = {{.first = 1}, {.first = 1001}}, get[2];
	unsigned count = kit_n(50, 2);
	bbuf *buffer = buffer_of(2);

	for (unsigned i = 0; i < 2; i++) {
		put[i].count = count;
		get[i].count = MOST;
		start(&get[i], getter, buffer);
		start(&put[i], putter, buffer);
	}
	for (unsigned i = 0; i < 2; i++)
		pthread_join(put[i].thread, NULL);
	bbuf_close(buffer); /* that ends the getters, when they have taken what is in */
	for (unsigned i = 0; i < 2; i++)
		pthread_join(get[i].thread, NULL);
	expect_all(get, 2, count);
	bbuf_destroy(buffer);
}

KIT_TEST(bounded_buffer, put_waits_while_the_buffer_is_full)
{
	static struct user user = {.first = 1, .count = 5};
	bbuf *buffer = buffer_of(3);
	unsigned accepted;

	start(&user, putter, buffer);
	kit_let_others_run();
	accepted = finished(&user);
	cr_assert(eq(uint, accepted, 3), "a buffer of 3 places takes 3 items, then bbuf_put blocks: it took %u, expected 3",
	          accepted);
	expect_get(buffer, 1); /* makes room for one more */
	kit_let_others_run();
	accepted = finished(&user);
	cr_assert(eq(uint, accepted, 4), "room for one more lets one bbuf_put go on: %u items were taken, expected 4",
	          accepted);
	for (unsigned i = 2; i <= 5; i++)
		expect_get(buffer, i);
	pthread_join(user.thread, NULL);
	bbuf_destroy(buffer);
}

KIT_TEST(bounded_buffer, a_closed_buffer_is_emptied)
{
	bbuf *buffer = buffer_of(3);
	void *item = item_of(77);
	int result;

	expect_put(buffer, 1);
	expect_put(buffer, 2);
	bbuf_close(buffer);
	expect_get(buffer, 1); /* what is in can still be taken out */
	expect_get(buffer, 2);
	result = bbuf_get(buffer, &item);
	cr_assert(eq(int, result, 0), "bbuf_get from a closed, empty buffer returned %d, expected 0", result);
	cr_assert(eq(uint, number_of(item), 77), "where bbuf_get returns 0, *item stays as it was");
	bbuf_destroy(buffer);
}

KIT_TEST(bounded_buffer, get_survives_a_spurious_wakeup)
{
	static struct user user[3];
	bbuf *buffer = buffer_of(2);
	unsigned returned = 0, got = 0;

	fi_spurious(2); /* the second wait on a condition variable, the fourth, ... ends without a signal */
	fi_eintr(2);    /* and the second wait on a semaphore by a signal of the other kind */
	for (unsigned i = 0; i < 3; i++) {
		user[i].count = 1;
		start(&user[i], getter, buffer);
	}
	kit_let_others_run();
	fi_reset();
	for (unsigned i = 0; i < 3; i++)
		returned += finished(&user[i]);
	cr_assert(
	    eq(uint, returned, 0),
	    "a bbuf_get that is woken without a reason waits again: %u of 3 have returned an item, and nothing was put",
	    returned);
	for (unsigned i = 0; i < 3; i++)
		expect_put(buffer, 5);
	for (unsigned i = 0; i < 3; i++) {
		pthread_join(user[i].thread, NULL);
		got += user[i].result == 1 && user[i].got[0] == 5;
	}
	cr_assert(eq(uint, got, 3), "afterwards each bbuf_get takes an item: %u of 3 have item 5", got);
	bbuf_destroy(buffer);
}

KIT_TEST(bounded_buffer, create_without_memory_is_enomem)
{
	bbuf *buffer = NULL;

	for (unsigned nth = 1; nth <= 20 && !buffer; nth++) { /* until there are fewer than nth allocations */
		int error;

		fi_fail_nth(KIT_MALLOC, nth, ENOMEM);
		errno = 0;
		buffer = bbuf_create(4);
		error = errno;
		if (!buffer)
			cr_assert(eq(int, error, ENOMEM), "bbuf_create without memory: errno is \"%s\", expected ENOMEM",
			          strerror(error));
	}
	fi_reset();
	cr_assert(ne(ptr, buffer, NULL), "bbuf_create makes a buffer once there is memory; it returned NULL 20 times");
	expect_put(buffer, 1); /* it is a buffer like any other */
	expect_get(buffer, 1);
	bbuf_destroy(buffer);
}

KIT_TEST(bounded_buffer, blocked_callers_sleep)
{
	static struct user put = {.first = 2, .count = 1}, get = {.count = 1};
	bbuf *full = buffer_of(1), *empty = buffer_of(1);

	expect_put(full, 1);
	start(&put, putter, full);
	start(&get, getter, empty);
	kit_expect_quiet();
	expect_get(full, 1);
	expect_get(full, 2);
	expect_put(empty, 3);
	pthread_join(put.thread, NULL);
	pthread_join(get.thread, NULL);
	bbuf_destroy(full);
	bbuf_destroy(empty);
}
