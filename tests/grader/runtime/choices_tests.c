/* choices_tests.c - kit_choose: every value comes up, the same number gives the same choices, what was chosen is told. */
#include "kit.h"

struct counter {
	int value;
};

int add(struct counter *counter, int calls);

KIT_TEST(choices, a_choice_of_one_is_none)
{
	cr_assert(eq(int, (int)kit_choose(1), 0));
}

/* => fail
 * criterion assertion
 *   add is wrong for one of them (counter.value is 2)
 *   the test chose: 3 of 4
 */
KIT_TEST(choices, one_of_four_is_found)
{
	struct counter counter = {0};
	int calls = (int)kit_choose(4) + 1;
	add(&counter, calls);
	cr_assert(eq(int, counter.value, calls), "add is wrong for one of them");
}

/* => fail
 * criterion assertion
 *   the test chose: 3 of 3, calls: three;
 */
KIT_TEST(choices, choices_have_names)
{
	struct counter counter = {0};
	int calls = (int)KIT_CHOOSE("calls", "one", "two", "three") + 1;
	add(&counter, calls);
	kit_choose(2);
	cr_assert(eq(int, counter.value, calls), "add is wrong for one of them");
}
