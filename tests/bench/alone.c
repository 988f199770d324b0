/* alone.c - what a schedule costs without an explorer: fork, three threads, 48 hand-offs from one to another by futex,
 * all of it on one core. Prints how many of these there are in a second. */
#define _GNU_SOURCE /* sched_setaffinity */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 3, HAND_OFFS = 48, RUNS = 10000 };

static _Atomic unsigned turn[THREADS];

static void wake(int thread)
{
	atomic_store(&turn[thread], 1);
	syscall(SYS_futex, &turn[thread], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void *work(void *number)
{
	int me = (int)(long)number;
	for (int i = 0; i < HAND_OFFS / THREADS; i++) {
		while (!atomic_load(&turn[me]))
			syscall(SYS_futex, &turn[me], FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
		atomic_store(&turn[me], 0);
		wake((me + 1) % THREADS);
	}
	return NULL;
}

static void run_once(void)
{
	pthread_t thread[THREADS];
	pid_t pid = fork();
	if (pid == 0) {
		for (int i = 0; i < THREADS; i++)
			if (pthread_create(&thread[i], NULL, work, (void *)(long)i) != 0)
				_exit(1);
		wake(0);
		for (int i = 0; i < THREADS; i++)
			pthread_join(thread[i], NULL);
		_exit(0);
	}
	int status;
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		exit(1);
}

int main(void)
{
	struct timespec begin, end;
	cpu_set_t core;
	CPU_ZERO(&core);
	CPU_SET(sched_getcpu(), &core);
	sched_setaffinity(0, sizeof core, &core);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (int i = 0; i < RUNS; i++)
		run_once();
	clock_gettime(CLOCK_MONOTONIC, &end);
	double seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	printf("%.0f\n", RUNS / seconds);
	return 0;
}
