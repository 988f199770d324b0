/* standing.c - what counts: the score, less what being late costs, as the instructor has adjusted it. */
#include "../memory.h"
#include "gradebook.h"

#include <stdlib.h>

struct terms terms_of(const struct extensions *extensions, const struct adjustments *adjustments, size_t person,
                      const struct assignment *assignment)
{
	struct terms terms = {.late = assignment->late,
	                      .extension = extension_of(extensions, person, assignment),
	                      .adjustments = adjustments_of(adjustments, person, assignment)};
	if (terms.extension)
		terms.late.due = terms.extension->due;
	return terms;
}

char *extension_says(const struct extension *extension)
{
	return format("due %s by extension%s%s", extension->written, *extension->comment ? ": " : "", extension->comment);
}

/* Takes the text: one more, "; " before all but the first. */
static void put(FILE *out, char *text)
{
	fprintf(out, "%s%s", ftello(out) ? "; " : "", text);
	free(text);
}

char *terms_say(const struct terms *terms)
{
	char *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);
	if (terms->extension)
		put(out, extension_says(terms->extension));
	if (terms->decision)
		put(out, decision_says(terms->decision));
	for (size_t i = 0; i < terms->adjustments.count; i++)
		put(out, adjustment_says(&terms->adjustments.item[i]));
	for (size_t i = 0; i < terms->appeals.count; i++)
		if (terms->appeals.item[i].decision != DECISION_OPEN)
			put(out, appeal_says(&terms->appeals.item[i]));
	fclose(out);
	if (size)
		return text;
	free(text);
	return NULL;
}

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
	bool set = adjustments->count && adjustments->item[0].set, refused = terms->decision && terms->decision->refused;
	struct standing standing = {.late = lateness_of(&terms->late, terms->free_days, handed_in, judged ? score : 0),
	                            .counts = judged || set || refused};
	if (set)
		standing.final = adjustments->item[0].points;
	else if (judged)
		standing.final = added(adjustments, standing.late.final - (terms->decision ? terms->decision->deduct : 0));
	else if (refused)
		standing.final = added(adjustments, 0);
	standing.adjustment = standing.counts ? standing.final - standing.late.final : 0;
	return standing;
}
