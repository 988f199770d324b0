/* race_on_bytes.c - what a block holds is not guessed from the type of one access: the allocation says nothing, and it is
 * a struct.
 *
 * expect: two accesses to bytes 12 to 15 of the block of 16 bytes allocated at race_on_bytes\.c:16, at least
 */
#include <pthread.h>
#include <stdlib.h>

struct sample {
	double value;
	int unit, count;
};

static void *get(size_t bytes)
{
	return malloc(bytes);
}

static void *count(void *argument)
{
	int *counter = argument;
	++*counter;
	return NULL;
}

int main(void)
{
	pthread_t threads[2];
	struct sample *sample = get(sizeof *sample);
	sample->count = 0;
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, count, &sample->count);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	free(sample);
	return 0;
}
