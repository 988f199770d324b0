#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static int visitors;

static void *one_visitor(void *unused)
{
	visitors++;
	return unused;
}

static void *two_visitors(void *unused)
{
	visitors++;
	visitors++;
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, one_visitor, NULL);
	pthread_create(&second, NULL, two_visitors, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	assert(visitors == 3);
}
