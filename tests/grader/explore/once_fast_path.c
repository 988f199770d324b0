/* once_fast_path: two threads initialise a scale with pthread_once. To save the call, they skip it when a flag
 * says that the initialisation has begun; begun is not done.
 * kind: assertion
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
#ifndef FIXED
static atomic_bool begun;
#endif
static atomic_int scale;

static void initialise(void)
{
#ifndef FIXED
	begun = true;
#endif
	scale = 3;
}

static int get_scale(void)
{
#ifdef FIXED
	pthread_once(&once, initialise);
#else
	if (!begun) {
		pthread_once(&once, initialise);
	}
#endif
	return scale;
}

static void *worker(void *arg)
{
	(void)arg;
	int mine = get_scale();
	assert(mine == 3);
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
	return 0;
}
