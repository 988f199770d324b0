/* user_threads.c - your solution. The contract is in include/user_threads.h, the handout in README.md.
 *
 * Given: what a task is, and a queue of tasks. Yours: everything that says TODO. You may replace what is given.
 */
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
	/* TODO: where is its stack, whom does it wait for, who waits for it? */
};

struct queue {
	struct task *first, *last; /* both NULL: it is empty */
};

struct ut {
	struct queue ready;   /* the tasks that can go on, but for the one that runs */
	struct task *current; /* the one that runs; NULL: outside of ut_run */

	/* TODO: where does ut_run go on, and which id is the next one? */
};

/* The attributes keep the compiler silent; take them away when you use the functions. */
__attribute__((unused)) static void append(struct queue *queue, struct task *task)
{
	task->next = NULL;
	if (queue->last)
		queue->last->next = task;
	else
		queue->first = task;
	queue->last = task;
}

/* NULL: the queue is empty. */
__attribute__((unused)) static struct task *take_first(struct queue *queue)
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
	/* TODO */
	errno = ENOSYS;
	return NULL;
}

int ut_spawn(ut *u, void (*fn)(void *), void *arg, size_t stack_bytes)
{
	/* TODO */
	(void)u;
	(void)fn;
	(void)arg;
	(void)stack_bytes;
	errno = ENOSYS;
	return -1;
}

void ut_yield(ut *u)
{
	/* TODO */
	(void)u;
}

int ut_join(ut *u, int id)
{
	/* TODO */
	(void)u;
	(void)id;
	errno = ENOSYS;
	return -1;
}

int ut_run(ut *u)
{
	/* TODO */
	(void)u;
	errno = ENOSYS;
	return -1;
}

void ut_destroy(ut *u)
{
	/* TODO */
	(void)u;
}
