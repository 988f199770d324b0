/* counts.c - how often each line was run (gcov): each process writes its counts before it ends, also one that others
 * kill. Only programs that count have this to do; they are run in one schedule after the other, without a search. */
#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

void __gcov_dump(void) __attribute__((weak));

enum { COUNTS_HERE, COUNTS_WANTED, COUNTS_ON_THEIR_WAY, COUNTS_WRITTEN };

void rt_write_counts(void)
{
	if (!__gcov_dump)
		return;
	__gcov_dump();
	if (WORLD)
		atomic_store(&WORLD->process[rt_local.process].counts, COUNTS_WRITTEN);
}

void rt_write_counts_if_wanted(void)
{
	int error = errno;
	_Atomic uint32_t *counts = &WORLD->process[rt_local.process].counts;
	uint32_t wanted = COUNTS_WANTED;
	if (atomic_load(counts) == COUNTS_WANTED && atomic_compare_exchange_strong(counts, &wanted, COUNTS_ON_THEIR_WAY)) {
		rt_write_counts();
		syscall(SYS_futex, counts, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	}
	errno = error;
}

/* One that loops without a call cannot be asked. */
static bool any_waits(int process)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].process == process && WORLD->thread[i].state != RT_DONE &&
		    !atomic_load(&WORLD->thread[i].strayed))
			return true;
	return false;
}

void rt_let_write_counts(int process)
{
	_Atomic uint32_t *counts = &WORLD->process[process].counts;
	if (!__gcov_dump || !any_waits(process))
		return;
	atomic_store(counts, COUNTS_WANTED);
	rt_rouse(process);
	for (uint32_t now; (now = atomic_load(counts)) != COUNTS_WRITTEN;)
		syscall(SYS_futex, counts, FUTEX_WAIT, now, NULL, NULL, 0);
}

void rt_has_no_counts(int process)
{
	atomic_store(&WORLD->process[process].counts, COUNTS_WRITTEN);
}

bool rt_counts_lost(void)
{
	for (int i = 1; __gcov_dump && i < WORLD->process_count; i++)
		if (atomic_load(&WORLD->process[i].counts) != COUNTS_WRITTEN)
			return true;
	return false;
}
