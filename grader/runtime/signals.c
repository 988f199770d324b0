/* signals.c - signals that one process sends to others or to itself, and the ends that they bring. */
#include "internal.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- what a signal does ------------------------------------------------------------------------ */

/* Signals whose default is not to end a process. */
static bool is_harmless(int signal)
{
	return signal == 0 || signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH || signal == SIGCONT;
}

static bool stops(int signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

bool rt_signal_kills(int signal)
{
	struct sigaction action;
	sigset_t blocked;
	if (signal == SIGKILL)
		return true;
	if (is_harmless(signal) || stops(signal))
		return false;
	if (active() ? ME->blocked >> (signal - 1) & 1
	             : pthread_sigmask(SIG_BLOCK, NULL, &blocked) != 0 || sigismember(&blocked, signal))
		return false;
	return sigaction(signal, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_DFL;
}

/* Bit 0 is signal 1. */
struct masks {
	unsigned long long blocked, ignored, caught;
};

/* As the kernel shows them (proc(5)); all signals are blocked of a process that it does not know. What a process
 * handles is blocked for the kernel (arrivals.c). */
static struct masks masks_of(pid_t pid)
{
	struct masks masks = {0};
	char path[64], line[128];
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *status = fopen(path, "re");
	if (!status)
		return (struct masks){.blocked = ~0ull};
	while (fgets(line, sizeof line, status))
		if (sscanf(line, "SigBlk: %llx", &masks.blocked) != 1 && sscanf(line, "SigIgn: %llx", &masks.ignored) != 1)
			sscanf(line, "SigCgt: %llx", &masks.caught);
	fclose(status);
	return masks;
}

/* The same of another process. */
static bool kills_other(pid_t pid, int signal)
{
	if (signal == SIGKILL)
		return true;
	if (is_harmless(signal) || stops(signal) || signal < 0 || signal > 64)
		return false;
	const struct masks masks = masks_of(pid);
	return !((masks.blocked | masks.ignored | masks.caught) >> (signal - 1) & 1);
}

/* Until the process is a zombie at least, whoever's child it is (pidfd_open(2)). By then its descriptors are closed:
 * the kernel does that first. */
static void await_end(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return;
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	while (poll(&poller, 1, -1) < 0 && errno == EINTR)
		;
	close(fd);
}

/* ---- deaths that are meant --------------------------------------------------------------------- */

void rt_expect_death(int signal, const char *file, unsigned line)
{
	WORLD->meant[signal].times++;
	WORLD->meant[signal].file = file;
	WORLD->meant[signal].line = line;
}

void rt_allow_deaths(uint64_t signals)
{
	rt_local.allowed_deaths |= signals;
}

bool rt_dies_by(int signal)
{
	if (rt_in_test_process())
		return false;
	if (WORLD->meant[signal].times) {
		WORLD->meant[signal].times--;
		return true;
	}
	return rt_local.allowed_deaths >> signal & 1;
}

int rt_missing_death(const char **file, unsigned *line)
{
	for (int signal = 1; signal < RT_SIGNALS; signal++)
		if (WORLD->meant[signal].times) {
			*file = WORLD->meant[signal].file;
			*line = WORLD->meant[signal].line;
			return signal;
		}
	return 0;
}

/* ---- to others --------------------------------------------------------------------------------- */

static bool addressed(const struct rt_process *process, pid_t pid)
{
	if (process->reaped)
		return false;
	if (pid > 0)
		return process->pid == pid;
	if (pid == -1)
		return process != &WORLD->process[rt_local.process];
	return process->group == (pid == 0 ? WORLD->process[rt_local.process].group : -pid);
}

/* A process that was just forked may not have run yet: what it has set up for signals is not its own. */
static void await_arrival(const struct rt_process *process)
{
	while (!atomic_load(&process->arrived))
		syscall(SYS_futex, &process->arrived, FUTEX_WAIT, 0, NULL, NULL, 0);
}

/* A process that the kernel has stopped would be given the baton, and nobody would go on. */
static void refuse_stop(void)
{
	rt_leave_test("limit", "it stops a process by a signal (SIGSTOP or one like it), which is not covered");
}

/* Would the signal stop the process, at once or when it lets the signal in? */
static bool would_stop(const struct rt_process *process, int signal)
{
	if (!stops(signal) || process->handled >> (signal - 1) & 1)
		return false;
	return process->dead || !(masks_of(process->pid).ignored >> (signal - 1) & 1);
}

void rt_refuse_stop(int signal)
{
	if (would_stop(&WORLD->process[rt_local.process], signal))
		refuse_stop();
}

static int send_to(int index, int signal)
{
	struct rt_process *process = &WORLD->process[index];
	if (!process->dead)
		await_arrival(process);
	if (would_stop(process, signal))
		refuse_stop();
	/* One that has ended for the table may still be on its way out: the signal must not come before its end. */
	if (process->dead)
		return 0;
	bool fatal = kills_other(process->pid, signal);
	if (fatal)
		rt_let_write_counts(index);
	if (kill(process->pid, signal) != 0)
		return -1;
	if (fatal) {
		await_end(process->pid);
		rt_dies_by(signal);
		rt_process_done(index);
	} else if (signal) {
		rt_event(OP_NONE, RT_PROCESS(index), true, 0);
		rt_signal_arrives(index, signal);
	}
	return 0;
}

/* ---- to oneself -------------------------------------------------------------------------------- */

static void note_death(int signal, uintptr_t site)
{
	struct rt_evidence *evidence = rt_evidence_add("crash");
	char name[64];
	snprintf(evidence->text, sizeof evidence->text, "%s was killed by SIG%s, which it sent to itself",
	         rt_thread_name(rt_me, name, sizeof name), sigabbrev_np(signal));
	snprintf(evidence->expected, sizeof evidence->expected, "no signal kills the process");
	evidence->frame[0] = site;
}

void rt_meet_own_death(int signal, uintptr_t site)
{
	if (rt_in_test_process()) {
		note_death(signal, site);
		return;
	}
	rt_dies_by(signal);
	rt_write_counts();
	rt_close_all();
	rt_process_done(rt_local.process);
	rt_pass_on();
}

/* Inside; comes back outside. What is handled runs its handler on the way (rt_return), in this thread unless it keeps
 * the signal out. */
static int send_to_oneself(int signal, uintptr_t site)
{
	rt_refuse_stop(signal);
	bool fatal = rt_signal_kills(signal);
	if (fatal)
		rt_meet_own_death(signal, site);
	int result = kill(getpid(), signal), error = errno;
	if (!fatal) {
		rt_signal_arrives(rt_local.process, signal);
		rt_return();
	}
	errno = error;
	return result;
}

/* ---- calls ------------------------------------------------------------------------------------- */

static int kill_some(pid_t pid, int signal, uintptr_t site)
{
	rt_enter();
	const void *whom = rt_child_object(pid);
	rt_switch_point(OP_KILL, whom, true, site);
	rt_event(OP_KILL, whom, true, site);
	int result = 0, error = 0;
	bool any = false, own = false;
	for (int i = 0; i < WORLD->process_count; i++) {
		if (!addressed(&WORLD->process[i], pid))
			continue;
		any = true;
		if (i == rt_local.process) {
			own = true; /* the last of all: it may be the end */
		} else if (send_to(i, signal) != 0) {
			result = -1;
			error = errno;
		}
	}
	if (!any && stops(signal))
		refuse_stop();
	if (!any) { /* unknown to the table, or nobody: no group but those of the run is ever sent a signal */
		errno = ESRCH;
		result = pid > 0 ? kill(pid, signal) : -1;
		error = errno;
	}
	if (own)
		return send_to_oneself(signal, site);
	rt_return();
	errno = error;
	return result;
}

int rt_kill(pid_t pid, int signal)
{
	FRAME;
	return active() ? kill_some(pid, signal, SITE) : kill(pid, signal);
}

int rt_killpg(pid_t group, int signal)
{
	FRAME;
	if (!active())
		return killpg(group, signal);
	if (group < 0) {
		errno = EINVAL;
		return -1;
	}
	return kill_some(-group, signal, SITE);
}

bool rt_may_signal(pid_t pid)
{
	for (int i = 0; i < WORLD->process_count; i++)
		if (addressed(&WORLD->process[i], pid))
			return true;
	return pid == 0 || pid == -1;
}

/* Before a signal that may end the process, with all its threads. */
static void last_point(uintptr_t site)
{
	const void *oneself = RT_PROCESS(rt_local.process);
	rt_enter();
	rt_switch_point(OP_KILL, oneself, true, site);
	rt_event(OP_KILL, oneself, true, site);
	rt_return();
}

int rt_raise(int signal)
{
	FRAME;
	if (!active())
		return raise(signal);
	if (rt_signal_kills(signal) || would_stop(&WORLD->process[rt_local.process], signal))
		return kill_some(getpid(), signal, SITE);
	last_point(SITE);
	int result = raise(signal);
	rt_enter();
	rt_signal_to_me(signal);
	rt_return();
	return result;
}

void rt_abort(void)
{
	FRAME;
	if (active())
		last_point(SITE);
	abort();
}

/* ---- groups ------------------------------------------------------------------------------------ */

static int find_process(pid_t pid)
{
	for (int i = 0; i < WORLD->process_count; i++)
		if (WORLD->process[i].pid == pid && !WORLD->process[i].reaped)
			return i;
	return -1;
}

/* Who waits for a child of some group looks again. */
static void join_group(int index, pid_t group)
{
	if (index < 0)
		return;
	WORLD->process[index].group = group;
	rt_event(OP_NONE, RT_PROCESS(index), true, 0);
	rt_event(OP_NONE, RT_ALL_PROCESSES, true, 0);
	rt_wake(RT_ALL_PROCESSES);
}

int rt_setpgid(pid_t pid, pid_t group)
{
	FRAME;
	if (!active())
		return setpgid(pid, group);
	rt_enter();
	rt_switch_point(OP_GROUP, RT_ALL_PROCESSES, true, SITE);
	rt_event(OP_GROUP, RT_ALL_PROCESSES, true, SITE);
	pid_t whose = pid ? pid : getpid();
	int index = find_process(whose), result = -1, error = EACCES;
	if (index < 0 || index == rt_local.process || !WORLD->process[index].program) { /* setpgid(2) */
		result = setpgid(pid, group);
		error = errno;
	}
	if (result == 0)
		join_group(index, group ? group : whose);
	rt_return();
	errno = error;
	return result;
}

int rt_setpgrp(void)
{
	HERE;
	return rt_setpgid(0, 0);
}

pid_t rt_setsid(void)
{
	FRAME;
	if (!active())
		return setsid();
	rt_enter();
	rt_switch_point(OP_GROUP, RT_ALL_PROCESSES, true, SITE);
	rt_event(OP_GROUP, RT_ALL_PROCESSES, true, SITE);
	pid_t result = setsid();
	int error = errno;
	if (result >= 0)
		join_group(rt_local.process, result);
	rt_return();
	errno = error;
	return result;
}

/* What another process may change in the meantime. */
pid_t rt_getpgid(pid_t pid)
{
	FRAME;
	if (!active())
		return getpgid(pid);
	rt_enter();
	rt_switch_point(OP_GROUP, RT_ALL_PROCESSES, false, SITE);
	rt_event(OP_GROUP, RT_ALL_PROCESSES, false, SITE);
	pid_t result = getpgid(pid);
	int error = errno;
	rt_return();
	errno = error;
	return result;
}

pid_t rt_getpgrp(void)
{
	HERE;
	return rt_getpgid(0);
}

/* The kernel finds another parent for an orphan when the old one is gone for good, which may be later than its end. */
pid_t rt_getppid(void)
{
	FRAME;
	if (!active())
		return getppid();
	int parent = WORLD->process[rt_local.process].parent;
	if (parent < 0)
		return getppid();
	rt_enter();
	rt_switch_point(OP_GROUP, RT_PROCESS(parent), false, SITE);
	rt_event(OP_GROUP, RT_PROCESS(parent), false, SITE);
	pid_t result = WORLD->process[parent].dead ? 1 : WORLD->process[parent].pid;
	rt_return();
	return result;
}
