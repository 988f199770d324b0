/* lock_order_across_functions: a sale holds the stock and writes to the journal; a report holds the journal and
 * counts the stock. Each function looks right by itself, but together they take the two locks in opposite orders.
 * kind: deadlock
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t stock_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal_lock = PTHREAD_MUTEX_INITIALIZER;
static int stock = 5;       /* protected by stock_lock */
static int journal_entries; /* protected by journal_lock */
static int reported;        /* protected by journal_lock */

static void write_entry(void)
{
	pthread_mutex_lock(&journal_lock);
	journal_entries++;
	pthread_mutex_unlock(&journal_lock);
}

static int count_stock(void)
{
	pthread_mutex_lock(&stock_lock);
	int count = stock;
	pthread_mutex_unlock(&stock_lock);
	return count;
}

static void *sell(void *arg)
{
	(void)arg;
	pthread_mutex_lock(&stock_lock);
	stock--;
	write_entry();
	pthread_mutex_unlock(&stock_lock);
	return NULL;
}

static void *report(void *arg)
{
	(void)arg;
#ifdef FIXED
	int count = count_stock();
	pthread_mutex_lock(&journal_lock);
#else
	pthread_mutex_lock(&journal_lock);
	int count = count_stock();
#endif
	reported = count;
	journal_entries++;
	pthread_mutex_unlock(&journal_lock);
	return NULL;
}

int main(void)
{
	pthread_t seller, reporter;

	pthread_create(&seller, NULL, sell, NULL);
	pthread_create(&reporter, NULL, report, NULL);
	pthread_join(seller, NULL);
	pthread_join(reporter, NULL);
	assert(journal_entries == 2);
	assert(reported == 4 || reported == 5);
	return 0;
}
