/* long_assertion.c - what has no room in a step's words is left out from a word on.
 *
 * expect: ^ +promised,\.\.\.$
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static int first, second, third, fourth;

static void *count(void *unused)
{
	first++;
	return unused;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, count, NULL);
	pthread_join(thread, NULL);
	assert(first + second + third + fourth == 0 &&
	       "nobody has counted, which is what all that was promised, and more, and what is to be seen");
	return 0;
}
