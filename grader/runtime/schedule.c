/* schedule.c - the baton: which thread runs next, and what it means when none can. */
#include "internal.h"

#include "vault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern void *__libc_stack_end; /* glibc: the main thread's frames are below */

struct rt_local rt_local = {.director = &rt_by_number};
_Thread_local int rt_me = -1;
_Thread_local void *rt_site;

enum {
	EXIT_HUNG = 175,
	CALL_NS = 1000,
	FRAMES_ABOVE = 1024 /* bytes of the stack, at least, of those who called rt_begin */
};

/* Values of rt_thread.go. Only a thread that sleeps has to be woken. A futex that one process uses is cheaper than one
 * that processes share. */
enum { GO_NOT, GO, GO_ASLEEP, GO_ASLEEP_SHARED };

static bool is_asleep(uint32_t go)
{
	return go == GO_ASLEEP || go == GO_ASLEEP_SHARED;
}

static void futex_wait(_Atomic uint32_t *word, uint32_t asleep, const struct timespec *limit)
{
	int error = errno; /* of the program, which need not learn how the runtime waits */
	syscall(SYS_futex, word, asleep == GO_ASLEEP ? FUTEX_WAIT_PRIVATE : FUTEX_WAIT, asleep, limit, NULL, 0);
	errno = error;
}

static void futex_wake(_Atomic uint32_t *word, uint32_t asleep)
{
	syscall(SYS_futex, word, asleep == GO_ASLEEP ? FUTEX_WAKE_PRIVATE : FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

uint64_t rt_drawn(void)
{
	return splitmix64(&WORLD->random);
}

/* ---- lifecycle ------------------------------------------------------------------------------ */

static void begin_world(struct rt_world *world, unsigned schedule)
{
	world->schedule = schedule;
	world->random = schedule;
	world->now_ns = VIRTUAL_START_S * 1000000000ull;
	world->stalled_at = UINT64_MAX;
	atomic_store(&world->current, RT_NOBODY);
	rt_local.world = world;
}

enum { GUARD = 65536 }; /* a page, on every machine */

static size_t whole_pages(size_t size)
{
	return (size + GUARD - 1) / GUARD * GUARD;
}

void *rt_map_shared(size_t size)
{
	size_t pages = whole_pages(size);
	char *memory = mmap(NULL, pages + 2 * GUARD, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	void *inner = mmap(memory + GUARD, pages, PROT_READ | PROT_WRITE,
	                   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	return inner == MAP_FAILED ? NULL : inner;
}

int rt_world_open(unsigned schedule)
{
	struct rt_world *world = rt_map_shared(sizeof *world);
	if (!world)
		return -1;
	begin_world(world, schedule);
	return 0;
}

/* What the last run used is zeroed, not the megabyte that it did not. */
void rt_world_reset(unsigned schedule)
{
	struct rt_world *world = WORLD;
	memset(world->thread, 0, (size_t)world->thread_count * sizeof *world->thread);
	memset(world->process, 0, (size_t)world->process_count * sizeof *world->process);
	memset(world->object, 0, (size_t)world->object_count * sizeof *world->object);
	memset(world->evidence, 0, world->evidence_count * sizeof *world->evidence);
	memset(world->shared, 0, world->shared_used);
	world->steps = world->ticket = world->progress = world->fires = world->idle_blocks = world->waited_at = 0;
	world->waiter_asked = false;
	world->end = RT_RUNNING;
	world->thread_count = world->process_count = world->object_count = world->pipe_count = world->socket_count =
	    world->listener_count = world->region_count = 0;
	world->evidence_count = world->shared_used = world->kept_bytes = world->semaphores = 0;
	world->choices = 0;
	world->chosen[0] = 0;
	memset(world->meant, 0, sizeof world->meant);
	memset(world->program, 0, sizeof world->program);
	world->watch_steps = world->watch_cpu = 0;
	world->look = (struct rt_look){0};
	atomic_store(&world->forks, false);
	begin_world(world, schedule);
}
void rt_world_close(void)
{
	munmap((char *)WORLD - GUARD, whole_pages(sizeof *WORLD) + 2 * GUARD);
	WORLD = NULL;
}

bool rt_is_open(void)
{
	return WORLD;
}

/* As the C library gives it to threads: what the first one may have. */
static size_t bytes_of_stack(void)
{
	enum { UNLIMITED = 8 << 20, PAGE = 4096 };
	struct rlimit limit;
	bool known = getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
	return known ? limit.rlim_cur / PAGE * PAGE : UNLIMITED;
}

/* All that is the same for each test: the descriptors that are not the submission's, the crash handlers, the stacks. */
void rt_prepare(void)
{
	rt_local.stack_bytes = bytes_of_stack();
	for (int fd = 0; fd < RT_DESCRIPTORS; fd++)
		rt_local.protected_fd[fd] = fcntl(fd, F_GETFD) >= 0;
	rt_note_outside();
	rt_open_streams();
	rt_handle_crashes();
	rt_local.prepared = true;
}

void rt_begin(void)
{
	if (!rt_local.prepared)
		rt_prepare();
	if (exploring())
		search_begin_process();
	rt_local.process = rt_new_process(-1, getpid(), 0);
	rt_me = -1;
	int first = rt_new_thread(rt_local.process, 0);
	rt_me = rt_local.first = first;
	rt_spin_begin((char *)__builtin_frame_address(0) + FRAMES_ABOVE);
	ME->handle = pthread_self();
	ME->tid = gettid();
	rt_share_region(WORLD, sizeof *WORLD, NULL, 0);
	WORLD->process[rt_local.process].group = getpgrp();
	rt_arrive();
	rt_signals_begin();
	rt_stack_of(first, (char *)__libc_stack_end - rt_local.stack_bytes, rt_local.stack_bytes);
	rt_local.begun = true;
	atomic_store(&WORLD->current, rt_me);
}

void rt_rehearse(void (*piece)(void))
{
	struct rt_local *before = malloc(sizeof *before);
	if (!before || rt_world_open(0) != 0) {
		free(before);
		return;
	}
	*before = rt_local;
	rt_begin();
	piece();
	rt_close_all(); /* as each child does in the end */
	rt_process_done(rt_local.process);
	rt_local = *before;
	rt_me = -1;
	free(before);
	rt_world_close();
}

bool rt_in_test_process(void)
{
	return rt_local.begun && WORLD->process[0].pid == getpid();
}

unsigned rt_schedule(void)
{
	return WORLD ? WORLD->schedule : 0;
}

bool rt_explores(void)
{
	return exploring();
}

bool rt_had_concurrency(void)
{
	return WORLD->thread_count > 1;
}

bool rt_had_choices(void)
{
	return WORLD->choices > 0;
}

const char *rt_chosen(void)
{
	return WORLD->chosen;
}

/* The addresses of locks go: memcheck would take them for pointers to the blocks that the locks are in, and see no
 * leak. */
void rt_mark_completed(void)
{
	WORLD->end = RT_COMPLETED;
	memset(WORLD->object, 0, (size_t)WORLD->object_count * sizeof *WORLD->object);
	for (int i = 0; i < WORLD->thread_count; i++) {
		struct rt_thread *thread = &WORLD->thread[i];
		thread->object = thread->took = thread->mutex = 0;
	}
}

enum rt_end rt_ended(void)
{
	return WORLD->end;
}

size_t rt_pids(pid_t pids[], size_t capacity)
{
	size_t count = 0;
	for (int i = 0; i < WORLD->process_count && count < capacity; i++)
		pids[count++] = WORLD->process[i].pid;
	return count;
}

void *rt_shared_memory(size_t bytes)
{
	size_t rounded = (bytes + 63) & ~(size_t)63;
	if (rounded > RT_SHARED_BYTES - WORLD->shared_used)
		return NULL;
	void *memory = WORLD->shared + WORLD->shared_used;
	WORLD->shared_used += rounded;
	return memory;
}

void rt_share_region(void *address, size_t bytes, const struct stat *file, uint64_t offset)
{
	if (WORLD->region_count == 64)
		return;
	struct rt_region *region = &WORLD->region[WORLD->region_count++];
	*region = (struct rt_region){.begin = (uintptr_t)address, .end = (uintptr_t)address + bytes, .offset = offset};
	if (file) {
		region->device = file->st_dev;
		region->inode = file->st_ino;
	}
}

/* What has no address (all descriptors, all processes, named semaphores) belongs to all. */
int rt_key(uintptr_t address)
{
	if (address < 4096 || address >> 63)
		return -1;
	for (int i = 0; i < WORLD->region_count; i++)
		if (address >= WORLD->region[i].begin && address < WORLD->region[i].end)
			return -1;
	return rt_local.process;
}

/* ---- tables --------------------------------------------------------------------------------- */

int rt_new_thread(int process, uintptr_t site)
{
	if (WORLD->thread_count == RT_THREADS)
		return -1;
	int index = WORLD->thread_count++;
	struct rt_thread *thread = &WORLD->thread[index];
	thread->process = process;
	thread->created_at = site;
	thread->state = RT_RUNNABLE;
	thread->queued = ++WORLD->ticket;
	thread->blocked = rt_me >= 0 ? ME->blocked : 0;
	DIRECTOR->made(index, rt_me);
	return index;
}

/* Before the first fork: whoever sleeps by itself wakes up, and goes to sleep so that other processes can wake it. */
static void become_shared(void)
{
	if (atomic_exchange(&WORLD->forks, true))
		return;
	for (int i = 0; i < WORLD->thread_count; i++) {
		_Atomic uint32_t *go = &WORLD->thread[i].go;
		uint32_t asleep = GO_ASLEEP;
		if (atomic_compare_exchange_strong(go, &asleep, GO_NOT))
			futex_wake(go, GO_ASLEEP);
	}
}

void rt_rouse(int process)
{
	for (int i = 0; i < WORLD->thread_count; i++) {
		_Atomic uint32_t *go = &WORLD->thread[i].go;
		uint32_t asleep = atomic_load(go);
		if (WORLD->thread[i].process == process && is_asleep(asleep) &&
		    atomic_compare_exchange_strong(go, &asleep, GO_NOT))
			futex_wake(go, asleep);
	}
}

int rt_new_process(int parent, pid_t pid, uintptr_t site)
{
	if (WORLD->process_count == RT_PROCESSES)
		return -1;
	if (WORLD->process_count)
		become_shared();
	int index = WORLD->process_count++;
	struct rt_process *process = &WORLD->process[index];
	process->pid = pid;
	process->parent = parent;
	process->created_at = site;
	process->handled = parent < 0 ? 0 : WORLD->process[parent].handled;
	return index;
}

/* ---- the baton ------------------------------------------------------------------------------ */

/* While schedules are explored the host gives the baton to no thread of the first process (rt_watch ends such a run):
 * so until the test forks, all who use the futexes are in one process. */
static uint32_t asleep_value(void)
{
	return exploring() && !atomic_load(&WORLD->forks) ? GO_ASLEEP : GO_ASLEEP_SHARED;
}

/* Where the thread's kernel thread sleeps. */
static _Atomic uint32_t *go_of(int thread)
{
	struct rt_thread *it = &WORLD->thread[thread];
	return rt_local.fibres ? &WORLD->process[it->process].go : &it->go;
}

/* Sleeps unless it has the baton, or gets it. May return early. */
static void sleep_until_go(const struct timespec *limit)
{
	_Atomic uint32_t *go = go_of(rt_me);
	uint32_t asleep = asleep_value(), not = GO_NOT;
	if (!atomic_compare_exchange_strong(go, &not, asleep))
		return;
	/* Announced first, looked second: become_shared and rt_rouse do it the other way round, so one of both sees the
	 * other. */
	rt_write_counts_if_wanted();
	rt_follow_masks();
	if (asleep == asleep_value())
		futex_wait(go, asleep, limit);
	atomic_compare_exchange_strong(go, &asleep, GO_NOT);
}

static bool take_go(void)
{
	uint32_t go = GO;
	return atomic_compare_exchange_strong(go_of(rt_me), &go, GO_NOT);
}

/* Does the calling kernel thread run that thread, when its turn comes? */
static bool is_here(int thread)
{
	return rt_local.fibres && rt_local.begun && WORLD->thread[thread].process == rt_local.process;
}

/* Whoever of this process is to run, runs: the caller when it is its turn. */
static void await_as_fibre(void)
{
	for (;;) {
		int next = atomic_load(&WORLD->current) & 0xffff;
		if (next == rt_me)
			return;
		if (next != RT_NOBODY && is_here(next))
			rt_fibre_go_on(next);
		else
			while (!take_go())
				sleep_until_go(NULL);
	}
}

void rt_await(void)
{
	if (rt_local.fibres) {
		await_as_fibre();
		return;
	}
	while (!take_go())
		sleep_until_go(NULL);
	rt_see_off();
	rt_wipe_below();
}

static void give(int thread)
{
	if (thread == RT_NOBODY) {
		atomic_store(&WORLD->current, RT_NOBODY);
		return;
	}
	atomic_store(&WORLD->current, thread | RT_INSIDE);
	if (is_here(thread))
		return;
	uint32_t before = atomic_exchange(go_of(thread), GO);
	if (is_asleep(before))
		futex_wake(go_of(thread), before);
}

/* A thread that the host took the baton from (it looped without a call) asks for it here. */
static void come_back(void)
{
	atomic_store(&ME->strayed, 2);
	for (;;) {
		int nobody = RT_NOBODY;
		if (atomic_compare_exchange_strong(&WORLD->current, &nobody, rt_me | RT_INSIDE))
			break;
		if (take_go())
			break;
		sleep_until_go(&(struct timespec){.tv_nsec = 5000000});
	}
	atomic_store(&ME->strayed, 0);
	rt_see_off();
}

void rt_take_baton(void)
{
	search_written();
	int mine = rt_me;
	if (!atomic_compare_exchange_strong(&WORLD->current, &mine, rt_me | RT_INSIDE))
		come_back();
	if (!rt_local.stack[rt_me].depth)
		rt_local.stack[rt_me].depth = (uintptr_t)__builtin_dwarf_cfa();
}

void rt_enter(void)
{
	rt_take_baton();
	WORLD->idle_blocks = 0;
	rt_spin.left = rt_spin.due = rt_spin.patience;
	if (rt_spin.points)
		rt_spin_over();
}

void rt_return(void)
{
	if (rt_due_signals(ME))
		rt_run_handlers();
	search_settle();
	rt_local.stack[rt_me].depth = 0;
	atomic_store(&WORLD->current, rt_me);
}

void rt_make_runnable(int index)
{
	struct rt_thread *thread = &WORLD->thread[index];
	thread->state = RT_RUNNABLE;
	thread->queued = ++WORLD->ticket;
}

static bool is_pipe(const void *channel)
{
	uintptr_t number = (uintptr_t)channel;
	return number >= (uintptr_t)RT_PIPE(0) && number < (uintptr_t)RT_PIPE(RT_PIPES);
}

/* Does it wait for one of the things that the channel stands for? Of descriptors, all stand for each and each for all.
 */
static bool waits_on(const struct rt_thread *thread, const void *channel, int process)
{
	const void *own = (const void *)thread->object;
	if (thread->state != RT_BLOCKED)
		return false;
	if (own == channel)
		return thread->object_process == process;
	return (own == RT_ALL_DESCRIPTORS && is_pipe(channel)) || (channel == RT_ALL_DESCRIPTORS && is_pipe(own));
}

void rt_wake(const void *channel)
{
	int process = rt_key((uintptr_t)channel);
	for (int i = 0; i < WORLD->thread_count; i++)
		if (waits_on(&WORLD->thread[i], channel, process))
			rt_make_runnable(i);
}

/* Those for whom something may have come about, and nobody would have told the table. Is there one? */
static bool wake_those_who_look_again(void)
{
	bool any = false;
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state != RT_BLOCKED || !rt_traits[thread->wait]->comes_unseen)
			continue;
		rt_make_runnable(i);
		any = true;
	}
	return any;
}

int rt_earliest_timed(void)
{
	int first = RT_NOBODY;
	for (int i = 0; i < WORLD->thread_count; i++) {
		struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state == RT_BLOCKED && thread->timed &&
		    (first == RT_NOBODY || thread->until_ns < WORLD->thread[first].until_ns ||
		     (thread->until_ns == WORLD->thread[first].until_ns && thread->queued < WORLD->thread[first].queued)))
			first = i;
	}
	return first;
}

/* Virtual time: when nothing can run (or the search says so), the earliest sleep ends. */
void rt_fire(int index)
{
	struct rt_thread *thread = &WORLD->thread[index];
	if (thread->until_ns > WORLD->now_ns)
		WORLD->now_ns = thread->until_ns;
	thread->timed_out = true;
	DIRECTOR->knows(index, 1);
	WORLD->fires++;
	rt_make_runnable(index);
}

static int find_resting(void)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].state == RT_RESTING)
			return i;
	return RT_NOBODY;
}

static bool any_strayed(void)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].state == RT_RUNNABLE && atomic_load(&WORLD->thread[i].strayed) == 1)
			return true;
	return false;
}

void rt_end_test(enum rt_end end)
{
	if (end == RT_HUNG)
		DIRECTOR->hangs();
	WORLD->end = end;
	if (rt_in_test_process())
		rt_quit(EXIT_HUNG);
	kill(WORLD->process[0].pid, rt_local.debugged ? SIGTRAP : SIGKILL);
	for (;;)
		pause();
}

/* What a rest is measured by: a timed wait that ends is as much as many steps. */
static uint64_t steps_and_fires(void)
{
	return WORLD->steps + WORLD->fires * (REST_STEPS / REST_FIRES);
}

/* Invariant: whoever calls this is inside the runtime, so the table is ours. */
static int pick(bool can_go_on, bool yields)
{
	int resting = find_resting();
	if (resting != RT_NOBODY && WORLD->thread[resting].until_step < steps_and_fires()) {
		WORLD->thread[resting].timed_out = true; /* the others do not come to rest */
		rt_make_runnable(resting);
		return resting;
	}
	int next = DIRECTOR->next(can_go_on, yields);
	if (next != RT_NOBODY)
		return next;
	if (WORLD->progress != WORLD->stalled_at) {
		/* A descriptor may have been closed by a process that died: all who wait look once more. */
		WORLD->stalled_at = WORLD->progress;
		if (wake_those_who_look_again())
			return DIRECTOR->next(false, false);
	}
	next = rt_earliest_timed();
	if (next != RT_NOBODY) {
		rt_fire(next);
		return next;
	}
	if (any_strayed())
		return RT_NOBODY;
	if (resting != RT_NOBODY) {
		WORLD->thread[resting].timed_out = false;
		rt_make_runnable(resting);
		return resting;
	}
	if (rt_signal_is_late())
		rt_leave_test("limit", "a signal arrives while its process waits for a condition variable, a barrier or the "
		                       "like: a handler that runs there is not covered");
	rt_describe_hang();
	rt_end_test(RT_HUNG);
}

/* Not inlined: its frame is the one that waits. */
__attribute__((noinline)) static void hand_over(int next)
{
	const void *frame = __builtin_frame_address(0);
	vault_wait_begins(frame);
	give(next);
	rt_await();
	vault_wait_ends(frame);
	if (!rt_local.fibres)
		rt_wipe_below(); /* also what waking the next one has left, if it slept */
}

/* Did another one run? */
static bool switch_point(bool yield, uintptr_t site)
{
	ME->queued = ++WORLD->ticket;
	int next = pick(true, yield);
	if (next == rt_me)
		return false;
	ME->site = site;
	hand_over(next);
	return true;
}

/* One more call. */
static void tick(uintptr_t site)
{
	WORLD->progress++;
	WORLD->now_ns += CALL_NS;
	if (++WORLD->steps > DIRECTOR->most_calls) {
		struct rt_evidence *evidence = rt_evidence_add("busy_wait");
		snprintf(evidence->text, sizeof evidence->text,
		         ME->loops ? "the test made more than %llu calls, or ran long loops without one, and did not end"
		                   : "the test made more than %llu calls and did not end",
		         (unsigned long long)DIRECTOR->most_calls);
		evidence->frame[0] = site;
		rt_end_test(RT_HUNG);
	}
}

uintptr_t rt_key_of(const void *address)
{
	uintptr_t key = (uintptr_t)address;
	return !key || WORLD->process_count < 2 || rt_key(key) < 0 ? key : key ^ (uintptr_t)rt_local.process << 48;
}

void rt_switch_point(enum rt_op op, const void *object, bool write, uintptr_t site)
{
	tick(site);
	rt_check_shared(op, object, site);
	if (DIRECTOR->arrives(op, object, write, site))
		switch_point(false, site);
	if (rt_due_signals(ME))
		rt_run_handlers();
}

bool rt_alone(void)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (i != rt_me && WORLD->thread[i].process == rt_local.process && WORLD->thread[i].state != RT_DONE)
			return false;
	return true;
}

void rt_own_point(enum rt_op op, uintptr_t site)
{
	if (DIRECTOR->points_alone || !rt_alone()) {
		rt_switch_point(op, NULL, false, site);
		return;
	}
	tick(site);
	DIRECTOR->arrives(op, NULL, false, site);
}

void rt_let_on(void)
{
	if (DIRECTOR->points_after)
		rt_switch_point(OP_NONE, NULL, false, ME->site);
}

bool rt_yield(uintptr_t site)
{
	tick(site);
	DIRECTOR->arrives(OP_YIELD, NULL, false, site);
	rt_let_others();
	return switch_point(true, site);
}

void rt_event(enum rt_op op, const void *object, bool write, uintptr_t site)
{
	DIRECTOR->event(op, object, write, site);
}

void rt_event_in_vain(enum rt_op op, const void *object, uintptr_t site)
{
	DIRECTOR->in_vain(op, object, site);
}

void rt_block_until(enum rt_kind kind, const char *what, uintptr_t object, int fd, uintptr_t site, uint64_t until_ns)
{
	struct rt_thread *me = ME;
	if (rt_handler_is_due(kind)) {
		me->timed_out = false;
		rt_run_handlers();
		return;
	}
	me->interrupted = NOT_INTERRUPTED;
	me->timed_out = until_ns && until_ns <= WORLD->now_ns;
	if (me->timed_out) { /* a deadline that is past: nothing to wait for */
		rt_let_on();
		return;
	}
	me->state = RT_BLOCKED;
	me->wait = kind;
	me->what = what;
	me->object = object;
	me->object_process = object ? rt_key(object) : -1;
	me->fd = fd;
	me->site = site;
	me->timed = until_ns != 0;
	me->until_ns = until_ns;
	me->queued = ++WORLD->ticket;
	DIRECTOR->waits();
	int next = pick(false, false);
	if (next != rt_me)
		hand_over(next);
	me->wait = KIND_NONE;
	me->timed = false;
	if (rt_handler_is_due(kind)) {
		rt_run_handlers();
		me->timed_out = false;
	}
}

void rt_block(enum rt_kind kind, const char *what, uintptr_t object, int fd, uintptr_t site)
{
	rt_block_until(kind, what, object, fd, site, 0);
}

void rt_pass_on(void)
{
	DIRECTOR->leaves();
	give(pick(false, false));
}

/* ---- for tests/support ---------------------------------------------------------------------- */

void rt_expect_debugger(void)
{
	rt_local.debugged = true;
}

void rt_control_memory(void)
{
	rt_local.controls_memory = true;
}

bool rt_controls_memory(void)
{
	return rt_local.controls_memory;
}

bool rt_is_watched(void)
{
	return rt_controls_memory() || (__tsan_acquire && !exploring());
}

bool rt_first_schedule(void)
{
	return !exploring() && (!WORLD || WORLD->schedule == 0);
}

void rt_learn(uint64_t value)
{
	if (active())
		DIRECTOR->knows(rt_me, value);
}

unsigned rt_choose(unsigned count)
{
	if (!active() || count < 1 || count > RT_CHOICES)
		return 0;
	rt_enter();
	unsigned chosen = DIRECTOR->choose(count, SITE);
	WORLD->choices++;
	rt_return();
	return chosen;
}

void rt_chose(const char *text)
{
	if (!active())
		return;
	rt_enter();
	size_t used = strlen(WORLD->chosen);
	if (used + strlen(text) + 3 < sizeof WORLD->chosen)
		snprintf(WORLD->chosen + used, sizeof WORLD->chosen - used, "%s%s", used ? "; " : "", text);
	search_effect(-1, "the test chooses: %s", text);
	rt_return();
}

void rt_point(void)
{
	if (!active())
		return;
	rt_enter();
	rt_switch_point(OP_TEST, NULL, false, SITE);
	rt_return();
}

void rt_park(const char *what, const void *object, void *site)
{
	rt_enter();
	rt_block(KIND_GATE, what, (uintptr_t)object, -1, (uintptr_t)site);
	rt_return();
}

void rt_unpark(const void *object)
{
	rt_enter();
	rt_wake(object);
	rt_return();
}

bool rt_rest_for(unsigned steps)
{
	struct rt_thread *me = ME;
	me->state = RT_RESTING;
	me->until_step = steps_and_fires() + steps;
	me->timed_out = false;
	int next = pick(false, false);
	if (next != rt_me)
		hand_over(next);
	return !me->timed_out;
}

/* Who does not rest: but rather one that asks by itself than one that looks again because another one woke it. */
static int find_restless(void)
{
	int found = RT_NOBODY;
	for (int i = WORLD->thread_count - 1; i >= 0; i--) {
		const struct rt_thread *thread = &WORLD->thread[i];
		bool woken = thread->state == RT_RUNNABLE && thread->wait != KIND_NONE && !thread->timed;
		bool restless = thread->state == RT_RUNNABLE || (thread->state == RT_BLOCKED && thread->timed);
		if (i != rt_me && restless && (!woken || found == RT_NOBODY))
			found = i;
	}
	return found;
}

bool rt_rest(struct rt_restless *restless)
{
	rt_enter();
	bool rested = rt_rest_for(REST_STEPS);
	DIRECTOR->knows(rt_me, rested);
	int thread = rested ? RT_NOBODY : find_restless();
	if (thread != RT_NOBODY) {
		rt_thread_name(thread, restless->who, sizeof restless->who);
		restless->site = WORLD->thread[thread].site;
		restless->loops = WORLD->thread[thread].loops;
	}
	rt_return();
	return rested;
}

bool rt_waited_in_loop(struct rt_restless *restless)
{
	if (!WORLD->waited_at)
		return false;
	rt_thread_name(WORLD->waiter, restless->who, sizeof restless->who);
	restless->site = WORLD->waited_at;
	restless->loops = !WORLD->waiter_asked;
	return true;
}

size_t rt_evidence_count(void)
{
	return WORLD->evidence_count;
}

const struct rt_evidence *rt_evidence_at(size_t index)
{
	return &WORLD->evidence[index];
}

struct rt_evidence *rt_evidence_add(const char *kind)
{
	bool full = WORLD->evidence_count == RT_EVIDENCE;
	WORLD->evidence_count += !full;
	size_t at = WORLD->evidence_count - 1;
	while (full && at > 0 && strcmp(WORLD->evidence[at].kind, "data_race") != 0) /* one race more or less */
		at--;
	struct rt_evidence *evidence = &WORLD->evidence[at];
	*evidence = (struct rt_evidence){0};
	for (size_t i = 0; kind[i] && i < sizeof evidence->kind - 1; i++)
		evidence->kind[i] = kind[i];
	return evidence;
}

struct rt_evidence *rt_note(const char *kind, uintptr_t site, const char *format, ...)
{
	for (size_t i = 0; i < WORLD->evidence_count; i++)
		if (strcmp(WORLD->evidence[i].kind, kind) == 0 && WORLD->evidence[i].frame[0] == site)
			return NULL;
	struct rt_evidence *evidence = rt_evidence_add(kind);
	va_list args;
	va_start(args, format);
	int length = vsnprintf(evidence->text, sizeof evidence->text, format, args);
	rt_end_with_word(evidence->text, sizeof evidence->text, (size_t)length);
	va_end(args);
	evidence->frame[0] = site;
	DIRECTOR->errs();
	return evidence;
}

/* ---- the host's watch ----------------------------------------------------------------------- */

static uint64_t cpu_ns_of(pid_t pid)
{
	clockid_t clock;
	struct timespec now;
	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &now) != 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static pid_t pid_of(int thread)
{
	return WORLD->process[WORLD->thread[thread].process].pid;
}

static void note_spinner(int thread)
{
	struct rt_evidence *evidence = rt_evidence_add("busy_wait");
	char name[64];
	snprintf(evidence->text, sizeof evidence->text,
	         "%s loops without making a call while all others are waiting for it",
	         rt_thread_name(thread, name, sizeof name));
	evidence->frame[0] = WORLD->thread[thread].sample;
}

bool rt_watch(uint64_t cpu_ns)
{
	int current = atomic_load(&WORLD->current);
	int suspect = current;
	if (current == RT_NOBODY) {
		for (int i = 0; i < WORLD->thread_count; i++)
			if (atomic_load(&WORLD->thread[i].strayed) == 1)
				suspect = i;
	}
	if (exploring() || suspect == RT_NOBODY || suspect & RT_INSIDE || WORLD->thread_count < 2)
		return false; /* a search goes by what is counted, and by the limit of a run's time */
	uint64_t cpu = cpu_ns_of(pid_of(suspect));
	if (WORLD->watch_steps != WORLD->steps + 1 || cpu < WORLD->watch_cpu) {
		WORLD->watch_steps = WORLD->steps + 1;
		WORLD->watch_cpu = cpu;
		return false;
	}
	if (cpu - WORLD->watch_cpu < cpu_ns)
		return false;
	WORLD->watch_cpu = cpu;
	if (current == RT_NOBODY) {
		if (!WORLD->thread[suspect].sample) { /* ask it where it is; the next look reports */
			syscall(SYS_tgkill, pid_of(suspect), WORLD->thread[suspect].tid, SIGPROF);
			WORLD->thread[suspect].sample = 1;
			return false;
		}
		note_spinner(suspect);
		WORLD->end = RT_HUNG;
		return true;
	}
	if (!atomic_compare_exchange_strong(&WORLD->current, &current, RT_NOBODY | RT_INSIDE))
		return false;
	WORLD->thread[suspect].queued = ++WORLD->ticket;
	atomic_store(&WORLD->thread[suspect].strayed, 1);
	give(pick(false, false));
	return false;
}

void rt_bury_dead(void)
{
	int current = atomic_load(&WORLD->current);
	int thread = current & 0xffff;
	if (thread == RT_NOBODY || thread >= WORLD->thread_count)
		return;
	int process = WORLD->thread[thread].process;
	pid_t pid = WORLD->process[process].pid;
	char path[64], line[256] = "";
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *stat = fopen(path, "re");
	if (stat) {
		if (!fgets(line, sizeof line, stat))
			line[0] = 0;
		fclose(stat);
	}
	const char *state = strrchr(line, ')');
	if (state && state[1] && state[2] != 'Z' && state[2] != 'X')
		return;
	if (process == 0) /* the test itself: the host sees that */
		return;
	if (!atomic_compare_exchange_strong(&WORLD->current, &current, RT_NOBODY | RT_INSIDE))
		return;
	rt_process_done(process);
	give(pick(false, false));
}
