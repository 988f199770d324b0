/* program_ends_before_thread: main starts a thread that looks at a buffer, and returns without waiting for it. In most
 * runs the program has ended before the thread gets to run; in the others the thread finds the buffer unfilled.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

static int filled;

static void *look(void *unused)
{
	assert(filled == 1);
	return unused;
}

int main(void)
{
	pthread_t thread;
#ifdef FIXED
	filled = 1;
#endif
	if (pthread_create(&thread, NULL, look, NULL) != 0)
		return 1;
	return EXIT_SUCCESS;
}
