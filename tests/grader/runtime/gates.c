/* gates.c - a submission for the runtime's own tests: steps between which a gate can stand. */
#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

/* One lock and one unlock around the step. */
void step_locked(pthread_mutex_t *mutex, void (*step)(int), int argument)
{
	pthread_mutex_lock(mutex); /* {step lock} */
	step(argument);
	pthread_mutex_unlock(mutex);
}

/* A child that writes a byte and ends. */
pid_t spawn_byte(int fd)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	write(fd, "x", 1); /* {child write} */
	_exit(0);
}

void lock_and_leave(pthread_mutex_t *mutex)
{
	pthread_mutex_lock(mutex);
}

/* Wrong: one after the other, so never two inside `task` at once. */
void run_both(void *(*task)(void *), void *argument)
{
	for (int i = 0; i < 2; i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, task, argument);
		pthread_join(thread, NULL); /* {join at once} */
	}
}

void run_at_once(void *(*task)(void *), void *argument)
{
	pthread_t thread[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, task, argument);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}
