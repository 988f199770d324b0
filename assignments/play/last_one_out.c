#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int users = 2, put_out;

static void *user(void *unused)
{
	atomic_fetch_sub(&users, 1);
	if (atomic_load(&users) == 0)
		assert(atomic_fetch_add(&put_out, 1) == 0);
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, user, NULL);
	pthread_create(&second, NULL, user, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	assert(atomic_load(&put_out) == 1);
}
