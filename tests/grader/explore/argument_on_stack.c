/* argument_on_stack: a helper starts a thread and gives it the address of its own parameter.
 * The helper has returned, most often, before the thread looks.
 * kind: dead_stack
 */
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

static int sum;

static void *add(void *argument)
{
	sum += *(int *)argument;
#ifdef FIXED
	free(argument);
#endif
	return NULL;
}

static pthread_t start(int number)
{
	pthread_t thread;
#ifdef FIXED
	int *argument = malloc(sizeof *argument);
	if (!argument)
		abort();
	*argument = number;
	pthread_create(&thread, NULL, add, argument);
#else
	pthread_create(&thread, NULL, add, &number);
#endif
	return thread;
}

int main(void)
{
	pthread_t thread = start(7);
	pthread_join(thread, NULL);
	return sum < 0;
}
