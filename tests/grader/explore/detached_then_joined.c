/* detached_then_joined: a logger detaches itself, and is joined at the end all the same.
 * kind: thread_misuse
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int lines;

static void *log_lines(void *unused)
{
#ifndef FIXED
	pthread_detach(pthread_self());
#endif
	atomic_fetch_add(&lines, 1);
	return unused;
}

int main(void)
{
	pthread_t logger;
	if (pthread_create(&logger, NULL, log_lines, NULL) != 0)
		return 1;
	pthread_join(logger, NULL);
	return 0;
}
