/* handler_at_exit_too_late: the words that main returns with are checked by a function registered with atexit; a thread
 * that nobody waits for changes them between the two.
 * kind: exit_status
 * switches: 1
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_int closed, entries;

static void check(void)
{
	if (atomic_load(&closed) && atomic_load(&entries) != 1)
		_exit(3);
}

static void *enter(void *unused)
{
	atomic_fetch_add(&entries, 1);
	return unused;
}

int main(void)
{
	pthread_t thread;
	if (atexit(check) != 0)
		return 1;
	atomic_store(&entries, 1);
#ifdef FIXED
	(void)thread;
	(void)enter;
#else
	if (pthread_create(&thread, NULL, enter, NULL) != 0)
		return 1;
#endif
	atomic_store(&closed, 1);
	return 0;
}
