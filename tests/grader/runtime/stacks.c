/* stacks.c - a submission for the runtime's own tests: it asks where a thread's stack is. */
#define _GNU_SOURCE 1
#include <pthread.h>
#include <stddef.h>

/* Whether the stack of the caller has its own variables, and `bytes` (0: whatever) of them from `low` on. */
int has_own_stack(const void *low, size_t bytes)
{
	pthread_attr_t attributes;
	void *lowest = NULL;
	size_t size = 0;
	char local = 0;

	if (pthread_getattr_np(pthread_self(), &attributes) != 0)
		return 0;
	pthread_attr_getstack(&attributes, &lowest, &size);
	pthread_attr_destroy(&attributes);
	if (bytes > 0 && (lowest != low || size != bytes))
		return 0;
	return &local >= (char *)lowest && &local < (char *)lowest + size;
}
