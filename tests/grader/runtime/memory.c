/* memory.c - a submission for the runtime's own tests: what memcheck finds, in the simplest words: the optimiser must not take it away. */
#pragma GCC diagnostic ignored "-Wuse-after-free"
#include <stdlib.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

int leak(void)
{
	int *number = malloc(40); /* {leak} */
	number[0] = 1;
	return number[0];
}

int write_behind(void)
{
	char *text = malloc(10); /* {allocate} */
	text[10] = 1;            /* {write behind} */
	free(text);
	return 0;
}

int use_freed(void)
{
	int *number = calloc(1, sizeof *number);
	free(number);   /* {freed} */
	return *number; /* {use freed} */
}

int use_unset(void)
{
	int *number = malloc(sizeof *number);
	int result = *number == 3 ? getpid() : 2; /* {use unset} */
	free(number);
	return result;
}

void free_twice(void)
{
	char *text = malloc(10);
	free(text);
	free(text); /* {free twice} */
}

/* Right: the block is the parent's, though the child ends with a copy of it. */
void fork_with_block(void)
{
	char *text = malloc(10);
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	free(text);
}

/* Tasks with stacks of their own, next to each other, that take turns. */
enum { TASKS = 8, ROUNDS = 50, STACK = 64 * 1024 };

static struct tasks {
	ucontext_t context[TASKS], caller;
	int current, ended;
	long sum;
} tasks;

static void next_task(void)
{
	int from = tasks.current;
	tasks.current = (from + 1) % TASKS;
	swapcontext(&tasks.context[from], &tasks.context[tasks.current]);
}

static int deep(int depth)
{
	int frame[32];
	for (int i = 0; i < 32; i++)
		frame[i] = depth + i;
	if (depth > 0)
		return deep(depth - 1) + frame[5];
	next_task();
	return frame[3];
}

static void task(int number)
{
	int mine[16];
	for (int i = 0; i < 16; i++)
		mine[i] = number * 100 + i;
	for (int round = 0; round < ROUNDS; round++) {
		next_task();
		tasks.sum += deep(round % 6) + mine[round % 16];
	}
	if (++tasks.ended == TASKS)
		setcontext(&tasks.caller);
	next_task();
}

long run_tasks(char *memory)
{
	tasks.ended = tasks.current = 0;
	for (int i = 0; i < TASKS; i++) {
		getcontext(&tasks.context[i]);
		tasks.context[i].uc_stack.ss_sp = memory + i * STACK;
		tasks.context[i].uc_stack.ss_size = STACK;
		makecontext(&tasks.context[i], (void (*)(void))task, 1, i);
	}
	swapcontext(&tasks.caller, &tasks.context[0]);
	return tasks.sum;
}

int descend(int depth)
{
	volatile int here[64] = {depth};
	return depth ? descend(depth - 1) + here[0] : 0; /* {descend} */
}
