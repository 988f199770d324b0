/* faults.c - a submission for the runtime's own tests: a function per call that the kit can make fail. Each returns 0 or the error. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int result(long value)
{
	return value < 0 ? errno : 0;
}

/* The child ends at once. */
int call_fork(pid_t *pid)
{
	*pid = fork(); /* {fork} */
	if (*pid == 0)
		_exit(0);
	return result(*pid);
}

/* The child sets *ran. */
pid_t fork_and_set(volatile bool *ran)
{
	pid_t pid = fork();
	if (pid == 0) {
		*ran = true;
		_exit(0);
	}
	return pid;
}

int call_waitpid(pid_t pid)
{
	return result(waitpid(pid, NULL, 0));
}

int call_wait(void)
{
	return result(wait(NULL));
}

int call_pipe(int fds[2])
{
	return result(pipe(fds));
}

int call_pipe2(int fds[2])
{
	return result(pipe2(fds, 0));
}

int call_read(int fd)
{
	char byte;
	return result(read(fd, &byte, 1));
}

int call_write(int fd)
{
	return result(write(fd, "x", 1)); /* {write} */
}

int call_write_until_done(int fd)
{
	while (write(fd, "x", 1) < 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

int call_close(int fd)
{
	return result(close(fd));
}

int call_kill(pid_t pid)
{
	return result(kill(pid, 0));
}

int call_malloc(void)
{
	void *memory = malloc(10);
	free(memory);
	return memory ? 0 : errno;
}

int call_calloc(void)
{
	void *memory = calloc(10, 10);
	free(memory);
	return memory ? 0 : errno;
}

int call_realloc(void)
{
	void *memory = realloc(NULL, 10);
	free(memory);
	return memory ? 0 : errno;
}

int call_strdup(const char *text)
{
	char *copy = strdup(text);
	free(copy);
	return copy ? 0 : errno;
}

int call_mmap(void)
{
	void *memory = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return errno;
	munmap(memory, 4096);
	return 0;
}

static void *nothing(void *unused)
{
	return unused;
}

int call_thread_create(pthread_t *thread)
{
	return pthread_create(thread, NULL, nothing, NULL);
}

int call_thread_join(pthread_t thread)
{
	return pthread_join(thread, NULL);
}

int call_mutex_init(pthread_mutex_t *mutex)
{
	return pthread_mutex_init(mutex, NULL);
}

int call_lock(pthread_mutex_t *mutex)
{
	return pthread_mutex_lock(mutex);
}

int call_unlock(pthread_mutex_t *mutex)
{
	return pthread_mutex_unlock(mutex);
}

int call_cond_init(pthread_cond_t *condition)
{
	return pthread_cond_init(condition, NULL);
}

int call_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	return pthread_cond_wait(condition, mutex);
}

int call_cond_signal(pthread_cond_t *condition)
{
	return pthread_cond_signal(condition);
}

int call_cond_broadcast(pthread_cond_t *condition)
{
	return pthread_cond_broadcast(condition);
}

int call_sem_wait(sem_t *semaphore)
{
	return result(sem_wait(semaphore));
}

int call_sem_post(sem_t *semaphore)
{
	return result(sem_post(semaphore));
}

int call_usleep(void)
{
	return result(usleep(1));
}
