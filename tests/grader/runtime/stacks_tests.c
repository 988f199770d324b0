/* stacks_tests.c - pthread_getattr_np answers under all checks, also where a thread has no kernel thread of its own. */
#include "kit.h"

#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int has_own_stack(const void *low, size_t bytes);

struct stack {
	void *low;
	size_t bytes;
	int right;
};

static void *ask(void *arg)
{
	struct stack *stack = arg;

	stack->right = has_own_stack(stack->low, stack->bytes);
	return NULL;
}

static int ask_in_thread(struct stack stack, const pthread_attr_t *attributes)
{
	pthread_t thread;

	pthread_create(&thread, attributes, ask, &stack);
	pthread_join(thread, NULL);
	return stack.right;
}

KIT_TEST(stacks, of_the_main_thread)
{
	cr_expect(eq(int, has_own_stack(NULL, 0), 1));
	cr_expect(eq(int, ask_in_thread((struct stack){0}, NULL), 1), "and in a thread");
	cr_expect(eq(int, kit_watched(), 0), "explored or not, no tool is there");
}

KIT_TEST(stacks, of_a_given_size)
{
	pthread_attr_t attributes;
	int small, large;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 1 << 18);
	small = ask_in_thread((struct stack){0}, &attributes);
	pthread_attr_setstacksize(&attributes, 1 << 27);
	large = ask_in_thread((struct stack){0}, &attributes);
	pthread_attr_destroy(&attributes);
	cr_expect(eq(int, small, 1));
	cr_expect(eq(int, large, 1));
}

KIT_TEST(stacks, in_memory_that_the_test_gives)
{
	enum { BYTES = 1 << 20 };
	char *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_t attributes;
	int right;

	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, memory, BYTES);
	right = ask_in_thread((struct stack){memory, BYTES, 0}, &attributes);
	pthread_attr_destroy(&attributes);
	munmap(memory, BYTES);
	cr_expect(eq(int, right, 1));
}

static void *fork_and_ask(void *arg)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(has_own_stack(NULL, 0) ? 42 : 1);
	waitpid(pid, arg, 0);
	return NULL;
}

KIT_TEST(stacks, in_the_child_of_a_thread)
{
	pthread_t thread;
	int status = 0;

	pthread_create(&thread, NULL, fork_and_ask, &status);
	pthread_join(thread, NULL);
	cr_expect(eq(int, WIFEXITED(status) ? WEXITSTATUS(status) : -1, 42));
}
