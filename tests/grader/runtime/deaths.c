/* deaths.c - a submission for the runtime's own tests: its children are killed, as their tests mean it to be, and each
 * of its lines is run by such a child or by nobody else. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static int twice(int number)
{
	return 2 * number;
}

static int thrice(int number)
{
	return 3 * number;
}

static int negated(int number)
{
	return -number;
}

pid_t killed_by_itself(int *result)
{
	pid_t pid = fork();
	if (pid == 0) {
		*result = twice(21);
		kill(getpid(), SIGKILL);
	}
	return pid;
}

pid_t killed_while_it_waits(int *result, sem_t *ready, sem_t *never)
{
	pid_t pid = fork();
	if (pid == 0) {
		*result = thrice(14);
		sem_post(ready);
		sem_wait(never);
	}
	return pid;
}

static void *wait_there(void *semaphore)
{
	return sem_wait(semaphore) == 0 ? semaphore : NULL;
}

pid_t killed_with_two_threads(int *result, sem_t *ready, sem_t *never)
{
	pid_t pid = fork();
	if (pid == 0) {
		pthread_t thread;
		pthread_create(&thread, NULL, wait_there, never);
		*result = negated(-42);
		sem_post(ready);
		pthread_join(thread, NULL);
	}
	return pid;
}

pid_t killed_by_abort(int *result)
{
	pid_t pid = fork();
	if (pid == 0) {
		*result = 42;
		abort();
	}
	return pid;
}

pid_t killed_by_a_broken_pipe(int *result)
{
	int end[2];
	if (pipe(end) != 0)
		goto no_pipe; /* {no pipe} */
	close(end[0]);
	pid_t pid = fork();
	if (pid == 0) {
		*result = 42;
		write(end[1], result, sizeof *result);
	}
	close(end[1]);
	return pid;

no_pipe: /* is no line that could run */
	return -1; /* {the end of that} */
}

void never_called(void)
{
	_exit(1); /* {never} */
}
