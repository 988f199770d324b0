/* threads.c - creation and end of threads; crashes. */
#include "internal.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

int rt_pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
int rt_pthread_join(pthread_t handle, void **result);
int rt_pthread_detach(pthread_t handle);
void rt_pthread_exit(void *result) __attribute__((noreturn));

enum { ALT_STACK = 64 * 1024 };

struct start {
	void *(*function)(void *);
	void *argument;
	int index, process;
};

void rt_thread_altstack(void)
{
	stack_t stack = {.ss_size = ALT_STACK};
	stack.ss_sp = mmap(NULL, ALT_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (stack.ss_sp != MAP_FAILED)
		sigaltstack(&stack, NULL);
}

static void note_held_locks(int thread)
{
	for (int i = 0; i < WORLD->object_count; i++) {
		struct rt_object *object = &WORLD->object[i];
		if (object->kind != OBJECT_MUTEX || object->owner != thread)
			continue;
		struct rt_evidence *evidence = rt_evidence_add("lock_held");
		char name[64];
		snprintf(evidence->text, sizeof evidence->text, "%s ended and still holds the mutex that it took at {pc:%lx}",
		         rt_thread_name(thread, name, sizeof name), (unsigned long)object->site);
		evidence->frame[0] = object->site;
	}
}

/* fork copied the stack of the thread that called it: what the child runs when it returns from the call is the test's.
 */
static void leave_child(void)
{
	struct rt_evidence *evidence = rt_evidence_add("child_in_test");
	snprintf(evidence->text, sizeof evidence->text, "a forked child returned from the call and ran on in the test");
	rt_die(1);
}

static void thread_done(void *data)
{
	const struct start *start = data;
	if (start->process != rt_local.process)
		leave_child();
	stack_t stack;
	if (sigaltstack(NULL, &stack) == 0 && !(stack.ss_flags & SS_DISABLE)) {
		void *memory = stack.ss_sp;
		stack.ss_flags = SS_DISABLE;
		sigaltstack(&stack, NULL);
		munmap(memory, ALT_STACK);
	}
	rt_enter();
	rt_switch_point(false);
	note_held_locks(rt_me);
	ME->state = RT_DONE;
	rt_wake_object((uintptr_t)ME);
	rt_pass_on();
	rt_me = -1;
}

static void *thread_start(void *data)
{
	struct start start = *(struct start *)data;
	free(data);
	rt_me = start.index;
	rt_site = NULL;
	rt_thread_altstack();
	rt_await();
	ME->tid = gettid();
	rt_return();
	void *result;
	pthread_cleanup_push(thread_done, &start);
	result = start.function(start.argument);
	pthread_cleanup_pop(1);
	return result;
}

int rt_pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*function)(void *), void *argument)
{
	FRAME;
	if (!active())
		return pthread_create(handle, attributes, function, argument);
	rt_enter();
	rt_switch_point(false);
	int index = rt_new_thread(rt_local.process, SITE);
	if (index < 0) {
		rt_return();
		return EAGAIN;
	}
	struct start *start = malloc(sizeof *start);
	if (!start)
		abort();
	*start = (struct start){function, argument, index, rt_local.process};
	struct rt_thread *thread = &WORLD->thread[index];
	int detached = PTHREAD_CREATE_JOINABLE;
	if (attributes)
		pthread_attr_getdetachstate(attributes, &detached);
	thread->detached = detached == PTHREAD_CREATE_DETACHED;
	int error = pthread_create(handle, attributes, thread_start, start);
	if (error) {
		free(start);
		thread->state = RT_DONE;
		thread->detached = true;
		rt_return();
		return error;
	}
	thread->handle = *handle;
	rt_switch_point(false);
	rt_return();
	return 0;
}

static int find_thread(pthread_t handle)
{
	for (int i = WORLD->thread_count - 1; i >= 0; i--) {
		struct rt_thread *thread = &WORLD->thread[i];
		if (thread->process == rt_local.process && !thread->joined && pthread_equal(thread->handle, handle))
			return i;
	}
	return -1;
}

int rt_pthread_join(pthread_t handle, void **result)
{
	FRAME;
	if (!active())
		return pthread_join(handle, result);
	rt_enter();
	rt_switch_point(false);
	int index = find_thread(handle);
	if (index < 0 || index == rt_me || WORLD->thread[index].detached) {
		rt_return();
		return index == rt_me ? EDEADLK : index < 0 ? ESRCH : EINVAL;
	}
	struct rt_thread *thread = &WORLD->thread[index];
	while (thread->state != RT_DONE) {
		rt_block(WAIT_JOIN, "for a thread to end (join)", (uintptr_t)thread, -1, SITE);
	}
	thread->joined = true;
	int error = pthread_join(handle, result); /* it is past its last call: this ends at once */
	rt_return();
	return error;
}

int rt_pthread_detach(pthread_t handle)
{
	FRAME;
	if (!active())
		return pthread_detach(handle);
	rt_enter();
	rt_switch_point(false);
	int index = find_thread(handle);
	if (index >= 0)
		WORLD->thread[index].detached = true;
	int error = index < 0 ? ESRCH : pthread_detach(handle);
	rt_return();
	return error;
}

void rt_pthread_exit(void *result)
{
	pthread_exit(result); /* thread_done runs as a cleanup handler */
}

unsigned rt_live_threads(void)
{
	unsigned count = 0;
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].process == rt_local.process && WORLD->thread[i].state != RT_DONE)
			count++;
	return count;
}

/* ---- crashes -------------------------------------------------------------------------------- */

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};

static uintptr_t program_counter(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return (uintptr_t)context->uc_mcontext.pc;
#else
	(void)context;
	return 0;
#endif
}

static void on_crash(int signal, siginfo_t *info, void *context)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	sigaction(signal, &standard, NULL);
	struct rt_evidence *evidence = rt_evidence_add("crash");
	char name[64];
	const char *who = rt_me >= 0 ? rt_thread_name(rt_me, name, sizeof name) : "a thread";
	if (signal == SIGSEGV || signal == SIGBUS)
		snprintf(evidence->text, sizeof evidence->text, "%s was killed by SIG%s at address %p", who,
		         sigabbrev_np(signal), info->si_addr);
	else
		snprintf(evidence->text, sizeof evidence->text, "%s was killed by SIG%s", who, sigabbrev_np(signal));
	void *frames[RT_FRAMES + 3];
	int count = backtrace(frames, RT_FRAMES + 3), kept = 0;
	evidence->frame[kept++] = program_counter(context) + 1;
	for (int i = 2; i < count && kept < RT_FRAMES; i++)
		if ((uintptr_t)frames[i] != evidence->frame[0] - 1)
			evidence->frame[kept++] = (uintptr_t)frames[i];
	if (rt_local.begun && rt_me >= 0 && !rt_in_test_process()) {
		rt_close_all();
		rt_process_done(rt_local.process);
		int inside = rt_me | RT_INSIDE, outside = rt_me;
		if (atomic_load(&WORLD->current) == inside || atomic_load(&WORLD->current) == outside)
			rt_pass_on();
	}
	/* Returning repeats the instruction, which now kills the process; abort and kill need raise. */
	if (info->si_code <= 0)
		raise(signal);
}

static void on_sample(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	if (rt_me >= 0)
		ME->sample = program_counter(context) + 1;
}

void rt_handle_crashes(void)
{
	void *warm_up[1];
	backtrace(warm_up, 1); /* loads the unwinder now, not in the handler */
	rt_thread_altstack();
	struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	for (size_t i = 0; i < sizeof crash_signals / sizeof *crash_signals; i++)
		sigaction(crash_signals[i], &action, NULL);
	action.sa_sigaction = on_sample;
	action.sa_flags |= SA_RESTART;
	sigaction(SIGPROF, &action, NULL);
}
