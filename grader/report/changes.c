/* changes.c - two grades of one assignment: where points came back, and where they went. Score and lost points together
 * are the maximum, so the differences of what was lost are the difference of the score, to the point. */
#include "../finding/kind.h"
#include "../memory.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

enum { BAR = 30, SHOWN = 6 };

struct change {
	const char *test; /* or NULL: of no test */
	const char *kind; /* of the first finding of it */
	int points;       /* given back, or lost when below 0 */
};

struct changes {
	struct change *item;
	size_t count;
};

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Findings belong together by their test; those of no test by their kind. */
static struct change *change_of(struct changes *changes, const struct finding *finding)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct change *change = &changes->item[i];
		if (same_text(change->test, finding->test) && (finding->test || same_text(change->kind, finding->kind)))
			return change;
	}
	changes->item = must(realloc(changes->item, (changes->count + 1) * sizeof *changes->item));
	struct change *change = &changes->item[changes->count++];
	*change = (struct change){finding->test, finding->kind, 0};
	return change;
}

static void add(struct changes *changes, const struct grade *grade, int sign)
{
	for (size_t i = 0; i < grade->findings.count; i++)
		if (grade->findings.item[i].points_lost)
			change_of(changes, &grade->findings.item[i])->points += sign * grade->findings.item[i].points_lost;
}

/* The largest first; of equals in the order of the findings. */
static void sort(struct changes *changes)
{
	for (size_t i = 1; i < changes->count; i++)
		for (size_t j = i; j && abs(changes->item[j].points) > abs(changes->item[j - 1].points); j--) {
			struct change kept = changes->item[j];
			changes->item[j] = changes->item[j - 1];
			changes->item[j - 1] = kept;
		}
}

static const struct test_result *test_of(const struct grade *grade, const char *name)
{
	for (size_t i = 0; name && i < grade->test_count; i++)
		if (strcmp(grade->test[i].name, name) == 0)
			return &grade->test[i];
	return NULL;
}

static bool passes(const struct grade *grade, const char *name)
{
	const struct test_result *test = test_of(grade, name);
	return test && test->status == TEST_PASS;
}

static const char *words_of(const struct change *change, bool passed, bool passes_now)
{
	if (change->points > 0)
		return !passed && passes_now ? "passes now" : passes_now ? "has a finding less" : "loses less";
	return passed && !passes_now ? "does not pass any more" : passes_now ? "has a finding more" : "loses more";
}

static void show_change(FILE *out, const struct change *change, const struct grade *before, const struct grade *grade)
{
	const struct finding_kind *kind = kind_find(change->kind);
	fprintf(out, "  %+4d  ", change->points);
	if (change->test) {
		escape_plain(out, change->test, false);
		fprintf(out, " %s\n", words_of(change, passes(before, change->test), passes(grade, change->test)));
	} else {
		fprintf(out, "%s: %s\n", kind ? kind->title : change->kind, change->points > 0 ? "no longer there" : "new");
	}
}

/* Does a test get further than before? */
static bool gets_further(const struct grade *before, const struct grade *grade)
{
	for (size_t i = 0; i < grade->test_count; i++) {
		const struct test_result *old = test_of(before, grade->test[i].name);
		enum test_status now = grade->test[i].status;
		if (old && old->status != TEST_PASS && (now == TEST_PASS || (now == TEST_FAIL && old->status != TEST_FAIL)))
			return true;
	}
	return false;
}

static void show_bar(FILE *out, const struct grade *before, const struct grade *grade)
{
	int filled = grade->max_score > 0 ? grade->score * BAR / grade->max_score : BAR;
	fputs("  [", out);
	for (int i = 0; i < BAR; i++)
		fputc(i < filled ? '#' : '-', out);
	fprintf(out, "] %d of %d points", grade->score, grade->max_score);
	if (before && before->score != grade->score)
		fprintf(out, ", %+d", grade->score - before->score);
	fputc('\n', out);
}

int report_changes(FILE *out, const struct grade *before, const struct grade *grade)
{
	struct changes changes = {0};
	size_t shown = 0;
	if (!grade->judged)
		return 0;
	if (before && !before->judged)
		before = NULL;
	show_bar(out, before, grade);
	if (!before)
		return ferror(out) ? -1 : 0;
	add(&changes, before, 1);
	add(&changes, grade, -1);
	sort(&changes);
	for (; shown < changes.count && changes.item[shown].points && shown < SHOWN; shown++)
		show_change(out, &changes.item[shown], before, grade);
	if (shown < changes.count && changes.item[shown].points)
		fputs("        and more\n", out);
	if (grade->score < before->score && gets_further(before, grade))
		fputs("  Some tests get further than before and meet what was behind; the score may fall on the way.\n", out);
	free(changes.item);
	return ferror(out) ? -1 : 0;
}
