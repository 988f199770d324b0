/* killed_by_its_own_signal: a program that sends itself a signal is told which one, and where.
 * expect: the main thread was killed by SIGTERM, which it sent to itself
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static void *work(void *unused)
{
	return unused;
}

int main(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, work, NULL);
	pthread_join(thread, NULL);
	return kill(getpid(), SIGTERM);
}
