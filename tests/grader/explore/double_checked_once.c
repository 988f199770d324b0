/* double_checked_once: double-checked locking with a C11 atomic pointer, but without the second check.
 * A thread that found no settings and then waited for the lock makes a second set of them.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct settings {
	int level;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct settings pool[2];
static int made; /* under mutex */
static _Atomic(struct settings *) settings;

static struct settings *get_settings(void)
{
	struct settings *found = atomic_load_explicit(&settings, memory_order_acquire);
	if (found)
		return found;

	pthread_mutex_lock(&mutex);
#ifdef FIXED
	found = atomic_load_explicit(&settings, memory_order_relaxed);
#endif
	if (!found) {
		found = &pool[made++];
		found->level = 5;
		atomic_store_explicit(&settings, found, memory_order_release);
	}
	pthread_mutex_unlock(&mutex);
	return found;
}

static void *use(void *unused)
{
	(void)unused;
	struct settings *mine = get_settings();
	assert(mine->level == 5);
	return mine;
}

int main(void)
{
	pthread_t threads[2];
	void *seen[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, use, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], &seen[i]);
	assert(seen[0] == seen[1]);
	return 0;
}
