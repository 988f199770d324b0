/* unhooked_tests.c - what the kit's assembler puts in is seen by ThreadSanitizer, with the submission's frames. */
#include "kit.h"

#include <pthread.h>

struct wide {
	long part[5];
};
struct guarded {
	pthread_mutex_t lock;
	struct wide wide;
};

void pass_and_set(struct wide *wide);
void return_and_set(struct wide *wide);
void both_under_a_lock(struct guarded *guarded);

/* => pass
 * tsan data_race
 *   at unhooked.c:{pass} pass_by_value
 *   at unhooked.c:{set} set_last
 */
KIT_TEST(unhooked, a_struct_that_is_passed_is_read)
{
	static struct wide wide;
	pass_and_set(&wide);
}

/* => pass
 * tsan data_race
 *   at unhooked.c:{return} return_by_value
 *   at unhooked.c:{set} set_last
 */
KIT_TEST(unhooked, a_struct_that_is_returned_is_written)
{
	static struct wide wide;
	return_and_set(&wide);
}

KIT_TEST(unhooked, under_a_lock_both_are_clean)
{
	static struct guarded guarded = {PTHREAD_MUTEX_INITIALIZER, {{0}}};
	both_under_a_lock(&guarded);
	cr_expect(eq(long, guarded.wide.part[4], 5l));
}
