/* measure.c - what the course notes claim about cost, measured on this machine with your measure_lab.c. Given; no
 * points.
 *
 *     measure RESULTS.csv ROUNDS REPS
 *
 * In each round all quantities are measured one after the other, so that whatever disturbs the machine meanwhile
 * disturbs both sides of a ratio. A claim is that one quantity is larger than another; its ratio is taken in each
 * round, of the minima, and never compared with a number from another machine.
 */
#include "measured.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_ROUNDS = 100, DIRTY_BYTES = 64 << 20, STEPS = 2000000 };

#define CONFIRMED_FROM 1.25 /* in each round the claim holds, and by more than a little */
#define REFUTED_TO 1.05     /* in no round does it */
#define NOISY_FROM 1.3      /* so much longer than its own processor time took a loop that only computes */

/* ---- what is measured ------------------------------------------------------------------------- */

static int thread(const struct bench_opts *opts, struct bench_stat *stat)
{
	return bench_create(BE_THREAD, opts, stat);
}

static int process(const struct bench_opts *opts, struct bench_stat *stat)
{
	return bench_create(BE_PROCESS, opts, stat);
}

static int large_process(const struct bench_opts *opts, struct bench_stat *stat)
{
	char *dirty = mmap(NULL, DIRTY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int result;

	if (dirty == MAP_FAILED)
		return -1;
	memset(dirty, 1, DIRTY_BYTES);
	result = bench_create(BE_PROCESS, opts, stat);
	munmap(dirty, DIRTY_BYTES);
	return result;
}

static int pipe_thread(const struct bench_opts *opts, struct bench_stat *stat)
{
	return bench_handoff(CH_PIPE, BE_THREAD, opts, stat);
}

static int pipe_process(const struct bench_opts *opts, struct bench_stat *stat)
{
	return bench_handoff(CH_PIPE, BE_PROCESS, opts, stat);
}

static int turns_thread(const struct bench_opts *opts, struct bench_stat *stat)
{
	return bench_handoff(CH_CONDVAR, BE_THREAD, opts, stat);
}

/* The calls of a hand-off, without anybody to hand it to. */
static int write_and_read(void *ends)
{
	const int *end = ends;
	char byte = 0;

	return write(end[1], &byte, 1) == 1 && read(end[0], &byte, 1) == 1 ? 0 : -1;
}

static int pipe_alone(const struct bench_opts *opts, struct bench_stat *stat)
{
	int ends[2], result;

	if (pipe(ends) != 0)
		return -1;
	result = bench_run(opts, write_and_read, ends, stat);
	close(ends[0]);
	close(ends[1]);
	return result;
}

/* ---- work that can be divided ----------------------------------------------------------------- */

/* Nothing but computing; what comes out depends on each step. */
static unsigned compute(unsigned steps)
{
	unsigned value = steps;

	while (steps-- > 0)
		value = value * 1664525 + 1013904223 + (value >> 7);
	return value;
}

static void *compute_half(void *result)
{
	*(unsigned *)result = compute(STEPS);
	return NULL;
}

static int compute_alone(void *unused)
{
	unsigned result[2];

	(void)unused;
	compute_half(&result[0]);
	compute_half(&result[1]);
	return result[0] == result[1] ? 0 : -1;
}

static int compute_with_thread(void *unused)
{
	unsigned result[2] = {0, 0};
	pthread_t other;

	(void)unused;
	if (pthread_create(&other, NULL, compute_half, &result[1]) != 0)
		return -1;
	compute_half(&result[0]);
	pthread_join(other, NULL);
	return result[0] == result[1] ? 0 : -1;
}

static int compute_with_process(void *unused)
{
	unsigned result = 0;
	int status = -1;
	pid_t other = fork();

	(void)unused;
	if (other < 0)
		return -1;
	compute_half(&result);
	if (other == 0)
		_exit(result == 0);
	return waitpid(other, &status, 0) == other && status == 0 ? 0 : -1;
}

static int work_alone(const struct bench_opts *opts, struct bench_stat *stat)
{
	return bench_run(opts, compute_alone, NULL, stat);
}

static int work_thread(const struct bench_opts *opts, struct bench_stat *stat)
{
	return bench_run(opts, compute_with_thread, NULL, stat);
}

static int work_process(const struct bench_opts *opts, struct bench_stat *stat)
{
	return bench_run(opts, compute_with_process, NULL, stat);
}

/* ---- tables ----------------------------------------------------------------------------------- */

enum quantity {
	THREAD,
	PROCESS,
	LARGE_PROCESS,
	PIPE_ALONE,
	PIPE_THREAD,
	PIPE_PROCESS,
	TURNS_THREAD,
	FREE_THREAD,
	FREE_PROCESS,
	WORK_ALONE,
	WORK_THREAD,
	WORK_PROCESS,
	MOVE_PIPE,
	MOVE_SOCKET,
	MOVE_MEMORY,
	FORK_READ,
	FORK_WRITE,
	QUANTITIES
};

static const struct {
	const char *name;
	int (*measure)(const struct bench_opts *opts, struct bench_stat *stat);
	bool pinned; /* all that takes part runs on one processor */
} quantities[QUANTITIES] = {
    [THREAD] = {"create a thread", thread, true},
    [PROCESS] = {"create a process", process, true},
    [LARGE_PROCESS] = {"create a process of 64 MiB", large_process, true},
    [PIPE_ALONE] = {"a pipe and nobody else", pipe_alone, true},
    [PIPE_THREAD] = {"hand over to a thread", pipe_thread, true},
    [PIPE_PROCESS] = {"hand over to a process", pipe_process, true},
    [TURNS_THREAD] = {"hand over by turns", turns_thread, true},
    [FREE_THREAD] = {"hand over to a thread anywhere", pipe_thread, false},
    [FREE_PROCESS] = {"hand over to a process anywhere", pipe_process, false},
    [WORK_ALONE] = {"work by one", work_alone, false},
    [WORK_THREAD] = {"work by two threads", work_thread, false},
    [WORK_PROCESS] = {"work by two processes", work_process, false},
    [MOVE_PIPE] = {"1 MiB by a pipe", move_by_pipe, false},
    [MOVE_SOCKET] = {"1 MiB by a socket pair", move_by_socket, false},
    [MOVE_MEMORY] = {"1 MiB by shared memory", move_by_shared_memory, false},
    [FORK_READ] = {"a child reads 16 MiB", fork_and_read, true},
    [FORK_WRITE] = {"a child writes to 16 MiB", fork_and_write, true},
};

static const struct {
	const char *rows, *claim;
	enum quantity larger, smaller;
} claims[] = {
    {"A3", "a process costs more to create than a thread", PROCESS, THREAD},
    {"B7", "separate memory makes it cost more", LARGE_PROCESS, PROCESS},
    {"C24", "a switch is time consuming", PIPE_THREAD, PIPE_ALONE},
    {"A6 C19", "switching to a process costs more", PIPE_PROCESS, PIPE_THREAD},
    {"A6 C19", "the same, on any processor", FREE_PROCESS, FREE_THREAD},
    {"C28 C29", "two threads are faster than one", WORK_ALONE, WORK_THREAD},
    {"B12", "two processes are faster than one", WORK_ALONE, WORK_PROCESS},
    {"B9", "processes run in parallel better than threads", WORK_THREAD, WORK_PROCESS},
    {"A8", "threads scale better than processes", WORK_PROCESS, WORK_THREAD},
    {"B5", "shared memory is faster than a pipe", MOVE_PIPE, MOVE_MEMORY},
    {"B5", "shared memory is faster than a socket", MOVE_SOCKET, MOVE_MEMORY},
    {"A3", "a child copies what it writes to", FORK_WRITE, FORK_READ},
};
enum { CLAIMS = sizeof claims / sizeof claims[0] };

struct sample {
	struct bench_stat stat;
	double noise;
};

struct results {
	unsigned rounds;
	struct sample sample[QUANTITIES][MOST_ROUNDS];
};

/* ---- measuring -------------------------------------------------------------------------------- */

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* 1 where nobody else wants the processor. */
static double noise(void)
{
	double wall = seconds(CLOCK_MONOTONIC), own = seconds(CLOCK_THREAD_CPUTIME_ID);

	if (compute(4 * STEPS) == 0) /* its result is looked at, or it would not be computed */
		return 0;
	wall = seconds(CLOCK_MONOTONIC) - wall;
	own = seconds(CLOCK_THREAD_CPUTIME_ID) - own;
	return wall / own;
}

/* The first processor of those that are allowed. What is started later inherits it. */
static int pin(const cpu_set_t *allowed)
{
	cpu_set_t one;
	int cpu = 0;

	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, allowed))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof one, &one);
}

static int measure(enum quantity quantity, const cpu_set_t *allowed, const struct bench_opts *opts,
                   struct sample *sample)
{
	int result;

	if (quantities[quantity].pinned && pin(allowed) != 0)
		return -1;
	sample->noise = noise();
	result = quantities[quantity].measure(opts, &sample->stat);
	sched_setaffinity(0, sizeof *allowed, allowed);
	return result;
}

static void tell(const char *what)
{
	const char *more = errno == ENOSYS ? ": it is not written yet; make grade A=measure_lab says what is next" : "";

	fprintf(stderr, "%s: %s%s\n", what, strerror(errno), more);
}

static int measure_all(struct results *results, const struct bench_opts *opts, FILE *csv)
{
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
		return -1;
	fputs("quantity,processors,round,reps,min_ns,median_ns,p90_ns,noise\n", csv);
	for (unsigned round = 0; round < results->rounds; round++)
		for (unsigned i = 0; i < QUANTITIES; i++) {
			struct sample *sample = &results->sample[i][round];
			if (measure(i, &allowed, opts, sample) != 0) {
				tell(quantities[i].name);
				return -1;
			}
			fprintf(csv, "%s,%s,%u,%u,%ju,%ju,%ju,%.3f\n", quantities[i].name, quantities[i].pinned ? "one" : "any",
			        round + 1, opts->reps, (uintmax_t)sample->stat.min_ns, (uintmax_t)sample->stat.median_ns,
			        (uintmax_t)sample->stat.p90_ns, sample->noise);
		}
	return 0;
}

/* ---- what comes out --------------------------------------------------------------------------- */

static int compare_ratios(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double larger_of(double a, double b)
{
	return a > b ? a : b;
}

static const char *verdict(double lowest, double highest, double noisiest)
{
	if (noisiest > NOISY_FROM)
		return "noisy: try again";
	return lowest >= CONFIRMED_FROM ? "confirmed here" : highest <= REFUTED_TO ? "refuted here" : "qualified";
}

static void print_claim(const struct results *results, unsigned claim)
{
	const struct sample *larger = results->sample[claims[claim].larger];
	const struct sample *smaller = results->sample[claims[claim].smaller];
	double ratio[MOST_ROUNDS], noisiest = 0;
	unsigned n = results->rounds;

	for (unsigned i = 0; i < n; i++) {
		ratio[i] = (double)larger[i].stat.min_ns / larger_of(1, (double)smaller[i].stat.min_ns);
		noisiest = larger_of(noisiest, larger_of(larger[i].noise, smaller[i].noise));
	}
	qsort(ratio, n, sizeof ratio[0], compare_ratios);
	printf("%-8s  %-46s  %6.2f  %6.2f ..%7.2f  %5.2f  %s\n", claims[claim].rows, claims[claim].claim,
	       ratio[(n - 1) / 2], ratio[0], ratio[n - 1], noisiest, verdict(ratio[0], ratio[n - 1], noisiest));
}

static void print_verdicts(const struct results *results, const struct bench_opts *opts)
{
	struct utsname system;

	uname(&system);
	printf("%s %s, %ld processors; %u rounds of %u repetitions; %ju ns of overhead subtracted\n\n", system.sysname,
	       system.machine, sysconf(_SC_NPROCESSORS_ONLN), results->rounds, opts->reps, (uintmax_t)opts->overhead_ns);
	printf("%-8s  %-46s  %6s  %-16s  %5s  %s\n", "row", "the notes say", "ratio", "from .. to", "noise", "verdict");
	for (unsigned i = 0; i < CLAIMS; i++)
		print_claim(results, i);
}

static unsigned number(const char *text, unsigned most)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	return *end || value > most ? 0 : (unsigned)value;
}

static int run(struct results *results, struct bench_opts *opts, FILE *csv)
{
	if (bench_overhead(opts, &opts->overhead_ns) != 0) {
		tell("bench_overhead");
		return -1;
	}
	if (measure_all(results, opts, csv) != 0)
		return -1;
	print_verdicts(results, opts);
	if (print_counts(stdout) != 0) {
		tell("counting");
		return -1;
	}
	return 0;
}

int main(int argc, char *argv[])
{
	static struct results results;
	struct bench_opts opts = {.warmup = 3};
	FILE *csv;
	int result;

	if (argc != 4 || !(results.rounds = number(argv[2], MOST_ROUNDS)) || !(opts.reps = number(argv[3], 1000000))) {
		fprintf(stderr, "usage: measure RESULTS.csv ROUNDS REPS (at most %u rounds, a million repetitions)\n",
		        MOST_ROUNDS);
		return 2;
	}
	csv = fopen(argv[1], "we");
	if (!csv) {
		perror(argv[1]);
		return 1;
	}
	setvbuf(csv, NULL, _IOLBF, 0); /* nothing is in the buffer when a process is started */
	setvbuf(stdout, NULL, _IOLBF, 0);
	result = run(&results, &opts, csv);
	return fclose(csv) == 0 && result == 0 ? 0 : 1;
}
