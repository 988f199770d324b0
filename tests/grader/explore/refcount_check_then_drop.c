/* refcount_check_then_drop: two holders drop their reference: the last one frees the buffer, any other counts down.
 * Check and decrement are two steps: when both see two references, nobody is the last one and nobody frees.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct buffer {
	atomic_int references;
	char bytes[16];
};

static atomic_int freed;

static void release(struct buffer *buffer)
{
	free(buffer);
	atomic_fetch_add(&freed, 1);
}

static void *drop(void *arg)
{
	struct buffer *buffer = arg;
#ifdef FIXED
	if (atomic_fetch_sub(&buffer->references, 1) == 1)
		release(buffer);
#else
	if (atomic_load(&buffer->references) == 1)
		release(buffer);
	else
		atomic_fetch_sub(&buffer->references, 1);
#endif
	return NULL;
}

int main(void)
{
	struct buffer *buffer = calloc(1, sizeof *buffer);
	if (!buffer)
		return 1;
	atomic_store(&buffer->references, 2);

	pthread_t holders[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&holders[i], NULL, drop, buffer);
	for (int i = 0; i < 2; i++)
		pthread_join(holders[i], NULL);
	assert(atomic_load(&freed) == 1);
	return 0;
}
