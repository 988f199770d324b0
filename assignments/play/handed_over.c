#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static int letter;
static atomic_int rung;

static void *writer(void *unused)
{
	atomic_store(&rung, 1);
	letter = 42;
	return unused;
}

static void *reader(void *unused)
{
	if (atomic_load(&rung))
		assert(letter == 42);
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, writer, NULL);
	pthread_create(&second, NULL, reader, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
}
