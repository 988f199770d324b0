/* polls.c - a submission for the runtime's own tests: locks of one's own that ask until they are free, and code that asks again
 * for good reasons. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
	atomic_flag flag;
	atomic_int held, next, serving;
	pthread_mutex_t mutex, other;
	long sum;
} lock = {.flag = ATOMIC_FLAG_INIT, .mutex = PTHREAD_MUTEX_INITIALIZER, .other = PTHREAD_MUTEX_INITIALIZER};

void *spin_on_a_flag(void *unused)
{
	while (atomic_flag_test_and_set(&lock.flag)) /* {flag} */
		;
	lock.sum++;
	atomic_flag_clear(&lock.flag);
	return unused;
}

void *spin_on_a_ticket(void *unused)
{
	int mine = atomic_fetch_add(&lock.next, 1);
	while (atomic_load(&lock.serving) != mine) /* {ticket} */
		;
	lock.sum++;
	atomic_fetch_add(&lock.serving, 1);
	return unused;
}

void *compare_and_yield(void *unused)
{
	int free_lock = 0;
	while (!atomic_compare_exchange_weak(&lock.held, &free_lock, 1)) { /* {compare} */
		free_lock = 0;
		sched_yield();
	}
	lock.sum++;
	atomic_store(&lock.held, 0);
	return unused;
}

void *exchange_and_sleep(void *unused)
{
	while (atomic_exchange(&lock.held, 1)) /* {exchange} */
		usleep(10);
	lock.sum++;
	atomic_store(&lock.held, 0);
	return unused;
}

void *try_and_yield(void *unused)
{
	while (pthread_mutex_trylock(&lock.mutex) != 0) /* {try} */
		sched_yield();
	lock.sum++;
	pthread_mutex_unlock(&lock.mutex);
	return unused;
}

/* Right: it tries again because another one was faster. */
struct node {
	struct node *next;
};
static struct node *_Atomic top;

void *push(void *unused)
{
	struct node *node = malloc(sizeof *node);
	node->next = atomic_load(&top);
	while (!atomic_compare_exchange_weak(&top, &node->next, node))
		sched_yield();
	return unused;
}

void pop_all(void)
{
	struct node *node = atomic_exchange(&top, NULL);
	while (node) {
		struct node *next = node->next;
		free(node);
		node = next;
	}
}

/* Right: it gives back what it has, and sleeps until it gets the one that was missing. */
static void take_both(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	while (pthread_mutex_trylock(second) != 0) {
		pthread_mutex_unlock(first);
		pthread_mutex_t *missing = second;
		second = first;
		first = missing;
		pthread_mutex_lock(first);
	}
	lock.sum++;
	pthread_mutex_unlock(&lock.mutex);
	pthread_mutex_unlock(&lock.other);
}

void *take_both_this_way(void *unused)
{
	take_both(&lock.mutex, &lock.other);
	return unused;
}

void *take_both_that_way(void *unused)
{
	take_both(&lock.other, &lock.mutex);
	return unused;
}

/* Right: a few looks, and then it sleeps. */
void *look_and_sleep(void *unused)
{
	for (int looks = 0; looks < 20 && atomic_load(&lock.held); looks++)
		;
	pthread_mutex_lock(&lock.mutex);
	atomic_store(&lock.held, 1);
	lock.sum++;
	atomic_store(&lock.held, 0);
	pthread_mutex_unlock(&lock.mutex);
	return unused;
}

/* Right: it works, and looks now and then whether it should stop. */
void *work_until_stopped(void *rounds)
{
	for (long round = 0; round < 300 && !atomic_load(&lock.held); round++)
		++*(long *)rounds;
	return NULL;
}

void stop(void)
{
	atomic_store(&lock.held, 1);
}
