/* double_checked_locking: two threads create a configuration on first use. The first test of the pointer takes no
 * lock and the pointer is no atomic; moreover it is set before the object is filled in.
 * kind: data_race assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct config {
	int limit;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
#ifdef FIXED
static _Atomic(struct config *) config; /* written under lock, when the object is complete */
#else
static struct config *config;
#endif

static struct config *get_config(void)
{
	if (config == NULL) {
		pthread_mutex_lock(&lock);
		if (config == NULL) {
#ifdef FIXED
			struct config *fresh = malloc(sizeof(*fresh));
			assert(fresh != NULL);
			fresh->limit = 10;
			config = fresh;
#else
			config = malloc(sizeof(*config));
			assert(config != NULL);
			config->limit = 10;
#endif
		}
		pthread_mutex_unlock(&lock);
	}
	return config;
}

static void *worker(void *arg)
{
	(void)arg;
	assert(get_config()->limit == 10);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++) {
		pthread_create(&threads[i], NULL, worker, NULL);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
	}
	free(config);
	return 0;
}
