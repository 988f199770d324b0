/* waits_by_name: two transfers between accounts on the heap wait for each other; the locks are told by their names,
 * each with the number of its account. expect: thread 1 waits for mutex account\[1\]\.lock at waits_by_name\.c:20,
 * which thread 2 holds since waits_by_name\.c:19; thread 2 waits for mutex account\[0\]\.lock at
 */
#include <pthread.h>
#include <stdlib.h>

struct account {
	int balance;
	pthread_mutex_t lock;
};

static struct account *account;

static void *transfer(void *argument)
{
	struct account *from = argument;
	struct account *to = from == account ? from + 1 : account;
	pthread_mutex_lock(&from->lock);
	pthread_mutex_lock(&to->lock);
	from->balance--;
	to->balance++;
	pthread_mutex_unlock(&to->lock);
	pthread_mutex_unlock(&from->lock);
	return NULL;
}

int main(void)
{
	enum { ACCOUNTS = 2 };
	pthread_t thread[ACCOUNTS];
	account = calloc(ACCOUNTS, sizeof *account);
	if (!account)
		return 0;
	for (int i = 0; i < ACCOUNTS; i++)
		pthread_mutex_init(&account[i].lock, NULL);
	for (int i = 0; i < ACCOUNTS; i++)
		if (pthread_create(&thread[i], NULL, transfer, &account[i]) != 0)
			return 0;
	for (int i = 0; i < ACCOUNTS; i++)
		pthread_join(thread[i], NULL);
	free(account);
	return 0;
}
