/* world.c - the table of a run, which all its processes share: how it begins and ends, who is in it. */
#include "internal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern void *__libc_stack_end; /* glibc: the main thread's frames are below */

struct rt_local rt_local = {.director = &rt_by_number};
_Thread_local int rt_me = -1;
_Thread_local void *rt_site;

enum { FRAMES_ABOVE = 1024 /* bytes of the stack, at least, of those who called rt_begin */ };

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
	    world->listener_count = world->fifo_count = world->region_count = 0;
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

/* ---- who is in it ---------------------------------------------------------------------------- */

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

int rt_new_process(int parent, pid_t pid, uintptr_t site)
{
	if (WORLD->process_count == RT_PROCESSES)
		return -1;
	if (WORLD->process_count)
		rt_become_shared();
	int index = WORLD->process_count++;
	struct rt_process *process = &WORLD->process[index];
	process->pid = pid;
	process->parent = parent;
	process->created_at = site;
	process->handled = parent < 0 ? 0 : WORLD->process[parent].handled;
	return index;
}
