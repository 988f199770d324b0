/* locked_when_destroyed: the last user locks the mutex once more, to be sure that nobody is in it, and destroys it so.
 * kind: mutex_misuse
 */
#include <pthread.h>
#include <stdlib.h>

struct account {
	pthread_mutex_t lock;
	int balance; /* under lock */
};

static void *deposit(void *data)
{
	struct account *account = data;
	pthread_mutex_lock(&account->lock);
	account->balance += 10;
	pthread_mutex_unlock(&account->lock);
	return NULL;
}

static void close_account(struct account *account)
{
#ifndef FIXED
	pthread_mutex_lock(&account->lock);
#endif
	pthread_mutex_destroy(&account->lock);
	free(account);
}

int main(void)
{
	struct account *account = malloc(sizeof *account);
	pthread_t thread[2];
	if (!account)
		return 1;
	pthread_mutex_init(&account->lock, NULL);
	account->balance = 0;
	for (int i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, deposit, account) != 0)
			return 1;
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	int balance = account->balance;
	close_account(account);
	return balance != 20;
}
