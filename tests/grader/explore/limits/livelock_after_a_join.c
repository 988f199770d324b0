/* livelock_after_a_join.c - where a thread goes on is the call that it makes now, not the last one that let others on.
 *
 * expect: had its turn: the main thread continues at livelock_after_a_join\.c:20$
 */
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *leave(void *unused)
{
	return unused;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, leave, NULL);
	pthread_join(thread, NULL);
	while (pthread_mutex_trylock(&lock) == 0) pthread_mutex_unlock(&lock);
	return 0;
}
