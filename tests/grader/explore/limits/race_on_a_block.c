/* race_on_a_block.c - a block of the heap is told by its type, and by who made it.
 *
 * expect: two accesses to hits\[2\] of the struct counter allocated at race_on_a_block\.c:23, at least
 */
#include <pthread.h>
#include <stdlib.h>

struct counter {
	struct counter *next;
	int hits[4];
};

static void *count(void *argument)
{
	struct counter *counter = argument;
	counter->hits[2]++;
	return NULL;
}

int main(void)
{
	pthread_t threads[2];
	struct counter *counter = calloc(1, sizeof *counter);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, count, counter);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	free(counter);
	return 0;
}
