#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int first_wants, second_wants, inside;

static void pass(void)
{
	assert(atomic_fetch_add(&inside, 1) == 0);
	atomic_fetch_sub(&inside, 1);
}

static void *first(void *unused)
{
	atomic_store(&first_wants, 1);
	if (!atomic_load(&second_wants))
		pass();
	atomic_store(&first_wants, 0);
	return unused;
}

static void *second(void *unused)
{
	atomic_store(&second_wants, 1);
	if (!atomic_load(&first_wants))
		pass();
	atomic_store(&second_wants, 0);
	return unused;
}

int main(void)
{
	pthread_t one, two;
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
}
