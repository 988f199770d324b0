/* thousand_threads: more threads than the explorer follows.
 * expect: not explored: .*more threads than the kit can track
 */
#include <pthread.h>
#include <stddef.h>

static void *nothing(void *unused)
{
	return unused;
}

int main(void)
{
	static pthread_t thread[1000];
	for (int i = 0; i < 1000; i++)
		pthread_create(&thread[i], NULL, nothing, NULL);
	for (int i = 0; i < 1000; i++)
		pthread_join(thread[i], NULL);
	return 0;
}
