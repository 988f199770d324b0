/* double_free_across_threads: whoever of two threads finishes first frees the scratch buffer they share.
 * Taking the pointer and clearing it are two critical sections, so both can take it and both free it.
 * kind: double_free use_after_free data_race
 * switches: 1
 */
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static char *scratch; /* under mutex */

static void *finish(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&mutex);
	char *mine = scratch;
#ifdef FIXED
	scratch = NULL;
#endif
	pthread_mutex_unlock(&mutex);

	free(mine);

#ifndef FIXED
	pthread_mutex_lock(&mutex);
	scratch = NULL;
	pthread_mutex_unlock(&mutex);
#endif
	return NULL;
}

int main(void)
{
	scratch = malloc(32);
	if (!scratch)
		return 1;
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, finish, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
