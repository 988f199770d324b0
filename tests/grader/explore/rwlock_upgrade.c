/* rwlock_upgrade: threads look a result up under the read lock. One that finds nothing asks for the write lock
 * without giving the read lock back, and waits for itself.
 * kind: deadlock
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static bool cached; /* protected by lock */
static int result;  /* protected by lock */

static void *warm_up(void *arg)
{
	(void)arg;
	pthread_rwlock_wrlock(&lock);
	result = 6;
	cached = true;
	pthread_rwlock_unlock(&lock);
	return NULL;
}

static void *look_up(void *arg)
{
	(void)arg;
	pthread_rwlock_rdlock(&lock);
	if (!cached) {
#ifdef FIXED
		pthread_rwlock_unlock(&lock);
#endif
		pthread_rwlock_wrlock(&lock);
		/* Another thread may have been faster: test again. */
		if (!cached) {
			result = 6;
			cached = true;
		}
	}
	assert(result == 6);
	pthread_rwlock_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t threads[3];

	pthread_create(&threads[0], NULL, warm_up, NULL);
	pthread_create(&threads[1], NULL, look_up, NULL);
	pthread_create(&threads[2], NULL, look_up, NULL);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
	}
	pthread_rwlock_destroy(&lock);
	return 0;
}
