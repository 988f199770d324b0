/* joins_itself: whoever comes to its end last joins all workers, itself too if it is one of them.
 * kind: thread_misuse
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

enum { WORKERS = 2 };

static pthread_t worker[WORKERS];
static atomic_int left = WORKERS;
static pthread_barrier_t all_made;

static void *work(void *unused)
{
	pthread_barrier_wait(&all_made);
	if (atomic_fetch_sub(&left, 1) > 1)
		return unused;
	for (int i = 0; i < WORKERS; i++) {
#ifdef FIXED
		if (pthread_equal(worker[i], pthread_self()))
			continue;
#endif
		pthread_join(worker[i], NULL);
	}
	return unused;
}

int main(void)
{
	pthread_barrier_init(&all_made, NULL, WORKERS + 1);
	for (int i = 0; i < WORKERS; i++)
		pthread_create(&worker[i], NULL, work, NULL);
	pthread_barrier_wait(&all_made);
	pthread_exit(NULL);
}
