/* pair_half_written: nine threads write both halves of a pair, without a lock. The tenth may look when the first one
 * has written one half, and no other one the second.
 * kind: assertion data_race
 */
#include <assert.h>
#include <pthread.h>

enum { WRITERS = 9 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int first, second;

static void hold(void)
{
#ifdef FIXED
	pthread_mutex_lock(&lock);
#endif
}

static void let_go(void)
{
#ifdef FIXED
	pthread_mutex_unlock(&lock);
#else
	(void)lock;
#endif
}

static void *set(void *unused)
{
	hold();
	first = 1;
	second = -1;
	let_go();
	return unused;
}

static void *check(void *unused)
{
	hold();
	assert((first == 0 && second == 0) || (first == 1 && second == -1));
	let_go();
	return unused;
}

int main(void)
{
	pthread_t writers[WRITERS], reader;
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&writers[i], NULL, set, NULL);
	pthread_create(&reader, NULL, check, NULL);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	pthread_join(reader, NULL);
	return 0;
}
