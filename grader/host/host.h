/* host.h - shared by the hosts: of tests (host.c) and of whole programs (program.c). */
#ifndef HOST_H
#define HOST_H

#include "runtime.h"
#include "search/campaign.h"
#include "vault.h"

#include <signal.h>

#define CONTROL_TEST "kit_control" /* fails, or the run is not to be trusted */
enum { EXIT_ASSERTION = 174 };

struct options {
	int report;
	const char *tests;     /* comma-separated names, NULL = all */
	unsigned schedules;    /* how many: 0 .. schedules - 1; or the budget of the search */
	int only_schedule;     /* -1, or the only one to run */
	unsigned cpu_s;        /* of each process of a test: what it takes does not depend on what else the machine does */
	unsigned use_ms;       /* of one run of one test (use.h): the last resort */
	unsigned watch_cpu_ms; /* CPU time without a call after which a thread counts as spinning */
	bool in_process;       /* for a debugger: run the one test in this process */
	bool control;          /* after the tests run kit_control, which must fail */
	bool turn;             /* one more run of each test that passes, with an assertion turned round */
	bool control_memory;   /* tests end with faults that memcheck must report */
	bool explore;          /* search, with this: */
	struct campaign_options campaign;
	unsigned seeds;          /* for measuring: that many searches, with one seed after the other */
	uint64_t allowed_deaths; /* of children of a whole program: signals by which they may die, by bits */
	bool kernel_threads;     /* while schedules are explored: each thread has its own */
	bool quiet;              /* what the program prints goes nowhere: */
	int null;                /* there, or -1 */
	int arguments_at;        /* index in argv of the program's own arguments; 0: none */
	sigset_t child_signal;
};

/* What a run is of. */
struct unit {
	const char *name;
	void (*body)(void *context); /* in a process of its own; does not return */
	void *context;
};

enum { EARLIER_PROCESSES = 8 * RT_PROCESSES, MOST_COUNTED = 16 };

struct run {
	const char *status;
	pid_t pid;
	int signal, exit;
	unsigned ms, schedule;
	pid_t earlier[EARLIER_PROCESSES]; /* processes of this test under the schedules before */
	size_t earlier_count;
	unsigned asserted[MOST_COUNTED]; /* assertions that the test came to, of each run */
	size_t asserted_count;
	struct vault_count count; /* of the last run */
};

/* The number by which functions see that their frame was overwritten stays behind on stacks, and would be a random one.
 * Only for main, which must not have been guarded by another one. */
#define WITHOUT_GUARD __attribute__((no_stack_protector))
static inline __attribute__((always_inline)) void host_fix_guard(void)
{
#if defined(__x86_64__)
	__asm__ volatile("movq %0, %%fs:0x28"
	                 :
	                 : "r"(0x5c93e7a1d2b84f00ul)); /* begins with a zero, as the C library has it */
#endif
}

/* Reads the options; unknown ones are ignored. */
void host_options(int argc, char **argv, struct options *options);

/* Once, before the first run: what runs need of this process. 0, or -1 and a message on standard error. */
int host_prepare(struct options *options);

/* A line of the report, before the first test: what ends the host after that is no tool that could not start. */
void host_begins(const struct options *options);

/* Runs the unit once in the open world. */
void host_run(const struct unit *unit, const struct options *options, struct run *run);

/* Runs the unit under the schedules that the options ask for, or searches, and writes one line to the report. Returns
 * the status. */
const char *host_judge(const struct unit *unit, const struct options *options);

#endif
