/* ends.c - a submission for the runtime's own tests: ways in which processes and threads end, or do not. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

void call_exit(int status)
{
	exit(status); /* {exit} */
}

void call_underscore_exit(int status)
{
	_exit(status); /* {_exit} */
}

void call_abort(void)
{
	abort(); /* {abort} */
}

void crash(int *nowhere)
{
	*nowhere = 1; /* {crash} */
}

int dive(int depth)
{
	volatile int here[64] = {depth};
	return depth ? dive(depth - 1) + here[0] : 0; /* {dive} */
}

int divide(int a, int b)
{
	return a / b; /* {divide} */
}

pid_t fork_and_exit(int status)
{
	pid_t pid = fork(); /* {fork} */
	if (pid == 0)
		exit(status);
	return pid;
}

pid_t fork_and_crash(void)
{
	pid_t pid = fork();
	if (pid == 0)
		*(volatile int *)16 = 1;
	return pid;
}

pid_t fork_and_kill(int signal)
{
	pid_t pid = fork();
	if (pid == 0) {
		raise(signal);
		_exit(0);
	}
	return pid;
}

pid_t fork_into_group(pid_t group, sem_t *semaphore)
{
	pid_t pid = fork();
	if (pid == 0) {
		setpgid(0, group);
		sem_wait(semaphore);
		_exit(0);
	}
	setpgid(pid, group ? group : pid);
	return pid;
}

int take(idtype_t type, pid_t id, siginfo_t *info, int options)
{
	return waitid(type, (id_t)id, info, options);
}

/* Wrong: the child returns as well. */
pid_t fork_and_return(void)
{
	return fork();
}

pid_t fork_and_wait(sem_t *semaphore)
{
	pid_t pid = fork(); /* {fork and wait} */
	if (pid == 0) {
		sem_wait(semaphore);
		_exit(0);
	}
	return pid;
}

/* The child has a child of its own and leaves it alone. */
pid_t fork_twice(sem_t *semaphore)
{
	pid_t pid = fork();
	if (pid == 0) {
		fork_and_wait(semaphore);
		_exit(0);
	}
	return pid;
}

static void *nothing(void *unused)
{
	return unused;
}

static void *exits(void *unused)
{
	pthread_exit(unused);
}

static void *waits(void *semaphore)
{
	sem_wait(semaphore);
	return NULL;
}

pthread_t create_only(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, nothing, NULL); /* {create} */
	return thread;
}

pthread_t create_waiting(sem_t *semaphore)
{
	pthread_t thread;
	pthread_create(&thread, NULL, waits, semaphore); /* {create waiting} */
	return thread;
}

int join_thread_that_exits(void)
{
	pthread_t thread;
	void *result = NULL;
	int answer = 42;
	pthread_create(&thread, NULL, exits, &answer);
	pthread_join(thread, &result);
	return result ? *(int *)result : -1;
}

void create_detached(void)
{
	pthread_t thread;
	pthread_create(&thread, NULL, nothing, NULL);
	pthread_detach(thread);
}
