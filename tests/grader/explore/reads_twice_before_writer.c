/* reads_twice_before_writer: a read-write lock that prefers writers lets no reader pass one that waits. A thread that
 * reads takes the lock a second time, in a function it calls, and a writer has come in between: both wait for ever.
 * kind: deadlock hang
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>

static pthread_rwlock_t lock = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static int entries[2] = {1, 1}; /* protected by lock */

static int entry(int i)
{
	pthread_rwlock_rdlock(&lock);
	int value = entries[i];
	pthread_rwlock_unlock(&lock);
	return value;
}

static int sum(void)
{
#ifdef FIXED
	return entry(0) + entry(1);
#else
	pthread_rwlock_rdlock(&lock);
	int value = entries[0] + entry(1);
	pthread_rwlock_unlock(&lock);
	return value;
#endif
}

static void *writer(void *arg)
{
	pthread_rwlock_wrlock(&lock);
	entries[1]++;
	pthread_rwlock_unlock(&lock);
	return arg;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, writer, NULL);
	int total = sum();
	assert(total == 2 || total == 3);
	pthread_join(thread, NULL);
	return 0;
}
