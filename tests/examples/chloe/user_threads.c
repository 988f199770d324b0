#include "user_threads.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

typedef struct task task;

struct task {
	task *next;
	task *older;  // in the list of u
	task *joined; // whom I wait for
	task *joiners;
	ucontext_t context;
	int id;
	void (*fn)(void *);
	void *arg;
	void *stack;
	ut *u;
};

struct ut {
	task *first, *last; // ready
	task *current;
	task *alive; // those that have not ended, in a list
	task *ended; // its stack can be freed as soon as somebody stands on another one
	int ids;
	ucontext_t main;
};

static void put(ut *u, task *t)
{
	t->next = NULL;
	if (u->first == NULL) {
		u->first = t;
	} else {
		u->last->next = t;
	}
	u->last = t;
}

static ucontext_t *pick(ut *u)
{
	u->current = u->first;
	if (u->current == NULL) {
		return &u->main;
	}
	u->first = u->first->next;
	return &u->current->context;
}

static task *by_id(ut *u, int id)
{
	task *t = u->alive;

	while (t != NULL && t->id != id) {
		t = t->older;
	}
	return t;
}

static void bury(ut *u)
{
	if (u->ended == NULL) {
		return;
	}
	free(u->ended->stack);
	free(u->ended);
	u->ended = NULL;
}

static void forget(ut *u, task *t)
{
	task **p = &u->alive;

	while (*p != t) {
		p = &(*p)->older;
	}
	*p = t->older;
}

static void run_task(unsigned hi, unsigned lo)
{
	task *t = (task *)((uintptr_t)hi << 32 | lo);
	ut *u = t->u;

	bury(u);
	t->fn(t->arg);
	while (t->joiners != NULL) {
		task *j = t->joiners;
		t->joiners = j->next;
		j->joined = NULL;
		put(u, j);
	}
	forget(u, t);
	u->ended = t; // not yet: I am standing on it
	setcontext(pick(u));
}

ut *ut_create(void)
{
	return calloc(1, sizeof(ut));
}

int ut_spawn(ut *u, void (*fn)(void *), void *arg, size_t stack_bytes)
{
	if (u == NULL || fn == NULL || stack_bytes < UT_STACK_MIN) {
		errno = EINVAL;
		return -1;
	}
	task *t = calloc(1, sizeof *t);
	void *stack = malloc(stack_bytes);
	if (t == NULL || stack == NULL) {
		free(t);
		free(stack);
		errno = ENOMEM;
		return -1;
	}
	t->u = u;
	t->fn = fn;
	t->arg = arg;
	t->stack = stack;
	t->id = u->ids++;
	getcontext(&t->context);
	t->context.uc_stack.ss_sp = stack;
	t->context.uc_stack.ss_size = stack_bytes;
	t->context.uc_link = NULL;
	makecontext(&t->context, (void (*)(void))run_task, 2, (unsigned)((uintptr_t)t >> 32), (unsigned)(uintptr_t)t);
	t->older = u->alive;
	u->alive = t;
	put(u, t);
	return t->id;
}

void ut_yield(ut *u)
{
	if (u == NULL || u->current == NULL) {
		return;
	}
	task *me = u->current;
	put(u, me);
	ucontext_t *next = pick(u);
	if (next != &me->context) {
		swapcontext(&me->context, next);
		bury(u);
	}
}

int ut_join(ut *u, int id)
{
	if (u == NULL) {
		errno = EINVAL;
		return -1;
	}
	if (u->current == NULL) {
		errno = EPERM;
		return -1;
	}
	if (id < 0 || id >= u->ids) {
		errno = ESRCH;
		return -1;
	}
	task *me = u->current;
	task *t = by_id(u, id);
	if (t == NULL) {
		return 0;
	}
	for (task *w = t; w != NULL; w = w->joined) {
		if (w == me) {
			errno = EDEADLK;
			return -1;
		}
	}
	me->joined = t;
	me->next = t->joiners;
	t->joiners = me;
	swapcontext(&me->context, pick(u));
	bury(u);
	return 0;
}

int ut_run(ut *u)
{
	if (u == NULL) {
		errno = EINVAL;
		return -1;
	}
	if (u->current != NULL) {
		errno = EDEADLK;
		return -1;
	}
	if (u->first != NULL) {
		swapcontext(&u->main, pick(u));
	}
	return 0;
}

void ut_destroy(ut *u)
{
	if (u == NULL) {
		return;
	}
	while (u->alive != NULL) {
		task *t = u->alive;
		u->alive = t->older;
		free(t->stack);
		free(t);
	}
	free(u);
}
