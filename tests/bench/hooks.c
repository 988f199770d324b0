/* hooks.c - what a memory access costs under the explorer, against the same loop without. */
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>

enum { ACCESSES = 5000000 };

static volatile int values[64];

/* CPU time: the clocks of the explorer are virtual. */
static double seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
}

static void *idle(void *gate)
{
	pthread_mutex_lock(gate);
	pthread_mutex_unlock(gate);
	return NULL;
}

static double loop(void)
{
	double begin = seconds();

	for (int i = 0; i < ACCESSES; i++)
		values[i % 64] = i;
	return (seconds() - begin) / ACCESSES * 1e9;
}

/* With one thread accesses are not watched: that is the loop itself. */
int main(void)
{
	static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread;
	double alone = loop();

	pthread_mutex_lock(&gate);
	pthread_create(&thread, NULL, idle, &gate);
	double watched = loop();
	pthread_mutex_unlock(&gate);
	pthread_join(thread, NULL);
	fprintf(stderr, "  a hook: %.1f ns (an access with it %.1f ns, without %.1f ns)\n", watched - alone, watched,
	        alone);
	return 0;
}
