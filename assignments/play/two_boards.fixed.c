#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static int adults, children;
static pthread_mutex_t board = PTHREAD_MUTEX_INITIALIZER;

static void count(int *visitors)
{
	pthread_mutex_lock(&board);
	int seen = *visitors;
	*visitors = seen + 1;
	pthread_mutex_unlock(&board);
}

static void *clerk(void *unused)
{
	count(&adults);
	count(&children);
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, clerk, NULL);
	pthread_create(&second, NULL, clerk, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	assert(adults == 2 || children == 2);
}
