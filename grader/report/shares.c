/* shares.c - the points of a grade as rows that sum up to it. */
#include "../memory.h"
#include "columns.h"
#include "platform.h"

#include <stdlib.h>
#include <string.h>

enum { REASONS_LIMIT = 32 * 1024 };

static bool same(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static void add(struct share *share, size_t *count, struct share made)
{
	if (made.max_score > 0)
		share[(*count)++] = made;
}

static bool only_test_is_hidden(const struct grade *grade)
{
	for (size_t i = 0; i < grade->test_count; i++)
		if (same(grade->test[i].name, grade->only_test))
			return grade->test[i].hidden;
	return false;
}

/* With only_test the public part of a line is still that of the whole assignment, and says nothing. */
struct share *shares_make(const struct grade *grade, size_t *count)
{
	struct share *share = zeroed(2 * grade->rubric_count + 1, sizeof *share);

	*count = 0;
	for (size_t i = 0; grade->judged && i < grade->rubric_count; i++) {
		const struct rubric_score *line = &grade->rubric[i];
		struct share public = {.line = i, .score = line->public_score, .max_score = line->public_max};
		struct share rest = {.line = i, .hidden = true};

		if (grade->only_test) {
			public = (struct share){.line = i, .score = line->score, .max_score = line->max_score};
			public.hidden = only_test_is_hidden(grade);
			add(share, count, public);
			continue;
		}
		rest.score = line->score - public.score;
		rest.max_score = line->max_score - public.max_score;
		public.split = rest.split = public.max_score > 0 && rest.max_score > 0;
		add(share, count, public);
		add(share, count, rest);
	}
	return share;
}

bool share_is_full(const struct share *share)
{
	return share->score == share->max_score;
}

const char *line_name(const struct grade *grade, size_t line)
{
	const char *title = grade->rubric[line].title;
	bool usable = title && *title;

	for (size_t i = 0; i < grade->rubric_count; i++)
		usable &= i == line || (!same(grade->rubric[i].title, title) && !same(grade->rubric[i].id, title));
	return usable ? title : grade->rubric[line].id;
}

char *share_name(const struct grade *grade, const struct share *share)
{
	char *name = NULL, *result;

	finding_set(&name, "%s%s", line_name(grade, share->line),
	            !share->split   ? ""
	            : share->hidden ? " (hidden tests)"
	                            : " (public tests)");
	result = plain(name, false);
	free(name);
	return result;
}

int group_cost(const struct view *view, const struct view_group *group, size_t line)
{
	const struct rubric_score *score = &view->grade->rubric[line];
	const struct finding *member = &view->grade->findings.item[group->first];
	int points = 0;

	if (group->section == VIEW_BUILD)
		return score->max_score - score->score;
	for (size_t i = 0; i < group->count; i++)
		points += same(member[i].rubric, score->id) ? member[i].points_lost : 0;
	return points;
}

static bool has_hidden_tests(const struct grade *grade)
{
	for (size_t i = 0; i < grade->test_count; i++)
		if (grade->test[i].hidden && test_is_case(grade, &grade->test[i]))
			return true;
	return false;
}

/* The gate tells the points of the whole line of correctness, the essence may name hidden tests: they belong to what
 * hidden tests decide. */
static bool is_private(const struct view *view, const struct view_group *group)
{
	return group->hidden || (view_cuts_lines(group) && has_hidden_tests(view->grade));
}

/* A row for all may be short of points that hidden tests decided: a guard or the gate can take more than those of the
 * hidden part. It says so, and the row of the hidden part says why. */
static void explain_share(FILE *out, const struct view *view, const struct share *share, bool open)
{
	int untold = share->max_score - share->score;

	for (size_t i = 0; i < view->group_count; i++) {
		const struct view_group *group = &view->group[i];
		int cost = group_cost(view, group, share->line);

		if (cost <= 0 || (is_private(view, group) && !share->hidden && (share->split || !open)))
			continue;
		explain_group(out, view, group, open || share->hidden);
		untold -= cost;
	}
	if (untold > 0)
		fprintf(out, "%d point%s lost as a consequence of findings not shown here\n", untold, untold == 1 ? "" : "s");
}

char *share_reasons(const struct view *view, const struct share *share, bool open)
{
	char *text = NULL, *capped = NULL;
	size_t size;

	if (share_is_full(share))
		return NULL;
	FILE *out = memory_open(&text, &size);
	explain_share(out, view, share, open);
	fclose(out);
	out = memory_open(&capped, &size);
	put_capped(out, text, REASONS_LIMIT, "(cut here: the full report has the rest)\n");
	fclose(out);
	free(text);
	return capped;
}
