/* detached_before_the_next: the second detached thread may come before the first, though it was made after it.
 * kind: assertion
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int first_has_run;

static void *first(void *unused)
{
	(void)unused;
	first_has_run = 1;
	return NULL;
}

static void *second(void *unused)
{
	(void)unused;
#ifndef FIXED
	assert(first_has_run);
#endif
	return NULL;
}

static void start(void *(*function)(void *))
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, function, NULL) == 0)
		pthread_detach(thread);
}

int main(void)
{
	start(first);
	start(second);
	pthread_exit(NULL);
}
