/* standing.c - what counts: the score, less what being late costs, as the instructor has adjusted it. */
#include "gradebook.h"

static int added(const struct adjustments *adjustments, int points)
{
	int64_t sum = points;
	for (size_t i = 0; i < adjustments->count; i++)
		sum += adjustments->item[i].points;
	return sum < 0 ? 0 : sum > MOST_POINTS ? MOST_POINTS : (int)sum;
}

struct standing standing_of(const struct terms *terms, int64_t handed_in, bool judged, int score)
{
	const struct adjustments *adjustments = &terms->adjustments;
	bool set = adjustments->count && adjustments->item[0].set;
	struct standing standing = {.late = lateness_of(terms->late, handed_in, judged ? score : 0),
	                            .counts = judged || set};
	if (set)
		standing.final = adjustments->item[0].points;
	else if (judged)
		standing.final = added(adjustments, standing.late.final);
	standing.adjustment = standing.counts ? standing.final - standing.late.final : 0;
	return standing;
}
