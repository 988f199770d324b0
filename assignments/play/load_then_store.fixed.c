#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int visitors;

static void *clerk(void *unused)
{
	atomic_fetch_add(&visitors, 1);
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, clerk, NULL);
	pthread_create(&second, NULL, clerk, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	assert(atomic_load(&visitors) == 2);
}
