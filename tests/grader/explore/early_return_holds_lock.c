/* early_return_holds_lock: two buyers and a supplier share a shop with one item. A buyer who finds nothing returns
 * without unlocking, and whoever comes next waits for ever.
 * kind: lock_held deadlock
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int stock = 1; /* protected by lock */
static int sold;      /* protected by lock */

static void *buyer(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	if (stock == 0) {
#ifdef FIXED
		pthread_mutex_unlock(&lock);
#endif
		return NULL;
	}
	stock--;
	sold++;
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *supplier(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	stock++;
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t threads[3];

	pthread_create(&threads[0], NULL, buyer, NULL);
	pthread_create(&threads[1], NULL, supplier, NULL);
	pthread_create(&threads[2], NULL, buyer, NULL);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
	}
	pthread_mutex_lock(&lock);
	assert(stock + sold == 2);
	pthread_mutex_unlock(&lock);
	return 0;
}
