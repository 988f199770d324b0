/* freed_array: the array of lengths is freed before the thread that reads it has ended. A function of its own allocates
 * it, which knows nothing of what it is for; the line that uses it says it.
 * kind: use_after_free
 * says: element 2 of the long int array allocated at freed_array\.c:14 is used after it was freed
 */
#include <pthread.h>
#include <stdlib.h>

static long *lengths, sum;
static pthread_t thread;

static void *get(size_t bytes)
{
	void *memory = malloc(bytes);
	if (!memory)
		abort();
	return memory;
}

static void *add(void *unused)
{
	sum += lengths[2];
	return unused;
}

int main(void)
{
	lengths = get(3 * sizeof *lengths);
	lengths[2] = 5;
	pthread_create(&thread, NULL, add, NULL);
#ifdef FIXED
	pthread_join(thread, NULL);
#endif
	free(lengths);
#ifndef FIXED
	pthread_join(thread, NULL);
#endif
	return sum > 5;
}
