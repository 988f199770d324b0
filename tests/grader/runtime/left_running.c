/* left_running.c - a submission for the runtime's own tests: what its child ran was never written down. */
#include <semaphore.h>
#include <unistd.h>

static int twice(int number)
{
	return 2 * number;
}

pid_t never_ended(int *result, sem_t *ready, sem_t *never) /* {never_ended} */
{
	pid_t pid = fork(); /* {fork} */
	if (pid == 0) {
		*result = twice(21);
		sem_post(ready);
		sem_wait(never);
	}
	return pid;
}
