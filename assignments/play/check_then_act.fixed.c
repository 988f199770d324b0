#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int seats = 1;

static bool is_free(void)
{
	return seats > 0;
}

static void sell(void)
{
	seats--;
	assert(seats >= 0);
}

static void *counter(void *unused)
{
	pthread_mutex_lock(&lock);
	if (is_free())
		sell();
	pthread_mutex_unlock(&lock);
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
