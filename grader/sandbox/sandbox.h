/* sandbox.h - runs of programs that are not trusted, each under a supervisor of its own, and the queue that keeps all
 * cores busy with them.
 *
 * A supervisor is a forked child of the grader that starts one program in a session of its own with limits, watches the
 * clock and the output, and when the program ends (or must) kills every process that descends from it: it is their
 * subreaper, so none gets away. When the grader dies, however, the supervisor notices by its lifeline and does the
 * same. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "../error.h"

#include <stdbool.h>
#include <stddef.h>

/* What to run. All strings belong to the spec: run_free frees them. */
struct run {
	char **argv;  /* NULL-terminated; argv[0] is looked up in PATH */
	char **env;   /* NULL-terminated, the whole environment */
	char *folder; /* working directory */
	char *output; /* file that gets stdout and stderr, capped */
	char *report; /* file that is descriptor 3 of the program, or NULL */
	int wall_ms, cpu_s;
	size_t output_limit;  /* bytes kept; the rest is read and thrown away */
	size_t file_limit;    /* bytes, of any file that the program writes */
	size_t stack_limit;   /* bytes; of the main thread, and what threads get by default */
	bool fixed_addresses; /* no address space randomisation */
};

enum run_end { RUN_EXITED, RUN_SIGNALLED, RUN_WALL_LIMIT, RUN_CPU_LIMIT, RUN_NOT_STARTED, RUN_CANCELLED };

struct run_result {
	enum run_end end;
	int status; /* exit status or signal number */
	int wall_ms, cpu_ms;
	long peak_kib;       /* of the largest process */
	size_t output_bytes; /* as produced, also beyond the limit */
	bool output_cut;
	int left_behind;   /* processes that were still there when the program had ended */
	char problem[200]; /* for RUN_NOT_STARTED */
};

struct run *run_new(const char *folder);
void run_add(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3))); /* an argument */
void run_set(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3))); /* a NAME=value */
void run_free(struct run *run);

/* Kills all children of this process and theirs until there are none; how many there were. For a process that is their
 * subreaper. */
int kill_descendants(void);

/* ---- the queue ------------------------------------------------------------------------------ */

/* Runs waiting for a free core. Single-threaded: callbacks are called from queue_work. */
struct queue;

/* `slots` runs at a time; 0 = one per core. `signals` is a signalfd(2) that interrupts the work, or -1. NULL when out
 * of descriptors. */
struct queue *queue_new(unsigned slots, int signals);
void queue_free(struct queue *queue); /* cancels what still runs or waits */

/* Adds a run; it is the queue's from now on. `done` gets the result when it has ended and may add more runs. Higher
 * `rank` first. */
void queue_add(struct queue *queue, struct run *run, int rank,
               void (*done)(void *context, const struct run_result *result), void *context);

/* Works until nothing is left. `tick`, if not NULL, is called at least every 100 ms. Returns 0, or -1 when a signal
 * interrupted it: then everything that ran has been killed, and all `done` have been called with RUN_CANCELLED (they
 * must not add runs). */
int queue_work(struct queue *queue, void (*tick)(void *context), void *context);

unsigned queue_slots(const struct queue *queue);
double queue_cpu_s(const struct queue *queue); /* CPU time of all runs so far */

#endif
