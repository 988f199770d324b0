#include <pthread.h>
#include <stddef.h>

enum { SEATS = 3 };

static pthread_mutex_t fork_at[SEATS] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
                                         PTHREAD_MUTEX_INITIALIZER};
static int number[SEATS] = {0, 1, 2};

static void *philosopher(void *seat)
{
	int me = *(int *)seat, left = me, right = (me + 1) % SEATS;
	pthread_mutex_lock(&fork_at[left]);
	pthread_mutex_lock(&fork_at[right]);
	pthread_mutex_unlock(&fork_at[right]);
	pthread_mutex_unlock(&fork_at[left]);
	return NULL;
}

int main(void)
{
	pthread_t guest[SEATS];
	for (int i = 0; i < SEATS; i++)
		pthread_create(&guest[i], NULL, philosopher, &number[i]);
	for (int i = 0; i < SEATS; i++)
		pthread_join(guest[i], NULL);
}
