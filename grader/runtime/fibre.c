/* fibre.c - threads that need no kernel thread, while schedules are explored.
 *
 * One thread runs at a time, so one kernel thread per process will do: it goes from the stack of one thread to that of
 * the next. That takes some nanoseconds, where putting one kernel thread to sleep and waking another takes
 * microseconds. A thread is made by pthread_create all the same, with its stack, its thread-local storage and its
 * pthread_t; but the kernel thread that comes with it writes its registers onto the stack and ends itself before it has
 * done anything else (it parks), without the library's knowledge. Whoever has the baton to give goes on from there. */
#include "internal.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)

/* Writes the registers that a function must keep onto the stack, and the stack's address to *from; then the same
 * backwards: returns where `to` came from. Never returns from `park`, but from a later `change` to what it wrote. The
 * kernel sets *kernel_thread to 0 when the kernel thread has left the stack (set_tid_address(2)). */
void change(void **from, void *to, uintptr_t thread_pointer, bool sets_thread_pointer) __asm__("rt_fibre_change");
void park(void **from, _Atomic uint32_t *kernel_thread) __asm__("rt_fibre_park");

__asm__(".pushsection .text\n"
        ".macro SAVE_REGISTERS\n"
        "	push %rbp\n	push %rbx\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
        "	sub $8, %rsp\n	stmxcsr (%rsp)\n	fnstcw 4(%rsp)\n"
        "	mov %rsp, (%rdi)\n"
        ".endm\n"
        ".type rt_fibre_change, @function\n"
        "rt_fibre_change:\n"
        "	SAVE_REGISTERS\n"
        "	mov %rsi, %rsp\n"
        "	test %cl, %cl\n	jz 1f\n"
        "	wrfsbase %rdx\n	jmp 2f\n"
        "1:	mov $158, %eax\n	mov $0x1002, %edi\n	mov %rdx, %rsi\n	syscall\n" /* arch_prctl(ARCH_SET_FS) */
        "2:	ldmxcsr (%rsp)\n	fldcw 4(%rsp)\n	add $8, %rsp\n"
        "	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbx\n	pop %rbp\n"
        "	ret\n"
        ".size rt_fibre_change, . - rt_fibre_change\n"
        ".type rt_fibre_park, @function\n"
        "rt_fibre_park:\n"
        "	SAVE_REGISTERS\n"
        "	mov $218, %eax\n	mov %rsi, %rdi\n	syscall\n" /* set_tid_address */
        "	mov $60, %eax\n	xor %edi, %edi\n	syscall\n"     /* exit, of this kernel thread only */
        ".size rt_fibre_park, . - rt_fibre_park\n"
        ".popsection\n");

#else

/* Never called: see rt_fibres_open. */
static void change(void **from, void *to, uintptr_t thread_pointer, bool sets_thread_pointer)
{
	(void)from;
	(void)to;
	(void)thread_pointer;
	(void)sets_thread_pointer;
}

static void park(void **from, _Atomic uint32_t *kernel_thread)
{
	(void)from;
	(void)kernel_thread;
}

#endif

/* Do the attributes say which memory is the stack? Where they have only its size the library answers as if it ended at
 * address 0. */
static bool names_stack(const pthread_attr_t *attributes, void **low, size_t *bytes)
{
	return pthread_attr_getstack(attributes, low, bytes) == 0 && (uintptr_t)*low + *bytes != 0;
}

/* On the fibre's own kernel thread: later the library would ask the kernel about one that has gone. Only for stacks
 * that the library made; a list of processors, which would be memory, is left out. */
static void learn_attributes(struct rt_fibre *fibre)
{
	pthread_attr_t real;
	void *low;
	size_t bytes;
	if (pthread_getattr_np(pthread_self(), &real) != 0)
		return;
	if (pthread_attr_getstack(&real, &low, &bytes) == 0)
		pthread_attr_setstack(&fibre->attributes, low, bytes);
	pthread_attr_destroy(&real);
}

static void *begin(void *data)
{
	struct rt_fibre *fibre = data;
	void *low;
	size_t bytes;
	if (!names_stack(&fibre->attributes, &low, &bytes))
		learn_attributes(fibre);
	park(&fibre->stack, &fibre->kernel_thread);
	rt_thread_start(fibre->start); /* goes to another thread at its end */
	abort();
}

static void note_attributes(struct rt_fibre *fibre, const pthread_attr_t *attributes)
{
	void *low;
	size_t bytes;
	int detached = PTHREAD_CREATE_JOINABLE;
	pthread_attr_init(&fibre->attributes);
	if (!attributes)
		return;
	if (names_stack(attributes, &low, &bytes))
		pthread_attr_setstack(&fibre->attributes, low, bytes);
	if (pthread_attr_getdetachstate(attributes, &detached) == 0)
		pthread_attr_setdetachstate(&fibre->attributes, detached);
}

int rt_fibre_make(int thread, pthread_t *handle, const pthread_attr_t *attributes)
{
	struct rt_fibre *fibre = &rt_local.fibre[thread];
	atomic_store(&fibre->kernel_thread, 1);
	note_attributes(fibre, attributes);
	int error = pthread_create(&fibre->handle, attributes, begin, fibre);
	if (error)
		return error;
	while (atomic_load(&fibre->kernel_thread))
		syscall(SYS_futex, &fibre->kernel_thread, FUTEX_WAIT, 1, NULL, NULL, 0);
	*handle = fibre->handle;
	return 0;
}

bool rt_fibre_take(int thread, pthread_t *handle)
{
	struct rt_fibre *fibre = &rt_local.fibre[thread];
	if (!fibre->stack)
		return false;
	*handle = fibre->handle;
	return true;
}

/* On other processors threads keep their kernel threads. */
void rt_fibres_open(void)
{
#if defined(__x86_64__)
	enum { USER_FSGSBASE = 2 }; /* of AT_HWCAP2: programs may set the thread pointer by an instruction */
	rt_local.fibres = true;
	rt_local.sets_thread_pointer = getauxval(AT_HWCAP2) & USER_FSGSBASE;
#endif
}

void rt_fibres_learn(void)
{
	enum { MOST = 32 };
	pthread_t handle;
	for (int i = 1; rt_local.fibres && i < WORLD->thread_count && i <= MOST; i++)
		if (WORLD->thread[i].on_fresh_stack && !rt_local.fibre[i].stack)
			rt_make_on_fresh_stack(i, &handle, NULL);
}

void rt_fibre_go_on(int thread)
{
	struct rt_fibre *from = &rt_local.fibre[rt_me], *to = &rt_local.fibre[thread];
	from->handle = pthread_self();
	if (rt_local.masks)
		rt_change_signals(thread); /* each thread has its own */
	change(&from->stack, to->stack, (uintptr_t)to->handle, rt_local.sets_thread_pointer);
}

/* ---- what a thread has from its kernel thread --------------------------------------------------- */

/* Another number for each thread is all that a program can count on. */
pid_t rt_gettid(void)
{
	return active() && rt_local.fibres && rt_me != rt_local.first ? getpid() + rt_me : gettid();
}

/* The library asks the kernel which processors the thread may use, and gives up where there is no such thread. */
int rt_pthread_getattr_np(pthread_t handle, pthread_attr_t *attributes)
{
	if (!active() || !rt_local.fibres)
		return pthread_getattr_np(handle, attributes);
	for (int i = 0; i < WORLD->thread_count; i++) {
		const struct rt_fibre *fibre = &rt_local.fibre[i];
		if (WORLD->thread[i].process != rt_local.process || !fibre->start || !pthread_equal(fibre->handle, handle))
			continue;
		*attributes = fibre->attributes;
		return 0;
	}
	return pthread_getattr_np(handle, attributes);
}
