#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int month = 1, day = 31;

static void set(int *number, int value)
{
	*number = value;
}

static void *midnight(void *unused)
{
	pthread_mutex_lock(&lock);
	set(&month, 2);
	set(&day, 1);
	pthread_mutex_unlock(&lock);
	return unused;
}

static void *look(void *unused)
{
	pthread_mutex_lock(&lock);
	assert((month == 1 && day == 31) || (month == 2 && day == 1));
	pthread_mutex_unlock(&lock);
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, midnight, NULL);
	pthread_create(&second, NULL, look, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
}
