/* stack_overflow: recursion without end in a thread is a crash, with its place.
 * expect: killed by SIGSEGV: stack overflow
 */
#include <pthread.h>
#include <stddef.h>

static int deeper(volatile int *last)
{
	volatile int here[64] = {*last + 1};
	return deeper(&here[0]) + here[0];
}

static void *dive(void *unused)
{
	int first = 0;
	(void)unused;
	deeper(&first);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, dive, NULL);
	pthread_join(thread, NULL);
	return 0;
}
