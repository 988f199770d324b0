/* rules.c - what each kind of finding means and what to do about it. docs/findings.md says more. */
#include "platform.h"

#include <string.h>

static const struct kind_rule rules[] = {
    {"data_race", "Two threads use the same memory, one of them writes, and nothing orders the two.",
     "Let one mutex (or another order, such as a join) stand between all accesses to that memory; volatile does not."},
    {"lock_order_inversion", "Two locks are taken in both orders.",
     "Take locks in one fixed order everywhere, for example by address, not by the order of arguments."},
    {"deadlock", "Threads or processes wait for each other in a circle.",
     "Take locks in one fixed order, hold none while waiting for others, and close the pipe ends that are not used."},
    {"lost_wakeup", "Somebody waits for ever, and the signal was sent when nobody waited.",
     "Look at the predicate, and change it, only with the mutex of the condition variable locked."},
    {"missing_signal", "Somebody waits for ever, and no signal was sent that could wake them.",
     "Signal after each change that others wait for; broadcast when more than one, or different ones, may wait."},
    {"hang", "Nothing can run any more: all wait, and nobody is left to wake them.",
     "Follow the table of waits: who would have to act, and why can they not?"},
    {"livelock", "The threads keep running and get nowhere.", "Wait for the other instead of giving way in a loop."},
    {"busy_wait", "Somebody loops instead of sleeping until there is something to do.",
     "Wait on a condition variable, a semaphore or a blocking read."},
    {"assertion", "A result is not as the contract says.", "Compare what was seen with what was expected."},
    {"crash", "The program was killed by a signal.", "Look at the line and the address: is the pointer valid there?"},
    {"timeout", "The test used up its time.", "Look for a loop that does not end."},
    {"exit_in_test", "The submission ended the process that called it.", "Return an error to the caller instead."},
    {"child_in_test", "A forked child returned into the caller.", "End the child's part with _exit."},
    {"limit", "More locks are held at once than make sense.", "Release what was acquired."},
    {"use_after_free", "Memory is used after it was freed.",
     "Free when the last user is known to be done: after the join, after the last reference."},
    {"double_free", "Memory is freed twice.", "Let one owner free it."},
    {"invalid_free", "Something is freed that malloc did not give, or that is free already.", "Let one owner free it."},
    {"invalid_read", "Memory is read outside of any block.", "Check the size of the block and the index."},
    {"invalid_write", "Memory is written outside of any block.", "Check the size of the block and the index."},
    {"uninitialised_value", "The program depends on memory that was never written.", "Initialise it where it is made."},
    {"memory_leak", "Memory that nothing points to any more was never freed.",
     "Free it on every way out, also on those after an error."},
    {"fd_leak", "A descriptor is still open at the end.", "Close it on every way out, in parents and in children."},
    {"zombie", "A child has ended and nobody waited for it.", "Call waitpid once for every child."},
    {"orphan", "A child still runs at the end.", "Make it end (close what it reads from) and wait for it."},
    {"thread_leak", "A thread was neither joined nor detached.", "Join it on every way out."},
    {"lock_held", "A thread ended and still holds a lock.", "Unlock on every way out."},
    {"mutex_misuse", "A lock is used by a thread that does not hold it.", "Unlock once, in the thread that locked."},
    {"destroy_in_use", "A lock or condition variable is destroyed while others may still use it.",
     "Destroy it after the last user has been joined."},
    {"dead_stack", "A local variable is used after its function has returned, or after its thread has ended.",
     "Keep what outlives the function on the heap, or in a variable of one who waits for the user."},
    {"thread_misuse", "A thread is joined or detached that was joined or detached before, or that there is not.",
     "Let one place join each thread, once."},
    {"not_process_shared", "A lock, condition variable or semaphore for one process is used by several.",
     "Make it with PTHREAD_PROCESS_SHARED (sem_init: the second argument not 0), in memory that they share."},
    {"condition_abandoned", "A condition variable goes on being used after a process was ended that waited on it.",
     "Let processes that may be killed wait for a semaphore or a pipe."},
    {"forbidden_symbol", "A library function is used that this exercise does not allow.",
     "The exercise says what may be used; the finding says what to use instead."},
    {"static_memory", "Much memory is in variables at file scope, which nobody gives back.",
     "Allocate objects, and free them."},
    {"writable_state", "There is a variable at file scope that can be written.", "Keep state in the object."},
    {"volatile_shared", "volatile is used where threads share data.",
     "volatile orders nothing: use a mutex or atomics."},
    {"extra_main", "There is a main function.", "Leave it out: the tests have their own."},
    {"build_error", "It does not compile or link.",
     "Repair the first error that the compiler names; others follow from it."},
    {"missing_file", "There is no file to grade.", "Hand in the file under the name that the exercise says."},
};

const struct kind_rule *kind_rule(const char *kind)
{
	static const struct kind_rule other = {NULL, "Something is not as the exercise asks.",
	                                       "The finding says what was seen and what was expected."};

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (kind && strcmp(rules[i].kind, kind) == 0)
			return &rules[i];
	return &other;
}
