#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static pthread_mutex_t stack = PTHREAD_MUTEX_INITIALIZER;

static atomic_int top = 1, below[4] = {0, 2, 3, 0}; /* plates are numbers, 0 is the table */
static atomic_int owners[4];

static int take(void)
{
	pthread_mutex_lock(&stack);
	int plate = atomic_load(&top), next;
	do
		next = atomic_load(&below[plate]);
	while (!atomic_compare_exchange_strong(&top, &plate, next));
	pthread_mutex_unlock(&stack);
	assert(atomic_fetch_add(&owners[plate], 1) == 0);
	return plate;
}

static void put_back(int plate)
{
	atomic_fetch_sub(&owners[plate], 1);
	pthread_mutex_lock(&stack);
	atomic_store(&below[plate], atomic_load(&top));
	atomic_store(&top, plate);
	pthread_mutex_unlock(&stack);
}

static void *takes_two(void *unused)
{
	take();
	take();
	return unused;
}

static void *changes_mind(void *unused)
{
	int plate = take();
	take();
	put_back(plate);
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, takes_two, NULL);
	pthread_create(&second, NULL, changes_mind, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
}
