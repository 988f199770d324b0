/* lateness.c - what being late costs, and which of the days are free. */
#include "../memory.h"
#include "gradebook.h"

#include <limits.h>
#include <stdlib.h>

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

static int by_due_date(const void *a, const void *b)
{
	const struct late_use *const *x = a, *const *y = b;
	if ((*x)->policy->due != (*y)->policy->due)
		return (*x)->policy->due < (*y)->policy->due ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

void late_budget_spend(const struct late_budget *budget, struct late_use use[], size_t count)
{
	struct late_use **order = zeroed(count + 1, sizeof *order);
	int left = budget->days;
	for (size_t i = 0; i < count; i++)
		order[i] = &use[i];
	qsort(order, count, sizeof *order, by_due_date);
	for (size_t i = 0; i < count; i++) {
		int most = left < budget->per_assignment ? left : budget->per_assignment;
		order[i]->free_days = lateness_of(order[i]->policy, most, order[i]->handed_in, 0).free;
		left -= order[i]->free_days;
	}
	free(order);
}
