#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int seats = 1;

static bool is_free(void)
{
	pthread_mutex_lock(&lock);
	bool yes = seats > 0;
	pthread_mutex_unlock(&lock);
	return yes;
}

static void sell(void)
{
	pthread_mutex_lock(&lock);
	seats--;
	assert(seats >= 0);
	pthread_mutex_unlock(&lock);
}

static void *counter(void *unused)
{
	if (is_free())
		sell();
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, counter, NULL);
	pthread_create(&second, NULL, counter, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
}
