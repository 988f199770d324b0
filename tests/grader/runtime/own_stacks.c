/* own_stacks.c - a submission for the runtime's own tests: it goes from stack to stack by itself. */
#define _GNU_SOURCE 1
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

struct context {
	ucontext_t caller, own;
	char *stack;
	void (*function)(struct context *);
	int number;
};

static int counter;

static void increment(void)
{
	counter++; /* {race} */
}

static void count(struct context *context)
{
	for (int i = 0; i < 3; i++) {
		swapcontext(&context->own, &context->caller);
		increment(); /* {count} */
	}
}

static void start(unsigned high, unsigned low)
{
	struct context *context = (struct context *)((unsigned long)high << 32 | low);
	context->function(context);
}

static void make(struct context *context, void (*function)(struct context *), char *stack, size_t bytes)
{
	context->function = function;
	context->stack = stack;
	getcontext(&context->own);
	context->own.uc_stack.ss_sp = stack;
	context->own.uc_stack.ss_size = bytes;
	context->own.uc_link = &context->caller;
	makecontext(&context->own, (void (*)(void))start, 2, (unsigned)((unsigned long)context >> 32),
	            (unsigned)(unsigned long)context);
}

static void go_on(struct context *context)
{
	swapcontext(&context->caller, &context->own);
}

enum { STACK = 65536 };

/* Two contexts that take turns, each in calls of another depth. */
static void *count_in_contexts(void *unused)
{
	struct context context[2] = {{.number = 0}, {.number = 1}};
	for (int i = 0; i < 2; i++)
		make(&context[i], count, malloc(STACK), STACK);
	for (int round = 0; round < 4; round++)
		for (int i = 0; i < 2; i++)
			go_on(&context[i]);
	for (int i = 0; i < 2; i++)
		free(context[i].stack);
	return unused;
}

int race_in_contexts(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, count_in_contexts, NULL);
	increment(); /* {main} */
	pthread_join(thread, NULL);
	return counter;
}

int take_turns(void)
{
	count_in_contexts(NULL);
	return counter;
}

static int descend(int depth)
{
	volatile int here[64] = {depth};
	return depth ? descend(depth - 1) + here[0] : 0; /* {descend} */
}

static void fall(struct context *context)
{
	context->number = descend(1 << 30);
}

/* What lies below the stack is memory, too. */
int overflow_in_a_block(void)
{
	char *block = calloc(4, STACK);
	struct context context = {.number = 1};
	make(&context, fall, block + 3 * STACK, STACK);
	go_on(&context);
	free(block);
	return context.number;
}

int overflow_at_a_guard(void)
{
	enum { PAGE = 4096 };
	struct context context = {.number = 1};
	char *memory = mmap(NULL, STACK + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(memory, PAGE, PROT_NONE);
	make(&context, fall, memory + PAGE, STACK);
	go_on(&context);
	munmap(memory, STACK + PAGE);
	return context.number;
}

/* Goes on at `to`, and comes back when somebody goes on at `from`. */
static void swap_by_two_calls(ucontext_t *from, const ucontext_t *to, char *leaves)
{
	*leaves = 1;
	getcontext(from);
	if (!*leaves)
		return;
	*leaves = 0;
	setcontext(to);
}

static void come_twice(struct context *context)
{
	static char leaves;
	for (int i = 0; i < 2; i++)
		swap_by_two_calls(&context->own, &context->caller, &leaves);
	context->number++;
}

/* Like many_contexts, where nobody calls swapcontext. */
int many_without_swapcontext(int count)
{
	char *stack = malloc(STACK), leaves;
	int ended = 0;
	for (volatile int i = 0; i < count; i++) {
		static struct context context;
		context.number = 0;
		make(&context, come_twice, stack, STACK);
		for (volatile int turn = 0; turn < 3; turn++)
			swap_by_two_calls(&context.caller, &context.own, &leaves);
		ended += context.number;
	}
	free(stack);
	return ended;
}

static struct context left;
static void (*callback)(void);

static void call_back(struct context *context)
{
	callback();
	context->number++;
}

/* Calls `function` on a stack that is the same each time, until it returns or leaves. */
int call_on_one_stack(void (*function)(void))
{
	static char stack[STACK];
	callback = function;
	make(&left, call_back, stack, sizeof stack);
	go_on(&left);
	return left.number;
}

void leave_for_good(void)
{
	swapcontext(&left.own, &left.caller);
}

/* Goes on as if the caller had returned. `forgets`: says first that the stack which the caller is on is a new one. */
void return_from_the_caller(int forgets)
{
	static ucontext_t there, other;
	getcontext(&there);
#if defined(__x86_64__)
	enum { KEPT = 64 };
	const greg_t *frame = (const greg_t *)there.uc_mcontext.gregs[REG_RBP], *last;
	greg_t kept[KEPT];
	for (int i = 0; i < 2; i++) /* the kit's, the caller's */
		frame = (const greg_t *)frame[0];
	there.uc_mcontext.gregs[REG_RBP] = frame[0];
	there.uc_mcontext.gregs[REG_RSP] = (greg_t)(frame + 2);
	there.uc_mcontext.gregs[REG_RIP] = frame[1];
	for (last = frame; last[0] > (greg_t)last && last[0] - (greg_t)last < 1 << 20;)
		last = (const greg_t *)last[0];
	if (forgets) {
		getcontext(&other);
		other.uc_stack.ss_sp = (char *)(unsigned long)frame;
		other.uc_stack.ss_size = (unsigned long)(last + KEPT) - (unsigned long)frame;
		memcpy(kept, last, sizeof kept); /* makecontext writes there */
		makecontext(&other, increment, 0);
		memcpy((void *)(unsigned long)last, kept, sizeof kept);
	}
#else
	(void)other;
	(void)forgets;
	abort();
#endif
	setcontext(&there);
}

static void unmap_own_stack(struct context *context)
{
	munmap(context->stack, STACK);
	context->number++;
}

int gone_while_in_use(void)
{
	struct context context = {.number = 0};
	make(&context, unmap_own_stack, mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), STACK);
	go_on(&context);
	return context.number;
}

/* How many contexts have come to their end, each on a stack that another one had before. */
static void end_at_once(struct context *context)
{
	context->number++;
}

int many_contexts(int count)
{
	char *stacks = malloc(8 * STACK);
	int ended = 0;
	for (int i = 0; i < count; i++) {
		struct context context = {.number = 0};
		make(&context, end_at_once, stacks + i % 7 * STACK + i % 3 * 4096, STACK);
		go_on(&context);
		ended += context.number;
	}
	free(stacks);
	return ended;
}
