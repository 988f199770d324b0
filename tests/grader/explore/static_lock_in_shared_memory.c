/* static_lock_in_shared_memory: parent and child count under a read-write lock that lies in shared memory.
 * Nobody has initialised it. Zeroes are what PTHREAD_RWLOCK_INITIALIZER is: a lock for the threads of one process.
 * kind: not_process_shared
 */
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct tally {
	pthread_rwlock_t lock;
	int count; /* under lock */
};

static void count(struct tally *tally)
{
	pthread_rwlock_wrlock(&tally->lock);
	tally->count++;
	pthread_rwlock_unlock(&tally->lock);
}

int main(void)
{
	struct tally *tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		return 1;
#ifdef FIXED
	pthread_rwlockattr_t attributes;
	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_rwlock_init(&tally->lock, &attributes);
#endif
	if (fork() == 0) {
		count(tally);
		_exit(0);
	}
	count(tally);
	wait(NULL);
	return tally->count != 2;
}
