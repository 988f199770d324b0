/* race_on_a_member.c - a race is told with the name of the variable, both lines, and the locks by their names.
 *
 * expect: two accesses to bank\.account\[1\]\.balance, at least|race_on_a_member\.c:18: (read|write) by thread 1, holding bank\.account\[1\]\.lock \(taken at race_on_a_member\.c:17\)
 */
#include <pthread.h>

struct account {
	int id;
	long balance;
	pthread_mutex_t lock;
};
static struct { long total; struct account account[2]; } bank;

static void *deposit(void *unused)
{
	pthread_mutex_lock(&bank.account[1].lock);
	bank.account[1].balance += 10;
	pthread_mutex_unlock(&bank.account[1].lock);
	return unused;
}

int main(void)
{
	pthread_t thread;
	for (int i = 0; i < 2; i++)
		pthread_mutex_init(&bank.account[i].lock, NULL);
	pthread_create(&thread, NULL, deposit, NULL);
	bank.account[1].balance -= 5;
	pthread_join(thread, NULL);
	return 0;
}
