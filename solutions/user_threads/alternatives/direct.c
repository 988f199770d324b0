/* direct.c - another right solution: each switch goes from one task to the next. Whoever arrives frees the one that has
 * ended before. Stacks are mappings, with a page below that nobody can touch.
 */
#include "user_threads.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

/* In a list with two ends: the queue, or those that wait for one task. */
struct task {
	struct task *next;
	struct list {
		struct task *first, **end;
	} joiners;
	struct task *target; /* that it waits for */
	ucontext_t context;
	ut *owner;
	int id;
	void (*fn)(void *);
	void *arg;
	char *mapping;
	size_t bytes; /* of the mapping */
};

struct ut {
	struct list ready;
	struct task *current; /* a task, or NULL */
	struct task *dead;    /* has ended, and its stack is still there */
	struct task **live;   /* by id; NULL: has ended */
	int count, room;
	ucontext_t caller; /* of ut_run */
};

static void clear(struct list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static void append(struct list *list, struct task *task)
{
	task->next = NULL;
	*list->end = task;
	list->end = &task->next;
}

static void append_all(struct list *list, struct list *others)
{
	if (others->first) {
		*list->end = others->first;
		list->end = others->end;
	}
	clear(others);
}

static struct task *take(struct list *list)
{
	struct task *task = list->first;

	if (task && !(list->first = task->next))
		clear(list);
	return task;
}

static void discard(struct task *task)
{
	munmap(task->mapping, task->bytes);
	free(task);
}

/* On a stack that stays. */
static void arrive(ut *u)
{
	if (u->dead)
		discard(u->dead);
	u->dead = NULL;
}

/* Where the next one is, or ut_run if there is none. */
static const ucontext_t *choose(ut *u)
{
	u->current = take(&u->ready);
	return u->current ? &u->current->context : &u->caller;
}

static void body(unsigned low, unsigned high)
{
	struct task *task = (struct task *)((uintptr_t)low | (uintptr_t)high << 32);
	ut *u = task->owner;

	arrive(u);
	task->fn(task->arg);
	for (struct task *joiner = task->joiners.first; joiner; joiner = joiner->next)
		joiner->target = NULL;
	append_all(&u->ready, &task->joiners);
	u->live[task->id] = NULL;
	u->dead = task;
	setcontext(choose(u));
}

ut *ut_create(void)
{
	ut *u = calloc(1, sizeof(*u));

	if (u)
		clear(&u->ready);
	return u;
}

static bool make_room(ut *u)
{
	int room = u->room ? 2 * u->room : 16;
	struct task **live;

	if (u->count < u->room)
		return true;
	live = realloc(u->live, (size_t)room * sizeof(*live));
	if (!live)
		return false;
	u->live = live;
	u->room = room;
	return true;
}

static bool make_stack(struct task *task, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	task->bytes = page + (bytes + page - 1) / page * page;
	task->mapping = mmap(NULL, task->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (task->mapping == MAP_FAILED)
		return false;
	if (mprotect(task->mapping, page, PROT_NONE) != 0) {
		munmap(task->mapping, task->bytes);
		return false;
	}
	task->context.uc_stack.ss_sp = task->mapping + page;
	task->context.uc_stack.ss_size = task->bytes - page;
	return true;
}

int ut_spawn(ut *u, void (*fn)(void *), void *arg, size_t stack_bytes)
{
	struct task *task = NULL;

	if (u == NULL || fn == NULL || stack_bytes < UT_STACK_MIN)
		return errno = EINVAL, -1;
	if (!make_room(u) || !(task = calloc(1, sizeof(*task))))
		return errno = ENOMEM, -1;
	getcontext(&task->context);
	if (!make_stack(task, stack_bytes)) {
		free(task);
		return errno = ENOMEM, -1;
	}
	clear(&task->joiners);
	task->owner = u;
	task->fn = fn;
	task->arg = arg;
	task->id = u->count++;
	task->context.uc_link = NULL;
	makecontext(&task->context, (void (*)(void))body, 2, (unsigned)(uintptr_t)task, (unsigned)((uintptr_t)task >> 32));
	u->live[task->id] = task;
	append(&u->ready, task);
	return task->id;
}

static void switch_from(ut *u, struct task *task)
{
	const ucontext_t *next = choose(u);

	if (u->current == task)
		return;
	swapcontext(&task->context, next);
	arrive(u);
}

void ut_yield(ut *u)
{
	if (u == NULL || u->current == NULL)
		return;
	append(&u->ready, u->current);
	switch_from(u, u->current);
}

int ut_join(ut *u, int id)
{
	struct task *me, *task;

	if (u == NULL)
		return errno = EINVAL, -1;
	if ((me = u->current) == NULL)
		return errno = EPERM, -1;
	if (id < 0 || id >= u->count)
		return errno = ESRCH, -1;
	task = u->live[id];
	for (const struct task *end = task; end; end = end->target)
		if (end == me)
			return errno = EDEADLK, -1;
	if (!task)
		return 0;
	me->target = task;
	append(&task->joiners, me);
	switch_from(u, me);
	return 0;
}

int ut_run(ut *u)
{
	const ucontext_t *first;

	if (u == NULL)
		return errno = EINVAL, -1;
	if (u->current)
		return errno = EDEADLK, -1;
	first = choose(u);
	if (u->current)
		swapcontext(&u->caller, first);
	arrive(u);
	return 0;
}

void ut_destroy(ut *u)
{
	struct task *task;

	if (u == NULL)
		return;
	while ((task = take(&u->ready)))
		discard(task);
	free(u->live);
	free(u);
}
