/* shrink.c - a schedule that fails, made shorter: leave out what can be left out, then look for one that needs fewer
 * preemptions, by chance and then systematically. */
#include "campaign_private.h"

#include <stdlib.h>
#include <string.h>

enum { SHRINK_RUNS = 400, PROVE_RUNS = 300, CHANCE_RUNS = 150 };

/* Failures are made as short as it goes; for what is only wrong there is a budget, of runs as
 * long as the last one. */
static bool may_run(struct state *state, const struct found *found)
{
	if (found->rank == RANK_FAILURE)
		return true;
	if (!state->spare_runs || state->spare_steps < SEARCH->steps)
		return false;
	state->spare_runs--;
	state->spare_steps -= SEARCH->steps;
	return true;
}

/* Replays without deviations [from, from + length): does it fail the same way? If so that is the schedule from now on.
 */
static bool try_without(struct state *state, struct found *found, size_t from, size_t length)
{
	struct deviation rest[SEARCH_DEVIATIONS], taken[SEARCH_DEVIATIONS];
	size_t count = 0, taken_count;
	for (size_t i = 0; i < found->deviations; i++)
		if (i < from || i >= from + length)
			rest[count++] = found->deviation[i];
	campaign_replay(state, rest, count);
	if (!campaign_evidence_with(found->key))
		return false;
	unsigned switches = campaign_deviations(taken, &taken_count);
	if (taken_count > found->deviations) /* cannot be: a replay deviates only where it is told to */
		return false;
	memcpy(found->deviation, taken, taken_count * sizeof *taken);
	found->deviations = taken_count;
	found->switches = switches;
	return true;
}

/* Zeller, Hildebrandt, "Simplifying and isolating failure-inducing input", TSE 2002: leaves out halves, quarters, ...
 * until no single deviation can be left out. */
static void shrink(struct state *state, struct found *found)
{
	unsigned runs = 0;
	found->needed = false;
	for (size_t length = (found->deviations + 1) / 2; length >= 1 && found->deviations && runs < SHRINK_RUNS;) {
		bool any = false;
		size_t from = 0;
		for (; from < found->deviations && runs < SHRINK_RUNS && may_run(state, found); runs++) {
			if (try_without(state, found, from, length))
				any = true;
			else
				from += length;
		}
		found->needed = !any && length == 1 && from >= found->deviations;
		if (!any && (length == 1 || !may_run(state, found)))
			break;
		length = length > 1 ? (length + 1) / 2 : 1;
		if (length > found->deviations && found->deviations)
			length = found->deviations;
	}
}

/* A schedule with fewer preemptions, at random places: finds in seconds what the systematic search below would need
 * hours for, and often gets it out of a place where leaving out single deviations leads nowhere. */
static bool plan_few(struct search *search, uint64_t number)
{
	enum { MOST = sizeof search->plan.change / sizeof *search->plan.change };
	uint64_t steps = search->profile.steps ? search->profile.steps : 50;
	(void)number;
	search->plan.changes = search->bound < MOST ? search->bound : MOST;
	for (unsigned i = 0; i < search->plan.changes; i++)
		search->plan.change[i] = 1 + search_random(search) % steps;
	return true;
}

static size_t choose_few(struct search *search, const struct moment *moment)
{
	if (!moment->can_go_on && moment->kind != DECIDE_SPURIOUS) {
		size_t free_options = moment->count - (moment->fires >= 0);
		return search_random(search) % 2 || free_options < 2 ? 0 : search_random(search) % free_options;
	}
	for (unsigned i = 0; i < search->plan.changes; i++)
		if (search->plan.change[i] && search->plan.change[i] <= search->steps) {
			search->plan.change[i] = 0;
			return 1 + search_random(search) % (moment->count - 1);
		}
	return 0;
}

static const struct strategy strategy_few = {"few", false, plan_few, choose_few, NULL};

static void improve_by_chance(struct state *state, struct found *found)
{
	struct search *search = SEARCH;
	unsigned bound = search->bound, misses = 0, runs = 0;
	struct deviation *taken = campaign_deviations_new();
	for (; found->switches > 1 && misses < CHANCE_RUNS && may_run(state, found); runs++, misses++) {
		size_t count;
		search->bound = found->switches - 1;
		search->strategy = &strategy_few;
		campaign_prepare(state->options->seed, runs);
		plan_few(search, runs);
		campaign_run_once(state);
		unsigned switches = campaign_deviations(taken, &count);
		if (!campaign_evidence_with(found->key) || switches >= found->switches)
			continue;
		memcpy(found->deviation, taken, count * sizeof *taken);
		found->deviations = count;
		found->switches = switches;
		shrink(state, found);
		misses = 0;
	}
	search->bound = bound;
	free(taken);
}

/* Looks for a schedule with fewer preemptions that fails the same way: systematically, so if the search ends, there is
 * none. */
static void improve(struct state *state, struct found *found)
{
	struct search *search = SEARCH;
	if (found->switches == 0) {
		found->minimal = true;
		return;
	}
	unsigned bound = search->bound;
	memset(&search->plan, 0, offsetof(struct search_plan, deviation));
	search->bound = found->switches - 1;
	unsigned runs = 0;
	for (; runs < PROVE_RUNS && may_run(state, found) && strategy_depth_first.plan(search, runs); runs++) {
		search->strategy = &strategy_depth_first;
		campaign_prepare(state->options->seed, runs);
		campaign_run_once(state);
		if (campaign_evidence_with(found->key)) {
			found->switches = campaign_deviations(found->deviation, &found->deviations);
			found->minimal = found->needed = true; /* the bounds below had none */
			break;
		}
		strategy_depth_first.learn(search);
	}
	if (search->plan.done && search->plan.completed_bound == (int)search->bound)
		found->minimal = true;
	search->bound = bound;
}

void campaign_make_shorter(struct state *state, struct found *found)
{
	shrink(state, found);
	improve_by_chance(state, found);
	improve(state, found);
}
