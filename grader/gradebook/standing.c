/* standing.c - what counts: the score, less what being late costs, as the instructor has adjusted it. */
#include "../memory.h"
#include "gradebook.h"

#include <stdlib.h>

struct terms terms_of(const struct said *said, size_t person, const struct assignment *assignment)
{
	struct terms terms = {.late = assignment->late,
	                      .extension = extension_of(&said->extensions, person, assignment),
	                      .adjustments = adjustments_of(&said->adjustments, person, assignment),
	                      .appeals = appeals_of(&said->appeals, person, assignment),
	                      .marks = marks_of(&said->marks, person, assignment),
	                      .assignment = assignment};
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
	for (size_t i = 0; i < terms->marks.count; i++)
		if (!terms->marks.item[i].open)
			put(out, mark_says(&terms->marks.item[i]));
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

static void read_lines(struct standing *standing, const struct terms *terms)
{
	for (size_t i = 0; i < terms->assignment->read_count; i++)
		standing->to_read += terms->assignment->read[i].points;
	for (size_t i = 0; i < terms->marks.count; i++)
		if (!terms->marks.item[i].open) {
			standing->read += terms->marks.item[i].points;
			standing->to_read -= terms->marks.item[i].read->points;
		}
}

struct standing standing_of(const struct terms *terms, int64_t handed_in, bool judged, int score)
{
	const struct adjustments *adjustments = &terms->adjustments;
	bool set = adjustments->count && adjustments->item[0].set, refused = terms->decision && terms->decision->refused;
	struct standing standing = {.late = lateness_of(&terms->late, terms->free_days, handed_in, judged ? score : 0),
	                            .counts = judged || set || refused};
	if (terms->assignment && judged && !set && !standing.late.too_late)
		read_lines(&standing, terms);
	int points = standing.late.final + standing.read;
	if (set)
		standing.final = adjustments->item[0].points;
	else if (judged)
		standing.final = added(adjustments, points - (terms->decision ? terms->decision->deduct : 0));
	else if (refused)
		standing.final = added(adjustments, 0);
	standing.adjustment = standing.counts ? standing.final - points : 0;
	return standing;
}
