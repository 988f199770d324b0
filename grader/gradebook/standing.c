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

/* Takes the text, which may be NULL. */
static void put_text(FILE *out, char *text, bool *any)
{
	if (text)
		fprintf(out, "%s%s", *any ? "; " : "", text);
	*any |= text != NULL;
	free(text);
}

char *terms_say(const struct terms *terms)
{
	const struct adjustments *adjustments = &terms->adjustments;
	char *text = NULL;
	size_t size;
	bool any = false;
	if (!terms->extension && !terms->decision && !adjustments->count)
		return NULL;
	FILE *out = memory_open(&text, &size);
	put_text(out, terms->extension ? extension_says(terms->extension) : NULL, &any);
	put_text(out, terms->decision ? decision_says(terms->decision) : NULL, &any);
	for (size_t i = 0; i < adjustments->count; i++)
		put_text(out, adjustment_says(&adjustments->item[i]), &any);
	fclose(out);
	return text;
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
