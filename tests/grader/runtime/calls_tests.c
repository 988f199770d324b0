/* calls_tests.c - guarded calls: whatever is called comes back as it was called, or the test ends. */
#include "kit.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>

struct table {
	long cell[40];
};
struct pair {
	long first;
	double second;
};
struct table table_reversed(struct table table);
long sum_of(int count, ...);
double weighted(int count, ...);
long double halved(long double number);
struct pair pair_of(long a, long b, long c, long d, long e, long f, long g, double h);
void sorted(int *item, size_t count);
unsigned long call_back(unsigned depth, unsigned long (*function)(unsigned depth, void *context), void *context);
unsigned long deep(unsigned depth);
void *through_pthread_exit(void *number);
void *end_this_thread(void *number);
void change_return_address(void);
void change_frame_pointer(void);
void change_frame_further_up(void);
void return_past_the_entry(void);
void note_frame(void);
pthread_t create_writer(void);

/* ---- calls of all shapes -------------------------------------------------------------------------------------- */

KIT_TEST(calls, large_structs_go_in_and_come_out)
{
	struct table table;
	for (int i = 0; i < 40; i++)
		table.cell[i] = i;
	struct table reversed = table_reversed(table);
	for (int i = 0; i < 40; i++)
		cr_expect(eq(long, reversed.cell[i], 39 - i));
}

KIT_TEST(calls, any_number_of_arguments)
{
	cr_expect(eq(long, sum_of(0), 0));
	cr_expect(eq(long, sum_of(24, 1l, 2l, 3l, 4l, 5l, 6l, 7l, 8l, 9l, 10l, 11l, 12l, 13l, 14l, 15l, 16l, 17l, 18l, 19l,
	                          20l, 21l, 22l, 23l, 24l),
	              300));
	cr_expect(eq(dbl, weighted(12, .5, .5, .5, .5, .5, .5, .5, .5, .5, .5, .5, .5), 33));
}

KIT_TEST(calls, results_of_all_kinds)
{
	cr_expect(halved(5.0L) == 2.5L);
	struct pair pair = pair_of(1, 2, 3, 4, 5, 6, 7, 8.5);
	cr_expect(eq(long, pair.first, 28));
	cr_expect(eq(dbl, pair.second, 8.5));
}

KIT_TEST(calls, a_library_function_that_calls_back)
{
	int item[] = {5, 3, 4, 1, 2};
	sorted(item, 5);
	for (int i = 0; i < 5; i++)
		cr_expect(eq(int, item[i], i + 1));
}

static unsigned long nest(unsigned depth, void *context)
{
	return depth ? call_back(depth - 1, nest, context) : *(unsigned long *)context;
}

KIT_TEST(calls, callbacks_that_call_again)
{
	unsigned long base = 7;
	cr_expect(eq(ulong, call_back(100, nest, &base), 108));
}

KIT_TEST(calls, deep_recursion)
{
	cr_expect(eq(ulong, deep(10000), 10000));
}

/* A thread that does not come back from its call leaves it open; the next one may have its stack. */
KIT_TEST(calls, threads_that_end_within_a_call)
{
	for (uintptr_t i = 1; i <= 3; i++) {
		pthread_t thread;
		void *result = NULL;
		cr_assert(eq(int, pthread_create(&thread, NULL, i == 2 ? through_pthread_exit : end_this_thread, (void *)i), 0));
		cr_assert(eq(int, pthread_join(thread, &result), 0));
		cr_expect(eq(ptr, result, (void *)i));
	}
	cr_expect(eq(ptr, through_pthread_exit((void *)9), (void *)9));
}

/* ---- writes to the frames of callers -------------------------------------------------------------------------- */

/* => fail
 * criterion tampered
 *   the call did not return as it was called
 *   at calls.c:{return address} change_return_address
 */
KIT_TEST(calls, a_return_address)
{
	change_return_address();
}

/* => fail
 * criterion tampered
 *   the call did not return as it was called
 *   at calls.c:{frame pointer} change_frame_pointer
 */
KIT_TEST(calls, a_saved_register)
{
	change_frame_pointer();
}

/* => fail
 * criterion tampered
 *   the call did not return as it was called
 *   at calls.c:{further up} change_frame_further_up
 */
KIT_TEST(calls, the_callers_caller)
{
	change_frame_further_up();
}

/* => fail
 * criterion tampered
 *   the test's body was left without returning from all of its calls
 */
KIT_TEST(calls, past_the_kits_own_frame_to_the_end)
{
	return_past_the_entry();
}

/* => fail
 * criterion tampered
 *   a call was left without returning from it
 */
KIT_TEST(calls, past_the_kits_own_frame_to_the_next_call)
{
	for (int i = 0; i < 2; i++)
		return_past_the_entry();
}

/* => fail
 * criterion tampered
 *   while a thread waited, return addresses or saved registers on its stack were changed
 */
KIT_TEST(calls, by_another_thread_while_it_waits)
{
	note_frame();
	pthread_join(create_writer(), NULL);
}
