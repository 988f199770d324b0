/* handlers.c - kit_sigaction and kit_signal: the submission's handlers of signals.
 *
 * They run by way of a function of the kit, which compares what they go back to with what they interrupted
 * (grader/vault). Signals of faults are not the submission's: by them the kit learns of a crash, and whoever handles
 * one could go on behind it. */
#include "kit_internal.h"

#include "vault.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

int rt_sigaction(int signal, const struct sigaction *action, struct sigaction *old);

/* What this process has asked for. It is the program's own affair: the kernel keeps the function of the kit. */
static struct {
	struct sigaction own[_NSIG];     /* handlers of the submission */
	struct sigaction foreign[_NSIG]; /* what others have set, which may be put back as it was */
} handlers;

static bool tells_of_a_fault(int signal)
{
#ifdef KIT_ANY_END /* only in a test build of the grader */
	(void)signal;
	return false;
#else
	return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGTRAP;
#endif
}

static bool is_function(const struct sigaction *action)
{
	return (action->sa_flags & SA_SIGINFO) || (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN);
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
	vault_handle(handlers.own[signal].sa_sigaction, signal, info, context);
}

static bool is_ours(const struct sigaction *action)
{
	return (action->sa_flags & SA_SIGINFO) && action->sa_sigaction == on_signal;
}

static void __attribute__((noreturn)) refuse(int signal, void *site)
{
	char text[200];
	rt_site = site;
	snprintf(
	    text, sizeof text,
	    "the submission handles or ignores SIG%s: a fault ends the program, and by that signal the kit learns of it",
	    sigabbrev_np(signal));
	rt_leave_test("tampered", text);
}

/* Whatever the submission asks of such a signal, it stays as it is. */
static int leave_fault(int signal, const struct sigaction *action, struct sigaction *old, void *site)
{
	if (action && (is_function(action) || action->sa_handler != SIG_DFL))
		refuse(signal, site);
	if (old)
		*old = (struct sigaction){.sa_handler = SIG_DFL};
	return 0;
}

/* At the line of the submission, not at one of this file. */
static int install(int signal, const struct sigaction *action, void *site)
{
	void *outer = rt_site;

	rt_site = site;
	int result = rt_sigaction(signal, action, NULL);
	rt_site = outer;
	return result;
}

static int set(int signal, const struct sigaction *action, void *site)
{
	const struct sigaction *foreign = &handlers.foreign[signal];
	struct sigaction installed = *action;
	if (is_function(action) && action->sa_sigaction != foreign->sa_sigaction) {
		handlers.own[signal] = *action;
		installed.sa_sigaction = on_signal;
		installed.sa_flags |= SA_SIGINFO;
	}
	return install(signal, &installed, site);
}

static int change(int signal, const struct sigaction *action, struct sigaction *old, void *site)
{
	struct sigaction before;
	if (tells_of_a_fault(signal))
		return leave_fault(signal, action, old, site);
	rt_touch_process(action != NULL, site);
	if (sigaction(signal, NULL, &before) != 0)
		return -1;
	bool ours = is_ours(&before);
	if (!ours && is_function(&before))
		handlers.foreign[signal] = before;
	struct sigaction shown = ours ? handlers.own[signal] : before;
	int result = action ? set(signal, action, site) : 0;
	if (old && result == 0)
		*old = shown;
	return result;
}

int kit_sigaction(int signal, const struct sigaction *action, struct sigaction *old);
int kit_sigaction(int signal, const struct sigaction *action, struct sigaction *old)
{
	void *site = __builtin_return_address(0);
	if (action)
		rt_touch(action, sizeof *action, false, site);
	if (old)
		rt_touch(old, sizeof *old, true, site);
	return change(signal, action, old, site);
}

static sighandler_t change_handler(int signal, sighandler_t handler, int flags, void *site)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, old;
	return change(signal, &action, &old, site) == 0 ? old.sa_handler : SIG_ERR;
}

sighandler_t kit_signal(int signal, sighandler_t handler);
sighandler_t kit_signal(int signal, sighandler_t handler)
{
	return change_handler(signal, handler, SA_RESTART, __builtin_return_address(0));
}

sighandler_t kit___sysv_signal(int signal, sighandler_t handler);
sighandler_t kit___sysv_signal(int signal, sighandler_t handler)
{
	return change_handler(signal, handler, SA_RESETHAND | SA_NODEFER, __builtin_return_address(0));
}
