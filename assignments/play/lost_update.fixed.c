#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static int visitors;
static pthread_mutex_t board = PTHREAD_MUTEX_INITIALIZER;

static void *clerk(void *unused)
{
	pthread_mutex_lock(&board);
	int seen = visitors;
	visitors = seen + 1;
	pthread_mutex_unlock(&board);
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
