/* polls_under_a_lock: who polls holds the lock at every second step. The others get it all the same, if they only get
 * their turn at any of its steps: it ends.
 * expect: none fails
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool done; /* under lock */

static void *work(void *unused)
{
	pthread_mutex_lock(&lock);
	done = true;
	pthread_mutex_unlock(&lock);
	return unused;
}

static bool is_done(void)
{
	pthread_mutex_lock(&lock);
	bool result = done;
	pthread_mutex_unlock(&lock);
	return result;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, work, NULL);
	while (!is_done())
		;
	pthread_join(thread, NULL);
	return 0;
}
