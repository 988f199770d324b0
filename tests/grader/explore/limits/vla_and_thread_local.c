/* vla_and_thread_local: arrays of variable length and thread-locals are each thread's own.
 * expect: none fails
 */
#include <pthread.h>
#include <stddef.h>

static _Thread_local int own;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int sum;

static void *work(void *argument)
{
	int n = *(int *)argument, values[n];
	for (int i = 0; i < n; i++)
		own += values[i] = i;
	pthread_mutex_lock(&lock);
	sum += own;
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t thread[2];
	int n[2] = {10, 20};
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, work, &n[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	return sum != 45 + 190;
}
