/* yields_before_the_change: main lets others on twice before it changes the value that the reader must not see: only
 * who is not let on in between sees it.
 * kind: assertion
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int value;

static void *read_value(void *unused)
{
	(void)unused;
	assert(value != 1);
	return NULL;
}

int main(void)
{
	pthread_t reader;
	if (pthread_create(&reader, NULL, read_value, NULL) != 0)
		return 1;
	sched_yield();
	sched_yield();
#ifdef FIXED
	pthread_join(reader, NULL);
	value = 1;
#else
	value = 1;
	pthread_join(reader, NULL);
#endif
	value = 2;
	return 0;
}
