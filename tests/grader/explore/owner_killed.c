/* owner_killed: a child is killed in the middle of an update, with a robust mutex held, while another one waits for it.
 * That one gets the mutex and repairs the data, but only where it is told so by pthread_mutex_lock: not by the wait.
 * kind: assertion
 */
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shop {
	pthread_mutex_t lock; /* robust */
	pthread_cond_t opened;
	int open;          /* under lock, as the rest */
	int ordered, paid; /* invariant: equal */
};

static void init(struct shop *shop)
{
	pthread_mutexattr_t mutex_attributes;
	pthread_mutexattr_init(&mutex_attributes);
	pthread_mutexattr_setpshared(&mutex_attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&mutex_attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&shop->lock, &mutex_attributes);
	pthread_condattr_t cond_attributes;
	pthread_condattr_init(&cond_attributes);
	pthread_condattr_setpshared(&cond_attributes, PTHREAD_PROCESS_SHARED);
	pthread_cond_init(&shop->opened, &cond_attributes);
}

static void repair(struct shop *shop, int error)
{
	if (error != EOWNERDEAD)
		return;
	shop->paid = shop->ordered;
	pthread_mutex_consistent(&shop->lock);
}

static void enter(struct shop *shop)
{
	repair(shop, pthread_mutex_lock(&shop->lock));
}

static void customer(struct shop *shop)
{
	enter(shop);
	while (!shop->open) {
		int error = pthread_cond_wait(&shop->opened, &shop->lock);
#ifdef FIXED
		repair(shop, error);
#else
		(void)error;
#endif
	}
	assert(shop->ordered == shop->paid);
	pthread_mutex_unlock(&shop->lock);
}

static void victim(struct shop *shop)
{
	enter(shop);
	shop->ordered++;
	raise(SIGKILL);
}

static pid_t start(void (*what)(struct shop *), struct shop *shop)
{
	pid_t child = fork();
	if (child == 0) {
		what(shop);
		_exit(0);
	}
	return child;
}

int main(void)
{
	struct shop *shop = mmap(NULL, sizeof *shop, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shop == MAP_FAILED)
		return 1;
	init(shop);
	start(customer, shop);
	start(victim, shop);
	enter(shop);
	shop->open = 1;
	pthread_cond_broadcast(&shop->opened);
	pthread_mutex_unlock(&shop->lock);
	while (wait(NULL) > 0)
		;
	return 0;
}
