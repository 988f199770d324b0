#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t baked = PTHREAD_COND_INITIALIZER;
static int loaves;

static void *customer(void *unused)
{
	pthread_mutex_lock(&lock);
	while (loaves == 0)
		pthread_cond_wait(&baked, &lock);
	loaves--;
	assert(loaves >= 0);
	pthread_mutex_unlock(&lock);
	return unused;
}

static void *baker(void *unused)
{
	for (int i = 0; i < 2; i++) {
		pthread_mutex_lock(&lock);
		loaves++;
		pthread_cond_signal(&baked);
		pthread_mutex_unlock(&lock);
	}
	return unused;
}

int main(void)
{
	pthread_t guest[2], cook;
	for (int i = 0; i < 2; i++)
		pthread_create(&guest[i], NULL, customer, NULL);
	pthread_create(&cook, NULL, baker, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(guest[i], NULL);
	pthread_join(cook, NULL);
}
