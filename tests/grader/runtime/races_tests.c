/* races_tests.c - ThreadSanitizer sees the submission's races through the kit, with the submission's frames, and no race that is none. */
#include "kit.h"

#include <pthread.h>
#include <stdlib.h>

struct guarded {
	pthread_mutex_t one, two;
	long number;
};
struct hand_over {
	pthread_mutex_t mutex;
	pthread_cond_t ready;
	int there;
	long value;
};
struct attempt {
	_Atomic long value;
	long expected;
};

void add_twice(long *number);
void add_under_different_locks(struct guarded *guarded);
void add_under_one_lock(struct guarded *guarded);
void lock_in_opposite_orders(struct guarded *guarded);
void *release(void *memory);
int use(const int *memory);
void hand_over(struct hand_over *hand_over);
void attempt_twice(struct attempt *attempt);

/* => pass
 * tsan data_race
 *   at races.c:{add} add
 *   at races.c:{call add} add_once
 */
KIT_TEST(races, a_race_is_seen)
{
	long number = 0;
	add_twice(&number);
}

/* => pass
 * tsan data_race
 *   at races.c:{under one} add_under_one
 *   at races.c:{under two} add_under_two
 *   holding 1 mutex
 */
KIT_TEST(races, a_lock_each_is_no_lock)
{
	static struct guarded guarded = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, 0};
	add_under_different_locks(&guarded);
}

KIT_TEST(races, one_lock_for_both_is_clean)
{
	static struct guarded guarded = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, 0};
	add_under_one_lock(&guarded);
	cr_expect(eq(long, guarded.number, 2l));
}

/* => pass
 * tsan lock_order_inversion
 *   at races.c:{inner lock} lock_both
 *   at races.c:{one then two} one_then_two
 *   at races.c:{two then one} two_then_one
 */
KIT_TEST(races, opposite_lock_orders_are_seen_without_a_hang)
{
	static struct guarded guarded = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, 0};
	lock_in_opposite_orders(&guarded);
}

/* => pass
 * tsan use_after_free
 *   at races.c:{use} use
 *   at races.c:{free} release
 */
KIT_TEST(races, a_use_after_another_thread_s_free_is_seen)
{
	int *memory = calloc(1, sizeof *memory);
	struct kit_gate *gate = gate_after(KIT_FREE, 1);
	pthread_t thread;
	pthread_create(&thread, NULL, release, memory);
	gate_wait(gate); /* this gives no order that ThreadSanitizer would take for one of the submission's */
	use(memory);
	gate_open(gate);
	pthread_join(thread, NULL);
}

KIT_TEST(races, a_hand_over_is_clean)
{
	static struct hand_over box = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
	hand_over(&box);
	cr_expect(eq(long, box.value, 8l));
}

KIT_TEST(races, under_spurious_wakeups_too)
{
	static struct hand_over box = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
	fi_spurious(2);
	hand_over(&box);
	cr_expect(eq(long, box.value, 8l));
}

/* => pass
 * tsan data_race
 *   at races.c:{attempt} attempt_in_vain
 */
KIT_TEST(races, the_expected_value_of_an_exchange_is_written)
{
	static struct attempt attempt = {1, 0};
	attempt_twice(&attempt);
}
