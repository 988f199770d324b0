/* lateness.c - what being late costs, and which of the days are free. */
#include "../memory.h"
#include "gradebook.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_S = 24 * 60 * 60 };

static int days_late(const struct late_policy *policy, int64_t handed_in)
{
	int64_t over = handed_in - policy->due - (int64_t)policy->grace_min * 60;
	if (!policy->due || over <= 0) /* a time that is not known is before all others */
		return 0;
	int64_t days = over / DAY_S + (over % DAY_S != 0);
	return days > INT_MAX ? INT_MAX : (int)days; /* a commit can claim any time */
}

static bool is_too_late(const struct late_policy *policy, int days)
{
	return policy->ends && days > policy->nothing_after;
}

struct lateness lateness_of(const struct late_policy *policy, int free_days, int64_t handed_in, int score)
{
	struct lateness late = {.days = days_late(policy, handed_in)};
	late.too_late = is_too_late(policy, late.days);
	late.free = late.too_late ? 0 : free_days < late.days ? free_days : late.days;
	int64_t deduction = (int64_t)(late.days - late.free) * policy->per_day;
	if (deduction > policy->cap)
		deduction = policy->cap;
	late.deduction = late.too_late || deduction > score ? score : (int)deduction;
	late.final = score - late.deduction;
	return late;
}

/* ---- free days ------------------------------------------------------------------------------ */

/* What was handed in by one, or by a group: so many uses, side by side. */
struct handed {
	struct late_use **use;
	size_t count;
};

static bool are_together(const struct late_use *a, const struct late_use *b)
{
	return a->together && b->together && a->assignment == b->assignment && strcmp(a->together, b->together) == 0;
}

/* Those of a group side by side; else as in the array. */
static int by_group(const void *a, const void *b)
{
	const struct late_use *x = *(struct late_use *const *)a, *y = *(struct late_use *const *)b;
	int order = (x->together == NULL) - (y->together == NULL);
	if (!order && x->together)
		order = x->assignment != y->assignment ? (x->assignment < y->assignment ? -1 : 1)
		                                       : strcmp(x->together, y->together);
	return order ? order : x < y ? -1 : x > y;
}

static int64_t due_of(const struct handed *unit)
{
	int64_t due = unit->use[0]->policy->due;
	for (size_t i = 1; i < unit->count; i++)
		due = unit->use[i]->policy->due > due ? unit->use[i]->policy->due : due;
	return due;
}

static int by_due_date(const void *a, const void *b)
{
	const struct handed *x = a, *y = b;
	int64_t first = due_of(x), second = due_of(y);
	if (first != second)
		return first < second ? -1 : 1;
	return x->use[0] < y->use[0] ? -1 : x->use[0] > y->use[0];
}

/* So many days would be free if `most` were. */
static int free_of(const struct late_use *use, int most)
{
	return lateness_of(use->policy, most, use->handed_in, 0).free;
}

static void spend(const struct handed *unit, int most, int left[])
{
	for (size_t i = 0; i < unit->count; i++) {
		int own = left[unit->use[i]->student];
		if (own < most && free_of(unit->use[i], INT_MAX))
			most = own;
	}
	for (size_t i = 0; i < unit->count; i++) {
		unit->use[i]->free_days = free_of(unit->use[i], most);
		left[unit->use[i]->student] -= unit->use[i]->free_days;
	}
}

/* The units of the uses, which are in order. Returns how many. */
static size_t make_units(struct late_use **order, size_t count, struct handed units[])
{
	size_t made = 0;
	for (size_t from = 0, to; from < count; from = to) {
		for (to = from + 1; to < count && are_together(order[from], order[to]);)
			to++;
		units[made++] = (struct handed){order + from, to - from};
	}
	return made;
}

void late_budget_spend(const struct late_budget *budget, struct late_use use[], size_t count, size_t students)
{
	struct late_use **order = zeroed(count + 1, sizeof *order);
	struct handed *unit = zeroed(count + 1, sizeof *unit);
	int *left = zeroed(students + 1, sizeof *left);
	for (size_t i = 0; i < students; i++)
		left[i] = budget->days;
	for (size_t i = 0; i < count; i++)
		order[i] = &use[i];
	qsort(order, count, sizeof *order, by_group);
	size_t units = make_units(order, count, unit);
	qsort(unit, units, sizeof *unit, by_due_date);
	for (size_t i = 0; i < units; i++)
		spend(&unit[i], budget->per_assignment, left);
	free(left);
	free(unit);
	free(order);
}
