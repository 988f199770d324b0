/* member_by_pointer: a function that knows nothing of what a number is part of adds to it.
 * Which struct it is says the line that allocates.
 * kind: data_race
 * says: two accesses to \[1\]\.visits of the array of struct page allocated at member_by_pointer\.c:37, at least
 */
#include <pthread.h>
#include <stdlib.h>

struct page {
	long bytes;
	int links, visits;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void add(int *number)
{
#ifdef FIXED
	pthread_mutex_lock(&lock);
#endif
	++*number;
#ifdef FIXED
	pthread_mutex_unlock(&lock);
#endif
}

static void *visit(void *argument)
{
	struct page *page = argument;
	add(&page->visits);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];
	struct page *pages = calloc(2, sizeof *pages);
	if (!pages)
		return 0;
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, visit, &pages[1]);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	free(pages);
	(void)lock;
	return 0;
}
