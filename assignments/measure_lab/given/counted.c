/* counted.c - what the kernel and the processor count while something happens: page faults and context switches by
 * getrusage(2), instructions and cycles by perf_event_open(2), which many machines do not allow.
 */
#include "measured.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TIMES = 50 };

/* Without warm-up, so that each call is one of TIMES. */
static const struct bench_opts few = {.reps = TIMES};

static double per(long long count, long things)
{
	return (double)count / (double)things;
}

/* ---- by getrusage ----------------------------------------------------------------------------- */

/* Of the process, its threads, and the children that were waited for. */
static long faults(void)
{
	struct rusage own, children;

	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	return own.ru_minflt + children.ru_minflt;
}

static long switches(void)
{
	struct rusage own, children;

	getrusage(RUSAGE_SELF, &own);
	getrusage(RUSAGE_CHILDREN, &children);
	return own.ru_nvcsw + children.ru_nvcsw; /* the voluntary ones: somebody waits */
}

/* How many more faults writing makes than reading, per page: those of the fork itself are in both. */
static int print_faults(FILE *out)
{
	long pages = TOUCHED_BYTES / sysconf(_SC_PAGESIZE), before, reads, writes;
	struct bench_stat stat;

	before = faults();
	if (fork_and_read(&few, &stat) != 0)
		return -1;
	reads = faults() - before;
	before = faults();
	if (fork_and_write(&few, &stat) != 0)
		return -1;
	writes = faults() - before;
	fprintf(out, "A3        minor faults per page that a child writes to after fork  %.2f\n",
	        per(writes - reads, pages * TIMES));
	return 0;
}

static int print_switches(FILE *out, enum backend backend, const char *whom)
{
	long before = switches();
	struct bench_stat stat;

	if (bench_handoff(CH_PIPE, backend, &few, &stat) != 0)
		return -1;
	fprintf(out, "C24       voluntary context switches per hand-off to a %-8s  %.2f\n", whom,
	        per(switches() - before, 2 * TIMES));
	return 0;
}

/* ---- by the processor ------------------------------------------------------------------------- */

/* A counter of this thread, in user space, that runs; -1 and errno: it is not allowed, or there is none. */
static int open_counter(unsigned long long event)
{
	struct perf_event_attr attr = {
	    .type = PERF_TYPE_HARDWARE, .size = sizeof attr, .config = event, .exclude_kernel = 1, .exclude_hv = 1};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static int create_threads(void)
{
	struct bench_stat stat;

	return bench_create(BE_THREAD, &few, &stat);
}

static int print_counter(FILE *out, const char *name, unsigned long long event)
{
	long long count = 0;
	int fd = open_counter(event), result;

	if (fd < 0) {
		fprintf(out, "A3        %s per thread created: not counted, perf_event_open: %s\n", name, strerror(errno));
		return 0;
	}
	result = create_threads();
	if (read(fd, &count, sizeof count) != sizeof count)
		count = 0;
	close(fd);
	if (result == 0)
		fprintf(out, "A3        %s in user space per thread created  %.2f\n", name, per(count, TIMES));
	return result;
}

int print_counts(FILE *out)
{
	fputs("\ncounted, and no verdict:\n", out);
	if (print_faults(out) != 0 || print_switches(out, BE_THREAD, "thread") != 0 ||
	    print_switches(out, BE_PROCESS, "process") != 0 ||
	    print_counter(out, "instructions", PERF_COUNT_HW_INSTRUCTIONS) != 0)
		return -1;
	return print_counter(out, "cycles", PERF_COUNT_HW_CPU_CYCLES);
}
