/* main_leaves_first: main ends by pthread_exit, the process with its last thread.
 * expect: none fails
 */
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int count;

static void *work(void *unused)
{
	pthread_mutex_lock(&lock);
	count++;
	pthread_mutex_unlock(&lock);
	return unused;
}

int main(void)
{
	pthread_t thread;
	for (int i = 0; i < 2; i++) {
		pthread_create(&thread, NULL, work, NULL);
		pthread_detach(thread);
	}
	pthread_exit(NULL);
}
