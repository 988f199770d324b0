/* race_on_characters.c - an int that lies in a block of characters is no element of it.
 *
 * expect: two accesses to bytes 4 to 7 of the block of 8 bytes allocated at race_on_characters\.c:19, at least
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
	char *bytes;
	bytes = calloc(8, 1);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, count, bytes);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	free(bytes);
	return 0;
}
