/* causes.c - what a run shows: what is one root cause with what, and which are told first. */
#include "../../finding/kinds.h"
#include "campaign_private.h"

#include <stdlib.h>
#include <string.h>

/* Rows of the wait table are not causes; a cause stands beside them. Nor is what a program leaves at its end. */
bool campaign_is_cause(const struct rt_evidence *evidence)
{
	return !is(evidence->kind, "hang") && !evidence->left;
}

uint64_t campaign_key(const struct rt_evidence *evidence)
{
	uint64_t key = 17, places = 0;
	for (const char *c = evidence->kind; *c; c++)
		key = campaign_mix(key, (unsigned char)*c);
	if (is(evidence->kind, "livelock"))
		return key;
	if (evidence->line) /* an assertion */
		return campaign_mix(key, evidence->line);
	if (evidence->other[0])
		return campaign_mix(key, campaign_mix(1, evidence->frame[0]) + campaign_mix(1, evidence->other[0]));
	/* A cycle of waits has no first one; of the others the innermost place counts. */
	if (!is(evidence->kind, "deadlock"))
		return campaign_mix(key, evidence->frame[0]);
	for (int i = 0; i < RT_FRAMES && evidence->frame[i]; i++)
		places += campaign_mix(1, evidence->frame[i]);
	return campaign_mix(key, places);
}

const struct rt_evidence *campaign_evidence_with(uint64_t key)
{
	for (size_t i = 0; i < rt_evidence_count(); i++)
		if (campaign_is_cause(rt_evidence_at(i)) && campaign_key(rt_evidence_at(i)) == key)
			return rt_evidence_at(i);
	return NULL;
}

/* ---- which are kept ------------------------------------------------------------------------- */

static enum rank rank_of(const struct rt_evidence *evidence)
{
#define ENTRY(name, seen, asked, effect, ...) {#name, effect},
	static const struct {
		const char *name;
		enum kind_effect effect;
	} kinds[] = {FINDING_KINDS(ENTRY){"unlock_not_owner", KIND_MISUSE}};
#undef ENTRY
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (is(evidence->kind, kinds[i].name))
			return kinds[i].effect == KIND_RACE     ? RANK_RACE
			       : kinds[i].effect == KIND_MISUSE ? RANK_MISUSE
			                                        : RANK_FAILURE;
	return RANK_FAILURE;
}

static bool known(const struct state *state, uint64_t key)
{
	for (size_t i = 0; i < state->found_count; i++)
		if (state->found[i].key == key)
			return true;
	return false;
}

void campaign_keep(struct state *state, const struct rt_evidence *evidence, const char *status, uint64_t number)
{
	uint64_t key = campaign_key(evidence);
	enum rank rank = rank_of(evidence);
	if (known(state, key) || state->kept[rank] == KEPT)
		return;
	state->kept[rank]++;
	state->news = state->schedules;
	struct found *found = &state->found[state->found_count++];
	*found = (struct found){.key = key, .rank = rank, .evidence = *evidence, .number = number};
	snprintf(found->status, sizeof found->status, "%s", status);
	found->deviation = campaign_deviations_new();
	found->switches = campaign_deviations(found->deviation, &found->deviations);
}

/* Is `x` told before `y`? Less than 0: it is. */
static int compare(const struct found *x, const struct found *y)
{
	if (x->rank != y->rank)
		return (int)x->rank - (int)y->rank;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Causes of one run stay as they were seen. */
void campaign_sort(struct state *state)
{
	for (size_t i = 1; i < state->found_count; i++)
		for (size_t at = i; at > 0 && compare(&state->found[at - 1], &state->found[at]) > 0; at--) {
			struct found swapped = state->found[at];
			state->found[at] = state->found[at - 1];
			state->found[at - 1] = swapped;
		}
}
