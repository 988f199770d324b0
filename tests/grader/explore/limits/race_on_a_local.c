/* race_on_a_local.c - the counter of a loop, given to threads by its address, is told by its name.
 *
 * expect: two accesses to i of main, at least
 */
#include <pthread.h>
#include <stdio.h>

static void *say(void *argument)
{
	printf("%d\n", *(int *)argument);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, say, &i);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
