/* public.c - the tests of user_threads that students have. */
#include "kit.h"
#include "user_threads.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what happened, in words, one after the other --------------------------------------------- */

static char trace[1024];

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
	size_t length = strlen(trace);
	va_list values;

	va_start(values, format);
	vsnprintf(trace + length, sizeof(trace) - length, format, values);
	va_end(values);
}

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

static int spawn(ut *u, void (*fn)(void *), void *arg)
{
	int id = ut_spawn(u, fn, arg, UT_STACK_MIN);

	cr_assert(ge(int, id, 0), "ut_spawn returned %d (errno is %s), expected an id", id, kit_error_name(errno));
	return id;
}

static void run(ut *u)
{
	int result;

	errno = 0;
	result = ut_run(u);
	cr_assert(eq(int, result, 0), "ut_run returned %d (errno is %s), expected 0", result, kit_error_name(errno));
}

/* ---- turns ------------------------------------------------------------------------------------ */

struct worker {
	ut *u;
	char name;
	int rounds;
};

static void take_turns(void *arg)
{
	const struct worker *worker = arg;

	for (int i = 0; i < worker->rounds; i++) {
		note("%c%d ", worker->name, i);
		ut_yield(worker->u);
	}
}

KIT_TEST(user_threads, three_tasks_take_turns)
{
	ut *u = create();
	struct worker worker[] = {{u, 'a', 3}, {u, 'b', 3}, {u, 'c', 3}};

	for (int i = 0; i < 3; i++)
		spawn(u, take_turns, &worker[i]);
	run(u);
	expect_trace("a0 b0 c0 a1 b1 c1 a2 b2 c2 ", "a, b and c yield after each step");
	ut_destroy(u);
}

KIT_TEST(user_threads, who_ends_is_left_out)
{
	ut *u = create();
	struct worker worker[] = {{u, 'a', 1}, {u, 'b', 3}, {u, 'c', 2}};

	for (int i = 0; i < 3; i++)
		spawn(u, take_turns, &worker[i]);
	run(u);
	expect_trace("a0 b0 c0 b1 c1 b2 ", "a has one step, b three and c two");
	ut_destroy(u);
}

KIT_TEST(user_threads, run_ends_with_the_last_task)
{
	ut *u = create();
	struct worker worker[] = {{u, 'a', 2}, {u, 'b', 1}};

	run(u);
	expect_trace("", "there is no task yet");
	spawn(u, take_turns, &worker[0]);
	run(u);
	note("| ");
	spawn(u, take_turns, &worker[1]);
	run(u);
	expect_trace("a0 a1 | b0 ", "a is run to its end, then b is spawned and run");
	ut_destroy(u);
}

/* ---- spawn ------------------------------------------------------------------------------------ */

static void spawn_two(void *arg)
{
	struct worker *worker = arg;

	note("spawns ");
	for (int i = 1; i <= 2; i++)
		note("%d ", ut_spawn(worker->u, take_turns, &worker[i], UT_STACK_MIN));
	note("yields ");
	ut_yield(worker->u);
	note("ends ");
}

KIT_TEST(user_threads, spawn_does_not_switch)
{
	ut *u = create();
	struct worker worker[] = {{u, 'p', 0}, {u, 'a', 2}, {u, 'b', 2}};

	spawn(u, spawn_two, worker);
	run(u);
	expect_trace("spawns 1 2 yields a0 b0 ends a1 b1 ", "a task spawns a and b, and yields then");
	ut_destroy(u);
}

KIT_TEST(user_threads, ids_are_counted)
{
	ut *u = create();
	struct worker worker = {u, 'a', 1};

	for (int i = 0; i < 4; i++) {
		int id = spawn(u, take_turns, &worker);

		cr_assert(eq(int, id, i), "task number %d of the handle has the id %d, expected %d", i, id, i);
	}
	run(u);
	ut_destroy(u);
}

/* ---- stacks ----------------------------------------------------------------------------------- */

enum { TASKS = 4, WORDS = 200 };

struct keeper {
	ut *u;
	int number;
	char *stack; /* an address there */
	int lost;    /* of its words, when it had gone on */
};

static void keep_words(void *arg)
{
	struct keeper *keeper = arg;
	volatile int word[WORDS]; /* in memory, on the stack */

	keeper->stack = (char *)(size_t)word;
	for (int i = 0; i < WORDS; i++)
		word[i] = keeper->number * 1000 + i;
	for (int round = 0; round < 3; round++)
		ut_yield(keeper->u);
	for (int i = 0; i < WORDS; i++)
		keeper->lost += word[i] != keeper->number * 1000 + i;
}

KIT_TEST(user_threads, each_task_has_a_stack)
{
	ut *u = create();
	static struct keeper keeper[TASKS];

	for (int i = 0; i < TASKS; i++) {
		keeper[i].u = u;
		keeper[i].number = i;
		spawn(u, keep_words, &keeper[i]);
	}
	run(u);
	for (int i = 0; i < TASKS; i++)
		for (int j = 0; j < i; j++) {
			size_t apart = (size_t)(keeper[i].stack > keeper[j].stack ? keeper[i].stack - keeper[j].stack
			                                                          : keeper[j].stack - keeper[i].stack);

			cr_assert(ge(sz, apart, sizeof(int[WORDS])),
			          "tasks %d and %d have not ended, and their local variables are %zu bytes apart", j, i, apart);
		}
	for (int i = 0; i < TASKS; i++)
		cr_assert(eq(int, keeper[i].lost, 0), "of %d local variables of task %d %d have changed while others ran",
		          WORDS, i, keeper[i].lost);
	ut_destroy(u);
}

/* ---- join ------------------------------------------------------------------------------------- */

struct joiner {
	ut *u;
	char name;
	int id; /* of whom it waits for */
};

static void join(void *arg)
{
	const struct joiner *joiner = arg;
	int result;

	note("%c-> ", joiner->name);
	errno = 0;
	result = ut_join(joiner->u, joiner->id);
	note("%c=%d/%s ", joiner->name, result, result ? kit_error_name(errno) : "");
}

KIT_TEST(user_threads, join_waits_for_the_end)
{
	ut *u = create();
	struct joiner joiner = {u, 'j', 2};
	struct worker worker[] = {{u, 'b', 4}, {u, 'a', 2}};

	spawn(u, join, &joiner);
	spawn(u, take_turns, &worker[0]);
	spawn(u, take_turns, &worker[1]);
	run(u);
	expect_trace("j-> b0 a0 b1 a1 b2 b3 j=0/ ", "j joins a, which has two steps, beside b, which has four");
	ut_destroy(u);
}

KIT_TEST(user_threads, a_task_that_joins_itself_is_edeadlk)
{
	ut *u = create();
	struct joiner joiner = {u, 'j', 0};

	spawn(u, join, &joiner);
	run(u);
	expect_trace("j-> j=-1/EDEADLK ", "a task joins itself");
	ut_destroy(u);
}

/* ---- failures --------------------------------------------------------------------------------- */

/* Lets the nth call of `op` fail. Returns whether there was one. */
static bool spawns_without_memory(enum kit_op op, unsigned nth)
{
	ut *u = create();
	struct worker worker[] = {{u, 'a', 1}, {u, 'b', 1}};
	int failed, error;
	bool reached;

	trace[0] = 0;
	fi_reset();
	fi_fail_nth(op, nth, ENOMEM);
	errno = 0;
	failed = ut_spawn(u, take_turns, &worker[0], UT_STACK_MIN);
	error = errno;
	reached = fi_calls(op) >= nth;
	fi_reset();
	if (reached) {
		cr_assert(failed == -1 && error == ENOMEM,
		          "there is no memory: ut_spawn returned %d with errno %s, expected -1 with ENOMEM", failed,
		          kit_error_name(error));
		failed = spawn(u, take_turns, &worker[1]);
		cr_assert(eq(int, failed, 0), "a call that failed uses no id: the first task has the id %d, expected 0",
		          failed);
	}
	run(u);
	expect_trace(reached ? "b0 " : "a0 ", reached ? "a could not be spawned, b could" : "a was spawned");
	ut_destroy(u);
	return reached;
}

KIT_TEST(user_threads, without_memory_is_enomem)
{
	bool any = false;

	for (unsigned nth = 1; nth <= 6 && spawns_without_memory(KIT_MALLOC, nth); nth++)
		any = true;
	for (unsigned nth = 1; nth <= 6 && spawns_without_memory(KIT_MMAP, nth); nth++)
		any = true;
	cr_assert(any, "a task needs memory: ut_spawn has asked for none");
}
