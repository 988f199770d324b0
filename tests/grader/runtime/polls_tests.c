/* polls_tests.c - who polls while another one is stopped within its lock is found in some schedule. */
#include "kit.h"

#include <pthread.h>

void *spin_on_a_flag(void *unused);
void *spin_on_a_ticket(void *unused);
void *compare_and_yield(void *unused);
void *exchange_and_sleep(void *unused);
void *try_and_yield(void *unused);
void *push(void *unused);
void pop_all(void);
void *take_both_this_way(void *unused);
void *take_both_that_way(void *unused);
void *look_and_sleep(void *unused);
void *work_until_stopped(void *rounds);
void stop(void);

static void run(void *(*one)(void *), void *(*other)(void *))
{
	pthread_t thread[2];
	pthread_create(&thread[0], NULL, one, NULL);
	pthread_create(&thread[1], NULL, other, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	kit_expect_quiet();
}

/* => fail
 * explore busy_wait
 *   has asked again and again, until another one had its turn
 *   at polls.c:{flag} spin_on_a_flag
 */
KIT_TEST(polls, a_flag)
{
	run(spin_on_a_flag, spin_on_a_flag);
}

/* => fail
 * explore busy_wait
 *   has asked again and again, until another one had its turn
 *   at polls.c:{ticket} spin_on_a_ticket
 */
KIT_TEST(polls, a_ticket)
{
	run(spin_on_a_ticket, spin_on_a_ticket);
}

/* => fail
 * explore busy_wait
 *   has asked again and again, until another one had its turn
 *   at polls.c:{compare} compare_and_yield
 */
KIT_TEST(polls, a_comparison_and_a_yield)
{
	run(compare_and_yield, compare_and_yield);
}

/* => fail
 * explore busy_wait
 *   has asked again and again, until another one had its turn
 *   at polls.c:{exchange} exchange_and_sleep
 */
KIT_TEST(polls, an_exchange_and_a_sleep)
{
	run(exchange_and_sleep, exchange_and_sleep);
}

/* => fail
 * explore busy_wait
 *   has asked again and again, until another one had its turn
 *   at polls.c:{try} try_and_yield
 */
KIT_TEST(polls, a_try_and_a_yield)
{
	run(try_and_yield, try_and_yield);
}

KIT_TEST(polls, trying_again_because_another_one_was_faster_is_no_waiting)
{
	run(push, push);
	pop_all();
}

KIT_TEST(polls, giving_back_and_sleeping_is_none)
{
	run(take_both_this_way, take_both_that_way);
}

KIT_TEST(polls, a_few_looks_before_the_sleep_are_none)
{
	run(look_and_sleep, look_and_sleep);
}

KIT_TEST(polls, working_until_one_is_told_to_stop_is_none)
{
	static long rounds;
	pthread_t thread;
	pthread_create(&thread, NULL, work_until_stopped, &rounds);
	stop();
	pthread_join(thread, NULL);
	kit_expect_quiet();
}
