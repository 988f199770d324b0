/* user_threads.c - reference: ut_run is in the middle, and each switch goes to it or comes from it.
 *
 * Whoever is ready is in the queue. Who runs, waits or has ended is not. A task that has ended is freed by ut_run,
 * which has a stack of its own to stand on; that its id was given once and is in no list any more says that it ended.
 */
#include "user_threads.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

struct queue {
	struct task *first, *last; /* both NULL: it is empty */
};

struct task {
	struct task *next;    /* in a queue */
	struct task *later;   /* in the list of all that have not ended */
	struct task *awaited; /* NULL: it waits for none */
	struct queue joiners; /* those that wait for it */
	ucontext_t context;
	int id;
	bool ended;
	void (*fn)(void *);
	void *arg;
	void *stack;
};

struct ut {
	struct queue ready;
	struct task *all;     /* that have not ended */
	struct task *current; /* NULL: outside of ut_run */
	ucontext_t run;       /* ut_run, while a task goes on */
	int spawned;          /* tasks so far, and the next id */
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

static struct task *take_first(struct queue *queue)
{
	struct task *task = queue->first;

	if (task)
		queue->first = task->next;
	if (!queue->first)
		queue->last = NULL;
	return task;
}

static struct task *find(const ut *u, int id)
{
	struct task *task = u->all;

	while (task && task->id != id)
		task = task->later;
	return task;
}

/* makecontext passes ints, and a pointer is longer than one. */
static void task_main(unsigned high, unsigned low)
{
	struct task *task = (struct task *)((uintptr_t)high << 32 | low);

	task->fn(task->arg);
	task->ended = true; /* and on to uc_link, which is ut_run */
}

static void free_task(ut *u, struct task *task)
{
	struct task **link = &u->all;

	while (*link != task)
		link = &(*link)->later;
	*link = task->later;
	free(task->stack);
	free(task);
}

/* From the task that runs to ut_run, until that comes back to it. */
static void leave(ut *u)
{
	struct task *task = u->current;

	swapcontext(&task->context, &u->run);
}

static void go_on(ut *u, struct task *task)
{
	u->current = task;
	swapcontext(&u->run, &task->context);
	u->current = NULL;
	if (!task->ended)
		return;
	for (struct task *joiner; (joiner = take_first(&task->joiners));) {
		joiner->awaited = NULL;
		append(&u->ready, joiner);
	}
	free_task(u, task);
}

ut *ut_create(void)
{
	return calloc(1, sizeof(ut));
}

int ut_spawn(ut *u, void (*fn)(void *), void *arg, size_t stack_bytes)
{
	struct task *task;

	if (!u || !fn || stack_bytes < UT_STACK_MIN) {
		errno = EINVAL;
		return -1;
	}
	task = calloc(1, sizeof(*task));
	if (!task)
		return -1;
	task->stack = malloc(stack_bytes);
	if (!task->stack) {
		free(task);
		return -1;
	}
	task->fn = fn;
	task->arg = arg;
	task->id = u->spawned++;
	getcontext(&task->context);
	task->context.uc_stack.ss_sp = task->stack;
	task->context.uc_stack.ss_size = stack_bytes;
	task->context.uc_link = &u->run;
	makecontext(&task->context, (void (*)(void))task_main, 2, (unsigned)((uintptr_t)task >> 32),
	            (unsigned)(uintptr_t)task);
	task->later = u->all;
	u->all = task;
	append(&u->ready, task);
	return task->id;
}

void ut_yield(ut *u)
{
	if (!u || !u->current)
		return;
	append(&u->ready, u->current);
	leave(u);
}

static bool waits_for_caller(const ut *u, const struct task *task)
{
	while (task && task != u->current)
		task = task->awaited;
	return task != NULL;
}

int ut_join(ut *u, int id)
{
	struct task *task = u ? find(u, id) : NULL;
	int error = !u                           ? EINVAL
	            : !u->current                ? EPERM
	            : id < 0 || id >= u->spawned ? ESRCH
	            : waits_for_caller(u, task)  ? EDEADLK
	                                         : 0;

	if (error) {
		errno = error;
		return -1;
	}
	if (task) {
		u->current->awaited = task;
		append(&task->joiners, u->current);
		leave(u);
	}
	return 0;
}

int ut_run(ut *u)
{
	if (!u || u->current) {
		errno = u ? EDEADLK : EINVAL;
		return -1;
	}
	for (struct task *task; (task = take_first(&u->ready));)
		go_on(u, task);
	return 0;
}

void ut_destroy(ut *u)
{
	if (!u)
		return;
	while (u->all)
		free_task(u, u->all);
	free(u);
}
