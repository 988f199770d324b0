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

/* ---- histories: calls of a variable that begins as 0 ---------------------------------------- */

struct access {
	struct kit_call when;
	bool writes;
	int value; /* written, or what was read */
};

static bool access_variable(void *model, const void *call)
{
	const struct access *access = call;
	int *variable = model;
	if (access->writes)
		*variable = access->value;
	return access->writes || access->value == *variable;
}

static bool fits(const struct access *calls, size_t count)
{
	int variable = 0;
	return kit_some_order(calls, count, sizeof *calls, &variable, sizeof variable, access_variable);
}

KIT_TEST(choices, calls_at_the_same_time_may_have_either_order)
{
	for (int seen = 0; seen < 2; seen++) {
		struct access calls[] = {{{1, 4}, true, 1}, {{2, 3}, false, seen}};
		cr_assert(fits(calls, 2), "a read during a write may see %d", seen);
	}
	struct access nonsense[] = {{{1, 4}, true, 1}, {{2, 3}, false, 2}};
	cr_assert(not(fits(nonsense, 2)), "nobody wrote 2");
}

KIT_TEST(choices, what_returned_before_comes_before)
{
	struct access late[] = {{{3, 4}, false, 0}, {{1, 2}, true, 1}};
	cr_assert(not(fits(late, 2)), "a read after a write sees it");
	late[0].value = 1;
	cr_assert(fits(late, 2));
}

KIT_TEST(choices, a_call_that_has_not_returned_may_have_had_its_effect_or_not)
{
	struct access calls[] = {{{1, 0}, true, 1}, {{2, 3}, false, 0}, {{4, 5}, false, 1}};
	cr_assert(fits(calls, 3), "the write came between the two reads");
	calls[1].value = 1;
	calls[2].value = 0;
	cr_assert(not(fits(calls, 3)), "a write is not undone");
	calls[1].value = 0;
	cr_assert(fits(calls, 3), "the write has not come yet");
}

KIT_TEST(choices, stamps_grow_and_notes_stay)
{
	unsigned *note = kit_shared(sizeof *note), first = kit_stamp();
	kit_note(note, kit_stamp());
	cr_assert(eq(uint, first, 1));
	cr_assert(eq(uint, kit_noted(note), 2));
}
