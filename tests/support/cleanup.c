/* cleanup.c - pthread_cleanup_push and pthread_cleanup_pop.
 *
 * The macros of <pthread.h> make a buffer on the stack, remember by __sigsetjmp where the handler is called, and
 * register the buffer. pthread_exit goes to the newest buffer, whose handler ends in __pthread_unwind_next, and so on;
 * then the thread ends. The C library would do the same by unwinding the stack, which it cannot do through a stack that
 * the explorer has made. A buffer is gone to only while its thread ends, so it is no way to jump elsewhere. */
#include "kit_internal.h"

#include <setjmp.h>
#include <stdlib.h>

/* Of the calling thread. */
static _Thread_local struct {
	__pthread_unwind_buf_t *newest; /* its __pad[0] is the next older one */
	void *result;
	bool ending;
} cleanup;

void rt_pthread_exit(void *result) __attribute__((noreturn));

void kit___pthread_register_cancel(__pthread_unwind_buf_t *buffer);
void kit___pthread_register_cancel(__pthread_unwind_buf_t *buffer)
{
	buffer->__pad[0] = cleanup.newest;
	cleanup.newest = buffer;
}

void kit___pthread_unregister_cancel(__pthread_unwind_buf_t *buffer);
void kit___pthread_unregister_cancel(__pthread_unwind_buf_t *buffer)
{
	cleanup.newest = buffer->__pad[0];
}

static void __attribute__((noreturn)) go_on(void)
{
	__pthread_unwind_buf_t *buffer = cleanup.newest;
	if (!buffer)
		rt_pthread_exit(cleanup.result);
	cleanup.newest = buffer->__pad[0];
	siglongjmp((struct __jmp_buf_tag *)(void *)buffer->__cancel_jmp_buf, 1);
}

void kit___pthread_unwind_next(__pthread_unwind_buf_t *buffer) __attribute__((noreturn));
void kit___pthread_unwind_next(__pthread_unwind_buf_t *buffer)
{
	(void)buffer;
	if (!cleanup.ending)
		abort();
	go_on();
}

void kit_pthread_exit(void *result) __attribute__((noreturn));
void kit_pthread_exit(void *result)
{
	rt_site = __builtin_return_address(0);
	cleanup.result = result;
	cleanup.ending = true;
	go_on();
}
