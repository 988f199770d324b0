/* sandbox.h - runs of programs that are not trusted, each in a cage and under a supervisor of its own, and the queue
 * that keeps all cores busy with them.
 *
 * A supervisor is a forked child of the grader that starts one program in a session of its own with limits, watches the
 * clock, the output, memory, processes and disk, and when the program ends (or must) kills every process that descends
 * from it: it is their subreaper, so none gets away. When the grader dies, however, the supervisor notices by its
 * lifeline and does the same.
 *
 * A cage is what this machine offers to keep a program from everything that is not shown to it: namespaces (made by
 * bubblewrap), Landlock, a system call filter, a user of its own. docs/protection.md tells what each mode is worth. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "../error.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- the cage ------------------------------------------------------------------------------- */

/* STRONG: namespaces and the filter, and Landlock where the kernel has it. GOOD: Landlock, the filter, and a user of
 * its own when root starts the grader. WEAK: less. */
enum cage_mode { CAGE_WEAK, CAGE_GOOD, CAGE_STRONG };
struct cage;

/* One thing that the machine offers, or not. */
struct cage_probe {
	char *what;   /* "namespaces", "Landlock", ... */
	bool there;   /* it works, or nothing is lost without it */
	char *detail; /* what was found, a phrase */
	char *get;    /* when it is not there: how to get it, a sentence or several; else "" */
};

/* Finds out what works here by starting /usr/bin/true in the cage, which takes about 20 ms. `helper` = path of
 * build/inside. `build` = folder below which runs will be. Locks `build`/run/PID.lock until cage_close: this is how
 * other graders see that the folders `build`/run/PID-* are of a living one. Returns a cage of any mode, for cage_close;
 * or NULL and *error when the helper is missing or `build` cannot be written. Blocks; forks, so not for programs with
 * threads. */
struct cage *cage_open(const char *helper, const char *build, struct error *error);
void cage_close(struct cage *cage); /* also NULL */

/* Each run would have a user of its own, and nobody but this one gets to `build`: runs have to be elsewhere. */
bool cage_is_out_of_reach(const struct cage *cage);

/* Finds out anew what works, with runs below `place`. 0, or -1 and *error. Like cage_open otherwise. */
int cage_move(struct cage *cage, const char *place, struct error *error);

/* From here on what runs is trusted: the user's own, or said to be. Then it may also do what without namespaces would
 * reach out of the cage (sockets with addresses). Before there are runs. */
void cage_trust(struct cage *cage);

enum cage_mode cage_mode(const struct cage *cage);
const char *cage_mode_name(enum cage_mode mode); /* "strong", "good", "weak" */

/* What was found, in an order to be shown; NULL behind the last. The cage's. */
const struct cage_probe *cage_probe_at(const struct cage *cage, size_t index);

/* Removes what graders that were killed have left in `build`: scratch folders run/PID-* with the processes that still
 * belong to them, half-built folders of kit/, half-written files of cache/. What belongs to a living grader (its lock
 * is held) is not touched. Returns how many scratch folders were removed, or -1 and *error. Blocks as long as that
 * takes.
 */
int cage_sweep(const char *build, struct error *error);

/* ---- runs ----------------------------------------------------------------------------------- */

/* JUDGED: a judged program: may execute nothing but itself. TOOL: a compiler or the like over hostile text: may execute
 * what is below /usr. NONE: the kit's own tools over the kit's own files, and what the person at the keyboard says is
 * his own. The strictest is what a run has that says nothing. */
enum run_cage { CAGE_JUDGED, CAGE_TOOL, CAGE_NONE };

/* What to run. All strings belong to the spec: run_free frees them. */
struct run {
	char **argv;   /* NULL-terminated; argv[0] is looked up in PATH */
	char **env;    /* NULL-terminated, the whole environment; caged programs get TMPDIR and KIT_RUN as well */
	char *folder;  /* working directory; in a cage the only place that can be written. Absolute in a cage */
	char *output;  /* file that gets stdout and stderr, capped */
	char *report;  /* file that is descriptor 3 of the program, or NULL */
	int stream[3]; /* descriptors of ours that it gets as 0 to 2; -1: nothing to read, and `output` */
	enum run_cage cage;
	char **visible; /* NULL-terminated or NULL: absolute paths that a caged program can read; each exists */
	char *helper;   /* NULL, or the absolute path of a program of the kit's that a caged one may start */
	/* In a cage, and only where the run has a network of its own or its code is trusted: UNIX sockets and /tmp, which
	 * Criterion's own runner needs whatever the submission may call; UNIX sockets with connections. */
	bool sockets, listens;
	int wall_ms, cpu_s;     /* cpu_s: of each process */
	int use_s;              /* in a cage: seconds of use, all processes together; 0: no limit */
	size_t output_limit;    /* bytes kept; the rest is read and thrown away */
	size_t file_limit;      /* bytes, of any file that the program writes */
	size_t stack_limit;     /* bytes; of the main thread, and what threads get by default */
	size_t memory_limit;    /* in a cage: bytes of memory in use, all processes together */
	size_t disk_limit;      /* in a cage: bytes added to `folder`; also in each of /tmp and /dev/shm */
	unsigned process_limit; /* in a cage: processes and threads at a time */
	bool fixed_addresses;   /* no address space randomisation, where the machine lets us */
	bool one_processor;     /* all of it on the one that the kernel found idle: for threads that take turns */
};

enum run_end {
	RUN_EXITED,
	RUN_SIGNALLED,
	RUN_WALL_LIMIT,
	RUN_CPU_LIMIT,
	RUN_USE_LIMIT,
	RUN_MEMORY_LIMIT,
	RUN_PROCESS_LIMIT, /* far beyond; up to there, fork(2) and clone(2) fail with EAGAIN */
	RUN_DISK_LIMIT,
	RUN_NOT_STARTED, /* infrastructure: the program did not run, or its supervisor was killed */
	RUN_CANCELLED
};

enum { RUN_PROBLEM = 512 }; /* bubblewrap's reason has two links in it */

struct run_result {
	enum run_end end;
	int status; /* exit status; or signal number, also of RUN_CPU_LIMIT; else 0 */
	int wall_ms, cpu_ms;
	bool use_limited;    /* the run had a limit of use */
	long peak_kib;       /* of the largest process */
	size_t output_bytes; /* as produced, also beyond the limit */
	bool output_cut;
	int left_behind;           /* processes that were still there when the program had ended */
	char problem[RUN_PROBLEM]; /* for RUN_NOT_STARTED */
};

/* Was the run over its time because it waited for a processor? Then that is the machine's fault. Use is the processor
 * time that a run takes and the time in which nothing of it is ready to run: on a free machine that adds up to the wall
 * time at least, so where use is limited to less than that, wall time ends only who is kept waiting. Elsewhere: neither
 * tests (their time is virtual) nor compilers sleep, so one that takes long takes processor time. */
bool is_starved(const struct run_result *result);

/* A run in `folder` with default limits and a minimal environment. For queue_add, or run_free. Code of a submission
 * runs by this, and says CAGE_JUDGED; check/host_report.h has what all its programs are given. */
struct run *run_new(const char *folder, enum run_cage cage);
void run_add(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));  /* an argument */
void run_set(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));  /* a NAME=value */
void run_show(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3))); /* a visible path */
void run_help(struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3))); /* the helper: visible */
void run_free(struct run *run);

/* Runs it now, with the standard streams of this process. In place of a terminal it gets another one that passes
 * everything on: whatever it does to that, ours is as before when it has ended. `signals` as for queue_new, `cage` too;
 * the run stays the caller's. 0, or -1 when a signal interrupted it. */
int run_interactive(struct run *run, const struct cage *cage, int signals, struct run_result *result);

/* Kills all children of this process and theirs until there are none; how many there were. For a process that is their
 * subreaper. */
int kill_descendants(void);

/* ---- the queue ------------------------------------------------------------------------------ */

/* Runs waiting for a free core. Single-threaded: callbacks are called from queue_work. */
struct queue;

/* `slots` runs at a time; 0 = one per core. `signals` is a signalfd(2) that interrupts the work, or -1. `cage` is for
 * the runs that ask for one; borrowed, outlives the queue; NULL: such runs do not start. */
struct queue *queue_new(unsigned slots, int signals, const struct cage *cage);
void queue_free(struct queue *queue); /* cancels what still runs or waits */

/* Adds a run; it is the queue's from now on. `done` gets the result when it has ended and may add more runs. Higher
 * `rank` first. A run that ends as RUN_NOT_STARTED is tried twice more before `done` hears of it. */
void queue_add(struct queue *queue, struct run *run, int rank,
               void (*done)(void *context, const struct run_result *result), void *context);

/* From now on `tick` is called at least every 100 ms while the queue works; NULL: no more. */
void queue_on_tick(struct queue *queue, void (*tick)(void *context), void *context);

/* From inside of `tick`: the work ends as if a signal had interrupted it; the next queue_work goes on as ever. */
void queue_cancel(struct queue *queue);

/* Works until nothing is left. Returns 0, or -1 when a signal interrupted it or it was cancelled: then everything that
 * ran has been killed, and all `done` have been called with RUN_CANCELLED (they must not add runs). */
int queue_work(struct queue *queue);

unsigned queue_slots(const struct queue *queue);
double queue_cpu_s(const struct queue *queue);            /* CPU time of all runs so far */
const struct cage *queue_cage(const struct queue *queue); /* as it was given */

#endif
