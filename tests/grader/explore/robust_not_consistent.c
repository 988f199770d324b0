/* robust_not_consistent: a thread ends in the middle of an update, with a robust mutex held. The next owner
 * repairs the data but forgets pthread_mutex_consistent, so that its unlock makes the mutex useless for the one
 * after it.
 * kind: assertion
 * switches: 0
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock; /* robust */
/* protected by lock; invariant: both counts are equal */
static int ordered;
static int paid;

static void *victim(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	ordered++;
	pthread_exit(NULL); /* on purpose: a robust mutex is made for owners that end like this */
}

static void buy(void)
{
	int error = pthread_mutex_lock(&lock);
	if (error == EOWNERDEAD) {
		paid = ordered;
#ifdef FIXED
		pthread_mutex_consistent(&lock);
#endif
		error = 0;
	}
	assert(error == 0);
	ordered++;
	paid++;
	pthread_mutex_unlock(&lock);
}

static void *customer(void *arg)
{
	(void)arg;
	buy();
	return NULL;
}

int main(void)
{
	pthread_mutexattr_t attr;
	pthread_t threads[2];

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&lock, &attr);
	pthread_mutexattr_destroy(&attr);

	pthread_create(&threads[0], NULL, customer, NULL);
	pthread_create(&threads[1], NULL, victim, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	buy();
	assert(ordered == 3 && paid == 3);
	pthread_mutex_destroy(&lock);
	return 0;
}
