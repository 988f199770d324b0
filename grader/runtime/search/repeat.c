/* repeat.c - does the program do the same in the same schedule? One that decides by something else (time, addresses,
 * random numbers, input, process ids) cannot be explored: no schedule stands for all its runs. */
#include "campaign_private.h"

enum { COMPARISONS = 3, LONG_RUN = 20000, TRIES = 3, CONFIRMATIONS = 6 };

static void tell(struct state *state, const char *how)
{
	snprintf(state->unsteady, sizeof state->unsteady,
	         "it does not behave the same in the same schedule (%s): it depends on something else, such as real time, "
	         "addresses, random numbers, input or process ids",
	         how);
}

static void tell_difference(struct state *state)
{
	const struct search *search = SEARCH;
	char how[SENTENCE / 2];
	if (search->differs > search->trace_length)
		snprintf(how, sizeof how, "after %u steps it ended, another time it continued at {pc:%lx}",
		         search->trace_length, (unsigned long)search->differs_is);
	else if (search->differs && search->differs_was && search->differs_is)
		snprintf(how, sizeof how, "step %u was at {pc:%lx}, another time at {pc:%lx}", search->differs,
		         (unsigned long)search->differs_was, (unsigned long)search->differs_is);
	else if (search->differs)
		snprintf(how, sizeof how, "step %u was a different one", search->differs);
	else
		snprintf(how, sizeof how, "it ended after %u steps, another time after %u", search->traced,
		         search->trace_length);
	tell(state, how);
}

static void run_traced(struct state *state, enum tracing tracing)
{
	campaign_replay_traced(state, NULL, 0, tracing);
	if (tracing == TRACE_KEEP)
		SEARCH->trace_length = SEARCH->traced < SEARCH_TRACE ? SEARCH->traced : SEARCH_TRACE;
}

/* Places of races become scheduling points when the race was seen: then the comparison begins anew. */
void campaign_check_steadiness(struct state *state)
{
	struct search *search = SEARCH;
	unsigned comparisons = search->steps > LONG_RUN ? 1 : COMPARISONS, racy;
	for (unsigned attempt = 0; attempt < TRIES; attempt++) {
		run_traced(state, TRACE_KEEP);
		racy = search->racy_count;
		search->differs = 0;
		for (unsigned i = 0; i < comparisons && !search->differs && racy == search->racy_count; i++) {
			run_traced(state, TRACE_COMPARE);
			if (racy == search->racy_count && (search->differs || search->traced < search->trace_length)) {
				tell_difference(state);
				return;
			}
		}
		if (racy == search->racy_count)
			return;
	}
}

static bool shows_again(struct state *state, const struct found *found)
{
	campaign_replay(state, found->deviation, found->deviations);
	return campaign_evidence_with(found->key) != NULL;
}

/* The first runs may have made scheduling points of the places of a race. From then on it has to show each time: what
 * shows by chance shows once. */
void campaign_confirm(struct state *state, struct found *found)
{
	for (unsigned i = 0; i < TRIES && !found->again; i++)
		found->again = shows_again(state, found);
	bool kept = !(SEARCH->limits & OVER_DECISIONS); /* else that is why: campaign_put_found */
	bool steady = found->again;
	for (unsigned i = 0; i < CONFIRMATIONS && steady && !state->unsteady[0]; i++)
		steady = shows_again(state, found);
	if (!steady && kept && !state->unsteady[0])
		tell(state, "a failure was seen, but not each time that its schedule was run again");
}
