/* wide_atomics: atomic objects of 16 bytes, which the compiler leaves to a library.
 * expect: none fails|not explored: uses __atomic
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

static _Atomic __int128 total;

static void *add(void *unused)
{
	atomic_fetch_add(&total, 1);
	return unused;
}

int main(void)
{
	pthread_t thread[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, add, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	return atomic_load(&total) != 2;
}
