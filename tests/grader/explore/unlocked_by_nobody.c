/* unlocked_by_nobody: a look-up gives a read lock back that it never took. With FIXED it takes it.
 * kind: unlock_not_owner
 * switches: 0
 * says: unlock rwlock 1
 */
#include <pthread.h>
#include <stdlib.h>

static int entry = 1; /* under the lock that look_up gets */

static void *look_up(void *lock)
{
#ifdef FIXED
	pthread_rwlock_rdlock(lock);
#endif
	int found = entry;
	pthread_rwlock_unlock(lock);
	return found ? lock : NULL;
}

int main(void)
{
	void *lock = malloc(sizeof(pthread_rwlock_t));
	pthread_t reader;
	if (!lock)
		return 1;
	pthread_rwlock_init(lock, NULL);
	pthread_create(&reader, NULL, look_up, lock);
	pthread_join(reader, NULL);
	pthread_rwlock_destroy(lock);
	free(lock);
	return 0;
}
