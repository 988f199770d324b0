/* loop_without_access: a thread loops without a call or an access to memory. On x86-64 its rounds are counted all the same.
 * expect: thread 1 loops without making a call while all others are waiting for it|^not explored: one run
 */
#include <pthread.h>

static void *spin(void *unused)
{
	(void)unused;
	for (;;)
		;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, spin, NULL);
	pthread_join(thread, NULL);
	return 0;
}
