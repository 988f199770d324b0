/* quiet.c - a submission for the runtime's own tests: ways to wait, good and bad. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <semaphore.h>
#include <poll.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct flag {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool up;
	_Atomic bool quick;
};

static bool is_up(struct flag *flag)
{
	pthread_mutex_lock(&flag->mutex);
	bool up = flag->up;
	pthread_mutex_unlock(&flag->mutex);
	return up;
}

void raise_flag(struct flag *flag)
{
	flag->quick = true;
	pthread_mutex_lock(&flag->mutex);
	flag->up = true;
	pthread_cond_broadcast(&flag->changed);
	pthread_mutex_unlock(&flag->mutex);
}

void *wait_well(void *data)
{
	struct flag *flag = data;
	pthread_mutex_lock(&flag->mutex);
	while (!flag->up)
		pthread_cond_wait(&flag->changed, &flag->mutex);
	pthread_mutex_unlock(&flag->mutex);
	return NULL;
}

void *wait_by_sleeping(void *data)
{
	while (!is_up(data))
		usleep(10000); /* {sleep poll} */
	return NULL;
}

void *wait_by_yielding(void *data)
{
	struct flag *flag = data;
	while (!flag->quick)
		sched_yield(); /* {yield poll} */
	return NULL;
}

void *wait_by_locking(void *data)
{
	while (!is_up(data))
		;
	return NULL;
}

void *wait_by_timed_waits(void *data)
{
	struct flag *flag = data;
	pthread_mutex_lock(&flag->mutex);
	while (!flag->up) {
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 5000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
		pthread_cond_timedwait(&flag->changed, &flag->mutex, &until); /* {timed poll} */
	}
	pthread_mutex_unlock(&flag->mutex);
	return NULL;
}

void *wait_by_spinning(void *data)
{
	struct flag *flag = data;
	while (!flag->quick) /* {spin poll} */
		;
	return NULL;
}

/* Takes a while to come round. */
void *wait_by_spinning_slowly(void *data)
{
	struct flag *flag = data;
	while (!flag->quick)
		for (volatile int pause = 0; pause < 50; pause++) /* {slow poll} */
			;
	return NULL;
}

bool spin_until_up(struct flag *flag)
{
	while (!flag->quick) /* {spin once} */
		;
	return true;
}

/* Steps of the thread's turn: each waits until it is its turn, and gives the turn to nobody. */
void *wait_for_each_other(void *data)
{
	_Atomic int *turn = data;
	int mine = (*turn)++;
	while (*turn >= 0) /* {both poll} */
		if (*turn == -mine)
			return NULL;
	return NULL;
}

/* No call for long, but work: in variables of its own, and in memory. */
unsigned long work_in_variables(unsigned long rounds)
{
	unsigned long value = 1;
	for (unsigned long i = 0; i < rounds; i++)
		value = value * 31 + (value >> 7) + i;
	return value;
}

void work_in_memory(unsigned long *done, unsigned long rounds)
{
	while (*(volatile unsigned long *)done < rounds)
		++*(volatile unsigned long *)done;
}

/* By calls that come back at once. */
struct calls {
	int pipe[2];
	sem_t semaphore;
	pthread_mutex_t mutex;
	pid_t child;
};

void *wait_by_trying_to_lock(void *data)
{
	struct calls *calls = data;
	while (pthread_mutex_trylock(&calls->mutex) != 0) /* {try to lock} */
		;
	pthread_mutex_unlock(&calls->mutex);
	return NULL;
}

void *wait_by_trying_to_take(void *data)
{
	struct calls *calls = data;
	while (sem_trywait(&calls->semaphore) != 0) /* {try to take} */
		;
	return NULL;
}

void *wait_by_polling_at_once(void *data)
{
	struct calls *calls = data;
	while (poll(&(struct pollfd){.fd = calls->pipe[0], .events = POLLIN}, 1, 0) == 0) /* {poll at once} */
		;
	return NULL;
}

void *wait_by_reading(void *data)
{
	struct calls *calls = data;
	char byte;
	while (read(calls->pipe[0], &byte, 1) < 0) /* {read at once} */
		;
	return NULL;
}

void *wait_by_looking_for_the_child(void *data)
{
	struct calls *calls = data;
	while (waitpid(calls->child, NULL, WNOHANG) == 0) /* {look for it} */
		;
	return NULL;
}

void *wait_by_sleeping_for_no_time(void *data)
{
	struct calls *calls = data;
	int value = 0;
	while (sem_getvalue(&calls->semaphore, &value) == 0 && value == 0)
		nanosleep(&(struct timespec){0}, NULL); /* {sleep for no time} */
	return NULL;
}
