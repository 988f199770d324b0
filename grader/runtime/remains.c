/* remains.c - what is left where nothing should be: below the frames of a thread, on the stack of one that has ended,
 * in a new block of the heap.
 *
 * To read it is undefined, and other checks tell so. But a submission that does it shall get the same verdict each
 * time. So nothing that a race of the kernel's decides may be left there: whether the baton was there before the thread
 * slept, how far a thread has come on its way out, what the host told of another test. In its place are zeros. */
#include "internal.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <valgrind/memcheck.h>

enum {
	WAITING = 1024,        /* bytes of stack that waiting for the baton takes, and more */
	REPORTING = 32 * 1024, /* and that the host takes to tell of a test */
	KEPT = 32 * 1024,      /* of a thread that ends: what lies deeper the C library gives back to the kernel */
	PAGE = 4096,
	FRESH = 128 * 1024 /* larger blocks come from the kernel: they are zero, and shall not be touched */
};

/* A function that is called from here has its frames in `area`. */
__attribute__((noinline)) void rt_wipe_below(void)
{
	volatile uint64_t area[WAITING / sizeof(uint64_t)];
	for (size_t i = 0; i < sizeof area / sizeof *area; i++)
		area[i] = 0;
}

__attribute__((noinline)) void rt_wipe_reports(void)
{
	volatile uint64_t area[REPORTING / sizeof(uint64_t)];
	for (size_t i = 0; i < sizeof area / sizeof *area; i++)
		area[i] = 0;
}

/* ---- a thread that has ended ------------------------------------------------------------------ */

/* Not the first thread of a process: for the kernel it is there as long as the process. */
void rt_leaves(void)
{
	if (!rt_local.fibres && ME->tid != getpid())
		rt_local.leaving = rt_me + 1;
}

static void await_end(pid_t tid)
{
	enum { YIELDS = 100 };
	for (int i = 0; syscall(SYS_tgkill, getpid(), tid, 0) == 0; i++)
		if (i < YIELDS)
			sched_yield();
		else
			nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
}

/* The checks' own view of that memory stays: nobody may use it. */
static void wipe_stack(uintptr_t end)
{
	uintptr_t page = end / PAGE * PAGE;
	syscall(SYS_madvise, page - KEPT, KEPT, MADV_DONTNEED);
	(void)VALGRIND_MAKE_MEM_UNDEFINED(page, end - page);
	for (uintptr_t at = page; at < end; at += sizeof(uint64_t))
		*(volatile uint64_t *)at = 0;
	(void)VALGRIND_MAKE_MEM_NOACCESS(page, end - page);
}

void rt_see_off(void)
{
	int thread = rt_local.leaving - 1;
	if (thread < 0)
		return;
	int error = errno;
	rt_local.leaving = 0;
	await_end(WORLD->thread[thread].tid);
	if (rt_local.stack[thread].is_library_s)
		wipe_stack(rt_local.stack[thread].first);
	errno = error;
}

/* ---- the heap ----------------------------------------------------------------------------------- */

void *rt_new_block(size_t bytes)
{
	return rt_controls_memory() ? malloc(bytes) : calloc(1, bytes);
}

void *rt_blank(void *memory, size_t from)
{
	size_t bytes = memory && !rt_controls_memory() ? malloc_usable_size(memory) : 0;
	if (from < bytes && bytes < FRESH)
		memset((char *)memory + from, 0, bytes - from);
	return memory;
}
