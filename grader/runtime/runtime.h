/* runtime.h - the runtime that judged programs run on: one thread at a time, in an order that the kit decides.
 *
 * Every call of the tests and of the submission that can block, wake, create or end a thread or a process is renamed
 * (objcopy, see grader/build/interpose.c) to rt_NAME here (the submission's by way of kit_NAME in tests/support, which
 * adds faults and gates). The runtime keeps a table of threads, processes and locks in memory that all processes of a
 * test share. The thread that holds the baton runs; at each such call it may pass the baton on. The real call is made
 * as well (ThreadSanitizer and valgrind must see it), but only when the table says that it will not block. Three things
 * follow:
 *   - the same schedule number gives the same run, on any machine, under any load;
 *   - when no thread can run, the test hangs for good, and the table says who waits for what: no timeout is involved;
 *   - time is virtual: a sleep ends when nothing else can run.
 *
 * The runtime is compiled without sanitizers; it orders threads by futexes that ThreadSanitizer does not see, so it
 * hides no race. It is linked into judged programs only. Its one static struct is `rt_local` (internal.h). */
#ifndef RUNTIME_H
#define RUNTIME_H

#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	RT_THREADS = 256,
	RT_PROCESSES = 128,
	RT_OBJECTS = 4096,
	RT_PIPES = 256,
	RT_SOCKETS = 256, /* ends of pairs of sockets, and of connections; even */
	RT_LISTENERS = 64,
	RT_FIFOS = 32,
	RT_FIFO_NAME = 24,
	RT_POLLED = 8,
	RT_EVIDENCE = 32,
	RT_FRAMES = 12,
	RT_CHOICES = 200,
	RT_CHOSEN_BYTES = 400,
	RT_SIGNALS = 64, /* of those with names */
	RT_PROGRAMS = 32,
	RT_SHARED_BYTES = 1 << 20
};

/* ---- what the test host reads after a test -------------------------------------------------- */

/* Something seen during the run. `text` may contain {pc:HEX}: a code address that the reader replaces by file:line. */
struct rt_evidence {
	char kind[24];
	char text[1000];
	char expected[200];
	char file[64]; /* for assertions: place in the test */
	unsigned line;
	uintptr_t frame[RT_FRAMES]; /* code addresses (return addresses), innermost first; 0 ends */
	/* Of a race: what happened at `frame`, and the access before. */
	char role[400], other_role[400];
	uintptr_t other[RT_FRAMES];
	/* The memory that it is about (rt_key_of), or 0. {obj:HEX} in the texts stands for such, too; {obj:HEX mutex} for
	 * one that is called a mutex before its name. */
	uintptr_t object;
	unsigned bytes; /* from there on that were accessed; 0: unknown */
	bool left;      /* by a whole program at its end: no failure */
};

enum rt_end {
	RT_RUNNING,
	RT_COMPLETED,
	RT_HUNG,
	RT_LEFT,
	RT_PRUNED /* by the search: the state was seen before */
};            /* how the test's body ended, as far as the runtime saw it */

/* ---- lifecycle ------------------------------------------------------------------------------ */

/* Makes the shared world for one run of one test, in the calling process. Called by the host before it forks the test
 * (or by kit_test_begin when Criterion's own runner is used). Returns 0, or -1 and errno. */
int rt_world_open(unsigned schedule);
void rt_world_reset(unsigned schedule); /* for one more run */
void rt_forget_names(void);             /* unlinks the named semaphores that the run made */
void rt_world_close(void);              /* unmaps the world */
void rt_fibres_open(void);              /* from here on threads have no kernel threads of their own: fibre.c */
void rt_prepare(void);                  /* once, before the first test: what rt_begin would do for each */
bool rt_is_open(void);

/* The calling process is the test from here on: its main thread takes the baton, crash handlers are installed. */
void rt_begin(void);
bool rt_in_test_process(void);
unsigned rt_schedule(void);
bool rt_explores(void);        /* are schedules searched, and not just run? */
bool rt_had_concurrency(void); /* whether the test made a thread or a process */
bool rt_had_choices(void);     /* whether the test let the schedule choose (rt_choose) */
const char *rt_chosen(void);   /* what was chosen, in words; "" for nothing */

/* Exit status of a test or program that came to its end; nothing else exits with it. (KIT_TEST_END of kit.h.) */
enum { RT_EXIT_COMPLETED = 173 };

/* Runs a whole program (its main, under another name) instead of a test's body. Never returns; its exit status is
 * RT_EXIT_COMPLETED when it came to an end, with whatever status of its own (another one than 0 is evidence). */
void rt_run_program(int (*program)(int, char **, char **), int argc, char **argv, char **environment)
    __attribute__((noreturn));

void rt_mark_completed(void);
void rt_empty_streams(void); /* writes what all streams hold back, and leaves zeros where the standard ones had it: to
                                memcheck a pointer that was printed would be one by which the block is in reach */
enum rt_end rt_ended(void);
size_t rt_evidence_count(void);
const struct rt_evidence *rt_evidence_at(size_t index);
struct rt_evidence *rt_evidence_add(
    const char *kind); /* zeroed but for kind; never NULL (a race gives way when all are in use) */

/* Process ids of the test and all its descendants, in order of creation. Returns how many were stored. */
size_t rt_pids(pid_t pids[], size_t capacity);

/* For the host's watch, every so often, unless schedules are explored: if the thread that has the baton has burnt
 * `cpu_ns` of CPU time without calling the runtime, let another one run beside it. If nothing else can run either, that
 * is busy waiting: evidence is added, and the result is true (the host ends the test). */
bool rt_watch(uint64_t cpu_ns);
/* The same for who sleeps in the kernel with the baton, while schedules are explored: evidence "limit" is added, and
 * the result is true. */
bool rt_watch_blocked(void);
/* A process died without saying so (SIGKILL from outside, say): take it out of the table. */
void rt_bury_dead(void);

/* ---- for tests/support ---------------------------------------------------------------------- */

/* Where the submission called from; set by kit_NAME around its work so that evidence names the submission's line. */
extern _Thread_local void *rt_site;

/* A memory checker watches: tests end with faults of the kit's own that it has to report (tests/support/control.c). */
void rt_control_memory(void);
/* The test runs in this process, and a debugger has it: what ends it from a process beside it stops it there (SIGTRAP).
 */
void rt_expect_debugger(void);
bool rt_controls_memory(void);
bool rt_is_watched(void); /* by valgrind or libtsan, whose memory is in this process */

/* The first of the schedules that are tried one after the other, without a search. */
bool rt_first_schedule(void);

/* Runs `piece` in the calling process as if it were a test; afterwards all is as it was before. */
void rt_rehearse(void (*piece)(void));

/* The calling thread came to know `value` (of a counter that all share, say), which decides what it does next:
 * schedules in which it is another one lead to other states. */
void rt_learn(uint64_t value);
/* A number below `count` (1 to RT_CHOICES) that the schedule chooses: by its number, or, while schedules are explored,
 * a decision like those about who goes on. `rt_chose` puts the choice that came last into words. */
unsigned rt_choose(unsigned count);
void rt_chose(const char *text);
void rt_point(void); /* a scheduling point: the schedule may switch here */
void rt_park(const char *what, const void *object,
             void *site); /* blocks until rt_unpark(object); `what` completes "waits " */
void rt_unpark(const void *object);
void rt_spurious(void *mutex); /* unlock, let others run, lock: a wakeup without a signal */

/* A thread that does not rest when it should: who, where, and in a loop without calls? */
struct rt_restless {
	char who[64];
	uintptr_t site;
	bool loops;
};
bool rt_rest(struct rt_restless *restless); /* lets all others run until they rest; false: one never does */
/* Has a thread waited in a loop without calls until another one had run? The first that did. */
bool rt_waited_in_loop(struct rt_restless *restless);
pid_t rt_fork_dead(void);                         /* a child that dies by SIGKILL at once; returns after its death */
void rt_forget(const void *memory, size_t bytes); /* memory is freed: locks in it are gone */
void *rt_malloc(size_t bytes);
void *rt_calloc(size_t count, size_t bytes);
void *rt_realloc(void *memory, size_t bytes);
void rt_free(void *memory);
void *rt_blank(void *memory,
               size_t from);  /* zeros in the block, but for its first bytes; not where rt_controls_memory */
void rt_wipe_reports(void);   /* zeros for what the host has left below the caller's frame when it told of a test */
int rt_c11_result(int error); /* what <threads.h> calls the error of a pthread_ function */
void rt_touch(const void *memory, size_t bytes, bool write, void *site); /* a library function called from there does */
/* A library function called from there asks for what the whole process has, or changes it, where no tool looks. */
void rt_touch_process(bool write, void *site);
void *rt_shared_memory(size_t bytes);               /* zeroed, shared by all processes of the test; NULL when used up */
void rt_quit(int status) __attribute__((noreturn)); /* _exit, after the line counts (gcov) are written */
void rt_die(int status) __attribute__((noreturn));  /* ends the calling process with all that the table must know */
void rt_leave_test(const char *kind, const char *how)
    __attribute__((noreturn)); /* the test's process was left from the submission */

void rt_write_counts(void); /* of lines (gcov): before the calling process ends */
bool rt_counts_lost(void);  /* did a process of the test end without that? */

void rt_leave_child(void) __attribute__((noreturn)); /* a forked child came back into the test */

void rt_note_failure(void); /* an assertion of the test failed here: the record of a schedule shows it */

/* Programs that the test's processes can execute: a function each, which has their main's parameters and result, and an
 * empty file that stands for it (exec.c). `rt_add_program`: before the first test; `name` is a string constant, and a
 * file's. `rt_program`: the file's path, absolute, valid until the end of the test; NULL and errno. */
typedef int rt_program_main(int argc, char *argv[], char *envp[]);
void rt_add_program(const char *name, rt_program_main *main);
const char *rt_program(const char *name);
/* execl, execlp (`search`) and execle (`with_environment`). -1 and errno. */
int rt_execute_list(const char *file, const char *first, va_list list, bool search, bool with_environment);

/* posix_spawn and posix_spawnp (`search`); `stillborn`: as rt_fork_dead. 0 or an error. */
int rt_spawn(pid_t *pid, const char *file, bool search, bool stillborn, const posix_spawn_file_actions_t *actions,
             const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]);

struct rt_fd {
	uintptr_t site;
	bool submission;
};
bool rt_fd_info(int fd, struct rt_fd *info); /* descriptor opened since the test began, in this process */
bool rt_fd_protected(int fd);                /* open before the test began: not the submission's */
unsigned rt_open_fds(void);
unsigned rt_live_threads(void); /* of the calling process */
bool rt_may_signal(pid_t pid);  /* 0, -1, or a process or group of the test */
/* A child of the test will die by that signal: that is no crash. What did not come true: the signal, and where it was
 * expected; or 0. `rt_allow_deaths`: all children forked from now on may, by these signals, too (bits). */
void rt_expect_death(int signal, const char *file, unsigned line);
int rt_missing_death(const char **file, unsigned *line);
void rt_allow_deaths(uint64_t signals);
unsigned rt_unreaped_children(void); /* of the calling process */
void rt_audit(void);                 /* adds evidence fd_leak, zombie, orphan, thread_leak for what is left now */

#endif
