/* plain_stop_flag: main asks a worker to stop with a plain bool that both threads touch without synchronisation.
 * The compiler may read it once and never again; the flag has to be atomic (volatile is not enough).
 * kind: data_race
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { ROUNDS = 4 };

#ifdef FIXED
static atomic_bool stop;
#else
static bool stop;
#endif

static void *work(void *rounds)
{
	int *done = rounds;
	while (*done < ROUNDS && !stop)
		++*done;
	return NULL;
}

int main(void)
{
	int done = 0;
	pthread_t worker;
	pthread_create(&worker, NULL, work, &done);
	stop = true;
	pthread_join(worker, NULL);
	assert(done <= ROUNDS);
	return 0;
}
