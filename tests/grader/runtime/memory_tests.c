/* memory_tests.c - memcheck's reports come through with the submission's lines. */
#include "kit.h"

#include <pthread.h>
#include <valgrind/valgrind.h>
#include <stdlib.h>

int leak(void);
int write_behind(void);
int use_freed(void);
int use_unset(void);
void free_twice(void);
void fork_with_block(void);
long run_tasks(char *memory);
int descend(int depth);

/* => pass
 * memcheck memory_leak
 *   40 bytes in 1 block is never freed
 *   at memory.c:{leak} leak
 */
KIT_TEST(memory, a_leak)
{
	cr_expect(eq(int, leak(), 1));
}

/* => pass
 * memcheck invalid_write
 *   at memory.c:{write behind} write_behind
 *   at memory.c:{allocate} write_behind (allocated)
 */
KIT_TEST(memory, a_write_behind_a_block)
{
	write_behind();
}

/* => pass
 * memcheck use_after_free
 *   at memory.c:{use freed} use_freed (used)
 *   at memory.c:{freed} use_freed (freed)
 */
KIT_TEST(memory, a_use_of_freed_memory)
{
	use_freed();
}

/* => pass
 * memcheck uninitialised_value
 *   at memory.c:{use unset} use_unset
 */
KIT_TEST(memory, a_use_of_unset_memory)
{
	use_unset();
}

/* => crash
 * criterion crash
 *   the main thread was killed by SIGABRT
 *   at memory.c:{free twice} free_twice
 * memcheck invalid_free
 *   at memory.c:{free twice} free_twice
 */
KIT_TEST(memory, a_block_that_is_freed_twice)
{
	free_twice();
}

KIT_TEST(memory, a_test_knows_who_watches)
{
	cr_expect(eq(int, kit_watched(), RUNNING_ON_VALGRIND != 0));
}

KIT_TEST(memory, a_child_s_copy_is_no_leak)
{
	fork_with_block();
}

/* Stacks that lie next to each other; the same again; and others in the same memory. */
KIT_TEST(memory, stacks_of_its_own_are_no_faults)
{
	enum { STACKS = 8 * 64 * 1024, SHIFT = 4096 };
	char *memory = malloc(STACKS + SHIFT);
	long first = run_tasks(memory);
	long both = run_tasks(memory);
	run_tasks(memory + SHIFT);
	free(memory);
	cr_expect(eq(long, both, 2 * first));
}

/* => crash
 * criterion crash
 *   the main thread was killed by SIGSEGV: stack overflow
 *    descend (crashed)
 */
KIT_TEST(memory, a_stack_that_is_used_up_is_one_finding)
{
	cr_expect(eq(int, descend(1 << 30), 0));
}

static void *descend_here(void *unused)
{
	descend(1 << 30);
	return unused;
}

/* => crash
 * criterion crash
 *   thread 1 was killed by SIGSEGV: stack overflow
 *    descend (crashed)
 */
KIT_TEST(memory, also_that_of_a_thread)
{
	pthread_t thread;
	pthread_create(&thread, NULL, descend_here, NULL);
	pthread_join(thread, NULL);
}
