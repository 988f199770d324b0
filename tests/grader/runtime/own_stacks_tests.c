/* own_stacks_tests.c - threads that the kernel knows nothing of: the tools know on which stack they are. */
#include "kit.h"

int race_in_contexts(void);
int take_turns(void);
int overflow_in_a_block(void);
int overflow_at_a_guard(void);
int gone_while_in_use(void);
int many_contexts(int count);
int many_without_swapcontext(int count);
int call_on_one_stack(void (*function)(void));
void leave_for_good(void);
void return_from_the_caller(int forgets);

KIT_TEST(own_stacks, take_turns)
{
	cr_expect(eq(int, take_turns(), 6));
}

KIT_TEST(own_stacks, end_and_begin_on_the_same_stacks)
{
	cr_expect(eq(int, many_contexts(3000), 3000));
}

KIT_TEST(own_stacks, go_on_behind_getcontext)
{
	cr_expect(eq(int, many_without_swapcontext(2000), 2000));
}

/* Who never comes back from a call has left it, and is not to blame when the stack is another one's. */
KIT_TEST(own_stacks, are_used_again_when_somebody_left_them)
{
	for (int i = 0; i < 3; i++)
		cr_expect(eq(int, call_on_one_stack(leave_for_good), 0));
}

/* => pass
 * tsan data_race
 *   at own_stacks.c:{race} increment
 *   at own_stacks.c:{count} count (read by
 *   at own_stacks.c:{race} increment
 *   at own_stacks.c:{main} race_in_contexts (write by main thread
 */
KIT_TEST(own_stacks, a_race_in_a_context)
{
	cr_expect(eq(int, race_in_contexts(), 7));
}

/* => crash
 * criterion crash
 *   the main thread was killed by SIGSEGV: overflow of its own stack of 65536 bytes
 *    descend (crashed)
 */
KIT_TEST(own_stacks, a_stack_that_is_used_up_above_other_memory)
{
	cr_expect(eq(int, overflow_in_a_block(), 0));
}

/* => crash
 * criterion crash
 *   the main thread was killed by SIGSEGV: overflow of its own stack of 65536 bytes
 *    descend (crashed)
 */
KIT_TEST(own_stacks, a_stack_that_is_used_up_above_a_guard)
{
	cr_expect(eq(int, overflow_at_a_guard(), 0));
}

/* => crash
 * criterion crash
 *   the main thread was killed by SIGSEGV: its own stack is gone
 */
KIT_TEST(own_stacks, a_stack_that_is_unmapped_by_who_is_on_it)
{
	cr_expect(eq(int, gone_while_in_use(), 1));
}

#ifdef __x86_64__
static __attribute__((noinline)) void ask(int forgets)
{
	return_from_the_caller(forgets);
	cr_assert(false, "nobody comes here");
}

/* => fail
 * criterion tampered
 *   the test's body was left without returning from all of its calls
 */
KIT_TEST(own_stacks, a_context_that_leaves_out_the_caller)
{
	ask(0);
}

/* => fail
 * criterion tampered
 *   the test's body was left without returning from all of its calls
 */
KIT_TEST(own_stacks, and_calls_the_stack_of_the_body_a_new_one)
{
	ask(1);
}
#endif
