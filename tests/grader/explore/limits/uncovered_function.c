/* uncovered_function: pthread_cancel has no model in the explorer.
 * expect: not explored: uses pthread_cancel
 */
#include <pthread.h>
#include <unistd.h>

static void *wait_for_it(void *unused)
{
	pause();
	return unused;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, wait_for_it, NULL);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	return 0;
}
