/* kit.h - everything a test of this kit may use besides Criterion's assertions.
 *
 * A test is written once and judged by every check: the same body runs plain, under ThreadSanitizer, under
 * valgrind and under the schedule explorer. Three rules keep that true:
 *
 *   1. A test never sleeps, and looks at a clock (time is virtual) only where the contract has a deadline. It waits
 *      for events: a gate, a rendezvous, a semaphore, join.
 *   2. Assertions are made in the test's own process and thread. Elsewhere (a task, a node) record what happened,
 *      in memory from kit_shared() where processes are involved, and assert afterwards.
 *   3. A test returns with nothing left behind. The audits compare descriptors, children and threads at the end of the
 *      body with those at its begin and turn every difference into a finding of its own.
 *
 * Under all checks the threads and processes of a test run one at a time: a scheduler in the kit's runtime decides at
 * each call to pthread, semaphore, fork, pipe, ... who goes on. So a test has the same outcome each time it runs, a
 * wait that can never end is recognised the moment nothing can run, and it ends the test with the table of who waits
 * for what ("hang"). Tests need no timeouts of their own.
 *
 * Calls in this header are for tests. The submission's calls of fork, read, pthread_mutex_lock, ... pass through the
 * kit first (that is where faults are injected and gates stand); a test's own calls of the same functions do not.
 */
#ifndef KIT_H
#define KIT_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define KIT_TEST_END 173 /* exit status of a test whose body ran to its end; nothing else exits with it */

/* Defines a test. Like Criterion's Test(suite, name), but leaving the process in the middle of the body (exit(0) in the
 * submission, say) is a failure and not a pass. `suite` is the assignment's name; `name` reads as a sentence. */
#define KIT_TEST(suite, name)                                                                                          \
	static void suite##_##name##_body(void);                                                                           \
	Test(suite, name, .exit_code = KIT_TEST_END, .timeout = 60)                                                        \
	{                                                                                                                  \
		kit_test_begin(suite##_##name##_body);                                                                         \
		suite##_##name##_body();                                                                                       \
		kit_test_end();                                                                                                \
	}                                                                                                                  \
	static void suite##_##name##_body(void)

/* Criterion's assertions, counted. In one further run of a test that passes, one of those that it came to is turned
 * round: a test that passes all the same proves nothing (docs/protection.md). */
#undef cr_assert
#define cr_assert(...) KIT_ASSERT(criterion_abort_test, __VA_ARGS__)
#undef cr_expect
#define cr_expect(...) KIT_ASSERT(criterion_continue_test, __VA_ARGS__)
#define KIT_ASSERT(fail, ...)                                                                                          \
	do {                                                                                                               \
		if (kit_asserts())                                                                                             \
			CRI_ASSERT_CALL(__FILE__, __LINE__, fail, not(CR_VA_HEAD(__VA_ARGS__)), , CR_VA_TAIL(__VA_ARGS__));        \
		else                                                                                                           \
			cr_assert_user(__FILE__, __LINE__, fail, __VA_ARGS__);                                                     \
	} while (0)

bool kit_asserts(void);                            /* called by assertions only: is it to be turned round? */
void kit_test_begin(void (*body)(void));           /* called by KIT_TEST only */
void kit_test_end(void) __attribute__((noreturn)); /* called by KIT_TEST only */
void kit_control_explorer(void);                   /* called by the host only: races */
void kit_rehearse(void);                           /* called by the host only: see rehearsal.c */
/* Called by the host only, when an assertion fails: "write failed with EPIPE; then " of the first call of the
 * submission that failed and was not made again with success, and where it was made; NULL: there is none. */
void *kit_describe_failure(char *text, size_t size);

/* The size to use: `native` in ordinary runs, `explored` under the schedule explorer (at most about 60 scheduling
 * points in all, so that a search over schedules gets through). */
unsigned kit_n(unsigned native, unsigned explored);

/* How often to do what only many repetitions show: `often` in one ordinary run, `seldom` in all others, where the same
 * would be tried again or takes fifty times as long (valgrind). */
unsigned kit_repeat(unsigned often, unsigned seldom);

/* Whether valgrind or ThreadSanitizer watches this run. They have memory of their own in the process, and heap and
 * stacks lie where they put them. Only for contracts that are about such things, and never a reason to call less: the
 * same assertions, with less asked. */
bool kit_watched(void);

/* "EINVAL", for messages; "0" of 0, and "no error that there is" where the number is none. Never NULL; a constant. */
const char *kit_error_name(int error);

/* `bytes` zeroed bytes that the test and every process forked from it share. Lives until the test ends. Never NULL. */
void *kit_shared(size_t bytes);

/* ---- choices: any small client instead of one ---------------------------------------------- */

/* A choice that the schedule makes: 0 to `n` - 1, `n` at most 200. In plain runs it comes from the schedule's number;
 * the explorer searches it like the order of threads, so that every value is tried with many orders, shows it in the
 * replay
 * ("the test chooses: 2 of 4") and keeps it in the token. In any thread or process of the test; never blocks. A test
 * that chooses is explored in more schedules than others, also if it starts no thread. */
unsigned kit_choose(unsigned n);

/* The same among `n` names, for what people read: "the test chooses: 2 of 4, first call: shutdown(DRAIN)". `what` may
 * be NULL. KIT_CHOOSE counts the names by itself: KIT_CHOOSE("mode", "drain", "discard"). */
unsigned kit_choose_named(const char *what, const char *const name[], unsigned n);
#define KIT_CHOOSE(what, ...)                                                                                          \
	kit_choose_named(what, (const char *const[]){__VA_ARGS__},                                                         \
	                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* ---- histories: many calls at once, one contract ------------------------------------------- */

/* When a call was made and when it returned; the first member of what else a test notes of it. */
struct kit_call {
	unsigned made, returned; /* by kit_stamp(), right before and right after; returned 0: not yet */
};

/* 1, 2, 3, ...: each call gives a larger number than all before it, in all processes and threads of the test. It orders
 * nothing for ThreadSanitizer and is no scheduling point. */
unsigned kit_stamp(void);

/* Notes a number in memory that other threads or processes look at meanwhile, and reads it. As kit_stamp they order
 * nothing and are no scheduling points: what a test notes of the calls it makes should not hide how they interfere. */
void kit_note(unsigned *where, unsigned value);
unsigned kit_noted(const unsigned *where);

/* Whether the `count` calls (records of `size` bytes that begin with a struct kit_call) can have been made one after
 * the other ("linearizability"): in some order, in which a call that returned before another one was made comes first,
 * `step` says of each that the model, as it is then, gives the result that the call had. `step` changes the model, a
 * copy of the `model_size` bytes at `model`, as the call does. Calls that have not returned may have had their effect
 * or not. At most 16 calls and 256 bytes. */
bool kit_some_order(const void *calls, size_t count, size_t size, const void *model, size_t model_size,
                    bool (*step)(void *model, const void *call));

/* ---- what the submission called ------------------------------------------------------------- */

enum kit_op {
	KIT_FORK,    /* fork, posix_spawn */
	KIT_WAITPID, /* waitpid, wait, waitid */
	KIT_PIPE,    /* pipe, pipe2 */
	KIT_READ,
	KIT_WRITE,
	KIT_CLOSE,
	KIT_KILL,
	KIT_MALLOC, /* malloc, calloc, realloc, strdup and the like */
	KIT_FREE,
	KIT_MMAP,
	KIT_THREAD_CREATE,
	KIT_THREAD_JOIN,
	KIT_MUTEX_INIT,
	KIT_LOCK, /* pthread_mutex_lock, _trylock, _timedlock that took the mutex; rwlock rdlock and wrlock */
	KIT_UNLOCK,
	KIT_COND_INIT,
	KIT_COND_WAIT, /* and timedwait */
	KIT_COND_SIGNAL,
	KIT_COND_BROADCAST,
	KIT_SEM_WAIT,
	KIT_SEM_POST,
	KIT_SLEEP,  /* sleep, usleep, nanosleep, sched_yield, ... */
	KIT_EXEC,   /* execve, execv, execvp, execl, fexecve, ...; one that succeeds has no "after" */
	KIT_SOCKET, /* socket; of socketpair see KIT_PIPE */
	KIT_CONNECT,
	KIT_ACCEPT, /* accept, accept4 */
	KIT_OP_COUNT
};

/* How often the submission called `op` since the test began or since fi_reset(), in all processes and threads together.
 */
unsigned fi_calls(enum kit_op op);

/* ---- fault injection: only calls made by the submission are affected ------------------------ */

/* The `nth` call of `op` from now (1 = the next one, counted over all processes) fails with `error`: -1 and errno, NULL
 * and errno (malloc), MAP_FAILED, or the error as the return value (pthread_*). It has no other effect. One fault per
 * op. */
void fi_fail_nth(enum kit_op op, unsigned nth, int error);

/* The `nth` child forked from now dies by SIGKILL before it runs an instruction of its own; fork returns its pid after
 * its death. */
void fi_kill_child(unsigned nth);

/* read and write move at most 1 to 3 bytes per call. */
void fi_short_io(bool on);

/* Every `every`-th blocking read, write, connect, accept, waitpid or sem_wait fails once with EINTR; 0 = off. */
void fi_eintr(unsigned every);

/* Every `every`-th pthread_cond_wait returns without a signal ("spurious wakeup", which POSIX allows); 0 = off. */
void fi_spurious(unsigned every);

/* One child of the test, forked from now on, dies by `signal` (SIGSEGV, SIGABRT, SIGFPE, SIGKILL, ...): under no check
 * is that a crash. If none has by the end of the test, the test fails. Call it once for each child that is to die. */
#define kit_expect_death(signal) kit_expect_death_at(signal, __FILE__, __LINE__)
void kit_expect_death_at(int signal, const char *file, unsigned line); /* called by kit_expect_death only */

/* Children of the test, forked from now on, may die by `signal`, any number of them: that is no crash. For tests in
 * which the schedule decides how many do. Not in the children themselves. */
void kit_allow_deaths(int signal);

/* Takes back all of the above but these deaths, and sets every fi_calls() to 0. */
void fi_reset(void);

/* ---- gates: rare orders made certain -------------------------------------------------------- */

/* A gate stands in one call of the submission and parks the thread (or process) that makes it until the test opens it.
 */
struct kit_gate;

/* The caller of the `nth` `op` from now is parked right after the call took effect (gate_after), or right before it
 * (gate_before). `op` counts as in fi_fail_nth. At most 8 gates per test. The gate belongs to the test and needs no
 * freeing. */
struct kit_gate *gate_after(enum kit_op op, unsigned nth);
struct kit_gate *gate_before(enum kit_op op, unsigned nth);

/* Blocks until a thread is parked at the gate. If none ever comes, the test ends as a hang that names the gate. */
void gate_wait(struct kit_gate *gate);

/* Whether a thread is parked at the gate now. Never blocks. */
bool gate_reached(const struct kit_gate *gate);

/* Lets the parked thread go on; a thread that comes later passes at once. */
void gate_open(struct kit_gate *gate);

/* Lets everything else run until nothing but the caller can (all other threads and processes wait or have ended).
 * Returns at once when that is so already. For "and now everybody has had the chance to do it": for example to see
 * whether a call returned although a gate is closed. A thread that never comes to rest (busy waiting) is let run for
 * a while, and then counts as one that waits: only kit_expect_quiet judges it, so that polling costs what polling costs
 * and not every test in which somebody waits. */
void kit_let_others_run(void);

/* ---- rendezvous: proof that things happen at the same time ---------------------------------- */

/* Callers of meet() wait until `parties` of them are inside at once; then all go on. Threads of one process only.
 * If they can never be inside at once the test ends as a hang that says "rendezvous of 4: 1 has arrived". */
struct kit_rendezvous;
struct kit_rendezvous *rendezvous_new(unsigned parties); /* owned by the test's process; never NULL; needs no freeing */
void rendezvous_meet(struct kit_rendezvous *rendezvous);

/* ---- programs: what submissions execute ------------------------------------------------------ */

/* A program of the test, which the submission can execute: an empty file that stands for a function of the test. The
 * process that executes it goes on in that function, as execve(2) says (descriptors, signals, arguments, environment,
 * ...), and the other threads and processes with it, under all checks and the explorer. Defined as
 *     KIT_PROGRAM(name) { ... return status; }
 * with the parameters of main: argc, argv, envp. It shares memory from kit_shared() only with the test, must not keep
 * anything in static variables, and ends by returning. Every test has
 *     true, false          end with 0 and 1
 *     exit N               ends with N
 *     die N                dies by signal N (see kit_expect_death), SIGKILL without one
 *     cat                  copies its standard input to its standard output
 *     head N               the same, of N bytes at most; 1 without a number
 *     yes                  writes lines of "y" as long as it can
 *     echo WORD...         writes the words and an end of line
 *     report               notes what it finds for kit_report() */
#define KIT_PROGRAM(name)                                                                                              \
	static int kit_program_##name(int argc, char *argv[], char *envp[]);                                               \
	__attribute__((constructor)) static void kit_add_##name(void)                                                      \
	{                                                                                                                  \
		kit_add_program(#name, kit_program_##name);                                                                    \
	}                                                                                                                  \
	static int kit_program_##name(int argc __attribute__((unused)), char *argv[] __attribute__((unused)),              \
	                              char *envp[] __attribute__((unused)))
void kit_add_program(const char *name, int (*main)(int argc, char *argv[], char *envp[])); /* by KIT_PROGRAM only */

/* The absolute path of the program's file. It belongs to the test, and is valid until its end. A name that no program
 * has is a mistake of the test: it ends by abort. */
const char *kit_program(const char *name);

struct kit_report {
	pid_t pid, group; /* getpid, getpgrp */
	int argc;
	char argv[256], environment[256]; /* with an end of line between two */
	char folder[256];                 /* working directory; "" if it has none */
	uint64_t open;                    /* a bit for each descriptor below 64 that is open */
	uint64_t inode[3];                /* of the files open as 0, 1 and 2; else 0 */
	uint32_t blocked, ignored;        /* a bit for each signal: 1 << SIGPIPE */
};

/* What the n-th run (from 0) of `report` in this test found; NULL: there was none. At most 16. */
const struct kit_report *kit_report(unsigned n);

/* ---- files ---------------------------------------------------------------------------------- */

/* A descriptor of an empty file that is nobody else's, open for reading and writing; the caller closes it. Where it
 * cannot be made the test ends, and says why. */
int kit_empty_file(void);

/* ---- audits --------------------------------------------------------------------------------- */

/* Descriptors open in the calling process now that were not open when the test began. Callable in a forked child. */
unsigned kit_open_fds(void);

/* Threads of the test's process that exist now (1 = only the caller). */
unsigned kit_threads(void);

/* Children of the test's process: alive, or dead and not yet waited for. */
unsigned kit_children(void);

/* Asserts that all other threads and processes of the test rest: each waits, without a time limit, for something that
 * another one has to do. One that polls (sleep in a loop, timed wait in a loop, spinning) is the finding busy_wait,
 * with its place. No clock is involved: the kit lets the others run, advances its own clock past every sleep, and
 * counts what they still do. So is a thread that waits in a loop without a call anywhere in this test, before or after,
 * until another one has had its turn. */
void kit_expect_quiet(void);

#endif
