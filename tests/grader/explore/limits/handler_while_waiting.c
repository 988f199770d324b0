/* handler_while_waiting: the handler should run while its thread waits for the condition. It could change what comes after.
 * expect: not explored: a signal arrives while its process waits for a condition variable
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static void on_signal(int signal)
{
	_exit(signal == SIGUSR1 ? 0 : 1);
}

int main(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
	struct sigaction action = {.sa_handler = on_signal};
	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
	if (fork() == 0) {
		kill(getppid(), SIGUSR1);
		_exit(0);
	}
	pthread_mutex_lock(&mutex);
	for (;;)
		pthread_cond_wait(&condition, &mutex);
}
