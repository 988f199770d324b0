/* The hidden tests of user_threads: one for each sentence of the contract that is easy to forget, and one that is any
 * small program. */
#include "kit.h"
#include "user_threads.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- what happened, in words, one after the other --------------------------------------------- */

static char trace[2048];

__attribute__((format(printf, 2, 3))) static void note_in(char text[sizeof(trace)], const char *format, ...)
{
	size_t length = strlen(text);
	va_list values;

	va_start(values, format);
	vsnprintf(text + length, sizeof(trace) - length, format, values);
	va_end(values);
}

#define note(...) note_in(trace, __VA_ARGS__)

static void expect_trace(const char *expected, const char *what)
{
	cr_assert(eq(str, trace, (char *)(size_t)expected), "%s: what happened is \"%s\", expected \"%s\"", what, trace,
	          expected);
}

static ut *create(void)
{
	ut *u = ut_create();

	cr_assert(ne(ptr, u, NULL), "ut_create returned NULL (errno is %s)", kit_error_name(errno));
	return u;
}

static int spawn_with(ut *u, void (*fn)(void *), void *arg, size_t stack_bytes)
{
	int id = ut_spawn(u, fn, arg, stack_bytes);

	cr_assert(ge(int, id, 0), "ut_spawn returned %d (errno is %s), expected an id", id, kit_error_name(errno));
	return id;
}

static int spawn(ut *u, void (*fn)(void *), void *arg)
{
	return spawn_with(u, fn, arg, UT_STACK_MIN);
}

static void run(ut *u)
{
	int result;

	errno = 0;
	result = ut_run(u);
	cr_assert(eq(int, result, 0), "ut_run returned %d (errno is %s), expected 0", result, kit_error_name(errno));
}

static void note_join(ut *u, const char *who, int id)
{
	int result;

	errno = 0;
	result = ut_join(u, id);
	note("%s=%s ", who, result == 0 ? "0" : result == -1 ? kit_error_name(errno) : "neither 0 nor -1");
}

/* ---- any small program ------------------------------------------------------------------------ */

enum action { YIELD, SPAWN, JOIN_NEXT, JOIN_BEFORE, RETURN };
enum { TASKS = 3, ACTIONS = 2, MOST_TASKS = TASKS + TASKS * ACTIONS };

/* Three tasks with two actions each; whom they spawn has none. */
static enum action script[MOST_TASKS][ACTIONS];

static enum action action_of(int id, int step)
{
	return id < TASKS && step < ACTIONS ? script[id][step] : RETURN;
}

static int joined_by(int id, enum action action)
{
	return (id + (action == JOIN_NEXT ? 1 : TASKS - 1)) % TASKS;
}

/* The contract, for programs of this kind. */
struct model {
	struct model_task {
		int step, waits_for; /* -1: for nobody */
		unsigned since;      /* as what in order it began to wait */
		bool ended, has_waited;
	} task[MOST_TASKS];
	int queue[64], first, last; /* ids, from first to last - 1 */
	int tasks;
	unsigned waits;
	char trace[sizeof(trace)];
};

static void model_ends(struct model *model, int id)
{
	model->task[id].ended = true;
	for (;;) {
		int next = -1;

		for (int i = 0; i < model->tasks; i++)
			if (model->task[i].waits_for == id && (next < 0 || model->task[i].since < model->task[next].since))
				next = i;
		if (next < 0)
			return;
		model->task[next].waits_for = -1;
		model->task[next].has_waited = true;
		model->queue[model->last++] = next;
	}
}

/* Whether it waits. */
static bool model_joins(struct model *model, int id, int other)
{
	int end = other;

	note_in(model->trace, "%d->%d ", id, other);
	while (end >= 0 && end != id)
		end = model->task[end].waits_for;
	if (end == id || model->task[other].ended) {
		note_in(model->trace, "%d=%s ", id, end == id ? "EDEADLK" : "0");
		return false;
	}
	model->task[id].waits_for = other;
	model->task[id].since = model->waits++;
	return true;
}

/* Until it yields, waits or ends. */
static void model_goes_on(struct model *model, int id)
{
	struct model_task *task = &model->task[id];

	if (task->has_waited)
		note_in(model->trace, "%d=0 ", id);
	task->has_waited = false;
	for (;;) {
		enum action action = action_of(id, task->step++);

		if (action == YIELD) {
			note_in(model->trace, "%dy ", id);
			model->queue[model->last++] = id;
			return;
		}
		if (action == RETURN) {
			note_in(model->trace, "%dr ", id);
			model_ends(model, id);
			return;
		}
		if (action == SPAWN) {
			model->task[model->tasks].waits_for = -1;
			model->queue[model->last++] = model->tasks;
			note_in(model->trace, "%ds%d ", id, model->tasks++);
		} else if (model_joins(model, id, joined_by(id, action))) {
			return;
		}
	}
}

static void run_model(struct model *model)
{
	for (; model->tasks < TASKS; model->tasks++) {
		model->task[model->tasks].waits_for = -1;
		model->queue[model->last++] = model->tasks;
	}
	while (model->first < model->last)
		model_goes_on(model, model->queue[model->first++]);
}

static struct actor {
	ut *u;
	int id;
} actor[MOST_TASKS];

static void act(void *arg)
{
	struct actor *me = arg;

	for (int step = 0;; step++) {
		enum action action = action_of(me->id, step);

		if (action == YIELD) {
			note("%dy ", me->id);
			ut_yield(me->u);
		} else if (action == SPAWN) {
			static int spawned = TASKS;
			int id = spawned++; /* which it has to be, too */

			actor[id] = (struct actor){me->u, id};
			note("%ds%d ", me->id, ut_spawn(me->u, act, &actor[id], UT_STACK_MIN));
		} else if (action == RETURN) {
			note("%dr ", me->id);
			return;
		} else {
			char who[16];

			note("%d->%d ", me->id, joined_by(me->id, action));
			snprintf(who, sizeof(who), "%d", me->id);
			note_join(me->u, who, joined_by(me->id, action));
		}
	}
}

KIT_TEST(user_threads, any_three_tasks_do_what_a_model_does)
{
	static struct model model;
	static const char *const what[TASKS] = {"task 0 does", "task 1 does", "task 2 does"};
	ut *u = create();

	for (int id = 0; id < TASKS; id++) {
		for (int step = 0; step < ACTIONS; step++)
			script[id][step] = (enum action)KIT_CHOOSE(what[id], "yield", "spawn", "join the next task",
			                                           "join the task before", "return");
		actor[id] = (struct actor){u, id};
		spawn(u, act, &actor[id]);
	}
	run_model(&model);
	run(u);
	expect_trace(model.trace, "y yields, s spawns, -> joins, = has joined, r returns");
	ut_destroy(u);
}

/* ---- turns ------------------------------------------------------------------------------------ */

struct worker {
	ut *u;
	const char *name;
	int rounds;
};

static void take_turns(void *arg)
{
	const struct worker *worker = arg;

	for (int i = 0; i < worker->rounds; i++) {
		note("%s%d ", worker->name, i);
		ut_yield(worker->u);
	}
}

struct counter {
	ut *u;
	int rounds, wrong;
	bool finished;
};

/* Many values that live on across each switch: the compiler keeps them in registers as long as it has some. */
static void count_in_many_registers(void *arg)
{
	struct counter *counter = arg;
	long a = 1, b = 2, c = 3, d = 5, e = 8, f = 13;
	double g = 0.5;

	for (int i = 0; i < counter->rounds; i++) {
		a += 1;
		b += a;
		c ^= b;
		d += 3;
		e += d & 7;
		f -= e;
		g += 1;
		ut_yield(counter->u);
		if (g - 0.5 != (double)i + 1 || a != i + 2)
			counter->wrong++;
	}
	long a2 = 1, b2 = 2, c2 = 3, d2 = 5, e2 = 8, f2 = 13;
	for (int i = 0; i < counter->rounds; i++) {
		a2 += 1;
		b2 += a2;
		c2 ^= b2;
		d2 += 3;
		e2 += d2 & 7;
		f2 -= e2;
	}
	counter->finished = true;
	counter->wrong += a != a2 || b != b2 || c != c2 || d != d2 || e != e2 || f != f2;
}

KIT_TEST(user_threads, locals_survive_ten_thousand_switches)
{
	ut *u = create();
	static struct counter counter[2];
	int rounds = (int)kit_repeat(kit_n(5000, 20), 500);

	for (int i = 0; i < 2; i++) {
		counter[i].u = u;
		counter[i].rounds = rounds;
		spawn(u, count_in_many_registers, &counter[i]);
	}
	run(u);
	for (int i = 0; i < 2; i++)
		cr_assert(counter[i].finished, "task %d has yielded %d times, and come to its end", i, rounds);
	for (int i = 0; i < 2; i++)
		cr_assert(eq(int, counter[i].wrong, 0),
		          "after %d switches local variables of task %d are not what they were: %d times", 2 * rounds, i,
		          counter[i].wrong);
	ut_destroy(u);
}

enum { MANY = 1000 };

static struct one_of_many {
	ut *u;
	int number, turns;
} one_of_many[MANY];
static int turn, out_of_turn, many;

static void check_turn(void *arg)
{
	struct one_of_many *one = arg;

	for (int round = 0; round < 3; round++) {
		out_of_turn += turn != round * many + one->number;
		turn++;
		one->turns++;
		ut_yield(one->u);
	}
}

KIT_TEST(user_threads, a_thousand_tasks_take_turns)
{
	ut *u = create();

	many = (int)kit_n(MANY, 20);
	for (int i = 0; i < many; i++) {
		one_of_many[i] = (struct one_of_many){u, i, 0};
		spawn(u, check_turn, &one_of_many[i]);
	}
	run(u);
	for (int i = 0; i < many; i++)
		cr_assert(eq(int, one_of_many[i].turns, 3), "task %d of %d had %d turns, expected 3", i, many,
		          one_of_many[i].turns);
	cr_assert(eq(int, out_of_turn, 0), "of %d turns %d were taken by another task than the one whose turn it was",
	          3 * many, out_of_turn);
	ut_destroy(u);
}

static void yield_alone(void *arg)
{
	struct worker *worker = arg;

	for (int i = 0; i < 3; i++) {
		ut_yield(worker->u);
		note("%d ", i);
	}
}

KIT_TEST(user_threads, a_yield_without_others_goes_on)
{
	ut *u = create();
	struct worker worker = {u, "a", 0};

	ut_yield(NULL);
	ut_yield(u);
	spawn(u, yield_alone, &worker);
	ut_yield(u);
	expect_trace("", "nobody yields outside of ut_run");
	run(u);
	ut_yield(u);
	expect_trace("0 1 2 ", "one task yields three times");
	ut_destroy(u);
}

/* ---- stacks and arguments --------------------------------------------------------------------- */

enum { PIECE = 4096, RESERVE = 24 * 1024 };

/* Fills the stack, goes away at its deepest point, and finds all as it was. Returns what it has not found. */
static unsigned fill(ut *u, size_t bytes, unsigned char value)
{
	volatile unsigned char piece[PIECE];
	unsigned lost = 0;

	for (int i = 0; i < PIECE; i += 8)
		piece[i] = value;
	if (bytes > 2 * PIECE)
		lost = fill(u, bytes - PIECE - 512, (unsigned char)(value + 1));
	else
		ut_yield(u);
	for (int i = 0; i < PIECE; i += 8)
		lost += piece[i] != value;
	return lost;
}

static struct filler {
	ut *u;
	size_t bytes;
	unsigned char value;
	unsigned lost;
} filler[4];

static void fill_stack(void *arg)
{
	struct filler *filler = arg;

	filler->lost = fill(filler->u, filler->bytes - RESERVE, filler->value);
}

KIT_TEST(user_threads, a_stack_is_as_large_as_it_was_asked_for)
{
	static const size_t bytes[4] = {UT_STACK_MIN, 256 * 1024, UT_STACK_MIN + 1, 100001};
	ut *u = create();

	for (int i = 0; i < 4; i++) {
		filler[i] = (struct filler){u, bytes[i], (unsigned char)(64 * i), 0};
		spawn_with(u, fill_stack, &filler[i], bytes[i]);
	}
	run(u);
	for (int i = 0; i < 4; i++)
		cr_assert(eq(uint, filler[i].lost, 0),
		          "%u bytes on the stack of %zu bytes of task %d were not what they had been", filler[i].lost, bytes[i],
		          i);
	ut_destroy(u);
}

enum { ADDRESSES = 6 };

static const uintptr_t addresses[ADDRESSES] = {0,          0x7fff80000001, 0xffffffff,
                                               0x80000000, UINTPTR_MAX,    0x123456789abcdef0};
static uintptr_t got[ADDRESSES];
static unsigned calls;

static void note_argument(void *arg)
{
	if (calls < ADDRESSES)
		got[calls++] = (uintptr_t)arg;
}

/* Takes what the heap has at low addresses, so that the next blocks come from the kernel, at addresses of more than 32
 * bits. Returns how many blocks that were. */
static unsigned use_up_low_addresses(void *block[], unsigned most)
{
	unsigned count = 0;

	mallopt(M_MMAP_THRESHOLD, 1);
	while (count < most && (uintptr_t)(block[count++] = malloc(200)) <= UINT32_MAX)
		;
	return count;
}

KIT_TEST(user_threads, an_argument_is_any_address)
{
	static void *block[4096];
	unsigned blocks = kit_watched() ? 0 : use_up_low_addresses(block, 4096);
	ut *u = create();

	for (int i = 0; i < ADDRESSES; i++)
		spawn(u, note_argument, (void *)addresses[i]);
	run(u);
	ut_destroy(u);
	cr_assert(blocks == 0 || (uintptr_t)block[blocks - 1] > UINT32_MAX, "the heap is at high addresses");
	while (blocks > 0)
		free(block[--blocks]);
	cr_assert(eq(uint, calls, ADDRESSES), "of %d tasks %u have run", ADDRESSES, calls);
	for (int i = 0; i < ADDRESSES; i++)
		cr_assert(got[i] == addresses[i], "the argument of task %d is %#zx: it has got %#zx", i, (size_t)addresses[i],
		          (size_t)got[i]);
}

static void do_nothing(void *arg)
{
	(void)arg;
}

static void spawn_and_join(void *arg)
{
	struct worker *worker = arg;

	for (int i = 0; i < worker->rounds; i++) {
		int id = ut_spawn(worker->u, do_nothing, NULL, 1 << 20);

		if (id < 0) {
			note("task %d cannot be spawned: %s", i, kit_error_name(errno));
			return;
		}
		ut_join(worker->u, id);
	}
}

static size_t bytes_mapped(void)
{
	size_t pages = 0;
	FILE *statm = fopen("/proc/self/statm", "r");

	if (statm) {
		if (fscanf(statm, "%zu", &pages) != 1)
			pages = 0;
		fclose(statm);
	}
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* A stack of 1 MiB after the other, and addresses for 32 of them only. */
KIT_TEST(user_threads, a_stack_is_given_back_when_its_task_has_ended)
{
	size_t mapped = bytes_mapped();
	ut *u = create();
	struct worker worker = {u, "a", (int)kit_n(100, 50)};

	spawn(u, spawn_and_join, &worker);
	if (!kit_watched() && mapped) {
		struct rlimit limit = {mapped + (32 << 20), RLIM_INFINITY};

		setrlimit(RLIMIT_AS, &limit);
	}
	run(u);
	expect_trace("", "tasks begin and end one after the other, spawned by another one");
	for (int i = 0; i < worker.rounds; i++) {
		spawn_with(u, do_nothing, NULL, 1 << 20);
		run(u);
	}
	ut_destroy(u);
}

KIT_TEST(user_threads, stacks_that_are_too_small_are_einval)
{
	ut *u = create();
	struct worker worker = {u, "a", 1};
	static const size_t small[] = {0, 1, 2048, UT_STACK_MIN - 1};

	for (size_t i = 0; i < sizeof(small) / sizeof(*small); i++) {
		errno = 0;
		int id = ut_spawn(u, take_turns, &worker, small[i]);
		cr_assert(id == -1 && errno == EINVAL,
		          "a stack of %zu bytes: ut_spawn returned %d with errno %s, expected -1 with EINVAL", small[i], id,
		          kit_error_name(errno));
	}
	int id = spawn_with(u, take_turns, &worker, UT_STACK_MIN);
	cr_assert(eq(int, id, 0), "calls that failed use no ids: the first task has the id %d, expected 0", id);
	run(u);
	expect_trace("a0 ", "one task could be spawned");
	ut_destroy(u);
}

/* ---- join ------------------------------------------------------------------------------------- */

struct joiner {
	ut *u;
	const char *name;
	int id; /* of whom it joins */
};

static void join(void *arg)
{
	const struct joiner *joiner = arg;

	note_join(joiner->u, joiner->name, joiner->id);
}

static void join_and_yield(void *arg)
{
	const struct joiner *joiner = arg;

	note_join(joiner->u, joiner->name, joiner->id);
	ut_yield(joiner->u);
	note("%s! ", joiner->name);
}

KIT_TEST(user_threads, joiners_go_on_in_the_order_in_which_they_came)
{
	ut *u = create();
	struct worker worker[] = {{u, "w", 2}, {u, "x", 4}};
	struct joiner joiner[] = {{u, "a", 3}, {u, "b", 3}, {u, "c", 3}};

	for (int i = 0; i < 3; i++)
		spawn(u, join_and_yield, &joiner[i]);
	spawn(u, take_turns, &worker[0]);
	spawn(u, take_turns, &worker[1]);
	run(u);
	expect_trace("w0 x0 w1 x1 x2 a=0 b=0 c=0 x3 a! b! c! ", "a, b and c join w, beside x, and yield then");
	ut_destroy(u);
}

static void join_again_and_again(void *arg)
{
	struct worker *worker = arg;
	int id = ut_spawn(worker->u, do_nothing, NULL, UT_STACK_MIN);

	note_join(worker->u, "its child", id);
	ut_spawn(worker->u, take_turns, worker + 1, UT_STACK_MIN);
	note_join(worker->u, "again", id);
	note_join(worker->u, "once more", id);
	note_join(worker->u, "a stranger", 0);
}

KIT_TEST(user_threads, a_task_that_has_ended_is_joined_at_once)
{
	ut *u = create();
	struct worker worker[] = {{u, "p", 0}, {u, "w", 1}};

	spawn(u, do_nothing, NULL);
	spawn(u, join_again_and_again, worker);
	run(u);
	expect_trace("its child=0 again=0 once more=0 a stranger=0 w0 ", "a task joins those that have ended");
	ut_destroy(u);
}

/* 0 joins 1, 1 joins 2, and so on; the last one joins the first and then `tail`. */
KIT_TEST(user_threads, a_cycle_is_edeadlk)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	struct joiner joiner[4];

	for (int length = 2; length <= 4; length++) {
		ut *u = create();
		char expected[80] = "";

		trace[0] = 0;
		for (int i = 0; i < length; i++) {
			joiner[i] = (struct joiner){u, names[i], (i + 1) % length};
			spawn(u, join, &joiner[i]);
		}
		run(u);
		for (int i = length - 1; i >= 0; i--)
			snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%s=%s ", names[i],
			         i == length - 1 ? "EDEADLK" : "0");
		expect_trace(expected, "each joins the next one, the last one the first");
		ut_destroy(u);
	}
}

/* No cycle, though one of the tasks on the way is waited for. */
KIT_TEST(user_threads, who_is_waited_for_can_wait)
{
	ut *u = create();
	struct joiner joiner[] = {{u, "a", 1}, {u, "b", 3}, {u, "c", 1}};
	struct worker worker = {u, "w", 2};

	for (int i = 0; i < 3; i++)
		spawn(u, join, &joiner[i]);
	spawn(u, take_turns, &worker);
	run(u);
	expect_trace("w0 w1 b=0 a=0 c=0 ", "a and c join b, b joins w");
	ut_destroy(u);
}

static void join_unknown(void *arg)
{
	struct worker *worker = arg;

	note_join(worker->u, "-1", -1);
	note_join(worker->u, "INT_MIN", INT_MIN);
	note_join(worker->u, "INT_MAX", INT_MAX);
	note_join(worker->u, "2", 2);
	note_join(NULL, "NULL", 0);
}

KIT_TEST(user_threads, an_id_that_was_never_given_is_esrch)
{
	ut *u = create();
	struct worker worker = {u, "b", 1};

	spawn(u, join_unknown, &worker);
	spawn(u, take_turns, &worker);
	run(u);
	expect_trace("-1=ESRCH INT_MIN=ESRCH INT_MAX=ESRCH 2=ESRCH NULL=EINVAL b0 ",
	             "there are two tasks, with the ids 0 and 1, and the first one joins others");
	ut_destroy(u);
}

KIT_TEST(user_threads, a_join_outside_of_run_is_eperm)
{
	ut *u = create();

	note_join(NULL, "NULL", 7);
	note_join(u, "no task", 7);
	spawn(u, do_nothing, NULL);
	note_join(u, "before", 0);
	run(u);
	note_join(u, "after", 0);
	expect_trace("NULL=EINVAL no task=EPERM before=EPERM after=EPERM ", "nobody runs");
	ut_destroy(u);
}

/* ---- ids, run, handles ------------------------------------------------------------------------ */

KIT_TEST(user_threads, ids_are_never_used_again)
{
	ut *u = create();

	for (int i = 0; i < 6; i++) {
		int id = spawn(u, do_nothing, NULL);

		cr_assert(eq(int, id, i), "%d tasks have ended, and the next one has the id %d", i, id);
		if (i % 2)
			run(u);
	}
	struct joiner joiner = {u, "the first", 0};
	spawn(u, join, &joiner);
	run(u);
	expect_trace("the first=0 ", "the first task has ended long ago");
	ut_destroy(u);
}

static void expect_refused(ut *u, void (*fn)(void *), const char *what)
{
	int id;

	errno = 0;
	id = ut_spawn(u, fn, NULL, UT_STACK_MIN);
	cr_assert(id == -1 && errno == EINVAL, "%s: ut_spawn returned %d with errno %s, expected -1 with EINVAL", what, id,
	          kit_error_name(errno));
}

KIT_TEST(user_threads, wrong_arguments_are_einval)
{
	ut *u = create();
	int result;

	expect_refused(NULL, do_nothing, "u is NULL");
	expect_refused(u, NULL, "fn is NULL");
	errno = 0;
	result = ut_run(NULL);
	cr_assert(result == -1 && errno == EINVAL, "ut_run(NULL) returned %d with errno %s, expected -1 with EINVAL",
	          result, kit_error_name(errno));
	ut_destroy(u);
}

KIT_TEST(user_threads, a_handle_without_memory_is_enomem)
{
	ut *u;
	int error;

	fi_fail_nth(KIT_MALLOC, 1, ENOMEM);
	fi_fail_nth(KIT_MMAP, 1, ENOMEM);
	errno = 0;
	u = ut_create();
	error = errno;
	fi_reset();
	cr_assert(u == NULL && error == ENOMEM, "there is no memory: ut_create returned %s with errno %s",
	          u ? "a handle" : "NULL", kit_error_name(error));
}

static void run_again(void *arg)
{
	struct worker *worker = arg;
	int result;

	errno = 0;
	result = ut_run(worker->u);
	note("run=%s ", result == 0 ? "0" : kit_error_name(errno));
}

KIT_TEST(user_threads, run_in_a_task_is_edeadlk)
{
	ut *u = create();
	struct worker worker[] = {{u, "a", 2}, {u, "b", 2}};

	spawn(u, take_turns, &worker[0]);
	spawn(u, run_again, &worker[0]);
	spawn(u, take_turns, &worker[1]);
	run(u);
	expect_trace("a0 run=EDEADLK b0 a1 b1 ", "a task calls ut_run between two that take turns");
	ut_destroy(u);
}

static void run_another(void *arg)
{
	struct worker *outer = arg; /* and behind it one that is spawned in the other handle */
	int result;

	ut_yield(outer->u);
	result = ut_run(outer[1].u);
	note("inner=%d ", result);
	ut_yield(outer->u);
	note("end ");
}

KIT_TEST(user_threads, a_task_can_run_another_handle)
{
	ut *u = create(), *inner = create();
	struct worker worker[] = {{u, "", 0}, {inner, "i", 2}, {u, "a", 3}};

	spawn(u, run_another, worker);
	spawn(u, take_turns, &worker[2]);
	spawn(inner, take_turns, &worker[1]);
	spawn(inner, take_turns, &worker[1]);
	run(u);
	expect_trace("a0 i0 i0 i1 i1 inner=0 a1 end a2 ", "a task runs another handle, beside a");
	ut_destroy(inner);
	ut_destroy(u);
}

static struct own_trace {
	ut *u;
	pthread_t thread, seen;
	unsigned wrong, turns;
	int result;
} own_trace[2];

static void count_turn(void *arg)
{
	struct own_trace *own = arg;

	for (unsigned i = 0; i < 4; i++) {
		own->wrong += own->turns / 2 != i;
		own->turns++;
		own->wrong += !pthread_equal(pthread_self(), own->seen);
		sched_yield(); /* the other thread goes on */
		ut_yield(own->u);
	}
}

static void *run_in_thread(void *arg)
{
	struct own_trace *own = arg;

	own->seen = pthread_self();
	own->u = ut_create();
	if (!own->u)
		return NULL;
	for (int i = 0; i < 2; i++)
		own->wrong += ut_spawn(own->u, count_turn, own, UT_STACK_MIN) != i;
	own->result = ut_run(own->u);
	ut_destroy(own->u);
	return NULL;
}

KIT_TEST(user_threads, handles_of_two_threads_are_apart)
{
	for (int i = 0; i < 2; i++)
		pthread_create(&own_trace[i].thread, NULL, run_in_thread, &own_trace[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(own_trace[i].thread, NULL);
	for (int i = 0; i < 2; i++) {
		cr_assert(eq(int, own_trace[i].result, 0), "ut_run in thread %d returned %d, expected 0", i,
		          own_trace[i].result);
		cr_assert(eq(uint, own_trace[i].turns, 8), "the tasks of thread %d had %u turns, expected 8", i,
		          own_trace[i].turns);
		cr_assert(eq(uint, own_trace[i].wrong, 0),
		          "%u turns of tasks of thread %d were out of order or in another thread", own_trace[i].wrong, i);
	}
}

KIT_TEST(user_threads, destroy_takes_tasks_that_have_not_begun)
{
	ut *u = create();
	struct worker worker = {u, "a", 1};

	for (int i = 0; i < 3; i++)
		spawn(u, take_turns, &worker);
	ut_destroy(u);
	ut_destroy(NULL);
	expect_trace("", "three tasks were spawned and never run");
}
