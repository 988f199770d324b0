/* waiter_killed: of two children that wait for an order one is killed; then the order is given to the other.
 * A process that ends in the middle of pthread_cond_wait leaves the condition variable in a state of which POSIX says
 * nothing: the signal may go to the dead one. A semaphore has no such memory.
 * kind: condition_abandoned
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct order {
	sem_t given;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool is_given; /* under mutex */
};

static void init(struct order *order)
{
	pthread_mutexattr_t mutex_attributes;
	pthread_mutexattr_init(&mutex_attributes);
	pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&mutex_attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&order->mutex, &mutex_attributes);
	pthread_condattr_t cond_attributes;
	pthread_condattr_init(&cond_attributes);
	pthread_condattr_setpshared(&cond_attributes, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&order->changed, &cond_attributes);
	sem_init(&order->given, 1, 0);
}

#ifdef FIXED
static void await(struct order *order)
{
	sem_wait(&order->given);
}

static void give(struct order *order)
{
	sem_post(&order->given); /* once for each: nobody knows whether the killed one had taken its own */
	sem_post(&order->given);
}
#else
static void lock(struct order *order)
{
	if (pthread_mutex_lock(&order->mutex) != 0)
		pthread_mutex_consistent(&order->mutex);
}

static void await(struct order *order)
{
	lock(order);
	while (!order->is_given)
		if (pthread_cond_wait(&order->changed, &order->mutex) != 0)
			pthread_mutex_consistent(&order->mutex);
	pthread_mutex_unlock(&order->mutex);
}

static void give(struct order *order)
{
	lock(order);
	order->is_given = true;
	pthread_cond_broadcast(&order->changed);
	pthread_mutex_unlock(&order->mutex);
}
#endif

static pid_t start(struct order *order)
{
	pid_t child = fork();
	if (child == 0) {
		await(order);
		_exit(0);
	}
	return child;
}

int main(void)
{
	struct order *order = mmap(NULL, sizeof *order, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (order == MAP_FAILED)
		return 1;
	init(order);
	pid_t killed = start(order), other = start(order);
	kill(killed, SIGKILL);
	waitpid(killed, NULL, 0);
	give(order);
	waitpid(other, NULL, 0);
	return 0;
}
