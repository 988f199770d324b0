/* counted_in_two_functions: the main thread and a helper count, each in a function of its own, without a lock. The
 * races become known one by one, the lost update with one of them: its schedule means the same when all are known.
 * kind: assertion
 */
#include <assert.h>
#include <pthread.h>

static int counter;
#ifdef FIXED
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#define LOCK(call) call(&lock)
#else
#define LOCK(call) (void)0
#endif

static void *help(void *unused)
{
	LOCK(pthread_mutex_lock);
	counter++;
	LOCK(pthread_mutex_unlock);
	return unused;
}

int main(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, help, NULL) != 0)
		return 1;
	LOCK(pthread_mutex_lock);
	counter++;
	LOCK(pthread_mutex_unlock);
	pthread_join(thread, NULL);
	assert(counter == 2);
	return 0;
}
