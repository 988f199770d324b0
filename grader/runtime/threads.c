/* threads.c - creation and end of threads; crashes. */
#include "internal.h"

#include "../finding/interleaving.h"
#include "vault.h"

#include <errno.h>
#include <execinfo.h>
#include <limits.h>
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
void rt_exit(int status) __attribute__((noreturn));

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

static bool recording(void)
{
	return exploring() && SEARCH->recording;
}

/* glibc would run the destructors of thread-specific data when the thread has left the schedule: they are run here, in
 * the order of the keys, as long as there are values, as POSIX says (pthread_key_create). */
static void destroy_specific_data(void)
{
	for (int round = 0; round < PTHREAD_DESTRUCTOR_ITERATIONS; round++)
		for (unsigned key = 0; key < rt_local.keys; key++) {
			void (*destructor)(void *) = rt_local.destructor[key];
			void *value = destructor ? pthread_getspecific(key) : NULL;
			if (!value)
				continue;
			pthread_setspecific(key, NULL);
			destructor(value);
		}
}

int rt_pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	FRAME;
	if (!active())
		return pthread_key_create(key, destructor);
	rt_process_point(true, SITE);
	int error = pthread_key_create(key, NULL);
	if (!error && *key < RT_KEYS) {
		rt_local.destructor[*key] = destructor;
		if (destructor && *key >= rt_local.keys)
			rt_local.keys = *key + 1;
	}
	return error;
}

int rt_pthread_key_delete(pthread_key_t key)
{
	FRAME;
	if (active()) {
		rt_process_point(true, SITE);
		if (key < RT_KEYS)
			rt_local.destructor[key] = NULL;
	}
	return pthread_key_delete(key);
}

/* Inside: the caller's last step. Others go on; it is no thread of the schedule any more. The last one of a process
 * ends it, as if by exit(0) (pthread_exit(3)): main had left by pthread_exit. */
static void leave_schedule(void)
{
	rt_note_held_mutexes(rt_me);
	if ((rt_local.whole_program || !rt_in_test_process()) && rt_live_threads() == 1) {
		rt_return();
		rt_exit(0);
	}
	rt_event(OP_END, ME, true, 0);
	search_effect(STEP_END, "%s", "");
	ME->state = RT_DONE;
	rt_wake(ME);
	rt_leaves();
	rt_pass_on();
	if (rt_local.fibres)
		rt_await(); /* for ever */
	rt_me = -1;
}

static void thread_done(void *data)
{
	const struct start *start = data;
	if (start->process != rt_local.process)
		rt_leave_child();
	destroy_specific_data();
	stack_t stack;
	if (!rt_local.fibres && sigaltstack(NULL, &stack) == 0 && !(stack.ss_flags & SS_DISABLE)) {
		void *memory = stack.ss_sp;
		stack.ss_flags = SS_DISABLE;
		sigaltstack(&stack, NULL);
		munmap(memory, ALT_STACK);
	}
	rt_enter();
	rt_let_on();
	leave_schedule();
}

void *rt_thread_start(void *data)
{
	struct start start = *(struct start *)data;
	rt_me = start.index;
	rt_site = NULL;
	rt_spin_begin(__builtin_frame_address(0));
	vault_thread_begins();
	rt_stack_begins(start.index, __builtin_dwarf_cfa());
	rt_await();
	free(data); /* not before: where memory lies is the schedule's to decide, too */
	if (!rt_local.fibres)
		rt_thread_altstack();
	ME->tid = gettid();
	rt_event(OP_START, ME, true, 0);
	search_effect(STEP_START, "%s", "");
	rt_return();
	void *result;
	pthread_cleanup_push(thread_done, &start);
	result = start.function(start.argument);
	rt_local.fibre[start.index].result = result;
	pthread_cleanup_pop(1);
	return result;
}

static int make(int thread, pthread_t *handle, const pthread_attr_t *attributes)
{
	return rt_local.fibres ? rt_fibre_make(thread, handle, attributes)
	                       : pthread_create(handle, attributes, rt_thread_start, rt_local.fibre[thread].start);
}

int rt_make_on_fresh_stack(int thread, pthread_t *handle, const pthread_attr_t *attributes)
{
	enum { GAP = 1 << 16 };
	char *stack = mmap(NULL, GAP + rt_local.stack_bytes, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (stack == MAP_FAILED)
		return make(thread, handle, attributes);
	mprotect(stack, GAP, PROT_NONE); /* what lies below is another's */
	rt_stack_of(thread, stack + GAP, rt_local.stack_bytes);
	int detached = PTHREAD_CREATE_JOINABLE;
	pthread_attr_t own;
	pthread_attr_init(&own);
	pthread_attr_setstack(&own, stack + GAP, rt_local.stack_bytes);
	if (attributes && pthread_attr_getdetachstate(attributes, &detached) == 0)
		pthread_attr_setdetachstate(&own, detached);
	int error = make(thread, handle, &own);
	pthread_attr_destroy(&own);
	return error;
}

/* Stacks of the caller's own, or larger ones, stay as asked. */
static int create(int thread, pthread_t *handle, const pthread_attr_t *attributes)
{
	void *address = NULL;
	size_t bytes = 0;
	if (attributes)
		pthread_attr_getstack(attributes, &address, &bytes);
	if (!exploring() || address || bytes > rt_local.stack_bytes) {
		rt_stack_of(thread, NULL, 0);
		rt_local.stack[thread].is_library_s = !bytes;
		return make(thread, handle, attributes);
	}
	WORLD->thread[thread].on_fresh_stack = true;
	return rt_fibre_take(thread, handle) ? 0 : rt_make_on_fresh_stack(thread, handle, attributes);
}

int rt_pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*function)(void *), void *argument)
{
	FRAME;
	if (!active())
		return pthread_create(handle, attributes, function, argument);
	rt_enter();
	rt_switch_point(OP_CREATE, NULL, false, SITE);
	rt_event(OP_CREATE, NULL, false, SITE);
	int index = rt_new_thread(rt_local.process, SITE);
	if (index < 0 && exploring())
		rt_leave_test("limit", "more threads than the kit can track");
	if (index < 0) {
		rt_return();
		return EAGAIN;
	}
	char name[64];
	if (recording())
		search_effect(-1, "makes %s", rt_thread_name(index, name, sizeof name));
	struct start *start = malloc(sizeof *start);
	if (!start)
		abort();
	*start = (struct start){function, argument, index, rt_local.process};
	struct rt_thread *thread = &WORLD->thread[index];
	int detached = PTHREAD_CREATE_JOINABLE;
	if (attributes)
		pthread_attr_getdetachstate(attributes, &detached);
	thread->detached = detached == PTHREAD_CREATE_DETACHED;
	rt_local.fibre[index].start = start;
	int error = create(index, handle, attributes);
	if (error) {
		free(start);
		thread->state = RT_DONE;
		thread->detached = true;
		rt_return();
		return error;
	}
	thread->handle = *handle;
	rt_let_on();
	rt_return();
	return 0;
}

/* The thread of this process with the handle; one that was joined only if there is no other: handles come again. */
static int find_thread(pthread_t handle)
{
	int joined = -1;
	for (int i = WORLD->thread_count - 1; i >= 0; i--) {
		struct rt_thread *thread = &WORLD->thread[i];
		if (thread->process != rt_local.process || !pthread_equal(thread->handle, handle))
			continue;
		if (!thread->joined)
			return i;
		if (joined < 0)
			joined = i;
	}
	return joined;
}

/* POSIX: a thread is joined by another one, or detached, once; what comes later is undefined. `does`: "joins",
 * "detaches". */
static bool is_misuse(int index, const char *does, uintptr_t site)
{
	char me[64], other[64];
	const char *who = rt_thread_name(rt_me, me, sizeof me);
	if (index < 0) {
		rt_note("thread_misuse", site, "%s %s something that is not a thread of its process", who, does);
		return true;
	}
	if (index == rt_me && strcmp(does, "joins") == 0) {
		rt_note("thread_misuse", site, "%s joins itself", who);
		return true;
	}
	const struct rt_thread *thread = &WORLD->thread[index];
	const char *whom = rt_thread_name(index, other, sizeof other), *how = thread->joined ? "joined" : "detached";
	if (thread->joining && !thread->joined) {
		rt_note("thread_misuse", site, "%s %s %s, which is being joined ({pc:%lx})", who, does, whom,
		        (unsigned long)thread->left_at);
		return true;
	}
	if (!thread->joined && !thread->detached)
		return false;
	if (thread->left_at)
		rt_note("thread_misuse", site, "%s %s %s, which was %s already ({pc:%lx})", who, does, whom, how,
		        (unsigned long)thread->left_at);
	else
		rt_note("thread_misuse", site, "%s %s %s, which was created detached ({pc:%lx})", who, does, whom,
		        (unsigned long)thread->created_at);
	return true;
}

int rt_pthread_join(pthread_t handle, void **result)
{
	FRAME;
	if (!active())
		return pthread_join(handle, result);
	rt_enter();
	rt_switch_point(OP_JOIN, NULL, false, SITE);
	int index = find_thread(handle);
	if (is_misuse(index, "joins", SITE)) {
		rt_return();
		return index == rt_me ? EDEADLK : index < 0 ? ESRCH : EINVAL;
	}
	struct rt_thread *thread = &WORLD->thread[index];
	thread->joining = true; /* who joins it now gets EINVAL at once, as with glibc */
	thread->left_at = SITE;
	while (thread->state != RT_DONE) {
		rt_block(KIND_THREAD, "for a thread to end (join)", (uintptr_t)thread, -1, SITE);
	}
	thread->joined = true;
	order_after_thread(index);
	rt_event(OP_JOIN, thread, true, SITE);
	char name[64];
	if (recording())
		search_effect(-1, "%s has ended", rt_thread_name(index, name, sizeof name));
	int error = 0;
	if (!rt_local.fibres)
		error = pthread_join(handle, result); /* it is past its last call: this ends at once */
	else if (result)
		*result = rt_local.fibre[index].result;
	rt_return();
	return error;
}

int rt_pthread_detach(pthread_t handle)
{
	FRAME;
	if (!active())
		return pthread_detach(handle);
	rt_enter();
	rt_switch_point(OP_DETACH, NULL, false, SITE);
	int index = find_thread(handle);
	int error = is_misuse(index, "detaches", SITE) ? index < 0 ? ESRCH : EINVAL : 0;
	if (!error) {
		WORLD->thread[index].detached = true;
		WORLD->thread[index].left_at = SITE;
	}
	if (!error && !rt_local.fibres)
		error = pthread_detach(handle);
	rt_return();
	return error;
}

void rt_main_done(void *unused)
{
	(void)unused;
	destroy_specific_data();
	rt_enter();
	leave_schedule();
}

/* thread_done, or rt_main_done, runs as a cleanup handler. */
void rt_pthread_exit(void *result)
{
	if (active())
		rt_local.fibre[rt_me].result = result;
	pthread_exit(result);
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

uintptr_t rt_stack_pointer(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
#elif defined(__aarch64__)
	return (uintptr_t)context->uc_mcontext.sp;
#else
	(void)context;
	return 0;
#endif
}

static const char *expected_instead_of(int signal)
{
	switch (signal) {
	case SIGSEGV:
	case SIGBUS:
		return "every pointer that is dereferenced is valid, and no signal kills the process";
	case SIGABRT:
		return "no assert fails, nothing calls abort, and no heap block is freed twice or overrun (glibc aborts then)";
	case SIGFPE:
		return "no integer is divided by zero, and no signal kills the process";
	default:
		return "no signal kills the process";
	}
}

/* And not that somebody sent the signal. */
static bool faulted(int signal, const siginfo_t *info)
{
	return (signal == SIGSEGV || signal == SIGBUS) && info->si_code > 0;
}

/* From the stack pointer, and a little below it, up to the first frame all is a thread's to use, unless its stack has
 * come to its end. */
static bool stack_is_used_up(int signal, const siginfo_t *info, const void *context)
{
	enum { BELOW = 256, FRAMES_OVER = 8 }; /* what a call and a leaf function use; a frame may be larger than a stack */
	uintptr_t address = (uintptr_t)info->si_addr, pointer = rt_stack_pointer(context), end = rt_spin.stack_end;
	size_t bytes = rt_spin.stack_low ? end - rt_spin.stack_low : rt_local.stack_bytes;
	return rt_spin.overflowed || (faulted(signal, info) && rt_me >= 0 && pointer && pointer < end &&
	                              end - pointer < FRAMES_OVER * bytes && address >= pointer - BELOW && address < end);
}

/* A stack that the program has made itself can have been freed before it came to its end. */
static bool stack_is_gone(const ucontext_t *context)
{
	enum { LAST = 8192 };
	uintptr_t pointer = rt_stack_pointer(context);
	return rt_spin.stack_low && !rt_spin.overflowed && pointer > rt_spin.stack_low + LAST &&
	       pointer < rt_spin.stack_end;
}

/* Its size, where the program has made it itself. */
static const char *overflow_of(const ucontext_t *context, char *text, size_t size)
{
	if (!rt_spin.stack_low)
		return ": stack overflow";
	if (stack_is_gone(context))
		return ": its own stack is gone";
	snprintf(text, size, ": overflow of its own stack of %zu bytes", rt_spin.stack_end - rt_spin.stack_low);
	return text;
}

/* " at address 0x18 (near a NULL pointer)", or "" where there is none, or one that is another in each run. */
static const char *faulted_at(int signal, const siginfo_t *info, char *text, size_t size)
{
	enum { NEAR = 4096 };
	uintptr_t address = (uintptr_t)info->si_addr;
	if (!faulted(signal, info) || (exploring() && rt_is_address(address)))
		return "";
	snprintf(text, size, " at address %#lx%s", (unsigned long)address,
	         !address         ? " (a NULL pointer)"
	         : address < NEAR ? " (near a NULL pointer)"
	                          : "");
	return text;
}

__attribute__((noinline)) static void describe_crash(int signal, const siginfo_t *info, void *context)
{
	struct rt_evidence *evidence = rt_evidence_add("crash");
	char name[64];
	const char *who = rt_me >= 0 ? rt_thread_name(rt_me, name, sizeof name) : "a thread";
	bool used_up = stack_is_used_up(signal, info, context);
	char where[64];
	snprintf(evidence->text, sizeof evidence->text, "%s was killed by SIG%s%s", who, sigabbrev_np(signal),
	         used_up ? overflow_of(context, where, sizeof where) : faulted_at(signal, info, where, sizeof where));
	snprintf(evidence->expected, sizeof evidence->expected, "%s",
	         !used_up                 ? expected_instead_of(signal)
	         : stack_is_gone(context) ? "a stack is freed when nobody runs on it any more"
	                                  : "recursion is shallow and local variables are small");
	void *frames[RT_FRAMES + 4];
	int count = backtrace(frames, RT_FRAMES + 4), kept = 0;
	evidence->frame[kept++] = program_counter(context) + 1;
	for (int i = 3; i < count && kept < RT_FRAMES; i++) /* after this function, the handler and its return */
		if ((uintptr_t)frames[i] != evidence->frame[0] - 1)
			evidence->frame[kept++] = (uintptr_t)frames[i];
}

static void on_crash(int signal, siginfo_t *info, void *context)
{
	struct sigaction standard = {.sa_handler = SIG_DFL};
	sigaction(signal, &standard, NULL);
	if (!rt_local.begun || !rt_dies_by(signal))
		describe_crash(signal, info, context);
	else
		rt_write_counts(); /* of a death that is meant: the heap is as it should be */
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

/* In the judged code, or where that called what is running. */
static uintptr_t place_of(uintptr_t pc)
{
	uintptr_t site = rt_is_judged(pc + 1) ? 0 : rt_judged_site();
	return site ? site : pc + 1;
}

static void on_sample(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	if (rt_me >= 0)
		ME->sample = place_of(program_counter(context));
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

void rt_forget_handlers(void)
{
	for (int signal = 1; signal < NSIG; signal++) {
		struct sigaction action;
		if (sigaction(signal, NULL, &action) != 0 || action.sa_sigaction == on_crash ||
		    action.sa_sigaction == on_sample || action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN)
			continue;
		action = (struct sigaction){.sa_handler = SIG_DFL};
		sigaction(signal, &action, NULL);
	}
}
