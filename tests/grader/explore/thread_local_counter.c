/* thread_local_counter: each thread has a counter of its own, and the main thread's is handed to a helper, which counts
 * there as well.
 * kind: assertion
 */
#include <assert.h>
#include <pthread.h>

static _Thread_local int counter;
#ifdef FIXED
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#endif

static void count(int *number)
{
#ifdef FIXED
	pthread_mutex_lock(&lock);
#endif
	++*number;
#ifdef FIXED
	pthread_mutex_unlock(&lock);
#endif
}

static void *help(void *number)
{
	counter++;
	count(number);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, help, &counter) != 0)
		return 1;
#ifdef FIXED
	count(&counter);
#else
	counter++;
#endif
	pthread_join(thread, NULL);
	assert(counter == 2);
	return 0;
}
