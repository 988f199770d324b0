/* work_without_calls: threads that compute for long, with variables of their own and with memory, do not loop for ever;
 * nor is a timed wait of another one over sooner than the order of the program lets it be.
 * expect: none fails
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long found, cells[1000];

static void *count_primes(void *unused)
{
	unsigned long count = 0;
	for (unsigned long n = 2; n < 4000; n++) {
		unsigned long divisor = 2;
		while (divisor * divisor <= n && n % divisor)
			divisor++;
		count += divisor * divisor > n;
	}
	pthread_mutex_lock(&lock);
	found += count;
	pthread_mutex_unlock(&lock);
	return unused;
}

static void *fill_cells(void *unused)
{
	for (int round = 0; round < 60; round++)
		for (size_t i = 1; i < sizeof cells / sizeof *cells; i++)
			cells[i] = cells[i - 1] + i;
	return unused;
}

int main(void)
{
	pthread_t first, second;
	pthread_create(&first, NULL, count_primes, NULL);
	pthread_create(&second, NULL, fill_cells, NULL);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	assert(found == 550 && cells[999] == 999 * 1000 / 2);
	return 0;
}
