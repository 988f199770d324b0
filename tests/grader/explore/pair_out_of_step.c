/* pair_out_of_step: money moves from one account to the other while an auditor adds up both. Each account changes
 * in a critical section of its own, so that the auditor can come between them and miss the money on its way.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* protected by lock; invariant: savings + checking == 100 */
static int savings = 100;
static int checking;

static void *move_money(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2; i++) {
		pthread_mutex_lock(&lock);
		savings -= 10;
#ifndef FIXED
		pthread_mutex_unlock(&lock);
		pthread_mutex_lock(&lock);
#endif
		checking += 10;
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void *audit(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&lock);
	assert(savings + checking == 100);
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t mover, auditor;

	pthread_create(&mover, NULL, move_money, NULL);
	pthread_create(&auditor, NULL, audit, NULL);
	pthread_join(mover, NULL);
	pthread_join(auditor, NULL);
	assert(savings == 80 && checking == 20);
	return 0;
}
