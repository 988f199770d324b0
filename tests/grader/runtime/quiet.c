/* quiet.c - a submission for the runtime's own tests: ways to wait, good and bad. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
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
