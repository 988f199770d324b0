/* race_on_mixed_types.c - a line that allocates for pointers of two types of one size does not say which it is.
 *
 * expect: two accesses to bytes 4 to 7 of the block of 8 bytes allocated at race_on_mixed_types\.c:20, at least
 */
#include <pthread.h>
#include <stdlib.h>

static void *count(void *argument)
{
	int *counter = argument;
	counter[1]++;
	return NULL;
}

int main(void)
{
	pthread_t threads[2];
	int *counters;
	float *shares;
	counters = (int *)(shares = calloc(2, sizeof *shares));
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, count, counters);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	free(counters);
	return 0;
}
