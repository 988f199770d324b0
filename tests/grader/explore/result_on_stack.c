/* result_on_stack: a thread counts, and gives the address of its counter as its result.
 * kind: dead_stack
 * says: the main thread uses on_stack\.words of read_text at result_on_stack\.c:36, which was on the stack of thread 1
 */
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>

struct count {
	int lines, words;
};

static void *read_text(void *unused)
{
	(void)unused;
#ifdef FIXED
	struct count *count = malloc(sizeof *count);
	if (!count)
		abort();
#else
	struct count on_stack, *count = &on_stack;
#endif
	count->lines = 2;
	count->words = 9;
	pthread_exit(count);
}

int main(void)
{
	pthread_t thread;
	void *result;
	if (pthread_create(&thread, NULL, read_text, NULL) != 0)
		return 1;
	pthread_join(thread, &result);
	struct count *count = result;
	int words = count->words;
#ifdef FIXED
	free(count);
#endif
	return words < 0;
}
