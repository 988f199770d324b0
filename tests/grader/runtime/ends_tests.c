/* ends_tests.c - exits, crashes, children that come back, and what the audits find at the end. */
#include "kit.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void call_exit(int status);
void call_underscore_exit(int status);
void call_abort(void);
void crash(int *nowhere);
int dive(int depth);
int divide(int a, int b);
pid_t fork_and_exit(int status);
pid_t fork_and_crash(void);
pid_t fork_and_kill(int signal);
pid_t fork_into_group(pid_t group, sem_t *semaphore);
int take(idtype_t type, pid_t id, siginfo_t *info, int options);
pid_t fork_and_return(void);
pid_t fork_and_wait(sem_t *semaphore);
pid_t fork_twice(sem_t *semaphore);
pthread_t create_only(void);
pthread_t create_waiting(sem_t *semaphore);
int join_thread_that_exits(void);
void create_detached(void);

static sem_t *shared_semaphore(void)
{
	sem_t *semaphore = kit_shared(sizeof *semaphore);
	sem_init(semaphore, 1, 0);
	return semaphore;
}

/* ---- the test's own process -------------------------------------------------------------------------------------- */

/* => fail
 * criterion exit_in_test
 *   the call ended the whole process (exit) instead of returning
 *   at ends.c:{exit} call_exit
 */
KIT_TEST(ends, exit_is_no_way_to_pass)
{
	call_exit(0);
}

/* => fail
 * criterion exit_in_test
 */
KIT_TEST(ends, not_even_with_the_right_status)
{
	call_exit(KIT_TEST_END);
}

/* => fail
 * criterion exit_in_test
 *   the call ended the whole process (_exit) instead of returning
 *   at ends.c:{_exit} call_underscore_exit
 */
KIT_TEST(ends, nor_without_atexit)
{
	call_underscore_exit(KIT_TEST_END);
}

/* => crash
 * criterion crash
 *   the main thread was killed by SIGABRT
 *   expected: no assert fails, nothing calls abort
 *   at ends.c:{abort} call_abort
 */
KIT_TEST(ends, abort_is_a_crash)
{
	call_abort();
}

/* => crash
 * criterion crash
 *   the main thread was killed by SIGSEGV at address 0 (a NULL pointer)
 *   expected: every pointer that is dereferenced is valid
 *   at ends.c:{crash} crash
 */
KIT_TEST(ends, a_crash_has_a_place)
{
	crash(NULL);
}

/* => crash
 * criterion crash
 *   the main thread was killed by SIGFPE
 *   expected: no integer is divided by zero
 *   at ends.c:{divide} divide
 */
KIT_TEST(ends, a_division_by_zero_too)
{
	volatile int zero = 0;
	cr_expect(eq(int, divide(1, zero), 0));
}

static void *crash_here(void *unused)
{
	crash(unused);
	return NULL;
}

/* => crash
 * criterion crash
 *   thread 1 was killed by SIGSEGV
 *   at ends.c:{crash} crash
 */
KIT_TEST(ends, a_crash_in_a_thread_names_it)
{
	pthread_t thread;
	pthread_create(&thread, NULL, crash_here, NULL);
	pthread_join(thread, NULL);
}

/* => crash
 * criterion crash
 *   the main thread was killed by SIGSEGV: stack overflow
 *   expected: recursion is shallow
 *    dive (crashed)
 */
KIT_TEST(ends, a_stack_that_is_used_up_is_told_without_an_address)
{
	cr_expect(eq(int, dive(1 << 30), 0));
}

static void *dive_here(void *unused)
{
	dive(1 << 30);
	return unused;
}

/* => crash
 * criterion crash
 *   thread 1 was killed by SIGSEGV: stack overflow
 *    dive (crashed)
 */
KIT_TEST(ends, also_that_of_a_thread)
{
	pthread_t thread;
	pthread_create(&thread, NULL, dive_here, NULL);
	pthread_join(thread, NULL);
}

/* => fail
 * criterion assertion
 *   at public.c:{assert}
 */
KIT_TEST(ends, an_assertion_has_its_line)
{
	int held = 9;
	cr_assert(eq(int, held, 2), "descriptors"); /* {assert} */
}

/* => fail
 * criterion assertion
 *   the call (error is EAGAIN)
 *   expected: error is ENOMEM
 */
KIT_TEST(ends, an_errno_is_shown_by_its_name)
{
	int error = EAGAIN;
	cr_assert(eq(int, error, ENOMEM), "the call");
}

/* => fail
 * criterion assertion
 *   of several (errors is 11)
 *   expected: errors is 12
 */
KIT_TEST(ends, but_no_other_number)
{
	int errors = 11;
	cr_assert(eq(int, errors, 12), "of several");
}

/* ---- children ---------------------------------------------------------------------------------------------------- */

KIT_TEST(ends, a_child_may_exit)
{
	int status;
	pid_t pid = fork_and_exit(5);
	cr_expect(eq(int, waitpid(pid, &status, 0), pid));
	cr_expect(eq(int, WEXITSTATUS(status), 5));
	cr_expect(eq(int, waitpid(pid, &status, 0), -1), "it is waited for once");
}

KIT_TEST(ends, a_child_may_crash)
{
	int status;
	pid_t pid = fork_and_crash();
	cr_expect(eq(int, waitpid(pid, &status, 0), pid));
	cr_expect(eq(int, WIFSIGNALED(status), 1));
	cr_expect(eq(int, WTERMSIG(status), SIGSEGV));
}

/* => fail
 * criterion limit
 *   it stops a process by a signal (SIGSTOP or one like it), which is not covered
 */
KIT_TEST(ends, nobody_is_stopped)
{
	fork_and_kill(SIGSTOP);
	waitpid(-1, NULL, WUNTRACED);
}

KIT_TEST(ends, who_asks_for_stops_too_waits_for_ends)
{
	pid_t pid = fork_and_exit(3);
	int status;
	cr_expect(eq(int, waitpid(pid, &status, WUNTRACED | WCONTINUED), pid));
	cr_expect(eq(int, WEXITSTATUS(status), 3));
}

KIT_TEST(ends, a_child_that_is_meant_to_crash_does)
{
	static const int signals[] = {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL, SIGTERM, SIGKILL, SIGSEGV};
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		int status;
		kit_expect_death(signals[i]);
		pid_t pid = i == 0 ? fork_and_crash() : fork_and_kill(signals[i]);
		cr_expect(eq(int, waitpid(pid, &status, 0), pid));
		cr_expect(eq(int, WIFSIGNALED(status), 1));
		cr_expect(eq(int, WTERMSIG(status), signals[i]));
	}
}

/* => fail
 * criterion assertion
 *   no child died by SIGABRT
 *   expected: a child dies by SIGABRT
 *   at public.c:{meant to die}
 */
KIT_TEST(ends, a_child_that_is_meant_to_crash_must)
{
	kit_expect_death(SIGABRT); /* {meant to die} */
	waitpid(fork_and_exit(1), NULL, 0);
}

/* => fail
 * criterion assertion
 *   no child died by SIGSEGV
 */
KIT_TEST(ends, and_as_often_as_it_is_meant_to)
{
	kit_expect_death(SIGSEGV);
	kit_expect_death(SIGSEGV);
	waitpid(fork_and_crash(), NULL, 0);
}

KIT_TEST(ends, a_group_is_waited_for_and_killed)
{
	sem_t *never = shared_semaphore();
	pid_t leader = fork_into_group(0, never), member = fork_into_group(leader, never),
	      other = fork_into_group(0, never);
	siginfo_t info = {.si_pid = 1};
	cr_expect(eq(int, take(P_PGID, leader, &info, WEXITED | WNOHANG), 0));
	cr_expect(eq(int, info.si_pid, 0));
	cr_expect(eq(int, killpg(leader, SIGTERM), 0));
	cr_expect(eq(int, take(P_PGID, leader, &info, WEXITED | WNOWAIT), 0));
	cr_expect(eq(int, info.si_status, SIGTERM));
	cr_expect(eq(int, waitpid(leader, NULL, 0), leader), "it was only looked at");
	cr_expect(eq(int, take(P_PGID, leader, &info, WEXITED), 0));
	cr_expect(eq(int, info.si_pid, member));
	cr_expect(eq(int, take(P_PGID, leader, &info, WEXITED), -1));
	cr_expect(eq(int, waitpid(-other, NULL, WNOHANG), 0));
	cr_expect(eq(int, kill(-other, SIGKILL), 0));
	cr_expect(eq(int, take(P_ALL, 0, NULL, WEXITED), 0));
	cr_expect(eq(uint, kit_children(), 0));
}

KIT_TEST(ends, waitid_counts_as_waitpid)
{
	pid_t pid = fork_and_exit(0);
	fi_fail_nth(KIT_WAITPID, 1, EINTR);
	cr_expect(eq(int, take(P_PID, pid, NULL, WEXITED), -1));
	cr_expect(eq(int, errno, EINTR));
	cr_expect(eq(int, take(P_PID, pid, NULL, WEXITED), 0));
	cr_expect(eq(uint, fi_calls(KIT_WAITPID), 2));
}

/* => fail
 * criterion child_in_test
 *   a forked child returned from the call and went on running the test
 */
KIT_TEST(ends, a_child_must_not_return_to_the_end_of_the_test)
{
	pid_t pid = fork_and_return();
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

/* => fail
 * criterion child_in_test
 *   a forked child returned from the call and went on running the test
 */
KIT_TEST(ends, a_child_must_not_return_to_an_assertion)
{
	pid_t pid = fork_and_return();
	cr_assert(gt(int, pid, 0));
	waitpid(pid, NULL, 0);
}

/* => pass
 * audit zombie
 *   child 1 has ended but was not waited for
 *   at ends.c:{fork} fork_and_exit
 */
KIT_TEST(ends, a_zombie_is_found)
{
	fork_and_exit(0);
	kit_let_others_run();
	cr_expect(eq(uint, kit_children(), 1));
}

/* => pass
 * audit orphan
 *   child 1 is still running
 *   at ends.c:{fork and wait} fork_and_wait
 */
KIT_TEST(ends, a_child_that_runs_on_is_found)
{
	fork_and_wait(shared_semaphore());
	cr_expect(eq(uint, kit_children(), 1));
}

/* => pass
 * audit orphan
 *   child 2 is still running
 *   at ends.c:{fork and wait} fork_and_wait
 */
KIT_TEST(ends, a_grandchild_that_runs_on_is_found)
{
	pid_t pid = fork_twice(shared_semaphore());
	waitpid(pid, NULL, 0);
}

KIT_TEST(ends, a_child_killed_by_the_test_is_gone_when_kill_returns)
{
	int status;
	pid_t pid = fork_and_wait(shared_semaphore());
	cr_expect(eq(int, kill(pid, SIGKILL), 0));
	cr_expect(eq(int, waitpid(pid, &status, WNOHANG), pid));
	cr_expect(eq(int, WTERMSIG(status), SIGKILL));
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

/* => pass
 * audit thread_leak
 *   thread 1 has ended but was not joined
 *   at ends.c:{create} create_only
 */
KIT_TEST(ends, a_thread_that_nobody_joins_is_found)
{
	create_only();
	kit_let_others_run();
	cr_expect(eq(uint, kit_threads(), 1));
}

/* => pass
 * audit thread_leak
 *   thread 1 is still running
 *   at ends.c:{create waiting} create_waiting
 */
KIT_TEST(ends, a_thread_that_runs_on_is_found)
{
	create_waiting(shared_semaphore());
	kit_let_others_run();
	cr_expect(eq(uint, kit_threads(), 2));
}

KIT_TEST(ends, pthread_exit_gives_its_value_to_join)
{
	cr_expect(eq(int, join_thread_that_exits(), 42));
}

KIT_TEST(ends, a_detached_thread_is_no_leak)
{
	create_detached();
	kit_let_others_run();
}
