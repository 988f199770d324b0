/* Each task has a mapping: a page that nobody may touch, and above it the stack. Only ut_run switches to a task, and a
 * task only switches back, so whoever frees a stack never stands on it. Tasks are found by their ids. */
#define _GNU_SOURCE 1
#include "user_threads.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum state { READY, WAITS, ENDED };

struct task {
	enum state state;
	ucontext_t registers;
	void (*fn)(void *);
	void *arg;
	int id, waits_for;  /* waits_for: an id, where state is WAITS */
	struct task *after; /* in line, or among those who wait for the same task */
	struct task *waiters, *last_waiter;
	unsigned char *mapping;
	size_t mapped;
};

struct ut {
	struct task **tasks; /* by id; NULL: it has ended */
	int count, room;
	struct task *head, *tail; /* the line of those who are ready */
	struct task *running;
	ucontext_t outside;
};

static int fail(int error)
{
	errno = error;
	return -1;
}

static void line_up(ut *u, struct task *task)
{
	task->state = READY;
	task->after = NULL;
	if (u->head)
		u->tail->after = task;
	else
		u->head = task;
	u->tail = task;
}

static void release(ut *u, struct task *task)
{
	u->tasks[task->id] = NULL;
	munmap(task->mapping, task->mapped);
	free(task);
}

static void trampoline(unsigned upper, unsigned lower)
{
	uint64_t address = upper;
	struct task *task;

	address <<= 32;
	address |= lower;
	task = (struct task *)(uintptr_t)address;
	task->fn(task->arg);
	task->state = ENDED;
}

static bool reserve(ut *u)
{
	struct task **more;

	if (u->count < u->room)
		return true;
	more = reallocarray(u->tasks, (size_t)u->room + 32, sizeof(*more));
	if (!more)
		return false;
	u->tasks = more;
	u->room += 32;
	return true;
}

static bool map_stack(struct task *task, size_t wanted)
{
	size_t page = (size_t)getpagesize();

	task->mapped = page + (wanted + page - 1) / page * page;
	task->mapping = mmap(NULL, task->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (task->mapping == MAP_FAILED)
		return false;
	if (mprotect(task->mapping, page, PROT_NONE) != 0) {
		munmap(task->mapping, task->mapped);
		return false;
	}
	return true;
}

static void prepare(ut *u, struct task *task)
{
	size_t page = (size_t)getpagesize();
	uint64_t address = (uintptr_t)task;

	getcontext(&task->registers);
	task->registers.uc_stack.ss_sp = task->mapping + page;
	task->registers.uc_stack.ss_size = task->mapped - page;
	task->registers.uc_link = &u->outside;
	makecontext(&task->registers, (void (*)(void))trampoline, 2, (unsigned)(address >> 32), (unsigned)address);
}

ut *ut_create(void)
{
	return calloc(1, sizeof(ut));
}

int ut_spawn(ut *u, void (*fn)(void *), void *arg, size_t stack_bytes)
{
	struct task *task;

	if (!u || !fn || stack_bytes < UT_STACK_MIN)
		return fail(EINVAL);
	if (!reserve(u))
		return fail(ENOMEM);
	task = calloc(1, sizeof(*task));
	if (!task)
		return fail(ENOMEM);
	if (!map_stack(task, stack_bytes)) {
		free(task);
		return fail(ENOMEM);
	}
	task->fn = fn;
	task->arg = arg;
	task->id = u->count++;
	prepare(u, task);
	u->tasks[task->id] = task;
	line_up(u, task);
	return task->id;
}

void ut_yield(ut *u)
{
	struct task *me = u ? u->running : NULL;

	if (!me)
		return;
	line_up(u, me);
	swapcontext(&me->registers, &u->outside);
}

/* Whether `me` would wait for itself when it waits for the task `id`. */
static bool closes_a_ring(const ut *u, const struct task *me, int id)
{
	const struct task *task = u->tasks[id];

	while (task && task != me && task->state == WAITS)
		task = u->tasks[task->waits_for];
	return task == me;
}

int ut_join(ut *u, int id)
{
	struct task *me, *other;

	if (!u)
		return fail(EINVAL);
	me = u->running;
	if (!me)
		return fail(EPERM);
	if (id < 0 || id >= u->count)
		return fail(ESRCH);
	if (closes_a_ring(u, me, id))
		return fail(EDEADLK);
	other = u->tasks[id];
	if (!other)
		return 0;
	me->state = WAITS;
	me->waits_for = id;
	me->after = NULL;
	if (other->waiters)
		other->last_waiter->after = me;
	else
		other->waiters = me;
	other->last_waiter = me;
	swapcontext(&me->registers, &u->outside);
	return 0;
}

static void wake(ut *u, struct task *ended)
{
	struct task *next;

	for (struct task *waiter = ended->waiters; waiter; waiter = next) {
		next = waiter->after;
		line_up(u, waiter);
	}
}

int ut_run(ut *u)
{
	if (!u)
		return fail(EINVAL);
	if (u->running)
		return fail(EDEADLK);
	while (u->head) {
		struct task *task = u->head;

		u->head = task->after;
		u->running = task;
		swapcontext(&u->outside, &task->registers);
		u->running = NULL;
		if (task->state == ENDED) {
			wake(u, task);
			release(u, task);
		}
	}
	return 0;
}

void ut_destroy(ut *u)
{
	if (!u)
		return;
	for (int id = 0; id < u->count; id++)
		if (u->tasks[id])
			release(u, u->tasks[id]);
	free(u->tasks);
	free(u);
}
