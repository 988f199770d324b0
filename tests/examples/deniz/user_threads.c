#include "user_threads.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

struct task {
	struct task *next;  /* in a queue */
	ucontext_t context; /* its registers, while it does not run */
	int id;
	void (*fn)(void *);
	void *arg;
	char *stack;
	bool ended;
	struct task *joins;
	struct task *joiners, **joiners_end;
	struct ut *u;
};

struct queue {
	struct task *first, *last; /* both NULL: it is empty */
};

struct ut {
	struct queue ready;   /* the tasks that can go on, but for the one that runs */
	struct task *current; /* the one that runs; NULL: outside of ut_run */
	struct task **tasks;  /* all that were ever spawned */
	int count;
	ucontext_t back; /* to ut_run */
};

static void append(struct queue *queue, struct task *task)
{
	task->next = NULL;
	if (queue->last)
		queue->last->next = task;
	else
		queue->first = task;
	queue->last = task;
}

/* NULL: the queue is empty. */
static struct task *take_first(struct queue *queue)
{
	struct task *task = queue->first;

	if (task)
		queue->first = task->next;
	if (!queue->first)
		queue->last = NULL;
	return task;
}

ut *ut_create(void)
{
	return calloc(1, sizeof(ut));
}

static void start(unsigned a, unsigned b)
{
	struct task *task = (struct task *)((uintptr_t)a << 32 | b);

	task->fn(task->arg);
	task->ended = true;
}

int ut_spawn(ut *u, void (*fn)(void *), void *arg, size_t stack_bytes)
{
	struct task **tasks, *task;

	if (u == NULL || fn == NULL || stack_bytes < UT_STACK_MIN) {
		errno = EINVAL;
		return -1;
	}
	tasks = realloc(u->tasks, ((size_t)u->count + 1) * sizeof(*tasks));
	if (tasks == NULL)
		return -1;
	u->tasks = tasks;
	task = calloc(1, sizeof(*task));
	if (task == NULL)
		return -1;
	task->stack = malloc(stack_bytes);
	if (task->stack == NULL)
		return -1;
	task->u = u;
	task->fn = fn;
	task->arg = arg;
	task->joiners_end = &task->joiners;
	getcontext(&task->context);
	task->context.uc_stack.ss_sp = task->stack;
	task->context.uc_stack.ss_size = stack_bytes;
	task->context.uc_link = &u->back;
	makecontext(&task->context, (void (*)(void))start, 2, (unsigned)((uintptr_t)task >> 32),
	            (unsigned)(uintptr_t)task);
	task->id = u->count;
	u->tasks[u->count++] = task;
	append(&u->ready, task);
	return task->id;
}

void ut_yield(ut *u)
{
	if (u == NULL || u->current == NULL)
		return;
	append(&u->ready, u->current);
	swapcontext(&u->current->context, &u->back);
}

int ut_join(ut *u, int id)
{
	struct task *me, *task;

	if (u == NULL) {
		errno = EINVAL;
		return -1;
	}
	me = u->current;
	if (me == NULL) {
		errno = EPERM;
		return -1;
	}
	if (id < 0 || id >= u->count) {
		errno = ESRCH;
		return -1;
	}
	task = u->tasks[id];
	/* a deadlock: myself, or one that waits for me */
	if (task == me || task->joins == me) {
		errno = EDEADLK;
		return -1;
	}
	if (task->ended)
		return 0;
	me->joins = task;
	me->next = NULL;
	*task->joiners_end = me;
	task->joiners_end = &me->next;
	swapcontext(&me->context, &u->back);
	me->joins = NULL;
	return 0;
}

int ut_run(ut *u)
{
	struct task *task;

	if (u == NULL) {
		errno = EINVAL;
		return -1;
	}
	if (u->current != NULL) {
		errno = EDEADLK;
		return -1;
	}
	while ((task = take_first(&u->ready)) != NULL) {
		u->current = task;
		swapcontext(&u->back, &task->context);
		u->current = NULL;
		if (task->ended) {
			while (task->joiners != NULL) {
				struct task *joiner = task->joiners;

				task->joiners = joiner->next;
				append(&u->ready, joiner);
			}
		}
	}
	return 0;
}

void ut_destroy(ut *u)
{
	if (u == NULL)
		return;
	/* the tasks are needed until here: somebody may still join one that has ended */
	for (int i = 0; i < u->count; i++) {
		free(u->tasks[i]->stack);
		free(u->tasks[i]);
	}
	free(u->tasks);
	free(u);
}
