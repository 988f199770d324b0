/* loop_without_access: a thread that loops without a call or an access to memory cannot be taken the processor from.
 * expect: not explored: .*loops without making a call
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
