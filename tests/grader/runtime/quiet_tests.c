/* quiet_tests.c - who waits, rests: kit_expect_quiet tells polling from waiting without a clock. */
#include "kit.h"

#include <pthread.h>
#include <stdatomic.h>

struct flag {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool up;
	_Atomic bool quick;
};

void raise_flag(struct flag *flag);
void *wait_well(void *flag);
void *wait_by_sleeping(void *flag);
void *wait_by_yielding(void *flag);
void *wait_by_locking(void *flag);
void *wait_by_timed_waits(void *flag);
void *wait_by_spinning(void *flag);

static struct flag flag = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false};

static void wait_in_two_threads(void *(*wait)(void *))
{
	pthread_t thread[2];
	for (int i = 0; i < 2; i++)
		cr_assert(eq(int, pthread_create(&thread[i], NULL, wait, &flag), 0));
	kit_expect_quiet();
	raise_flag(&flag);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}

KIT_TEST(quiet, waiting_for_a_signal_is_quiet)
{
	wait_in_two_threads(wait_well);
	kit_expect_quiet();
	kit_let_others_run();
}

/* => fail
 * criterion busy_wait
 *   keeps waking up while it has nothing to do
 *   at quiet.c:
 */
KIT_TEST(quiet, sleeping_in_a_loop_is_not)
{
	wait_in_two_threads(wait_by_sleeping);
}

/* => fail
 * criterion busy_wait
 *   keeps waking up while it has nothing to do
 *   at quiet.c:{yield poll} wait_by_yielding
 */
KIT_TEST(quiet, yielding_in_a_loop_is_not)
{
	wait_in_two_threads(wait_by_yielding);
}

/* => fail
 * criterion busy_wait
 *   keeps waking up while it has nothing to do
 */
KIT_TEST(quiet, locking_in_a_loop_is_not)
{
	wait_in_two_threads(wait_by_locking);
}

/* => fail
 * criterion busy_wait
 *   keeps waking up while it has nothing to do
 *   at quiet.c:{timed poll} wait_by_timed_waits
 */
KIT_TEST(quiet, timed_waits_in_a_loop_are_not)
{
	wait_in_two_threads(wait_by_timed_waits);
}

/* => fail
 * criterion busy_wait
 *   loops without making a call while all others wait for it
 *   at quiet.c:{spin poll} wait_by_spinning
 */
KIT_TEST(quiet, spinning_without_a_call_is_not)
{
	wait_in_two_threads(wait_by_spinning);
}

/* => fail
 * criterion busy_wait
 *   keeps waking up while it has nothing to do
 */
KIT_TEST(quiet, letting_others_run_finds_polling_too)
{
	pthread_t thread;
	pthread_create(&thread, NULL, wait_by_sleeping, &flag);
	kit_let_others_run();
}

KIT_TEST(quiet, who_spins_for_a_while_only_gets_through)
{
	pthread_t thread;
	pthread_create(&thread, NULL, wait_by_spinning, &flag);
	raise_flag(&flag);
	pthread_join(thread, NULL);
}
