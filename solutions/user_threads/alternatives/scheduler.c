/* scheduler.c - another right solution: a scheduler with a stack of its own, which is there as long as the handle. What
 * is known of a task stays in a table, its stack does not; the queue is a ring of ids.
 */
#include "user_threads.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

enum state { READY, RUNS, WAITS, ENDED };
enum { NOBODY = -1, OWN_STACK = 64 * 1024 };

struct task {
	enum state state;
	int waits_for, next_joiner; /* ids */
	int first_joiner, last_joiner;
	void (*fn)(void *);
	void *arg;
	char *stack;
	ucontext_t *context; /* a block of its own: it must not move when the table grows */
};

struct ut {
	struct task *task; /* by id */
	int *ring;         /* ids that are ready */
	int tasks, room;   /* of both */
	int first, ready;  /* of the ring */
	int current;
	int running; /* is somebody in ut_run? */
	ucontext_t scheduler, caller;
	char *stack;
};

static void put(ut *u, int id)
{
	u->task[id].state = READY;
	u->ring[(u->first + u->ready++) % u->room] = id;
}

static int get(ut *u)
{
	int id = u->ring[u->first];

	u->first = (u->first + 1) % u->room;
	u->ready--;
	return id;
}

static void end(ut *u, int id)
{
	struct task *task = &u->task[id];

	task->state = ENDED;
	free(task->stack);
	free(task->context);
	task->stack = NULL;
	task->context = NULL;
	for (int joiner = task->first_joiner; joiner != NOBODY; joiner = u->task[joiner].next_joiner) {
		u->task[joiner].waits_for = NOBODY;
		put(u, joiner);
	}
}

static ut *from_halves(unsigned high, unsigned low)
{
	return (ut *)(((uintptr_t)high << 32) + low);
}

static void schedule(unsigned high, unsigned low)
{
	ut *u = from_halves(high, low);

	while (u->ready > 0) {
		u->current = get(u);
		u->task[u->current].state = RUNS;
		swapcontext(&u->scheduler, u->task[u->current].context);
		if (u->task[u->current].state == RUNS)
			end(u, u->current);
	}
}

/* A task that comes back as one that runs has ended. */
static void begin(unsigned high, unsigned low)
{
	ut *u = from_halves(high, low);
	struct task *task = &u->task[u->current];

	task->fn(task->arg);
}

static void prepare(ut *u, ucontext_t *context, char *stack, size_t bytes, ucontext_t *link,
                    void (*function)(unsigned, unsigned))
{
	uintptr_t address = (uintptr_t)u;

	getcontext(context);
	context->uc_stack.ss_sp = stack;
	context->uc_stack.ss_size = bytes;
	context->uc_link = link;
	makecontext(context, (void (*)(void))function, 2, (unsigned)(address >> 32), (unsigned)address);
}

ut *ut_create(void)
{
	ut *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->current = NOBODY;
	u->stack = malloc(OWN_STACK);
	if (u->stack)
		return u;
	free(u);
	errno = ENOMEM;
	return NULL;
}

/* The ring begins at its front again. */
static int grow(ut *u)
{
	int room = u->room ? u->room * 2 : 8;
	struct task *task;
	int *ring;

	if (u->tasks < u->room)
		return 0;
	ring = malloc((size_t)room * sizeof(*ring));
	if (!ring)
		return -1;
	task = realloc(u->task, (size_t)room * sizeof(*task));
	if (!task) {
		free(ring);
		return -1;
	}
	for (int i = 0; i < u->ready; i++)
		ring[i] = u->ring[(u->first + i) % u->room];
	free(u->ring);
	u->ring = ring;
	u->task = task;
	u->first = 0;
	u->room = room;
	return 0;
}

int ut_spawn(ut *u, void (*fn)(void *), void *arg, size_t stack_bytes)
{
	struct task task = {.waits_for = NOBODY, .first_joiner = NOBODY, .last_joiner = NOBODY, .fn = fn, .arg = arg};

	if (!u || !fn || stack_bytes < UT_STACK_MIN) {
		errno = EINVAL;
		return -1;
	}
	task.stack = malloc(stack_bytes);
	task.context = malloc(sizeof(*task.context));
	if (!task.stack || !task.context || grow(u) != 0) {
		free(task.stack);
		free(task.context);
		errno = ENOMEM;
		return -1;
	}
	prepare(u, task.context, task.stack, stack_bytes, &u->scheduler, begin);
	u->task[u->tasks] = task;
	put(u, u->tasks);
	return u->tasks++;
}

static void give_way(ut *u)
{
	ucontext_t *mine = u->task[u->current].context;

	swapcontext(mine, &u->scheduler);
}

void ut_yield(ut *u)
{
	if (!u || !u->running)
		return;
	put(u, u->current);
	give_way(u);
}

static int join_error(const ut *u, int id)
{
	if (!u)
		return EINVAL;
	if (!u->running)
		return EPERM;
	if (id < 0 || id >= u->tasks)
		return ESRCH;
	while (id != NOBODY && id != u->current)
		id = u->task[id].waits_for;
	return id == NOBODY ? 0 : EDEADLK;
}

static void wait_for(ut *u, int id)
{
	struct task *me = &u->task[u->current], *task = &u->task[id];

	me->state = WAITS;
	me->waits_for = id;
	me->next_joiner = NOBODY;
	if (task->last_joiner == NOBODY)
		task->first_joiner = u->current;
	else
		u->task[task->last_joiner].next_joiner = u->current;
	task->last_joiner = u->current;
	give_way(u);
}

int ut_join(ut *u, int id)
{
	int error = join_error(u, id);

	if (error) {
		errno = error;
		return -1;
	}
	if (u->task[id].state != ENDED)
		wait_for(u, id);
	return 0;
}

int ut_run(ut *u)
{
	if (!u || u->running) {
		errno = u ? EDEADLK : EINVAL;
		return -1;
	}
	u->running = 1;
	prepare(u, &u->scheduler, u->stack, OWN_STACK, &u->caller, schedule);
	swapcontext(&u->caller, &u->scheduler);
	u->running = 0;
	u->current = NOBODY;
	return 0;
}

void ut_destroy(ut *u)
{
	if (!u)
		return;
	for (int i = 0; i < u->tasks; i++) {
		free(u->task[i].stack);
		free(u->task[i].context);
	}
	free(u->task);
	free(u->ring);
	free(u->stack);
	free(u);
}
