/* copy_of_a_locked_mutex: accounts are copied with their locks while others work with them. A copy of a mutex that is
 * locked at that moment stays locked: nobody has locked it, so nobody unlocks it.
 * kind: hang
 */
#include <assert.h>
#include <pthread.h>

struct account {
	pthread_mutex_t lock;
	int balance; /* under lock */
};

static struct account first = {.lock = PTHREAD_MUTEX_INITIALIZER}, second = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void deposit(struct account *account, int amount)
{
	pthread_mutex_lock(&account->lock);
	account->balance += amount;
	pthread_mutex_unlock(&account->lock);
}

static void *work(void *unused)
{
	deposit(&first, 10);
	return unused;
}

static void copy(struct account *to, struct account *from)
{
	pthread_mutex_lock(&from->lock);
#ifdef FIXED
	to->balance = from->balance;
#else
	*to = *from;
#endif
	pthread_mutex_unlock(&from->lock);
}

int main(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, work, NULL) != 0)
		return 1;
	copy(&second, &first);
	deposit(&second, 5);
	pthread_join(thread, NULL);
	assert(first.balance == 10);
	return 0;
}
