/* pages.c - what is shared after fork until somebody writes to it: the child's reads and writes of the parent's pages.
 */
#include "measured.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct region {
	volatile char *bytes; /* volatile: each page is really touched */
	long page;
};

static void read_pages(const struct region *region)
{
	for (long at = 0; at < TOUCHED_BYTES; at += region->page)
		(void)region->bytes[at];
}

static void write_pages(const struct region *region)
{
	for (long at = 0; at < TOUCHED_BYTES; at += region->page)
		region->bytes[at] = 2;
}

static int in_a_child(const struct region *region, void (*touch)(const struct region *region))
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		touch(region);
		_exit(0);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

static int child_reads(void *region)
{
	return in_a_child(region, read_pages);
}

static int child_writes(void *region)
{
	return in_a_child(region, write_pages);
}

static int with_region(const struct bench_opts *opts, int (*op)(void *region), struct bench_stat *stat)
{
	void *bytes = mmap(NULL, TOUCHED_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct region region = {bytes, sysconf(_SC_PAGESIZE)};
	int result;

	if (bytes == MAP_FAILED)
		return -1;
	madvise(bytes, TOUCHED_BYTES, MADV_NOHUGEPAGE); /* or one fault would be for 512 pages */
	memset(bytes, 1, TOUCHED_BYTES);
	result = bench_run(opts, op, &region, stat);
	munmap(bytes, TOUCHED_BYTES);
	return result;
}

int fork_and_read(const struct bench_opts *opts, struct bench_stat *stat)
{
	return with_region(opts, child_reads, stat);
}

int fork_and_write(const struct bench_opts *opts, struct bench_stat *stat)
{
	return with_region(opts, child_writes, stat);
}
