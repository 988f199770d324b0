#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int flag, inside;

static void enter(void)
{
	while (atomic_exchange(&flag, 1) == 1)
		sched_yield();
}

static void leave(void)
{
	atomic_store(&flag, 0);
}

static void *guest(void *unused)
{
	enter();
	assert(atomic_fetch_add(&inside, 1) == 0);
	atomic_fetch_sub(&inside, 1);
	leave();
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, guest, NULL);
	pthread_create(&second, NULL, guest, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
}
