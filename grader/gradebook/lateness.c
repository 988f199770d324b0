/* lateness.c - what being late costs. */
#include "gradebook.h"

#include <limits.h>

enum { DAY_S = 24 * 60 * 60 };

struct lateness lateness_of(const struct late_policy *policy, int64_t handed_in, int score)
{
	struct lateness late = {0, 0, score};
	int64_t over = handed_in - policy->due - (int64_t)policy->grace_min * 60;
	if (!policy->due || over <= 0) /* a time that is not known is before all others */
		return late;
	int64_t days = over / DAY_S + (over % DAY_S != 0);
	late.days = days > INT_MAX ? INT_MAX : (int)days; /* a commit can claim any time */
	int64_t deduction = (int64_t)late.days * policy->per_day;
	if (deduction > policy->cap)
		deduction = policy->cap;
	late.deduction = deduction > score ? score : (int)deduction;
	late.final = score - late.deduction;
	return late;
}
