/* main_leaves_its_array: main ends itself with pthread_exit, so that the threads can go on; their numbers are in an
 * array of main's, which ends with it.
 * kind: dead_stack
 */
#include <pthread.h>
#include <stddef.h>

enum { THREADS = 2 };

static int seen[THREADS];

static void *note(void *number)
{
	int mine = *(int *)number;
	seen[mine] = 1;
	return NULL;
}

int main(void)
{
#ifdef FIXED
	static
#endif
	    int number[THREADS];
	for (int i = 0; i < THREADS; i++) {
		pthread_t thread;
		number[i] = i;
		if (pthread_create(&thread, NULL, note, &number[i]) != 0)
			return 1;
		pthread_detach(thread);
	}
	pthread_exit(NULL);
}
