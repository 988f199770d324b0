#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static int visitors;

static void *clerk(void *unused)
{
	int seen = visitors;
	visitors = seen + 1;
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, clerk, NULL);
	pthread_create(&second, NULL, clerk, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	assert(visitors == 2);
}
