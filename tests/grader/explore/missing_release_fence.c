/* missing_release_fence: a writer fills two slots and raises their relaxed flags; the reader has its acquire fence.
 * Fences work in pairs: without the writer's release fence nothing orders the slots before the flags.
 * kind: data_race
 * switches: 0
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static int slots[2];
static atomic_bool filled[2];

static void *fill(void *unused)
{
	(void)unused;
	slots[0] = 10;
	slots[1] = 11;
#ifdef FIXED
	atomic_thread_fence(memory_order_release);
#endif
	for (int i = 0; i < 2; i++)
		atomic_store_explicit(&filled[i], true, memory_order_relaxed);
	return NULL;
}

static void *drain(void *unused)
{
	(void)unused;
	for (int i = 0; i < 2; i++) {
		if (!atomic_load_explicit(&filled[i], memory_order_relaxed))
			continue;
		atomic_thread_fence(memory_order_acquire);
		assert(slots[i] == 10 + i);
	}
	return NULL;
}

int main(void)
{
	pthread_t writer, reader;
	pthread_create(&writer, NULL, fill, NULL);
	pthread_create(&reader, NULL, drain, NULL);
	pthread_join(writer, NULL);
	pthread_join(reader, NULL);
	return 0;
}
