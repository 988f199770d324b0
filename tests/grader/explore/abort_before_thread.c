/* abort_before_thread: a child that gives up aborts itself while its thread may be in the middle of a transfer between
 * two numbers that the parent adds up afterwards.
 * kind: assertion
 * switches: 1
 * options: --expect-death=ABRT
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int *account;

static void *transfer(void *unused)
{
	atomic_fetch_sub(&account[0], 5);
	atomic_fetch_add(&account[1], 5);
	return unused;
}

int main(void)
{
	account = mmap(NULL, 2 * sizeof *account, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (account == MAP_FAILED)
		return 1;
	if (fork() == 0) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, transfer, NULL) != 0)
			_exit(1);
#ifdef FIXED
		pthread_join(thread, NULL);
#endif
		abort();
	}
	wait(NULL);
	assert(atomic_load(&account[0]) + atomic_load(&account[1]) == 0);
	return 0;
}
