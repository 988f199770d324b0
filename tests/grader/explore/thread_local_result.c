/* thread_local_result: what a thread found is in a thread-local variable, whose address it leaves for the others.
 * kind: dead_stack
 * says: uses largest at thread_local_result\.c:32, which was thread-local in thread 1: that thread has ended$
 */
#include <pthread.h>
#include <stddef.h>

static _Thread_local int largest;
static int copy, *found;

static void *search(void *unused)
{
	static const int numbers[] = {3, 9, 4};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (numbers[i] > largest)
			largest = numbers[i];
	copy = largest;
#ifdef FIXED
	found = &copy;
#else
	found = &largest;
#endif
	return unused;
}

int main(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, search, NULL) != 0)
		return 1;
	pthread_join(thread, NULL);
	return *found < 0;
}
