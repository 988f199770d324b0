/* large_array.c - two threads, each with its half of an array that is larger than what races are looked for in.
 *
 * expect: ^not explored: too large: its threads use more than 4 MB of memory
 */
#include <pthread.h>

enum { HALF = 1 << 19 };

static long numbers[2 * HALF];

static void *fill(void *half)
{
	long *at = half;
	for (int i = 0; i < HALF; i++)
		at[i] = i;
	return NULL;
}

int main(void)
{
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, fill, numbers + i * HALF);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
