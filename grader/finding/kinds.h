/* kinds.h - every kind of finding, in one table: who can say it, what it does to a test, and what people are told of
 * it.
 *
 * A new kind is an entry here and a row of docs/findings.md; the check that sees it names it by its name. The runtime
 * of judged programs reads the table, too, so it holds only constants. */
#ifndef KINDS_H
#define KINDS_H

#include <stdbool.h>

/* Checks, to be added up. */
enum kind_check {
	KIND_CRITERION = 1,
	KIND_EXPLORE = 2,
	KIND_AUDIT = 4,
	KIND_TSAN = 8,
	KIND_MEMCHECK = 16,
	KIND_SYMBOLS = 32,
	KIND_BUILD = 64,
	KIND_SEAL = 128,
	KIND_SCORE = 256,
};

/* What it is to a test in whose explored schedule it was seen. */
enum kind_effect {
	KIND_ELSEWHERE, /* nothing: the explorer does not say it, or it tells of the search */
	KIND_FAILURE,   /* the test fails */
	KIND_MISUSE,    /* wrong, but the run goes on */
	KIND_RACE,      /* the same, and there may be many: told last */
};

/* What else is to be known of it, to be added up. */
enum kind_trait {
	KIND_WAITS = 1,   /* somebody waits: its detail is the table of who waits for whom */
	KIND_STUCK = 2,   /* nobody goes on: the test hangs */
	KIND_BETWEEN = 4, /* two sides, each with a place of its own */
	KIND_MEMORY = 8,  /* the explorer's word for what ThreadSanitizer calls a race or a use after free */
	KIND_CAUSE = 16,  /* says by itself what is to be mended, whatever test shows it: the headline, and told first */
	KIND_ENDS = 32,   /* the check saw nothing of the test after that: it concerns all entries that look at the test */
};

/* X(name, who says it, whose entries in assignment.yaml may name it, effect, traits, title, what it means, what to do,
 *   what was expected, or NULL: the check or the test says that) */
#define FINDING_KINDS(X)                                                                                               \
	X(assertion, KIND_CRITERION | KIND_EXPLORE, 0, KIND_FAILURE, 0, "Assertion",                                       \
	  "A result differs from what the contract says.", "Compare what was seen with what was expected.", NULL)          \
	X(deadlock, KIND_EXPLORE, 0, KIND_FAILURE, KIND_WAITS | KIND_STUCK, "Deadlock",                                    \
	  "Threads or processes wait for each other in a cycle.",                                                          \
	  "Take locks in one fixed order, hold none while waiting for others, and close the pipe ends that you do not "    \
	  "use.",                                                                                                          \
	  "all locks are taken in one order, and no cycle of waiting can form")                                            \
	X(lost_wakeup, KIND_EXPLORE, 0, KIND_FAILURE, KIND_WAITS | KIND_STUCK, "Lost wakeup",                              \
	  "A thread waits for ever: the signal was sent when no thread was waiting.",                                      \
	  "Test and change the predicate only with the condition variable's mutex locked.",                                \
	  "the predicate is tested under the mutex, and changed under it before the signal")                               \
	X(missing_signal, KIND_EXPLORE, 0, KIND_FAILURE, KIND_WAITS | KIND_STUCK, "Missing signal",                        \
	  "A thread waits for ever: no signal was sent that could wake it.",                                               \
	  "Signal after each change that others wait for; broadcast when several threads, or threads with different "      \
	  "predicates, may wait.",                                                                                         \
	  "every waiter is woken when its predicate has become true")                                                      \
	X(missing_loop, KIND_EXPLORE, KIND_AUDIT, KIND_MISUSE, KIND_CAUSE, "Wait without a loop",                          \
	  "A thread wakes up without a signal, as POSIX allows, and goes on without testing its predicate again.",         \
	  "Put pthread_cond_wait into a while loop over its predicate.",                                                   \
	  "pthread_cond_wait stands in a while loop that tests the predicate again after each wakeup")                     \
	X(hang, KIND_CRITERION | KIND_EXPLORE, 0, KIND_FAILURE, KIND_WAITS | KIND_STUCK, "Hang",                           \
	  "Every thread is waiting and none is left to wake another.",                                                     \
	  "Follow the table of waits: who would have to act, and why can they not?",                                       \
	  "some thread or process can always run until the test ends")                                                     \
	X(livelock, KIND_EXPLORE, 0, KIND_FAILURE, 0, "Livelock", "The threads keep running without making progress.",     \
	  "Wait for the other thread instead of backing off in a loop.", "the threads make progress in every order")       \
	X(crash, KIND_CRITERION | KIND_EXPLORE, 0, KIND_FAILURE, 0, "Crash", "The program was killed by a signal.",        \
	  "Look at the line and the address: is the pointer valid there?", "no signal kills the process")                  \
	X(busy_wait, KIND_CRITERION | KIND_EXPLORE, 0, KIND_FAILURE, 0, "Busy wait",                                       \
	  "A thread loops instead of sleeping until there is something to do.",                                            \
	  "Wait on a condition variable, a semaphore or a blocking read.", NULL)                                           \
	X(exit_in_test, KIND_CRITERION | KIND_EXPLORE, 0, KIND_FAILURE, 0, "Your code ended the process",                  \
	  "The submission ended the process that called it.", "Return an error to the caller instead.", NULL)              \
	X(child_in_test, KIND_CRITERION | KIND_EXPLORE, 0, KIND_FAILURE, 0, "A child returned into the caller",            \
	  "A forked child returned into the caller.", "End the child's part with _exit.", NULL)                            \
	X(tampered, KIND_CRITERION | KIND_EXPLORE, 0, KIND_FAILURE, 0, "Meddling with the caller",                         \
	  "A call changed its callers' stack frames, handled a signal that reports faults, or left out a part of the "     \
	  "test.",                                                                                                         \
	  "Write only to your own memory: look for a write beyond the end of a local array.",                              \
	  "a call leaves its callers' frames alone and returns to where it was called")                                    \
	X(breaks_off, KIND_TSAN | KIND_MEMCHECK, 0, KIND_ELSEWHERE, KIND_ENDS, "Breaks off under a tool",                  \
	  "A test that passes on its own ends differently under a tool.",                                                  \
	  "Look for what depends on addresses, speed or unwritten memory, such as a local variable of a thread that "      \
	  "ended.",                                                                                                        \
	  "the test does the same, whoever watches")                                                                       \
	X(runner_killed, KIND_CRITERION | KIND_EXPLORE | KIND_TSAN | KIND_MEMCHECK, 0, KIND_ELSEWHERE, 0,                  \
	  "Test runner killed", "A test wrote into the memory of the program that starts the tests.",                      \
	  "Look for a write through a pointer that was never set, or far beyond the end of a block.",                      \
	  "a test writes to its own memory only")                                                                          \
	X(limit, KIND_CRITERION, 0, KIND_ELSEWHERE, 0, "Limit", "Implausibly many locks are held at once.",                \
	  "Release what you acquire.", NULL)                                                                               \
	X(timeout, KIND_CRITERION | KIND_EXPLORE | KIND_TSAN | KIND_MEMCHECK, 0, KIND_ELSEWHERE, 0, "Timeout",             \
	  "The test exceeded its time limit.", "Look for a loop that does not end.", NULL)                                 \
	X(memory_limit, KIND_CRITERION | KIND_EXPLORE | KIND_TSAN | KIND_MEMCHECK, 0, KIND_ELSEWHERE, 0, "Memory limit",   \
	  "The tests used more memory than the exercise allows.",                                                          \
	  "Free what is not used any more; look for a loop that "                                                          \
	  "allocates without end.",                                                                                        \
	  NULL)                                                                                                            \
	X(process_limit, KIND_CRITERION | KIND_EXPLORE | KIND_TSAN | KIND_MEMCHECK, 0, KIND_ELSEWHERE, 0, "Process limit", \
	  "More processes or threads were created than the exercise allows.",                                              \
	  "Look for a loop that forks or creates threads "                                                                 \
	  "without end.",                                                                                                  \
	  NULL)                                                                                                            \
	X(disk_limit, KIND_CRITERION | KIND_EXPLORE | KIND_TSAN | KIND_MEMCHECK, 0, KIND_ELSEWHERE, 0, "Disk limit",       \
	  "More was written to files than the exercise allows.", "Look for a loop that writes without end.", NULL)         \
	X(not_run, KIND_CRITERION | KIND_SCORE, 0, KIND_ELSEWHERE, 0, "Not run", "The test was not run.",                  \
	  "Fix what stopped the run before it.", NULL)                                                                     \
	X(data_race, KIND_TSAN | KIND_EXPLORE, KIND_TSAN, KIND_RACE, KIND_BETWEEN, "Data race",                            \
	  "Two threads access the same memory, at least one of them writes, and nothing orders the accesses.",             \
	  "Let one mutex (or another order, such as a join) stand between all accesses to that memory; volatile does "     \
	  "not.",                                                                                                          \
	  "a mutex (or another happens-before order) separates the two accesses")                                          \
	X(lock_order_inversion, KIND_TSAN, KIND_TSAN, KIND_ELSEWHERE, KIND_WAITS | KIND_BETWEEN, "Lock order inversion",   \
	  "Two locks are taken in both orders.",                                                                           \
	  "Take locks in one fixed order everywhere, for example by address, not by the order of arguments.", NULL)        \
	X(use_after_free, KIND_TSAN | KIND_EXPLORE | KIND_MEMCHECK, KIND_TSAN | KIND_MEMCHECK, KIND_MISUSE,                \
	  KIND_BETWEEN | KIND_MEMORY, "Use after free", "Memory is used after it was freed.",                              \
	  "Free it when the last user is known to be done: after the join, after the last reference is dropped.",          \
	  "nothing is freed that another thread may still use")                                                            \
	X(double_free, KIND_EXPLORE, KIND_TSAN, KIND_MISUSE, KIND_BETWEEN | KIND_MEMORY, "Double free",                    \
	  "Memory is freed twice.", "Let exactly one owner free it.", "a block is freed exactly once")                     \
	X(destroy_in_use, KIND_EXPLORE, KIND_TSAN, KIND_MISUSE, KIND_BETWEEN | KIND_MEMORY, "Destroyed while in use",      \
	  "A lock or condition variable is destroyed while others may still use it.",                                      \
	  "Destroy it after the last user has been joined.", "an object is destroyed when no thread can use it any more")  \
	X(dead_stack, KIND_EXPLORE, KIND_TSAN, KIND_MISUSE, KIND_BETWEEN | KIND_MEMORY, "Use of a variable that is gone",  \
	  "A local variable is used after its function has returned, or after its thread has ended.",                      \
	  "Keep what outlives the function on the heap, or in a frame that waits for its users.",                          \
	  "what others use lives until they are done: on the heap, or in the frame of a function that joins them")         \
	X(signal_unsafe_call, KIND_TSAN, KIND_TSAN, KIND_ELSEWHERE, 0, "Unsafe call in a signal handler",                  \
	  "A signal handler calls a function that is not async-signal-safe.",                                              \
	  "Set a flag or write to a pipe in the handler, and do the work outside it.", NULL)                               \
	X(tsan_report, KIND_TSAN, 0, KIND_ELSEWHERE, 0, "ThreadSanitizer's report",                                        \
	  "ThreadSanitizer reports something "                                                                             \
	  "that the kit has no name for.",                                                                                 \
	  "The report is in the finding, in its own words.", NULL)                                                         \
	X(mutex_misuse, KIND_AUDIT | KIND_EXPLORE | KIND_TSAN, KIND_AUDIT | KIND_TSAN, KIND_MISUSE, 0,                     \
	  "Wrong use of a mutex", "A lock is used by a thread that does not hold it.",                                     \
	  "Unlock once, in the thread that locked.", NULL)                                                                 \
	X(lock_held, KIND_AUDIT | KIND_EXPLORE, KIND_AUDIT, KIND_MISUSE, 0, "Lock still held",                             \
	  "A thread ended and still holds a lock.", "Unlock on every path.", NULL)                                         \
	X(thread_misuse, KIND_AUDIT | KIND_EXPLORE, KIND_AUDIT, KIND_MISUSE, 0, "Thread joined or detached wrongly",       \
	  "A thread joins itself, or one is joined or detached that does not exist or was joined or detached before.",     \
	  "Join each thread in one place, once.", "each thread is joined or detached exactly once")                        \
	X(not_process_shared, KIND_AUDIT | KIND_EXPLORE, KIND_AUDIT, KIND_MISUSE, 0, "Not made for several processes",     \
	  "A lock, condition variable or semaphore for one process is used by several.",                                   \
	  "Create it with PTHREAD_PROCESS_SHARED (sem_init: second argument not 0), in memory that they share.", NULL)     \
	X(condition_abandoned, KIND_AUDIT | KIND_EXPLORE, KIND_AUDIT, KIND_MISUSE, 0,                                      \
	  "Condition variable with a dead waiter",                                                                         \
	  "A condition variable is still used after a process was killed while waiting on it.",                            \
	  "Let processes that may be killed wait on a semaphore or a pipe.", NULL)                                         \
	X(fd_leak, KIND_AUDIT | KIND_EXPLORE, KIND_AUDIT, KIND_MISUSE, 0, "Descriptor left open",                          \
	  "A descriptor is still open at the end.", "Close it on every path, in parents and in children.", NULL)           \
	X(zombie, KIND_AUDIT | KIND_EXPLORE, KIND_AUDIT, KIND_MISUSE, 0, "Child not waited for",                           \
	  "A child has ended but was not waited for.", "Call waitpid once for every child.", NULL)                         \
	X(orphan, KIND_AUDIT | KIND_EXPLORE, KIND_AUDIT, KIND_MISUSE, 0, "Process left behind",                            \
	  "A child is still running at the end.", "Make it end (close what it reads from) and wait for it.", NULL)         \
	X(thread_leak, KIND_AUDIT | KIND_EXPLORE, KIND_AUDIT, KIND_MISUSE, 0, "Thread not joined",                         \
	  "A thread was neither joined nor detached.", "Join it on every path.", NULL)                                     \
	X(memory_leak, KIND_MEMCHECK, KIND_MEMCHECK, KIND_ELSEWHERE, 0, "Memory leak",                                     \
	  "Memory that nothing points to any more was never freed.",                                                       \
	  "Free it on every path, including those after an error.", NULL)                                                  \
	X(invalid_read, KIND_MEMCHECK, KIND_MEMCHECK, KIND_ELSEWHERE, 0, "Invalid read",                                   \
	  "Memory outside any allocated block is read.", "Check the size of the block and the index.", NULL)               \
	X(invalid_write, KIND_MEMCHECK, KIND_MEMCHECK, KIND_ELSEWHERE, 0, "Invalid write",                                 \
	  "Memory outside any allocated block is written.", "Check the size of the block and the index.", NULL)            \
	X(uninitialised_value, KIND_MEMCHECK, KIND_MEMCHECK, KIND_ELSEWHERE, 0, "Uninitialised value",                     \
	  "The program depends on memory that was never written.", "Initialise it where it is created.", NULL)             \
	X(invalid_free, KIND_MEMCHECK, KIND_MEMCHECK, KIND_ELSEWHERE, 0, "Invalid free",                                   \
	  "Something is freed that malloc did not return, or that is already free.", "Let exactly one owner free it.",     \
	  NULL)                                                                                                            \
	X(overlap, KIND_MEMCHECK, KIND_MEMCHECK, KIND_ELSEWHERE, 0, "Overlap",                                             \
	  "Source and destination of a copy overlap.", "memmove allows that; memcpy, strcpy and the like do not.", NULL)   \
	X(memcheck_report, KIND_MEMCHECK, 0, KIND_ELSEWHERE, 0, "Memcheck report",                                         \
	  "valgrind reports something that the kit has no name for.", "The report is in the finding, in its own words.",   \
	  NULL)                                                                                                            \
	X(forbidden_symbol, KIND_SYMBOLS, KIND_SYMBOLS, KIND_ELSEWHERE, 0, "Forbidden symbol",                             \
	  "A library function is used that this exercise does not allow.",                                                 \
	  "The exercise says what may be used; the finding says what to use instead.", NULL)                               \
	X(writable_state, KIND_SYMBOLS, KIND_SYMBOLS, KIND_ELSEWHERE, 0, "Writable state",                                 \
	  "There is a writable variable at file scope.", "Keep state in the object.", NULL)                                \
	X(static_memory, KIND_SYMBOLS, KIND_SYMBOLS, KIND_ELSEWHERE, 0, "Static memory",                                   \
	  "Much memory is in variables at file scope, which is never freed.", "Allocate objects, and free them.", NULL)    \
	X(volatile_shared, KIND_SYMBOLS, KIND_SYMBOLS, KIND_ELSEWHERE, 0, "Volatile shared",                               \
	  "volatile is used where threads share data.", "volatile orders nothing: use a mutex or atomics.", NULL)          \
	X(extra_main, KIND_SYMBOLS, KIND_SYMBOLS, KIND_ELSEWHERE, 0, "Extra main", "There is a main function.",            \
	  "Remove it: the tests have their own.", NULL)                                                                    \
	X(build_error, KIND_BUILD, 0, KIND_ELSEWHERE, 0, "It does not compile", "It does not compile or link.",            \
	  "Fix the first error that the compiler reports; others often follow from it.", NULL)                             \
	X(no_result, KIND_BUILD, 0, KIND_ELSEWHERE, 0, "No result", "The program ended before the first test finished.",   \
	  "Look for code that runs before main or ends the process.", NULL)                                                \
	X(missing_file, KIND_BUILD, 0, KIND_ELSEWHERE, 0, "No file to grade", "There is no file to grade.",                \
	  "Hand in the file under the name that the exercise gives.", NULL)                                                \
	X(ambiguous_file, KIND_BUILD, 0, KIND_ELSEWHERE, 0, "Ambiguous file",                                              \
	  "Two files could be meant, and they differ.", "Hand in one of them.", NULL)                                      \
	X(bad_file, KIND_BUILD, 0, KIND_ELSEWHERE, 0, "Bad file", "The file is not C source text that can be judged.",     \
	  "The finding says what is wrong with it.", NULL)                                                                 \
	X(sealed_out, KIND_SEAL, 0, KIND_ELSEWHERE, 0, "This is refused, so nothing was run",                              \
	  "The file contains what the tools cannot judge, or what the exercise is about.",                                 \
	  "The finding says what to write instead.", NULL)                                                                 \
	X(gate, KIND_SCORE, 0, KIND_ELSEWHERE, 0, "Too little works yet",                                                  \
	  "Below 60 % of correctness the other lines count in proportion.", "Make the tests pass first.", NULL)            \
	X(essence, KIND_SCORE, 0, KIND_ELSEWHERE, 0, "What the exercise is about is missing",                              \
	  "The program does something else than the exercise asks for.", "Read the first paragraph of the handout again.", \
	  NULL)                                                                                                            \
	X(not_established, KIND_SCORE, 0, KIND_ELSEWHERE, 0, "Not established",                                            \
	  "No test passed in which this could have been shown.", "Make the tests pass first.", NULL)

#endif
