/* joined_by_two: a thread is joined by the one that made it and by the one that waits for all.
 * kind: thread_misuse
 */
#include <pthread.h>
#include <stddef.h>

static pthread_t worker;

static void *work(void *unused)
{
	return unused;
}

static void *start_and_wait(void *unused)
{
	pthread_create(&worker, NULL, work, NULL);
#ifndef FIXED
	pthread_join(worker, NULL);
#endif
	return unused;
}

int main(void)
{
	pthread_t boss;
	if (pthread_create(&boss, NULL, start_and_wait, NULL) != 0)
		return 1;
	pthread_join(boss, NULL);
	pthread_join(worker, NULL); /* undefined when it was joined before: the handle may be another thread's by now */
	return 0;
}
