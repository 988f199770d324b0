/* ticket_lock_skips_waiter: a ticket lock whose unlock calls the next ticket that will be drawn.
 * That is the right one only while nobody waits: a thread that drew a ticket meanwhile is never called.
 * kind: livelock hang
 * switches: 1
 */
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_uint next_ticket;
static atomic_uint now_serving;
static int served; /* only the holder of the lock touches it */

static void lock(void)
{
	unsigned mine = atomic_fetch_add(&next_ticket, 1);
	while (atomic_load(&now_serving) != mine)
		sched_yield();
}

static void unlock(void)
{
#ifdef FIXED
	atomic_fetch_add(&now_serving, 1);
#else
	atomic_store(&now_serving, atomic_load(&next_ticket));
#endif
}

static void *customer(void *unused)
{
	(void)unused;
	lock();
	served++;
	unlock();
	return NULL;
}

int main(void)
{
	pthread_t customers[3];
	for (int i = 0; i < 3; i++)
		pthread_create(&customers[i], NULL, customer, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(customers[i], NULL);
	assert(served == 3);
	return 0;
}
