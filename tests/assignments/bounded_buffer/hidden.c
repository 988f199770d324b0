/* The hidden tests of bounded_buffer: one for each sentence of the contract that is easy to forget, and one that is any
 * small client. */
#include "bounded_buffer.h"
#include "kit.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

/* ---- time: it is virtual, and passes when nothing else can happen ----------------------------- */

static struct timespec now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time;
}

static struct timespec in_seconds(long seconds)
{
	struct timespec time = now();

	time.tv_sec += seconds;
	return time;
}

/* How much later `time` is than `other`. */
static int64_t later_ns(struct timespec time, struct timespec other)
{
	return (int64_t)(time.tv_sec - other.tv_sec) * 1000000000 + (time.tv_nsec - other.tv_nsec);
}

/* ---- calls in threads of their own ------------------------------------------------------------ */

/* One call of bbuf_put (PUT), bbuf_put_until (UNTIL) or bbuf_get (GET), and what came of it. */
struct call {
	enum { PUT, UNTIL, GET } what;
	bbuf *buffer;
	unsigned number;          /* to put, or what was got */
	struct timespec deadline; /* of UNTIL */
	int result, error;
	struct timespec end;
	atomic_bool returned;
	sem_t *started; /* posted right before the call; may be NULL */
	pthread_t thread;
};

static int do_call(struct call *call)
{
	void *item = item_of(call->number);
	int result;

	if (call->what == PUT)
		return bbuf_put(call->buffer, item);
	if (call->what == UNTIL)
		return bbuf_put_until(call->buffer, item, &call->deadline);
	result = bbuf_get(call->buffer, &item);
	call->number = number_of(item);
	return result;
}

static void make(struct call *call)
{
	errno = 0;
	call->result = do_call(call);
	call->error = errno;
	call->end = now();
	atomic_store_explicit(&call->returned, true, memory_order_relaxed);
}

static bool has_returned(struct call *call)
{
	return atomic_load_explicit(&call->returned, memory_order_relaxed);
}

static void *call_thread(void *arg)
{
	struct call *call = arg;

	if (call->started)
		sem_post(call->started);
	make(call);
	return NULL;
}

static void start(struct call *call, bbuf *buffer)
{
	call->buffer = buffer;
	cr_assert(eq(int, pthread_create(&call->thread, NULL, call_thread, call), 0), "the test can start a thread");
}

static void join_all(struct call *calls, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		pthread_join(calls[i].thread, NULL);
}

static unsigned returned_of(struct call *calls, unsigned count)
{
	unsigned returned = 0;

	for (unsigned i = 0; i < count; i++)
		returned += has_returned(&calls[i]);
	return returned;
}

static void expect_error(const struct call *call, int error, const char *what)
{
	cr_assert(eq(int, call->result, -1), "%s returned %d, expected -1", what, call->result);
	cr_assert(eq(int, call->error, error), "%s: errno is %s, expected %s", what, kit_error_name(call->error),
	          kit_error_name(error));
}

static void expect_put(bbuf *buffer, unsigned number)
{
	int result = bbuf_put(buffer, item_of(number));

	cr_assert(eq(int, result, 0), "bbuf_put to an open buffer with room returned %d, expected 0", result);
}

static void fill(bbuf *buffer, unsigned count)
{
	for (unsigned i = 1; i <= count; i++)
		expect_put(buffer, i);
}

static void expect_get(bbuf *buffer, unsigned number)
{
	void *item = NULL;
	int result = bbuf_get(buffer, &item);

	cr_assert(eq(int, result, 1), "bbuf_get from a buffer with an item in it returned %d, expected 1", result);
	cr_assert(eq(uint, number_of(item), number),
	          "items come out in the order in which they went in: item %u, expected %u", number_of(item), number);
}

/* What is left in at the end of a test is taken out, so that only the tests of bbuf_destroy drop items. */
static void take_out(bbuf *buffer, unsigned count)
{
	void *item;

	for (unsigned i = 0; i < count; i++)
		bbuf_get(buffer, &item);
}

/* What a get that was blocked when the buffer ended must not have; that it returns 0 is a_closed_buffer_is_emptied. */
static void expect_no_item(const struct call *get)
{
	cr_assert(get->result != 1, "a bbuf_get that was blocked when the buffer ended has item %u, which nobody has put",
	          get->number);
}

/* ---- any small client --------------------------------------------------------------------------
 *
 * Two threads make three calls each; which ones, and how many places there are, the schedule chooses. When neither can
 * go on any more the test closes the buffer and takes out what is in. Then there must be an order of all calls, in
 * which each takes effect between its begin and its end, such that a plain queue gives the same results; and a call
 * that was blocked when all rested must have had a reason.
 */

enum { STEPS = 3, CAP_MOST = 2, DRAINS = 2 * STEPS + 1, HISTORY = DRAINS + 2 };

enum operation { OP_PUT, OP_TRY, OP_GET, OP_CLOSE, OP_REST };

struct step {
	enum operation operation;
	unsigned number; /* put, or got */
	int result, error;
	unsigned begin, end; /* moments, counted over all threads */
};

struct client {
	bbuf *buffer;
	atomic_uint *moment; /* relaxed: it orders nothing for others */
	struct step step[HISTORY];
	unsigned steps;
	pthread_t thread;
};

static unsigned next_moment(atomic_uint *moment)
{
	return atomic_fetch_add_explicit(moment, 1, memory_order_relaxed) + 1;
}

static void make_step(struct client *client, struct step *step)
{
	static const struct timespec passed = {.tv_nsec = 1};
	void *item = item_of(step->number);

	step->begin = next_moment(client->moment);
	errno = 0;
	switch (step->operation) {
	case OP_PUT:
		step->result = bbuf_put(client->buffer, item);
		break;
	case OP_TRY:
		step->result = bbuf_put_until(client->buffer, item, &passed);
		break;
	case OP_GET:
		step->result = bbuf_get(client->buffer, &item);
		step->number = step->result == 1 ? number_of(item) : 0;
		break;
	case OP_CLOSE:
		bbuf_close(client->buffer);
		break;
	case OP_REST:
		kit_let_others_run();
		step->begin = next_moment(client->moment);
	}
	step->error = step->result == -1 ? errno : 0;
	step->end = next_moment(client->moment);
}

static void *client_thread(void *arg)
{
	struct client *client = arg;

	for (unsigned i = 0; i < client->steps; i++)
		make_step(client, &client->step[i]);
	return NULL;
}

/* A plain queue, and how far the calls of each client have been put in order. */
struct model {
	unsigned cap, count, number[CAP_MOST];
	bool closed;
	unsigned done[3];
};

/* A step of another client that may hold a place already: it puts, has begun before the end of `step`, and is not in
 * order yet. */
static unsigned places_on_their_way(const struct model *model, const struct client *clients, const struct step *step)
{
	unsigned places = 0;

	for (unsigned c = 0; c < 3; c++) {
		const struct step *other = &clients[c].step[model->done[c]];

		if (model->done[c] < clients[c].steps && other != step && other->operation <= OP_TRY &&
		    other->begin < step->end)
			places++;
	}
	return places;
}

static bool blocks(const struct model *model, const struct step *step)
{
	return !model->closed && ((step->operation == OP_PUT && model->count == model->cap) ||
	                          (step->operation == OP_GET && model->count == 0));
}

static bool fails_with(const struct step *step, int error)
{
	return step->result == -1 && step->error == error;
}

static bool apply_put(struct model *model, const struct client *clients, const struct step *step)
{
	if (model->closed)
		return fails_with(step, EPIPE);
	if (fails_with(step, ETIMEDOUT))
		return step->operation == OP_TRY && model->count + places_on_their_way(model, clients, step) >= model->cap;
	if (model->count == model->cap || step->result != 0)
		return false;
	model->number[model->count++] = step->number;
	return true;
}

static bool apply_get(struct model *model, const struct step *step)
{
	if (model->count == 0)
		return model->closed && step->result == 0;
	if (step->result != 1 || step->number != model->number[0])
		return false;
	model->count--;
	memmove(model->number, model->number + 1, model->count * sizeof(model->number[0]));
	return true;
}

/* All rest: whoever is inside a call is blocked in it. */
static bool apply_rest(const struct model *model, const struct client *clients, const struct step *rest)
{
	for (unsigned c = 0; c < 2; c++) {
		const struct step *next = &clients[c].step[model->done[c]];

		if (model->done[c] < clients[c].steps && next->begin < rest->end && !blocks(model, next))
			return false;
	}
	return true;
}

static bool apply(struct model *model, const struct client *clients, const struct step *step)
{
	switch (step->operation) {
	case OP_PUT:
	case OP_TRY:
		return apply_put(model, clients, step);
	case OP_GET:
		return apply_get(model, step);
	case OP_CLOSE:
		model->closed = true;
		return true;
	case OP_REST:
		return apply_rest(model, clients, step);
	}
	return false;
}

/* Whether another client has a call that ended before this one began, and that is not in order yet. */
static bool comes_too_early(const struct model *model, const struct client *clients, const struct step *step)
{
	const struct step *rest = &clients[2].step[0];

	if (model->done[2] == 0 && step != rest && step->end > rest->end)
		return true; /* it was blocked when all rested */
	for (unsigned c = 0; c < 3; c++)
		if (model->done[c] < clients[c].steps && clients[c].step[model->done[c]].end < step->begin)
			return true;
	return false;
}

/* Whether the calls that are left can be put in an order that explains their results. */
static bool is_explained(const struct model *model, const struct client *clients)
{
	bool all = true;

	for (unsigned c = 0; c < 3; c++) {
		struct model next = *model;
		const struct step *step = &clients[c].step[model->done[c]];

		if (model->done[c] == clients[c].steps)
			continue;
		all = false;
		if (comes_too_early(model, clients, step) || !apply(&next, clients, step))
			continue;
		next.done[c]++;
		if (is_explained(&next, clients))
			return true;
	}
	return all;
}

static void describe_step(FILE *out, const struct step *step)
{
	static const char *const names[] = {"put", "put_until the past", "get", "close"};

	fprintf(out, "%s", names[step->operation]);
	if (step->operation <= OP_TRY)
		fprintf(out, " %u", step->number);
	if (step->operation == OP_CLOSE)
		return;
	fprintf(out, " = %d", step->result);
	if (step->result == -1)
		fprintf(out, " %s", kit_error_name(step->error));
	else if (step->operation == OP_GET && step->result == 1)
		fprintf(out, " (item %u)", step->number);
}

/* What each of them called, and got. */
static void describe(char *text, size_t size, unsigned cap, const struct client *clients)
{
	static const char *const names[] = {"thread A", "thread B", "then"};
	FILE *out = fmemopen(text, size, "w");

	fprintf(out, "%u place%s", cap, cap == 1 ? "" : "s");
	for (unsigned c = 0; c < 3; c++) {
		fprintf(out, "; %s: ", names[c]);
		for (unsigned i = c == 2; i < clients[c].steps; i++) {
			if (i > (c == 2))
				fprintf(out, ", ");
			describe_step(out, &clients[c].step[i]);
		}
	}
	fclose(out);
}

/* The schedule chooses what the client calls. */
static void choose_steps(struct client *client, const char *what, unsigned first_number)
{
	for (client->steps = 0; client->steps < STEPS; client->steps++)
		client->step[client->steps] =
		    (struct step){.operation = KIT_CHOOSE(what, "put", "put_until the past", "get", "close"),
		                  .number = first_number + client->steps};
}

KIT_TEST(bounded_buffer, any_small_client_is_served_like_by_a_queue)
{
	static struct client client[3];
	static atomic_uint moment;
	static char text[1024];
	struct model model = {.cap = 1 + kit_choose_named("places", (const char *const[]){"1", "2"}, CAP_MOST)};
	struct client *owner = &client[2];

	choose_steps(&client[0], "thread A calls", 1);
	choose_steps(&client[1], "thread B calls", 11);
	client[0].buffer = client[1].buffer = owner->buffer = buffer_of(model.cap);
	client[0].moment = client[1].moment = owner->moment = &moment;
	for (unsigned c = 0; c < 2; c++)
		pthread_create(&client[c].thread, NULL, client_thread, &client[c]);
	owner->step[0].operation = OP_REST;
	owner->step[1].operation = OP_CLOSE;
	owner->steps = 2;
	make_step(owner, &owner->step[0]);
	make_step(owner, &owner->step[1]);
	for (unsigned c = 0; c < 2; c++)
		pthread_join(client[c].thread, NULL);
	do {
		owner->step[owner->steps].operation = OP_GET;
		make_step(owner, &owner->step[owner->steps]);
	} while (owner->step[owner->steps++].result == 1 && owner->steps < HISTORY);
	describe(text, sizeof text, model.cap, client);
	cr_assert(is_explained(&model, client), "no order of these calls on a queue has these results: %s", text);
	bbuf_destroy(owner->buffer);
}

/* ---- calls with a deadline ---------------------------------------------------------------------- */

/* A put to a full buffer whose time will be over. In explored schedules a wait may end early, but then the clock shows
 * it: it jumps to the deadline. */
static void expect_time_over(const struct call *call, const char *what)
{
	int64_t late = later_ns(call->end, call->deadline);

	expect_error(call, ETIMEDOUT, what);
	cr_assert(late >= 0, "%s: ETIMEDOUT came %.6f s before the deadline", what, (double)-late / 1e9);
	if (kit_n(1, 0))
		cr_assert(late < 500000000, "%s: ETIMEDOUT came %.6f s after the deadline", what, (double)late / 1e9);
}

/* Whether a put to a full buffer gives up at its deadline. If not, put_until_gives_up_at_its_deadline says so, and the
 * tests of what else may happen before the deadline say nothing. */
static bool keeps_deadlines(void)
{
	struct call call = {.what = UNTIL, .number = 5, .buffer = buffer_of(1)};
	int64_t late;

	fill(call.buffer, 1);
	call.deadline = in_seconds(1);
	make(&call);
	late = later_ns(call.end, call.deadline);
	take_out(call.buffer, 1);
	bbuf_destroy(call.buffer);
	return call.error == ETIMEDOUT && late >= 0 && late < 500000000;
}

/* In explored schedules, time passes as the schedule wants it. */
static void expect_before_deadline(const struct call *call, const char *what)
{
	if (kit_n(1, 0))
		cr_assert(later_ns(call->deadline, call->end) > 0, "%s; it slept on until its deadline", what);
}

/* ---- spurious wakeups: POSIX lets pthread_cond_wait return without a signal ------------------- */

/* The second wait on a condition variable, the fourth, ... ends without a signal, and one on a semaphore with EINTR. */
static void disturb_waits(void)
{
	fi_spurious(2);
	fi_eintr(2);
}

KIT_TEST(bounded_buffer, put_survives_a_spurious_wakeup)
{
	static struct call call[3];
	bbuf *buffer = buffer_of(1);
	unsigned returned;

	fill(buffer, 1);
	disturb_waits();
	for (unsigned i = 0; i < 3; i++) {
		call[i].number = 5;
		start(&call[i], buffer);
	}
	kit_let_others_run();
	fi_reset();
	returned = returned_of(call, 3);
	cr_assert(eq(uint, returned, 0),
	          "a bbuf_put that is woken without a reason waits again: %u of 3 have returned, the buffer is still full",
	          returned);
	expect_get(buffer, 1);
	for (unsigned i = 0; i < 3; i++)
		expect_get(buffer, 5);
	join_all(call, 3);
	bbuf_destroy(buffer);
}

KIT_TEST(bounded_buffer, put_until_survives_a_spurious_wakeup)
{
	static struct call call = {.what = UNTIL, .number = 5};

	if (!keeps_deadlines())
		return;
	call.buffer = buffer_of(1);
	fill(call.buffer, 1);
	disturb_waits();
	for (unsigned i = 0; i < 3; i++) {
		call.deadline = in_seconds(1);
		make(&call);
		expect_time_over(&call, "a bbuf_put_until that is woken without a reason");
	}
	fi_reset();
	expect_get(call.buffer, 1);
	bbuf_destroy(call.buffer);
}

/* ---- deadlines -------------------------------------------------------------------------------- */

KIT_TEST(bounded_buffer, put_until_gives_up_at_its_deadline)
{
	static struct call call = {.what = UNTIL, .number = 5};

	call.buffer = buffer_of(2);
	fill(call.buffer, 2);
	for (unsigned i = 0; i < 2; i++) {
		call.deadline = in_seconds(i == 0 ? 1 : 3600);
		make(&call);
		expect_time_over(&call, "bbuf_put_until to a full buffer");
	}
	expect_get(call.buffer, 1); /* the refused items are not in */
	expect_get(call.buffer, 2);
	expect_put(call.buffer, 3);
	expect_get(call.buffer, 3);
	bbuf_destroy(call.buffer);
}

KIT_TEST(bounded_buffer, a_deadline_that_has_passed_is_tried)
{
	static struct call call = {.what = UNTIL, .number = 1};
	static const struct timespec passed[] = {{.tv_nsec = 1}, {.tv_sec = 1, .tv_nsec = 999999999}};

	call.buffer = buffer_of(2);
	for (unsigned i = 0; i < 2; i++) {
		call.deadline = passed[i];
		make(&call);
		cr_assert(
		    eq(int, call.result, 0),
		    "with room, bbuf_put_until puts the item in, though the deadline has passed: it returned %d, errno is "
		    "%s, expected 0",
		    call.result, kit_error_name(call.error));
	}
	call.deadline = passed[1];
	make(&call);
	expect_error(&call, ETIMEDOUT, "bbuf_put_until to a full buffer with a deadline that has passed");
	expect_get(call.buffer, 1);
	expect_get(call.buffer, 1);
	bbuf_destroy(call.buffer);
}

KIT_TEST(bounded_buffer, put_until_takes_the_room_that_is_made)
{
	static sem_t started;
	static struct call call = {.what = UNTIL, .number = 5, .started = &started};
	bbuf *buffer;

	if (!keeps_deadlines())
		return;
	buffer = buffer_of(1);
	sem_init(&started, 0, 0);
	fill(buffer, 1);
	call.deadline = in_seconds(10);
	start(&call, buffer);
	sem_wait(&started);
	expect_get(buffer, 1); /* long before the deadline: time passes only when nothing else can happen */
	pthread_join(call.thread, NULL);
	if (kit_n(0, 1) && call.result == -1) {
		expect_time_over(&call, "bbuf_put_until to a full buffer");
	} else {
		cr_assert(eq(int, call.result, 0),
		          "bbuf_put_until goes on when there is room before the deadline: it returned %d, errno is %s, "
		          "expected 0",
		          call.result, kit_error_name(call.error));
		expect_before_deadline(&call, "bbuf_put_until goes on as soon as there is room");
		expect_get(buffer, 5);
	}
	bbuf_destroy(buffer);
}

/* The get is stopped right before it wakes somebody: there is room, and then the time of the put is over. */
KIT_TEST(bounded_buffer, room_at_the_deadline_is_used)
{
	static struct call put = {.what = UNTIL, .number = 5}, get = {.what = GET};
	struct kit_gate *gate[2];
	bbuf *buffer;

	if (!keeps_deadlines())
		return;
	buffer = buffer_of(1);
	fill(buffer, 1);
	put.deadline = in_seconds(1);
	gate[0] = gate_before(KIT_COND_SIGNAL, 1);
	gate[1] = gate_before(KIT_COND_BROADCAST, 1);
	start(&put, buffer);
	start(&get, buffer);
	kit_let_others_run();
	gate_open(gate[0]);
	gate_open(gate[1]);
	pthread_join(get.thread, NULL);
	pthread_join(put.thread, NULL);
	cr_assert(eq(int, get.result, 1), "bbuf_get from a full buffer returned %d, expected 1", get.result);
	if (kit_n(0, 1) && put.result == -1) {
		expect_time_over(&put, "bbuf_put_until to a full buffer");
	} else {
		cr_assert(eq(int, put.result, 0),
		          "an item was taken out before the deadline, so when the time is over there is room: bbuf_put_until "
		          "returned %d, errno is %s, expected 0",
		          put.result, kit_error_name(put.error));
		expect_get(buffer, 5);
	}
	bbuf_destroy(buffer);
}

KIT_TEST(bounded_buffer, a_wrong_deadline_is_einval)
{
	static const long wrong[] = {-1, 1000000000, -1000000000, 2000000000};
	static struct call call = {.what = UNTIL, .number = 5};

	call.buffer = buffer_of(2);
	for (unsigned i = 0; i < 4; i++) {
		call.deadline = in_seconds(1);
		call.deadline.tv_nsec = wrong[i];
		make(&call);
		expect_error(&call, EINVAL, "bbuf_put_until to a buffer with room, and a wrong tv_nsec");
	}
	fill(call.buffer, 2); /* nothing has gone in */
	make(&call);
	expect_error(&call, EINVAL, "bbuf_put_until to a full buffer, with a wrong tv_nsec");
	bbuf_close(call.buffer);
	make(&call);
	expect_error(&call, EINVAL, "bbuf_put_until to a closed buffer, with a wrong tv_nsec");
	expect_get(call.buffer, 1);
	expect_get(call.buffer, 2);
	bbuf_destroy(call.buffer);
}

/* ---- closing ---------------------------------------------------------------------------------- */

KIT_TEST(bounded_buffer, close_wakes_everybody)
{
	static struct call put[8], get[8];
	unsigned count = kit_n(8, 2), returned;
	bbuf *full = buffer_of(1), *empty = buffer_of(1);

	fill(full, 1);
	for (unsigned i = 0; i < count; i++) {
		put[i].number = 5;
		get[i].what = GET;
		start(&put[i], full);
		start(&get[i], empty);
	}
	kit_let_others_run();
	bbuf_close(full);
	bbuf_close(empty);
	kit_let_others_run();
	returned = returned_of(put, count);
	cr_assert(eq(uint, returned, count), "bbuf_close wakes all that are blocked in bbuf_put: %u of %u have returned",
	          returned, count);
	returned = returned_of(get, count);
	cr_assert(eq(uint, returned, count), "bbuf_close wakes all that are blocked in bbuf_get: %u of %u have returned",
	          returned, count);
	join_all(put, count);
	join_all(get, count);
	for (unsigned i = 0; i < count; i++) {
		expect_error(&put[i], EPIPE, "a bbuf_put that was blocked when the buffer was closed");
		expect_no_item(&get[i]);
	}
	take_out(full, 1);
	bbuf_destroy(full);
	bbuf_destroy(empty);
}

KIT_TEST(bounded_buffer, a_put_blocked_at_close_is_epipe_also_with_room)
{
	static struct call call[2] = {{.number = 5}, {.number = 6}};
	void *item = item_of(77);
	int result;
	bbuf *buffer = buffer_of(1);

	fill(buffer, 1);
	start(&call[0], buffer);
	start(&call[1], buffer);
	kit_let_others_run();
	bbuf_close(buffer);
	expect_get(buffer, 1); /* makes room, before or after they have looked */
	join_all(call, 2);
	for (unsigned i = 0; i < 2; i++)
		expect_error(&call[i], EPIPE, "a bbuf_put that was blocked when the buffer was closed, with room meanwhile");
	result = bbuf_get(buffer, &item);
	cr_assert(result != 1, "nothing goes into a closed buffer, but then bbuf_get took out item %u", number_of(item));
	bbuf_destroy(buffer);
}

KIT_TEST(bounded_buffer, close_ends_a_put_with_a_deadline)
{
	static sem_t started;
	static struct call call = {.what = UNTIL, .number = 5, .started = &started};
	bbuf *buffer;

	if (!keeps_deadlines())
		return;
	buffer = buffer_of(1);
	sem_init(&started, 0, 0);
	fill(buffer, 1);
	call.deadline = in_seconds(10);
	start(&call, buffer);
	sem_wait(&started);
	bbuf_close(buffer);
	pthread_join(call.thread, NULL);
	if (kit_n(0, 1) && call.error == ETIMEDOUT)
		expect_time_over(&call, "bbuf_put_until to a full buffer");
	else
		expect_error(&call, EPIPE, "a bbuf_put_until when the buffer is closed before the deadline");
	expect_before_deadline(&call, "bbuf_put_until returns EPIPE as soon as the buffer is closed");
	take_out(buffer, 1);
	bbuf_destroy(buffer);
}

KIT_TEST(bounded_buffer, put_after_close_is_epipe)
{
	static struct call put = {.number = 5}, until = {.what = UNTIL, .number = 6};

	put.buffer = until.buffer = buffer_of(2);
	fill(put.buffer, 2);
	bbuf_close(put.buffer);
	for (unsigned taken = 0; taken <= 2; taken++) { /* without room, with room, and without an item in */
		if (taken > 0)
			expect_get(put.buffer, taken);
		make(&put);
		expect_error(&put, EPIPE, "bbuf_put to a closed buffer");
		until.deadline = in_seconds(1);
		make(&until);
		expect_error(&until, EPIPE, "bbuf_put_until to a closed buffer");
		until.deadline = (struct timespec){.tv_nsec = 1};
		make(&until);
		expect_error(&until, EPIPE, "bbuf_put_until to a closed buffer, with a deadline that has passed");
	}
	bbuf_destroy(put.buffer);
}

KIT_TEST(bounded_buffer, closing_twice_does_nothing)
{
	static struct call get = {.what = GET}, put = {.number = 5};
	bbuf *buffer = buffer_of(3);

	get.buffer = put.buffer = buffer;
	fill(buffer, 2);
	bbuf_close(buffer);
	bbuf_close(buffer);
	expect_get(buffer, 1); /* what is in stays in */
	bbuf_close(buffer);
	expect_get(buffer, 2);
	bbuf_close(buffer);
	make(&put);
	expect_error(&put, EPIPE, "bbuf_put to a buffer that was closed several times");
	make(&get); /* a hang here: the buffer is open again */
	expect_no_item(&get);
	bbuf_destroy(buffer);
}

/* ---- destroying ------------------------------------------------------------------------------- */

/* No time passes until the put sleeps: it is stopped right before its wait, where it has the lock and bbuf_destroy has
 * not. In a design whose puts wait for a semaphore it is not stopped; then its time is over before the destroy. */
static void destroy_under_a_deadline(void)
{
	static struct call call = {.what = UNTIL, .number = 5};
	struct kit_gate *gate = gate_before(KIT_COND_WAIT, 1);
	bbuf *buffer = buffer_of(1);

	fill(buffer, 1);
	call.deadline = in_seconds(3600);
	start(&call, buffer);
	kit_let_others_run();
	gate_open(gate);
	bbuf_destroy(buffer); /* frees the buffer, also if those with a deadline are still in it */
	pthread_join(call.thread, NULL);
	if (call.error != ETIMEDOUT)
		expect_error(&call, EPIPE, "a bbuf_put_until that was blocked when the buffer was destroyed");
}

KIT_TEST(bounded_buffer, destroy_waits_until_all_have_left)
{
	static struct call call[4];
	enum { GETS, PUTS, PUT_UNTIL };
	unsigned who = KIT_CHOOSE("who is blocked", "gets", "puts", "a put with a deadline");
	if (who == PUT_UNTIL) {
		destroy_under_a_deadline();
		return;
	}
	bool puts = who == PUTS;
	unsigned count = 1 + kit_choose_named("how many", (const char *const[]){"1", "2", "3", "4"}, kit_n(4, 2));
	bool closed = kit_choose_named("closed before", (const char *const[]){"no", "yes"}, 2);
	bbuf *buffer = buffer_of(1);

	if (puts)
		fill(buffer, 1);
	for (unsigned i = 0; i < count; i++) {
		call[i].what = puts ? PUT : GET;
		start(&call[i], buffer);
	}
	kit_let_others_run();
	if (closed)
		bbuf_close(buffer);
	bbuf_destroy(buffer); /* frees the buffer: whoever is still in it uses memory that is gone */
	join_all(call, count);
	for (unsigned i = 0; i < count; i++) {
		if (puts)
			expect_error(&call[i], EPIPE, "a bbuf_put that was blocked when the buffer was destroyed");
		else
			expect_no_item(&call[i]);
	}
}

KIT_TEST(bounded_buffer, destroy_of_null_does_nothing)
{
	bbuf_destroy(NULL);
}

/* ---- creating --------------------------------------------------------------------------------- */

static void expect_no_buffer(size_t cap, int expected)
{
	bbuf *buffer;
	int error;

	errno = 0;
	buffer = bbuf_create(cap);
	error = errno;
	cr_assert(eq(ptr, buffer, NULL), "bbuf_create(%zu) returns NULL; it returned a buffer", cap);
	cr_assert(eq(int, error, expected), "bbuf_create(%zu): errno is %s, expected %s", cap, kit_error_name(error),
	          kit_error_name(expected));
}

KIT_TEST(bounded_buffer, no_places_is_einval)
{
	expect_no_buffer(0, EINVAL);
}

KIT_TEST(bounded_buffer, too_many_places_is_enomem)
{
	expect_no_buffer(SIZE_MAX, ENOMEM);
	expect_no_buffer(SIZE_MAX / sizeof(void *), ENOMEM);     /* with anything in front of the array it is too much */
	expect_no_buffer(SIZE_MAX / sizeof(void *) + 2, ENOMEM); /* modulo 2^64 the array has 8 bytes */
	expect_no_buffer(SIZE_MAX / (2 * sizeof(void *)) - 4096, ENOMEM); /* more than there is */
}

/* Makes the `nth` call of `op` in bbuf_create fail. Returns whether there was such a call. */
static bool create_fails(enum kit_op op, unsigned nth, int error)
{
	bbuf *buffer;
	int seen;

	fi_reset();
	fi_fail_nth(op, nth, error);
	errno = 0;
	buffer = bbuf_create(4);
	seen = errno;
	if (fi_calls(op) < nth) {
		fi_reset();
		cr_assert(ne(ptr, buffer, NULL), "bbuf_create(4) makes a buffer when no call in it fails; it returned NULL");
		bbuf_destroy(buffer);
		return false;
	}
	fi_reset();
	cr_assert(eq(ptr, buffer, NULL), "bbuf_create returns NULL when a call in it fails; it returned a buffer");
	cr_assert(eq(int, seen, error), "bbuf_create passes the error on: errno is %s, expected %s", kit_error_name(seen),
	          kit_error_name(error));
	return true;
}

KIT_TEST(bounded_buffer, create_passes_errors_on)
{
	for (unsigned nth = 1; nth <= 8 && create_fails(KIT_MUTEX_INIT, nth, EAGAIN); nth++)
		;
	for (unsigned nth = 1; nth <= 8 && create_fails(KIT_COND_INIT, nth, EAGAIN); nth++)
		;
	for (unsigned nth = 1; nth <= 8 && create_fails(KIT_MALLOC, nth, ENOMEM); nth++)
		;
}

/* ---- more of the contract --------------------------------------------------------------------- */

KIT_TEST(bounded_buffer, null_is_an_item)
{
	void *item = item_of(77);
	int result;
	bbuf *buffer = buffer_of(2);

	result = bbuf_put(buffer, NULL);
	cr_assert(eq(int, result, 0), "bbuf_put of NULL returned %d, expected 0", result);
	expect_put(buffer, 3);
	bbuf_close(buffer);
	result = bbuf_get(buffer, &item);
	cr_assert(eq(int, result, 1), "bbuf_get of an item that is NULL returned %d, expected 1", result);
	cr_assert(eq(ptr, item, NULL), "bbuf_get of an item that is NULL gave item %u", number_of(item));
	expect_get(buffer, 3);
	bbuf_destroy(buffer);
}

static void start_all(struct call *calls, unsigned count, bbuf *buffer)
{
	for (unsigned i = 0; i < count; i++)
		start(&calls[i], buffer);
}

/* Several of one kind are blocked, then as many of the other kind come, one right after the other. */
KIT_TEST(bounded_buffer, no_wake_up_is_lost)
{
	static struct call put[4], get[4];
	unsigned count = kit_n(4, 2), cap = 1 + kit_choose_named("places", (const char *const[]){"1", "2"}, 2);
	bool puts_first = kit_choose_named("who is blocked", (const char *const[]){"gets", "puts"}, 2);
	bbuf *buffer = buffer_of(cap);

	for (unsigned i = 0; i < count; i++) {
		put[i].number = i + 1;
		get[i].what = GET;
	}
	if (puts_first)
		fill(buffer, cap);
	start_all(puts_first ? put : get, count, buffer);
	kit_let_others_run();
	start_all(puts_first ? get : put, count, buffer);
	join_all(put, count); /* a hang here: the wrong one was woken, or nobody */
	join_all(get, count);
	take_out(buffer, puts_first ? cap : 0);
	bbuf_destroy(buffer);
}

KIT_TEST(bounded_buffer, items_wait_until_they_are_fetched)
{
	unsigned rounds = kit_n(40, 3);
	bbuf *buffer = buffer_of(3);

	for (unsigned i = 0; i < rounds; i++) { /* the ring goes round, with any number of items in it */
		unsigned count = 1 + i % 3;

		fill(buffer, count);
		for (unsigned n = 1; n <= count; n++)
			expect_get(buffer, n);
	}
	bbuf_destroy(buffer);
}

KIT_TEST(bounded_buffer, two_buffers_are_independent)
{
	bbuf *one = buffer_of(2), *other = buffer_of(2);

	fill(one, 2);
	fill(other, 1);
	bbuf_close(one);
	expect_put(other, 2);
	expect_get(other, 1);
	bbuf_destroy(one);
	expect_put(other, 3);
	expect_get(other, 2);
	expect_get(other, 3);
	bbuf_destroy(other);
}

/* Asserts that the call just made has left errno as it was. */
static void expect_errno_untouched(const char *what)
{
	int error = errno;

	cr_assert(eq(int, error, EDOM), "%s reports no error, so errno stays: it was EDOM, now it is %s", what,
	          kit_error_name(error));
}

KIT_TEST(bounded_buffer, errno_is_set_for_errors_only)
{
	struct timespec passed = {.tv_nsec = 1};
	void *item;
	bbuf *buffer = buffer_of(2);

	errno = EDOM;
	bbuf_put(buffer, item_of(1));
	expect_errno_untouched("bbuf_put that succeeds");
	bbuf_put_until(buffer, item_of(2), &passed);
	expect_errno_untouched("bbuf_put_until that succeeds");
	bbuf_get(buffer, &item);
	expect_errno_untouched("bbuf_get that succeeds");
	bbuf_close(buffer);
	expect_errno_untouched("bbuf_close");
	bbuf_get(buffer, &item);
	bbuf_get(buffer, &item);
	expect_errno_untouched("bbuf_get that returns 0");
	bbuf_destroy(buffer);
	expect_errno_untouched("bbuf_destroy");
}

/* ---- design: who is woken --------------------------------------------------------------------- */

enum { WAITERS = 6 };

/* How many waits were begun since the last fi_reset by callers that were woken and could not go on. A lock that is made
 * of a semaphore waits, too, so a few waits on semaphores are no proof. */
static unsigned waits_in_vain(void)
{
	unsigned semaphores = fi_calls(KIT_SEM_WAIT);

	return fi_calls(KIT_COND_WAIT) + (semaphores < WAITERS - 2 ? 0 : semaphores);
}

/* All of `call` are blocked; something has happened that lets one of them go on. */
static void expect_one_woken(struct call *call, const char *what)
{
	unsigned returned, in_vain;

	kit_let_others_run();
	returned = returned_of(call, WAITERS);
	in_vain = waits_in_vain();
	cr_assert(eq(uint, returned, 1), "%s lets one of %u go on: %u have returned", what, WAITERS, returned);
	cr_assert(eq(uint, in_vain, 0), "%s wakes one of %u: others were woken in vain, %u waits were begun again", what,
	          WAITERS, in_vain);
}

KIT_TEST(bounded_buffer, one_put_wakes_one_get)
{
	static struct call get[WAITERS];
	bbuf *buffer = buffer_of(WAITERS);

	for (unsigned i = 0; i < WAITERS; i++) {
		get[i].what = GET;
		start(&get[i], buffer);
	}
	kit_let_others_run();
	fi_reset();
	expect_put(buffer, 1);
	expect_one_woken(get, "one bbuf_put");
	for (unsigned i = 1; i < WAITERS; i++) { /* the others go on one by one, whoever is woken by what */
		expect_put(buffer, 1);
		kit_let_others_run();
	}
	join_all(get, WAITERS);
	bbuf_destroy(buffer);
}

KIT_TEST(bounded_buffer, one_get_wakes_one_put)
{
	static struct call put[WAITERS];
	bbuf *buffer = buffer_of(1);

	fill(buffer, 1);
	for (unsigned i = 0; i < WAITERS; i++) {
		put[i].number = 5;
		start(&put[i], buffer);
	}
	kit_let_others_run();
	fi_reset();
	expect_get(buffer, 1);
	expect_one_woken(put, "one bbuf_get");
	for (unsigned i = 0; i < WAITERS; i++) { /* the others go on one by one, and the last item is taken out */
		expect_get(buffer, 5);
		kit_let_others_run();
	}
	join_all(put, WAITERS);
	bbuf_destroy(buffer);
}

KIT_TEST(bounded_buffer, a_put_with_a_deadline_sleeps)
{
	static struct call call = {.what = UNTIL, .number = 5};
	unsigned waits;

	call.buffer = buffer_of(1);
	fill(call.buffer, 1);
	call.deadline = in_seconds(3600);
	make(&call);
	waits = fi_calls(KIT_COND_WAIT) + fi_calls(KIT_SEM_WAIT) + fi_calls(KIT_LOCK);
	cr_assert(waits < 20, "an hour in bbuf_put_until is one sleep: the submission took a lock or waited %u times",
	          waits);
	take_out(call.buffer, 1);
	bbuf_destroy(call.buffer);
}
