/* destroyed_after_its_waiter: a child waits for orders on a condition variable, and is killed there. What its parent
 * does with the condition variable after that is only to destroy it; glibc may wait for the dead child to leave it.
 * kind: condition_abandoned
 */
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct orders {
	pthread_mutex_t mutex;
	pthread_cond_t given;
	bool waits, any; /* under mutex */
};

static void init(struct orders *orders)
{
	pthread_mutexattr_t mutex_attributes;
	pthread_condattr_t cond_attributes;
	pthread_mutexattr_init(&mutex_attributes);
	pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&orders->mutex, &mutex_attributes);
	pthread_condattr_init(&cond_attributes);
	pthread_condattr_setpshared(&cond_attributes, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&orders->given, &cond_attributes);
}

static void wait_for_orders(struct orders *orders)
{
	pthread_mutex_lock(&orders->mutex);
	orders->waits = true;
	while (!orders->any)
		pthread_cond_wait(&orders->given, &orders->mutex);
	pthread_mutex_unlock(&orders->mutex);
}

/* By polling, and with the mutex, so that the child is in its wait. */
static void await(struct orders *orders)
{
	for (bool waits = false; !waits;) {
		pthread_mutex_lock(&orders->mutex);
		waits = orders->waits;
		pthread_mutex_unlock(&orders->mutex);
	}
}

int main(void)
{
	struct orders *orders = mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (orders == MAP_FAILED)
		return 1;
	init(orders);
	pid_t child = fork();
	if (child == 0) {
		wait_for_orders(orders);
		_exit(0);
	}
	await(orders);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
#ifndef FIXED
	pthread_cond_destroy(&orders->given);
#endif
	return 0;
}
