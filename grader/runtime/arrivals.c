/* arrivals.c - signals that arrive: masks, handlers, waits for a signal.
 *
 * The kernel delivers a signal when it likes. Here it arrives when it was sent: by a call of another process, or by the
 * end of a child. So that nothing comes earlier or later, a signal that the program handles is blocked for the kernel,
 * in all of the process's threads, whatever the program's own mask says; the table keeps that mask (`blocked` of a
 * thread). A handler runs at the next scheduling point of a thread that lets its signal in, or ends that thread's wait,
 * as signal(7) says; the kernel calls it, in sigsuspend(2).
 *
 * SIGPIPE and what a thread raises are that thread's alone (`directed`): the kernel knows that where each has a kernel
 * thread; where all threads of a process are one (fibre.c), they are put by while another one runs. */
#include "internal.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- sets as bits ------------------------------------------------------------------------------ */

enum { LAST_SIGNAL = 64 }; /* SIGRTMAX */

static uint64_t bit_of(int signal)
{
	return 1ull << (signal - 1);
}

uint64_t rt_bits_of(const sigset_t *set)
{
	uint64_t bits = 0;
	for (int signal = 1; signal <= LAST_SIGNAL; signal++)
		if (sigismember(set, signal) == 1)
			bits |= bit_of(signal);
	return bits;
}

static void set_of(uint64_t bits, sigset_t *set)
{
	sigemptyset(set);
	for (int signal = 1; signal <= LAST_SIGNAL; signal++)
		if (bits & bit_of(signal))
			sigaddset(set, signal);
}

/* Those whose handlers can wait: not of faults, not the kit's own (SIGPROF), not what ends or stops in any case. */
static bool can_be_kept(int signal)
{
	return signal > 0 && signal <= LAST_SIGNAL && signal != SIGKILL && signal != SIGSTOP && signal != SIGSEGV &&
	       signal != SIGBUS && signal != SIGILL && signal != SIGFPE && signal != SIGTRAP && signal != SIGSYS &&
	       signal != SIGABRT && signal != SIGPROF;
}

/* ---- masks ------------------------------------------------------------------------------------- */

void rt_set_kernel_mask(int thread)
{
	sigset_t kept_out;
	set_of(WORLD->thread[thread].blocked | WORLD->process[rt_local.process].handled, &kept_out);
	pthread_sigmask(SIG_SETMASK, &kept_out, NULL);
}

/* Puts by what the calling thread has not taken: the kernel takes what is a thread's before what is its process's. */
static void put_by_own(void)
{
	for (uint64_t left = ME->directed; left; left &= left - 1) {
		sigset_t one;
		set_of(left & -left, &one);
		if (sigtimedwait(&one, NULL, &(struct timespec){0}) < 0)
			ME->directed &= ~(left & -left); /* taken already */
	}
}

void rt_change_signals(int thread)
{
	put_by_own();
	rt_set_kernel_mask(thread);
	for (uint64_t left = WORLD->thread[thread].directed; left; left &= left - 1)
		syscall(SYS_tgkill, getpid(), gettid(), __builtin_ctzll(left) + 1);
}

/* The kernel gives a signal to any thread that lets it in: so all sleeping ones keep out what is handled from now on,
 * before this returns. Who loops without a call does it when it comes back. */
static void tell_threads(void)
{
	uint32_t now = ++WORLD->process[rt_local.process].masks;
	rt_set_kernel_mask(rt_me);
	atomic_store(&ME->masked, now);
	if (rt_local.fibres)
		return;
	rt_rouse(rt_local.process);
	for (int i = 0; i < WORLD->thread_count; i++) {
		struct rt_thread *thread = &WORLD->thread[i];
		uint32_t known;
		while (thread->process == rt_local.process && thread->state != RT_DONE && !atomic_load(&thread->strayed) &&
		       (known = atomic_load(&thread->masked)) != now)
			syscall(SYS_futex, &thread->masked, FUTEX_WAIT_PRIVATE, known, NULL, NULL, 0);
	}
}

void rt_follow_masks(void)
{
	uint32_t now = WORLD->process[rt_local.process].masks;
	if (rt_local.fibres || atomic_load(&ME->masked) == now)
		return;
	rt_set_kernel_mask(rt_me);
	atomic_store(&ME->masked, now);
	syscall(SYS_futex, &ME->masked, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void rt_signals_begin(void)
{
	sigset_t mask;
	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	ME->blocked = rt_bits_of(&mask);
}

/* What it handles and keeps out was noted when it was made: its parent may have changed its own since. */
void rt_signals_forked(void)
{
	if (WORLD->process[rt_local.process].handled || ME->blocked)
		rt_set_kernel_mask(rt_me);
}

void rt_forget_handled(void)
{
	WORLD->process[rt_local.process].handled = 0;
	rt_set_kernel_mask(rt_me);
}

/* ---- what has arrived -------------------------------------------------------------------------- */

/* What the table calls ended is on its way out: its SIGCHLD is here when the kernel can be asked for its end. */
static void settle(void)
{
	for (int i = 0; i < WORLD->process_count; i++) {
		struct rt_process *process = &WORLD->process[i];
		siginfo_t info;
		if (process->parent != rt_local.process || !process->dead || process->reaped || process->settled)
			continue;
		waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOWAIT);
		process->settled = true;
	}
}

void rt_signal_arrives(int process, int signal)
{
	struct rt_process *it = &WORLD->process[process];
	if (it->dead || !can_be_kept(signal))
		return;
	it->pending |= bit_of(signal);
	for (int i = 0; i < WORLD->thread_count; i++) {
		struct rt_thread *thread = &WORLD->thread[i];
		if (thread->process == process && thread->state == RT_BLOCKED && thread->awaited & bit_of(signal)) {
			rt_make_runnable(i);
			return;
		}
	}
	for (int i = 0; it->handled & bit_of(signal) && i < WORLD->thread_count; i++) {
		struct rt_thread *thread = &WORLD->thread[i];
		if (thread->process != process || thread->state == RT_DONE || thread->blocked & bit_of(signal))
			continue;
		if (thread->state != RT_BLOCKED)
			return; /* it finds the signal when it goes on */
		if (rt_traits[thread->wait]->ends_by_signal) {
			rt_make_runnable(i);
			return;
		}
	}
}

void rt_signal_to_me(int signal)
{
	if (!can_be_kept(signal) || !((ME->blocked | WORLD->process[rt_local.process].handled) & bit_of(signal)))
		return;
	ME->directed |= bit_of(signal);
	rt_local.masks = true;
}

/* One that the current thread takes: what was sent to it alone comes first. Those above SIGRTMIN queue: there may be
 * more. */
static void forget_one(int signal)
{
	uint64_t *from = ME->directed & bit_of(signal) ? &ME->directed : &WORLD->process[rt_local.process].pending;
	if (signal < SIGRTMIN)
		*from &= ~bit_of(signal);
}

void rt_child_ends(int child)
{
	int parent = WORLD->process[child].parent;
	if (parent < 0)
		return;
	bool told = WORLD->process[parent].handled & bit_of(SIGCHLD);
	for (int i = 0; i < WORLD->thread_count; i++)
		told |= WORLD->thread[i].process == parent && WORLD->thread[i].awaited & bit_of(SIGCHLD);
	if (told && rt_me >= 0)
		rt_event(OP_NONE, RT_PROCESS(parent), true, 0);
	rt_signal_arrives(parent, SIGCHLD);
}

bool rt_signal_is_late(void)
{
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_thread *thread = &WORLD->thread[i];
		if (thread->state == RT_BLOCKED && !rt_traits[thread->wait]->ends_by_signal && rt_due_signals(thread))
			return true;
	}
	return false;
}

/* ---- handlers ---------------------------------------------------------------------------------- */

/* The lowest that has really arrived, or 0. */
static int due_signal(void)
{
	sigset_t pending;
	settle();
	sigpending(&pending);
	for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
		if (!(rt_due_signals(ME) & bit_of(signal)))
			continue;
		if (sigismember(&pending, signal) == 1)
			return signal;
		ME->directed &= ~bit_of(signal);
		WORLD->process[rt_local.process].pending &= ~bit_of(signal);
	}
	return 0;
}

/* Inside, and inside again when it comes back; the handler is the program's and runs outside. */
static void run_handler(int signal, const struct sigaction *action)
{
	uint64_t before = ME->blocked, depth = rt_local.stack[rt_me].depth;
	int error = errno;
	void *site = rt_site;
	sigset_t mask;
	rt_event(OP_HANDLE, RT_PROCESS(rt_local.process), true, ME->site);
	search_effect(-1, "SIG%s arrives: its handler runs", sigabbrev_np(signal));
	set_of((before | WORLD->process[rt_local.process].handled) & ~bit_of(signal), &mask);
	ME->blocked |= rt_bits_of(&action->sa_mask) | (action->sa_flags & SA_NODEFER ? 0 : bit_of(signal));
	rt_site = NULL;
	rt_local.stack[rt_me].depth = 0;
	atomic_store(&WORLD->current, rt_me);
	sigsuspend(&mask);
	rt_take_baton();
	ME->blocked = before;
	rt_local.stack[rt_me].depth = depth;
	rt_site = site;
	errno = error;
}

static void note_handled(int signal, bool handled)
{
	struct rt_process *me = &WORLD->process[rt_local.process];
	me->handled = handled ? me->handled | bit_of(signal) : me->handled & ~bit_of(signal);
	rt_local.masks = true;
	tell_threads();
	if (handled && exploring())
		SEARCH->handlers = true;
}

void rt_run_handlers(void)
{
	bool restarts = true, any = false;
	for (int signal; (signal = due_signal());) {
		struct sigaction action;
		sigaction(signal, NULL, &action);
		forget_one(signal);
		run_handler(signal, &action);
		if (action.sa_flags & SA_RESETHAND)
			note_handled(signal, false);
		restarts &= (action.sa_flags & SA_RESTART) != 0;
		any = true;
	}
	ME->interrupted = !any ? NOT_INTERRUPTED : restarts ? INTERRUPTED_TO_RESTART : INTERRUPTED;
}

bool rt_handler_is_due(enum rt_kind kind)
{
	return rt_due_signals(ME) && rt_traits[kind]->ends_by_signal;
}

bool rt_interrupted(bool may_restart)
{
	enum rt_interruption how = ME->interrupted;
	ME->interrupted = NOT_INTERRUPTED;
	return how == INTERRUPTED || (how == INTERRUPTED_TO_RESTART && !may_restart);
}

/* ---- calls: actions and masks ------------------------------------------------------------------ */

static void point(bool write, uintptr_t site)
{
	rt_enter();
	if (WORLD->process_count > 1 || !rt_alone())
		rt_switch_point(OP_STATE, RT_PROCESS(rt_local.process), write, site);
	rt_event(OP_STATE, RT_PROCESS(rt_local.process), write, site);
	settle();
}

static bool is_function(const struct sigaction *action)
{
	return (action->sa_flags & SA_SIGINFO) || (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

/* What is ignored from now on is gone, as sigaction(2) says; the kernel has only what was not put by. */
static void forget_put_by(int signal)
{
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].process == rt_local.process)
			WORLD->thread[i].directed &= ~bit_of(signal);
}

int rt_sigaction(int signal, const struct sigaction *action, struct sigaction *old)
{
	FRAME;
	if (!active() || !can_be_kept(signal) || !action)
		return sigaction(signal, action, old);
	point(true, SITE);
	/* Blocked before there is a handler, and as long as there is one. */
	if (is_function(action))
		note_handled(signal, true);
	int result = sigaction(signal, action, old), error = errno;
	if (result == 0 && !is_function(action) && WORLD->process[rt_local.process].handled & bit_of(signal))
		note_handled(signal, false);
	if (result == 0 && !is_function(action) && action->sa_handler == SIG_IGN)
		forget_put_by(signal);
	rt_return();
	errno = error;
	return result;
}

sighandler_t rt_signal(int signal, sighandler_t handler)
{
	HERE;
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;
	return rt_sigaction(signal, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

sighandler_t rt___sysv_signal(int signal, sighandler_t handler)
{
	HERE;
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESETHAND | SA_NODEFER}, old;
	return rt_sigaction(signal, &action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

/* What was kept out and ends the process, and is let in now. What would stop it ends the test. */
static int fatal_one(uint64_t let_in)
{
	sigset_t pending;
	sigpending(&pending);
	for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
		if (!(let_in & bit_of(signal)) || sigismember(&pending, signal) != 1)
			continue;
		rt_refuse_stop(signal);
		if (rt_signal_kills(signal))
			return signal;
	}
	return 0;
}

static int change_mask(int how, const sigset_t *set, sigset_t *old, uintptr_t site)
{
	uint64_t before = ME->blocked, bits = set ? rt_bits_of(set) : 0, after = before;
	if (set && how != SIG_BLOCK && how != SIG_UNBLOCK && how != SIG_SETMASK)
		return EINVAL;
	if (set) {
		point(true, site);
		before = ME->blocked;
		bits &= ~(bit_of(SIGKILL) | bit_of(SIGSTOP));
		after = how == SIG_BLOCK ? before | bits : how == SIG_UNBLOCK ? before & ~bits : bits;
		ME->blocked = after;
		rt_local.masks = true;
		int fatal = fatal_one(before & ~after);
		if (fatal)
			rt_meet_own_death(fatal, site);
		rt_set_kernel_mask(rt_me);
	}
	if (old)
		set_of(before, old);
	if (set)
		rt_return();
	return 0;
}

int rt_pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	FRAME;
	return active() ? change_mask(how, set, old, SITE) : pthread_sigmask(how, set, old);
}

int rt_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	FRAME;
	if (!active())
		return sigprocmask(how, set, old);
	int error = change_mask(how, set, old, SITE);
	if (error)
		errno = error;
	return error ? -1 : 0;
}

int rt_sigpending(sigset_t *set)
{
	FRAME;
	if (!active())
		return sigpending(set);
	point(true, SITE);
	int result = sigpending(set);
	rt_return();
	return result;
}

/* ---- calls: waits ------------------------------------------------------------------------------ */

/* A child of the process that has ended and is not waited for, or -1. */
static int find_ended_child(int process)
{
	for (int i = 0; i < WORLD->process_count; i++)
		if (WORLD->process[i].parent == process && WORLD->process[i].dead && !WORLD->process[i].reaped)
			return i;
	return -1;
}

/* "for a signal (pause)" becomes "for a signal, and child 1 has ended (pause)": its SIGCHLD is gone. */
static void describe_wait(char *text, size_t size, const struct rt_thread *thread)
{
	char call[32] = "", name[64];
	char *bracket = strrchr(text, '(');
	int child = find_ended_child(thread->process);
	if (child >= 0 && bracket) {
		snprintf(call, sizeof call, "%s", bracket);
		bracket[-1] = 0;
		rt_append(text, size, ", and %s has ended %s", rt_process_name(child, name, sizeof name), call);
	}
	rt_append_place(text, size, thread);
}

const struct rt_traits rt_signal_traits = {
    .name = "", .describe = describe_wait, .ends_by_signal = true, .comes_unseen = true};

/* Until a handler has run. Inside. */
static void await_handler(const char *what, uintptr_t site)
{
	while (ME->interrupted == NOT_INTERRUPTED)
		rt_block(KIND_SIGNAL, what, 0, -1, site);
}

int rt_pause(void)
{
	FRAME;
	if (!active())
		return pause();
	rt_enter();
	rt_switch_point(OP_AWAIT, RT_PROCESS(rt_local.process), true, SITE);
	ME->interrupted = NOT_INTERRUPTED;
	await_handler("for a signal (pause)", SITE);
	rt_event(OP_AWAIT, RT_PROCESS(rt_local.process), true, SITE);
	rt_return();
	errno = EINTR;
	return -1;
}

void rt_let_in(const sigset_t *mask, uintptr_t site)
{
	uint64_t before = ME->blocked;
	settle();
	ME->blocked = rt_bits_of(mask) & ~(bit_of(SIGKILL) | bit_of(SIGSTOP));
	rt_local.masks = true;
	int fatal = fatal_one(before & ~ME->blocked);
	if (fatal)
		rt_meet_own_death(fatal, site);
	rt_set_kernel_mask(rt_me);
	ME->interrupted = NOT_INTERRUPTED;
	if (rt_handler_is_due(KIND_SIGNAL))
		rt_run_handlers();
}

void rt_keep_out(uint64_t signals)
{
	ME->blocked = signals;
	rt_set_kernel_mask(rt_me);
}

int rt_sigsuspend(const sigset_t *mask)
{
	FRAME;
	if (!active())
		return sigsuspend(mask);
	rt_enter();
	rt_switch_point(OP_AWAIT, RT_PROCESS(rt_local.process), true, SITE);
	uint64_t before = ME->blocked;
	rt_let_in(mask, SITE);
	await_handler("for a signal (sigsuspend)", SITE);
	rt_keep_out(before);
	rt_event(OP_AWAIT, RT_PROCESS(rt_local.process), true, SITE);
	rt_return();
	errno = EINTR;
	return -1;
}

/* A signal of the set that is there, or -1. */
static int take_one(const sigset_t *set, siginfo_t *info)
{
	settle();
	int signal = sigtimedwait(set, info, &(struct timespec){0});
	if (signal > 0)
		forget_one(signal);
	return signal;
}

static int await_signal(const sigset_t *set, siginfo_t *info, const struct timespec *limit, const char *what,
                        uintptr_t site)
{
	if (limit && (limit->tv_nsec < 0 || limit->tv_nsec >= 1000000000 || limit->tv_sec < 0)) {
		errno = EINVAL;
		return -1;
	}
	rt_enter();
	rt_switch_point(OP_AWAIT, RT_ALL_PROCESSES, true, site);
	bool at_once = limit && !limit->tv_sec && !limit->tv_nsec;
	uint64_t until = limit ? WORLD->now_ns + (uint64_t)limit->tv_sec * 1000000000u + (uint64_t)limit->tv_nsec : 0;
	int signal, error = 0;
	while ((signal = take_one(set, info)) < 0 && !at_once && !error) {
		ME->awaited = rt_bits_of(set);
		rt_block_until(KIND_SIGNAL, what, 0, -1, site, until);
		ME->awaited = 0;
		error = rt_interrupted(false) ? EINTR : ME->timed_out ? EAGAIN : 0;
	}
	if (signal < 0)
		rt_event_in_vain(OP_AWAIT, RT_ALL_PROCESSES, site);
	else
		rt_event(OP_AWAIT, RT_ALL_PROCESSES, true, site);
	rt_event(OP_NONE, RT_PROCESS(rt_local.process), true, site);
	if (exploring() && signal > 0)
		search_effect(-1, "SIG%s has arrived", sigabbrev_np(signal));
	else if (exploring())
		search_effect(-1, error == EINTR ? "is interrupted" : at_once ? "there is none" : "times out");
	if (at_once && signal < 0)
		rt_yield(site); /* who polls must let the others on */
	rt_return();
	if (signal < 0)
		errno = error ? error : EAGAIN;
	return signal;
}

int rt_sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *limit)
{
	FRAME;
	return active() ? await_signal(set, info, limit, "for a signal (sigtimedwait)", SITE)
	                : sigtimedwait(set, info, limit);
}

int rt_sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
	FRAME;
	return active() ? await_signal(set, info, NULL, "for a signal (sigwaitinfo)", SITE) : sigwaitinfo(set, info);
}

/* Is not interrupted: POSIX has no such error, and glibc waits again. */
int rt_sigwait(const sigset_t *set, int *signal)
{
	FRAME;
	if (!active())
		return sigwait(set, signal);
	int result;
	do
		result = await_signal(set, NULL, NULL, "for a signal (sigwait)", SITE);
	while (result < 0 && errno == EINTR);
	if (result < 0)
		return errno;
	*signal = result;
	return 0;
}
