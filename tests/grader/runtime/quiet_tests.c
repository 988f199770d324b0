/* quiet_tests.c - who waits, rests: kit_expect_quiet tells polling from waiting without a clock. */
#include "kit.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

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
void *wait_by_spinning_slowly(void *flag);
bool spin_until_up(struct flag *flag);
void *wait_for_each_other(void *turn);
unsigned long work_in_variables(unsigned long rounds);
void work_in_memory(unsigned long *done, unsigned long rounds);

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
 *   loops without making a call while all others are waiting for it
 *   at quiet.c:{spin poll} wait_by_spinning
 */
KIT_TEST(quiet, spinning_without_a_call_is_not)
{
	wait_in_two_threads(wait_by_spinning);
}

KIT_TEST(quiet, letting_others_run_takes_who_polls_for_who_waits)
{
	pthread_t thread;
	pthread_create(&thread, NULL, wait_by_sleeping, &flag);
	kit_let_others_run();
	raise_flag(&flag);
	pthread_join(thread, NULL);
}

KIT_TEST(quiet, who_spins_for_a_while_only_gets_through)
{
	pthread_t thread;
	pthread_create(&thread, NULL, wait_by_spinning, &flag);
	raise_flag(&flag);
	pthread_join(thread, NULL);
}

static void *raise_it(void *unused)
{
	raise_flag(&flag);
	return unused;
}

static void *raise_it_later(void *unused)
{
	usleep(30000000);
	raise_flag(&flag);
	return unused;
}

static void spin_until_raised(void *(*raise)(void *))
{
	pthread_t thread;
	pthread_create(&thread, NULL, raise, NULL);
	cr_assert(spin_until_up(&flag));
	pthread_join(thread, NULL);
}

/* => fail
 * criterion busy_wait
 *   the main thread has waited in a loop without a call, until another one had its turn
 *   at quiet.c:{spin once} spin_until_up
 */
KIT_TEST(quiet, who_has_waited_in_a_loop_was_not_quiet)
{
	spin_until_raised(raise_it);
	kit_expect_quiet();
}

/* => fail
 * criterion busy_wait
 *   the main thread has waited in a loop without a call, until another one had its turn
 *   at quiet.c:{spin once} spin_until_up
 */
KIT_TEST(quiet, nor_is_who_waits_like_that_later)
{
	kit_expect_quiet();
	spin_until_raised(raise_it);
}

KIT_TEST(quiet, nobody_asks_whether_it_has_waited)
{
	spin_until_raised(raise_it);
	kit_let_others_run();
}

KIT_TEST(quiet, time_passes_for_who_sleeps_while_another_one_spins)
{
	spin_until_raised(raise_it_later);
}

/* => fail
 * criterion busy_wait
 *   has waited in a loop without a call, until another one had its turn
 *   at quiet.c:{slow poll} wait_by_spinning_slowly
 */
KIT_TEST(quiet, a_pause_in_the_loop_makes_it_no_better)
{
	pthread_t thread;
	pthread_create(&thread, NULL, wait_by_spinning_slowly, &flag);
	for (int i = 0; i < 200; i++)
		sched_yield(); /* so that it has its turn */
	raise_flag(&flag);
	pthread_join(thread, NULL);
	kit_expect_quiet();
}

/* => fail
 * criterion busy_wait
 *   loops without making a call while all others are waiting for it or loop, too
 *   at quiet.c:
 */
KIT_TEST(quiet, two_that_spin_for_each_other_are_found)
{
	static _Atomic int turn = 1;
	pthread_t thread[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, wait_for_each_other, &turn);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}

static void *work_long(void *unused)
{
	unsigned long done = 0;
	work_in_memory(&done, 1000000);
	return work_in_variables(1000000) ? unused : NULL;
}

KIT_TEST(quiet, long_work_without_a_call_is_no_waiting)
{
	pthread_t thread[2];
	for (int i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, work_long, NULL);
	kit_let_others_run();
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	kit_expect_quiet();
}

/* ---- calls that come back at once ----------------------------------------------------------- */

struct calls {
	int pipe[2];
	sem_t semaphore;
	pthread_mutex_t mutex;
	pid_t child;
};

void *wait_by_trying_to_lock(void *calls);
void *wait_by_trying_to_take(void *calls);
void *wait_by_polling_at_once(void *calls);
void *wait_by_reading(void *calls);
void *wait_by_looking_for_the_child(void *calls);
void *wait_by_sleeping_for_no_time(void *calls);

/* The child lives for as long as the pipe for its end is open here. */
static void wait_at_once(void *(*wait)(void *))
{
	struct calls calls = {.mutex = PTHREAD_MUTEX_INITIALIZER};
	int end[2];
	char byte;
	pthread_t thread;
	pipe(calls.pipe);
	pipe(end);
	fcntl(calls.pipe[0], F_SETFL, O_NONBLOCK);
	sem_init(&calls.semaphore, 0, 0);
	pthread_mutex_lock(&calls.mutex);
	calls.child = fork();
	if (calls.child == 0) {
		close(end[1]);
		_exit(read(end[0], &byte, 1) == 0);
	}
	pthread_create(&thread, NULL, wait, &calls);
	kit_expect_quiet();
}

/* => fail
 * criterion busy_wait
 *   keeps waking up while it has nothing to do
 *   at quiet.c:{try to lock} wait_by_trying_to_lock
 */
KIT_TEST(quiet, trying_to_lock_is_not)
{
	wait_at_once(wait_by_trying_to_lock);
}

/* => fail
 * criterion busy_wait
 *   keeps waking up while it has nothing to do
 *   at quiet.c:{try to take} wait_by_trying_to_take
 */
KIT_TEST(quiet, trying_to_take_from_a_semaphore_is_not)
{
	wait_at_once(wait_by_trying_to_take);
}

/* => fail
 * criterion busy_wait
 *   keeps waking up while it has nothing to do
 *   at quiet.c:{poll at once} wait_by_polling_at_once
 */
KIT_TEST(quiet, polling_without_a_limit_of_time_is_not)
{
	wait_at_once(wait_by_polling_at_once);
}

/* => fail
 * criterion busy_wait
 *   keeps waking up while it has nothing to do
 *   at quiet.c:{read at once} wait_by_reading
 */
KIT_TEST(quiet, reading_without_waiting_is_not)
{
	wait_at_once(wait_by_reading);
}

/* => fail
 * criterion busy_wait
 *   keeps waking up while it has nothing to do
 *   at quiet.c:{look for it} wait_by_looking_for_the_child
 */
KIT_TEST(quiet, looking_for_a_child_is_not)
{
	wait_at_once(wait_by_looking_for_the_child);
}

/* => fail
 * criterion busy_wait
 *   keeps waking up while it has nothing to do
 *   at quiet.c:{sleep for no time} wait_by_sleeping_for_no_time
 */
KIT_TEST(quiet, sleeping_for_no_time_is_not)
{
	wait_at_once(wait_by_sleeping_for_no_time);
}
