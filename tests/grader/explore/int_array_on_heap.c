/* int_array_on_heap: two threads fill the two halves of an array, and both halves have the element in the middle.
 * kind: data_race
 * says: two accesses to element 4 of the int array allocated at int_array_on_heap\.c:30, at least one of them a write
 */
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

enum { LENGTH = 8 };

struct part {
	int *begin, *end;
};

static void *fill(void *argument)
{
	struct part *part = argument;
	for (int *at = part->begin; at < part->end; at++)
		*at = 1;
	return NULL;
}

int main(void)
{
#ifdef FIXED
	enum { SHARED = 0 };
#else
	enum { SHARED = 1 };
#endif
	int *numbers = calloc(LENGTH, sizeof *numbers);
	struct part parts[2] = {{numbers, numbers + LENGTH / 2 + SHARED}, {numbers + LENGTH / 2, numbers + LENGTH}};
	pthread_t threads[2];
	if (!numbers)
		return 0;
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, fill, &parts[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	free(numbers);
	return 0;
}
