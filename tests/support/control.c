/* control.c - faults of the kit's own that the tools must report.
 *
 * A submission that got round a tool would be judged by its silence. So each test process, after the submission's last
 * call, does wrong itself: under ThreadSanitizer it races, under memcheck it leaks a block and looks at an
 * uninitialised one. A run in which the tool says nothing of that proves nothing (the checks call it invalid). Whether
 * assertions and the explorer work is tried in a test of the kit's own, kit_control.
 *
 * The two accesses of the race are ordered by a futex that ThreadSanitizer does not know: so it is found each time. */
#include "kit_internal.h"

#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void __tsan_write4(void *memory) __attribute__((weak));
void __tsan_func_entry(void *caller) __attribute__((weak));
void __tsan_func_exit(void) __attribute__((weak));
int rt_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument);
int rt_pthread_join(pthread_t thread, void **result);

struct control {
	uint32_t cell;         /* what is raced for */
	_Atomic uint32_t done; /* futex */
};

static __attribute__((noinline)) void *kit_control_race(void *argument)
{
	struct control *control = argument;
	if (__tsan_func_entry)
		__tsan_func_entry(__builtin_return_address(0));
	__tsan_write4(&control->cell);
	if (__tsan_func_exit)
		__tsan_func_exit();
	if (!rt_explores()) {
		atomic_store(&control->done, 1);
		syscall(SYS_futex, &control->done, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	}
	return NULL;
}

static void race(void)
{
	struct control control = {0};
	pthread_t thread;
	if (pthread_create(&thread, NULL, kit_control_race, &control) != 0)
		return; /* no report: the run says nothing, and is said to */
	while (!atomic_load(&control.done))
		syscall(SYS_futex, &control.done, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	kit_control_race(&control);
	pthread_join(thread, NULL);
}

/* The pointer is gone when this returns. */
static __attribute__((noinline)) void kit_control_leak(void)
{
	char *volatile block = malloc(173);
	if (block)
		block[0] = 1;
	block = NULL;
}

static __attribute__((noinline)) void kit_control_value(void)
{
	volatile int taken = 0, *block = malloc(sizeof *block);
	if (block && *block == 173) /* memcheck speaks when something depends on the value */
		taken++;
	free((void *)block);
}

void kit_control_tools(void)
{
	if (rt_explores())
		return;
	if (__tsan_write4)
		race();
	if (rt_controls_memory()) {
		kit_control_leak();
		kit_control_value();
	}
}

void kit_control_explorer(void)
{
	struct control control = {0};
	pthread_t thread;
	if (rt_pthread_create(&thread, NULL, kit_control_race, &control) == 0) {
		kit_control_race(&control);
		rt_pthread_join(thread, NULL);
	}
}
