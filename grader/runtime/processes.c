/* processes.c - fork, wait, the ends of processes, signals. */
#include "internal.h"

#include "../finding/interleaving.h"
#include "vault.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <valgrind/valgrind.h>

void rt_exit(int status) __attribute__((noreturn));
void rt__exit(int status) __attribute__((noreturn));
void rt_quick_exit(int status) __attribute__((noreturn));

/* Two processes may end in either order: that is the same for all but who waits for any of them. */
static void note_end(int process)
{
	if (rt_me < 0)
		return;
	rt_event(OP_NONE, RT_PROCESS(process), true, 0);
	rt_event(OP_NONE, RT_ALL_PROCESSES, false, 0);
	for (int i = 0; process != rt_local.process && i < WORLD->pipe_count; i++)
		rt_event(OP_NONE, RT_PIPE(i), true, 0); /* nobody knows which ends it had */
}

void rt_process_done(int process)
{
	note_end(process);
	rt_abandon_conditions(process);
	WORLD->process[process].dead = true;
	WORLD->progress++;
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].process == process)
			WORLD->thread[i].state = RT_DONE;
	rt_let_go_of_robust_mutexes(process);
	rt_spawned(process);
	rt_child_ends(process);
	rt_wake(RT_ALL_DESCRIPTORS);
	rt_wake(RT_ALL_PROCESSES);
}

void rt_arrive(void)
{
	_Atomic uint32_t *arrived = &WORLD->process[rt_local.process].arrived;
	atomic_store(arrived, 1);
	syscall(SYS_futex, arrived, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static pid_t fork_process(bool stillborn, uintptr_t site)
{
	rt_enter();
	rt_own_point(OP_FORK, site);
	rt_event(OP_FORK, NULL, false, site);
	int process = rt_new_process(rt_local.process, 0, site);
	int thread = process < 0 ? -1 : rt_new_thread(process, site);
	if (thread < 0 && exploring())
		rt_leave_test("limit", "more processes than the kit can track");
	if (thread < 0) {
		if (process >= 0)
			WORLD->process[process].dead = WORLD->process[process].reaped = true;
		if (process >= 0)
			rt_has_no_counts(process);
		rt_return();
		errno = EAGAIN;
		return -1;
	}
	rt_inherit_objects(process, thread);
	WORLD->process[process].group = WORLD->process[rt_local.process].group;
	pid_t pid = fork();
	if (pid == 0) {
		if (stillborn)
			kill(getpid(), SIGKILL);
		rt_local.process = process;
		VALGRIND_CLO_CHANGE("--leak-check=no"); /* leaks count in the test's own process (check/memcheck.c) */
		vault_forked();
		rt_stack_inherited(thread, rt_me);
		rt_me = rt_local.first = thread;
		WORLD->process[process].pid = getpid();
		ME->tid = gettid();
		ME->handle = pthread_self();
		rt_signals_forked();
		rt_arrive();
		rt_await();
		rt_event(OP_START, NULL, false, 0);
		search_effect(STEP_START, "%s", "");
		rt_return();
		return 0;
	}
	int error = errno;
	char name[64];
	search_effect(-1, "makes %s", rt_process_name(process, name, sizeof name));
	if (pid < 0 || stillborn)
		rt_has_no_counts(process);
	if (pid < 0) {
		rt_process_done(process);
		WORLD->process[process].reaped = true;
	} else {
		WORLD->process[process].pid = pid;
		if (stillborn) {
			siginfo_t info;
			waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
			rt_process_done(process);
		}
	}
	rt_let_on();
	rt_return();
	errno = error;
	return pid;
}

pid_t rt_fork(void)
{
	FRAME;
	return active() ? fork_process(false, SITE) : fork();
}

pid_t rt_fork_dead(void)
{
	return fork_process(true, SITE);
}

static bool has_threads(int process)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].process == process && WORLD->thread[i].state != RT_DONE)
			return true;
	return false;
}

/* A child that died without a word (killed from outside the table): take note. One without threads is about to die: its
 * death is waited for. */
static bool died_unseen(struct rt_process *process)
{
	siginfo_t info = {0};
	int index = (int)(process - WORLD->process), patience = has_threads(index) ? WNOHANG : 0;
	if (process->dead || waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOWAIT | patience) != 0 ||
	    info.si_pid == 0)
		return process->dead;
	rt_process_done(index);
	return true;
}

const void *rt_child_object(pid_t pid)
{
	for (int i = 0; pid > 0 && i < WORLD->process_count; i++)
		if (WORLD->process[i].pid == pid && !WORLD->process[i].reaped)
			return RT_PROCESS(i);
	return RT_ALL_PROCESSES;
}

/* ---- waiting for children ------------------------------------------------------------------- */

static bool is_waited_for(const struct rt_process *process, idtype_t type, id_t id)
{
	if (process->parent != rt_local.process || process->reaped)
		return false;
	return type == P_ALL || (pid_t)id == (type == P_PID ? process->pid : process->group);
}

/* Waits in the table. The index of a child that has ended, WAIT_NOT_YET (with WNOHANG) or WAIT_NO_CHILD, or
 * WAIT_BROKEN_OFF by a handler. What the kernel knows of it is taken by the caller, inside: the child is on its way
 * out, so that comes soon. */
enum { WAIT_NOT_YET = -1, WAIT_NO_CHILD = -2, WAIT_BROKEN_OFF = -3 };

static int await_child(idtype_t type, id_t id, int options, uintptr_t site)
{
	const void *whom = type == P_PID ? rt_child_object((pid_t)id) : RT_ALL_PROCESSES;
	rt_switch_point(OP_WAIT_CHILD, whom, true, site);
	for (;;) {
		bool any = false;
		for (int i = 0; i < WORLD->process_count; i++) {
			struct rt_process *process = &WORLD->process[i];
			if (!is_waited_for(process, type, id))
				continue;
			any = true;
			if (!died_unseen(process))
				continue;
			process->reaped = !(options & WNOWAIT);
			for (int t = 0; exploring() && t < WORLD->thread_count; t++)
				if (WORLD->thread[t].process == i)
					order_after_thread(t);
			rt_event(OP_WAIT_CHILD, whom, true, site);
			char name[64];
			search_effect(-1, "%s has ended", rt_process_name(i, name, sizeof name));
			return i;
		}
		if (!any || (options & WNOHANG)) {
			if (any)
				rt_event_in_vain(OP_WAIT_CHILD, whom, site);
			else
				rt_event(OP_WAIT_CHILD, whom, true, site);
			if (any && exploring())
				rt_yield(site); /* who polls must let the others on */
			return any ? WAIT_NOT_YET : WAIT_NO_CHILD;
		}
		rt_block(KIND_CHILD, "for a child to end (waitpid)", (uintptr_t)RT_ALL_PROCESSES, -1, site);
		if (rt_interrupted(true))
			return WAIT_BROKEN_OFF;
	}
}

static int error_of(int child)
{
	return child == WAIT_NOT_YET ? errno : child == WAIT_NO_CHILD ? ECHILD : EINTR;
}

/* The answer of a call to the caller of the program, and errno with it. */
static int leave(int result, int error)
{
	rt_return();
	errno = error;
	return result;
}

static pid_t wait_for(pid_t pid, int *status, int options, struct rusage *usage, uintptr_t site)
{
	/* Nobody is stopped (signals.c), so WUNTRACED and WCONTINUED ask for nothing. */
	if (!active())
		return wait4(pid, status, options, usage);
	rt_enter();
	idtype_t type = pid > 0 ? P_PID : pid == -1 ? P_ALL : P_PGID;
	pid_t group = pid == 0 ? WORLD->process[rt_local.process].group : -pid;
	int child = await_child(type, (id_t)(pid > 0 ? pid : group), options, site);
	if (child < 0)
		return leave(child == WAIT_NOT_YET ? 0 : -1, error_of(child));
	pid_t result = wait4(WORLD->process[child].pid, status, 0, usage);
	return leave(result, errno);
}

pid_t rt_waitpid(pid_t pid, int *status, int options)
{
	FRAME;
	return wait_for(pid, status, options, NULL, SITE);
}

pid_t rt_wait(int *status)
{
	FRAME;
	return wait_for(-1, status, 0, NULL, SITE);
}

pid_t rt_wait3(int *status, int options, struct rusage *usage)
{
	FRAME;
	return wait_for(-1, status, options, usage, SITE);
}

pid_t rt_wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	FRAME;
	return wait_for(pid, status, options, usage, SITE);
}

int rt_waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	FRAME;
	if (!active() || !(options & WEXITED) || (type != P_ALL && type != P_PID && type != P_PGID)) {
		if (active() && (options & (WSTOPPED | WCONTINUED)) && !(options & WEXITED))
			rt_leave_test("limit", "it waits for a child to stop or go on (waitid), which is not covered");
		return waitid(type, id, info, options);
	}
	rt_enter();
	if (type == P_PGID && id == 0)
		id = (id_t)WORLD->process[rt_local.process].group;
	int child = await_child(type, id, options, SITE);
	if (child == WAIT_NOT_YET && info)
		info->si_pid = info->si_signo = 0;
	if (child < 0)
		return leave(child == WAIT_NOT_YET ? 0 : -1, error_of(child));
	int result = waitid(P_PID, (id_t)WORLD->process[child].pid, info, WEXITED | (options & WNOWAIT));
	return leave(result, errno);
}

/* ---- ends ----------------------------------------------------------------------------------- */

/* What the others must know before this process goes: its descriptors are closed, its threads are gone. */
static void say_goodbye(void)
{
	rt_enter();
	rt_switch_point(OP_EXIT, RT_PROCESS(rt_local.process), true, 0);
	rt_event(OP_EXIT, RT_PROCESS(rt_local.process), true, 0);
	search_effect(STEP_END, "%s", "");
	rt_close_all();
	rt_process_done(rt_local.process);
	rt_pass_on();
	rt_local.begun = false;
}

void rt_quit(int status)
{
	rt_write_counts();
	_exit(status);
}

void rt_die(int status)
{
	rt_write_counts(); /* as long as the others wait */
	if (active() && !rt_in_test_process())
		say_goodbye();
	rt_quit(status);
}

/* Children that nobody waited for run on when the program's own process has gone: what they do may go wrong yet, and
 * may be possible only now. Those that run for ever, or wait for ever, are left alone. */
static void let_children_on(void)
{
	enum { STEPS = REST_STEPS / 4 };
	bool any = false;
	for (int i = 0; i < WORLD->process_count; i++)
		any |= i != rt_local.process && !WORLD->process[i].dead;
	if (!any || !exploring())
		return;
	rt_close_all();
	rt_process_done(rt_local.process);
	rt_rest_for(STEPS);
}

/* The whole program came to its end. Threads and children may be running yet: that is allowed. But first they may do
 * what they do. Inside the runtime. */
static void __attribute__((noreturn)) end_program(int status, uintptr_t site)
{
	rt_switch_point(OP_EXIT, RT_ALL_PROCESSES, true, site);
	rt_event(OP_EXIT, RT_ALL_PROCESSES, true, site);
	search_effect(STEP_END, "the program ends with status %d", status);
	if (status) {
		struct rt_evidence *evidence = rt_evidence_add("exit_status");
		snprintf(evidence->text, sizeof evidence->text, "the program ended with status %d", status);
		evidence->frame[0] = site;
	}
	if (exploring() && SEARCH->noting)
		rt_note_leftovers();
	let_children_on();
	WORLD->end = RT_COMPLETED;
	rt_quit(RT_EXIT_COMPLETED);
}

static void __attribute__((noreturn)) end_process(int status, uintptr_t site)
{
	if (active() && rt_local.whole_program && rt_in_test_process()) {
		rt_enter();
		end_program(status, site);
	}
	rt_die(status);
}

void rt__exit(int status)
{
	end_process(status, SITE);
}

void rt__Exit(int status) __attribute__((alias("rt__exit")));
pid_t rt___gcov_fork(void) __attribute__((alias("rt_fork")));

/* The last of the functions registered with atexit: all that the program registered have run. What stdio still buffers
 * is written while the descriptors are open, and before anybody is told of the end. */
static void exit_handlers_done(void)
{
	if (!active())
		return;
	fflush(NULL);
	end_process(rt_local.exit_status, 0); /* called by the library: it has no line */
}

static void quick_exit_handlers_done(void)
{
	if (active())
		end_process(rt_local.exit_status, 0);
}

/* Others may come before the handlers as well as after them. */
static void __attribute__((noreturn)) leave_program(int status, void (*end)(int) __attribute__((noreturn)))
{
	rt_enter();
	rt_switch_point(OP_EXIT, RT_PROCESS(rt_local.process), true, SITE);
	rt_event(OP_NONE, RT_PROCESS(rt_local.process), true, 0);
	rt_return();
	rt_local.exit_status = status;
	end(status);
}

void rt_run_program(int (*program)(int, char **, char **), int argc, char **argv, char **environment)
{
	rt_local.whole_program = true;
	atexit(exit_handlers_done);
	at_quick_exit(quick_exit_handlers_done);
	rt_begin();
	int status;
	pthread_cleanup_push(rt_main_done, NULL); /* pthread_exit comes this way */
	status = program(argc, argv, environment);
	pthread_cleanup_pop(0);
	rt_exit(status);
}

/* glibc's assert. */
void rt___assert_fail(const char *expression, const char *file, unsigned line, const char *function)
{
	if (!active())
		__assert_fail(expression, file, line, function);
	struct rt_evidence *evidence = rt_evidence_add("assertion");
	char name[64];
	const char *who = rt_thread_name(rt_me, name, sizeof name);
	char shown[sizeof evidence->text - sizeof "assert() failed in " - sizeof name];
	rt_end_with_word(shown, sizeof shown, (size_t)snprintf(shown, sizeof shown, "%s", expression));
	snprintf(evidence->text, sizeof evidence->text, "assert(%s) failed in %s", shown, who);
	const char *base = strrchr(file, '/');
	snprintf(evidence->file, sizeof evidence->file, "%s", base ? base + 1 : file);
	evidence->line = line;
	evidence->frame[0] = SITE;
	if (exploring()) {
		order_stack(evidence->frame + 1, RT_FRAMES - 1);
		rt_enter();
		rt_event(OP_TEST, NULL, false, SITE);
		search_effect(STEP_FAIL, "fails: %s", expression);
	}
	rt_end_test(RT_LEFT);
}

void rt_exit(int status)
{
	if (active() && rt_local.whole_program)
		leave_program(status, exit);
	if (!active() || rt_in_test_process())
		exit(status);
	fflush(NULL); /* exit writes what stdio still buffers, while the descriptors are open */
	rt_write_counts();
	say_goodbye();
	exit(status);
}

void rt_quick_exit(int status)
{
	if (active() && rt_local.whole_program)
		leave_program(status, quick_exit);
	rt_die(status);
}

/* fork copied the stack of the thread that called it: what the child runs when it returns from the call is the test's.
 */
void rt_leave_child(void)
{
	struct rt_evidence *evidence = rt_evidence_add("child_in_test");
	snprintf(evidence->text, sizeof evidence->text,
	         "a forked child returned from the call and went on running the test");
	rt_die(1);
}

void rt_leave_test(const char *kind, const char *how)
{
	struct rt_evidence *evidence = rt_evidence_add(kind);
	snprintf(evidence->text, sizeof evidence->text, "%s", how);
	evidence->frame[0] = SITE;
	WORLD->end = RT_LEFT;
	if (!rt_in_test_process())
		rt_end_test(RT_LEFT);
	rt_quit(176);
}

unsigned rt_unreaped_children(void)
{
	unsigned count = 0;
	for (int i = 0; i < WORLD->process_count; i++)
		if (WORLD->process[i].parent == rt_local.process && !WORLD->process[i].reaped)
			count++;
	return count;
}

/* ---- audit at the end of a test ------------------------------------------------------------- */

static void note(const char *kind, uintptr_t site, const char *text, const char *expected)
{
	struct rt_evidence *evidence = rt_evidence_add(kind);
	snprintf(evidence->text, sizeof evidence->text, "%s", text);
	snprintf(evidence->expected, sizeof evidence->expected, "%s", expected);
	evidence->frame[0] = site;
}

void rt_audit(void)
{
	char text[160], name[64];
	for (int fd = 0; fd < RT_DESCRIPTORS; fd++) {
		struct rt_fd info;
		if (!rt_fd_info(fd, &info) || !info.submission)
			continue;
		snprintf(text, sizeof text, "descriptor %d is still open at the end of the test", fd);
		note("fd_leak", info.site, text, "every descriptor that the call opened is closed");
	}
	for (int i = 0; i < WORLD->process_count; i++) {
		struct rt_process *process = &WORLD->process[i];
		if (i == 0 || process->reaped ||
		    (process->parent != 0 && process->dead)) /* a dead grandchild is its parent's matter */
			continue;
		rt_process_name(i, name, sizeof name);
		snprintf(text, sizeof text, process->dead ? "%s has ended but was not waited for" : "%s is still running",
		         name);
		note(process->dead ? "zombie" : "orphan", process->created_at, text,
		     "every child that the call forked is waited for");
	}
	for (int i = 1; i < WORLD->thread_count; i++) {
		struct rt_thread *thread = &WORLD->thread[i];
		if (thread->process != 0 || thread->joined || thread->detached)
			continue;
		rt_thread_name(i, name, sizeof name);
		snprintf(text, sizeof text,
		         thread->state == RT_DONE ? "%s has ended but was not joined" : "%s is still running", name);
		note("thread_leak", thread->created_at, text, "every thread that was created is joined");
	}
}
