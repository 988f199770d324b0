/* barrier_early_leaver: two workers take a parcel each and meet at a barrier; a courier takes a parcel too when
 * there is one. A worker who finds none leaves without coming to the barrier, where the other one is waiting for
 * two.
 * kind: hang
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t meeting;
static int parcels = 2; /* protected by lock */

static bool take_parcel(void)
{
	pthread_mutex_lock(&lock);
	bool taken = parcels > 0;
	if (taken) {
		parcels--;
	}
	pthread_mutex_unlock(&lock);
	return taken;
}

static void *worker(void *arg)
{
	(void)arg;
	if (!take_parcel()) {
#ifdef FIXED
		pthread_barrier_wait(&meeting);
#endif
		return NULL;
	}
	pthread_barrier_wait(&meeting);
	return NULL;
}

static void *courier(void *arg)
{
	(void)arg;
	take_parcel();
	return NULL;
}

int main(void)
{
	pthread_t threads[3];

	pthread_barrier_init(&meeting, NULL, 2);
	pthread_create(&threads[0], NULL, worker, NULL);
	pthread_create(&threads[1], NULL, worker, NULL);
	pthread_create(&threads[2], NULL, courier, NULL);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
	}
	assert(parcels == 0);
	pthread_barrier_destroy(&meeting);
	return 0;
}
