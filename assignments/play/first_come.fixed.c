#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int made;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void set_up(void)
{
	atomic_fetch_add(&made, 1);
}

static void *user(void *unused)
{
	pthread_once(&once, set_up);
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, user, NULL);
	pthread_create(&second, NULL, user, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	assert(atomic_load(&made) == 1);
}
