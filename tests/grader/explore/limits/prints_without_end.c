/* prints_without_end: output goes nowhere, and a run that does not end is cut.
 * expect: not explored|Livelock
 */
#include <pthread.h>
#include <stdio.h>

static void *print(void *unused)
{
	(void)unused;
	for (;;)
		puts("again");
	return NULL;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, print, NULL);
	pthread_join(thread, NULL);
	return 0;
}
