/* hidden.c - the tests of tally that students do not have */
#include "kit.h"
#include "tally.h"

/* TODO(author): your hidden tests. */
static long power(unsigned number)
{
	return 1L << number;
}

KIT_TEST(tally, the_sum_is_of_all_calls)
{
	long sum = tally_sum(4, power);
	cr_assert(eq(long, sum, 15), "each of 4 numbers is called once");
}
