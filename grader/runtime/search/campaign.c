/* campaign.c - see campaign.h: plans runs, runs them, and says what the outcome of all is. */
#include "campaign_private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	PLAIN_STEPS = 300000, /* most scheduling points of a run that is to be explored */
	NOT_WHOLE_MAX = 10,   /* runs that were not seen whole, after which the search ends */
	SPARE_RUNS = 300,     /* to make races and misuses shorter, at least, in all */
	RACE_SHARE = 1000     /* schedules for failures, at least, after the last race or misuse */
};

uint64_t campaign_mix(uint64_t a, uint64_t b)
{
	uint64_t z = (a ^ b) * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	return z ^ z >> 27;
}

/* ---- one run -------------------------------------------------------------------------------- */

void campaign_prepare(uint64_t seed, uint64_t number)
{
	struct search *search = SEARCH;
	search->run++;
	search->random = campaign_mix(campaign_mix(seed, 5), number);
	search->hash = 0xcbf29ce484222325;
	search->steps = search->streak = search->preemptions = search->news = search->lock_orders = 0;
	search->out_of_steps = search->pruned = search->overflow = search->switch_due = false;
	search->woken_count = search->limits = search->deviations = search->traced = search->place_count = 0;
	search->tracing = TRACE_NONE;
	memset(search->points, 0, sizeof search->points);
	memset(search->decided, 0, sizeof search->decided);
	memset(search->passed, 0, sizeof search->passed);
	memset(search->has_passed, 0, sizeof search->has_passed);
	search->racy_known = search->racy_count;
	memset(search->pending, 0, sizeof search->pending);
	search->low = 1u << 20;
	search->decision_count = search->step_count = 0;
	search_state_begin();
	order_begin_run();
	rt_world_reset(0);
}

static bool has_cause(void)
{
	for (size_t i = 0; i < rt_evidence_count(); i++)
		if (campaign_is_cause(rt_evidence_at(i)))
			return true;
	return false;
}

/* Long, but it got on: was the run cut off, and its end says nothing about the program? */
static bool was_cut_off(void)
{
	return SEARCH->out_of_steps && SEARCH->news == SEARCH_NEWS;
}

static bool ended_well(const char *status)
{
	return is(status, "pass") || is(status, "pruned") || is(status, "timeout") || was_cut_off();
}

const char *campaign_run_once(struct state *state)
{
	const char *status = state->run(state->context);
	rt_fibres_learn();
	if (ended_well(status) || has_cause())
		return status;
	struct rt_evidence *evidence = rt_evidence_add(is(status, "crash") ? "crash" : "unexplained");
	snprintf(evidence->text, sizeof evidence->text, "a process ended in the middle of the run (%s)", status);
	return status;
}

static void learn_profile(void)
{
	struct search *search = SEARCH;
	struct profile *profile = &search->profile;
	if (WORLD->thread_count > profile->threads) {
		profile->threads = WORLD->thread_count;
		memcpy(profile->parent, search->parent, sizeof profile->parent);
	}
	for (int i = 0; i < WORLD->thread_count; i++)
		if (search->points[i] > profile->points[i])
			profile->points[i] = search->points[i];
	if (search->steps > profile->steps)
		profile->steps = search->steps;
}

/* ---- what cannot be explored ---------------------------------------------------------------- */

/* What the explorer does not cover, or cannot follow, came up in this run: nothing that is seen in it counts. */
static bool beyond_limits(struct state *state, const char *status)
{
	for (size_t i = 0; i < rt_evidence_count(); i++) {
		const struct rt_evidence *evidence = rt_evidence_at(i);
		if (!is(evidence->kind, "limit"))
			continue;
		snprintf(state->why_not, sizeof state->why_not, "%s", evidence->text);
		return true;
	}
	if (is(status, "timeout"))
		snprintf(state->why_not, sizeof state->why_not,
		         "one run does not finish in its time; use fewer rounds or less work");
	return is(status, "timeout");
}

static void note_limits(struct state *state)
{
	unsigned limits = SEARCH->limits | (was_cut_off() ? OVER_STEPS : 0);
	state->limits |= limits;
	state->not_whole += limits != 0;
}

/* What to say when nothing was found, but not all was seen that runs did. */
static void tell_limits(struct state *state)
{
	static const struct {
		enum search_limit limit;
		unsigned number;
		const char *before, *after;
	} texts[] = {
	    {OVER_STEPS, 0, "too long: a run keeps making progress for more than ",
	     " steps; use fewer rounds or threads, or allow more with --steps=N"},
	    {OVER_DECISIONS, SEARCH_DECISIONS, "too long: a run makes more than ",
	     " scheduling decisions, and later ones are not tried; use fewer rounds or threads"},
	    {OVER_CELLS, ORDER_CELLS / (1 << 17), "too large: its threads use more than ",
	     " MB of memory in a run, the limit of the race detection; use smaller arrays"},
	    {OVER_OBJECTS, ORDER_OBJECTS, "too large: it uses more than ", " locks and atomic objects in a run; use fewer"},
	    {OVER_CLOCKS, ORDER_CLOCKS, "too large: it uses more than ", " locks and atomic objects in a run; use fewer"}};
	for (size_t i = 0; i < sizeof texts / sizeof *texts && !state->why_not[0]; i++)
		if (state->limits & texts[i].limit)
			snprintf(state->why_not, sizeof state->why_not, "%s%llu%s", texts[i].before,
			         texts[i].number ? texts[i].number : (unsigned long long)SEARCH->step_limit, texts[i].after);
}

/* ---- the outcome ---------------------------------------------------------------------------- */

enum verdict campaign_verdict(const struct state *state)
{
	enum verdict verdict = VERDICT_NONE_FAILS;
	if (state->found_count)
		verdict = VERDICT_FOUND;
	else if (state->why_not[0])
		verdict = VERDICT_NOT_EXPLORED;
	else if (state->stopped_s)
		verdict = VERDICT_STOPPED;
	/* A run that failed, or that was not seen whole, is never passed over. */
	if (verdict == VERDICT_NONE_FAILS && (state->failed_runs || state->limits || state->unsteady[0]))
		abort();
	return verdict;
}

/* ---- the campaign --------------------------------------------------------------------------- */

/* Keeps what this run shows for the first time. Returns whether it ended wrongly. */
static bool collect(struct state *state, const char *status, uint64_t number)
{
	bool failed = !ended_well(status), seen = false;
	for (size_t i = 0; i < rt_evidence_count(); i++) {
		const struct rt_evidence *evidence = rt_evidence_at(i);
		if (!campaign_is_cause(evidence))
			continue;
		seen = true;
		campaign_keep(state, evidence, status, number);
	}
	state->failed_runs += failed || seen;
	if (failed && is(state->status, "pass"))
		state->status = status;
	return failed;
}

static uint64_t plain_limit(const struct campaign_options *options)
{
	return options->steps > PLAIN_STEPS ? options->steps : PLAIN_STEPS;
}

/* From the plain run: how long is a long one? */
static void limit_steps(struct state *state)
{
	struct search *search = SEARCH;
	uint64_t limit = 20 * search->steps;
	if (!search->out_of_steps) /* else it got nowhere: it would get no further with more */
		search->step_limit = limit > state->options->steps ? limit : state->options->steps;
}

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Several times a second. */
static void tell_progress(struct state *state, unsigned budget, uint64_t now)
{
	enum { PAUSE_MS = 200 };
	if (!state->options->progress || now - state->told_ms < PAUSE_MS)
		return;
	state->told_ms = now;
	fprintf(stderr, "%u %u\n", state->schedules, budget);
}

/* A failure ends the search; a race or a misuse does not before some more schedules were tried, in which what it leads
 * to may be seen. */
static bool is_enough(const struct state *state, bool failed, unsigned budget)
{
	unsigned share = budget / 10 > RACE_SHARE ? budget / 10 : RACE_SHARE;
	if (state->options->measure)
		return state->found_count > 0;
	if (state->options->all)
		return false;
	return failed || state->not_whole == NOT_WHOLE_MAX ||
	       ((state->found_count || state->unsteady[0]) && state->schedules - state->news >= share);
}

/* The first run of each search is the default schedule, whatever the strategy: the limit of steps follows from it, and
 * so a replay knows it, too. */
static void plan_default(void)
{
	SEARCH->plan.deviations = 0;
	SEARCH->strategy = &strategy_replay;
}

static void explore(struct state *state)
{
	const struct campaign_options *options = state->options;
	struct search *search = SEARCH;
	unsigned budget = options->schedules;
	uint64_t begin = now_ms();
	search->step_limit = plain_limit(options);
	for (uint64_t number = 0; state->schedules < budget; number++) {
		search->strategy = options->strategy;
		campaign_prepare(options->seed, number);
		if (!options->strategy->plan(search, number))
			break;
		if (number == 0 && search->strategy != &strategy_depth_first)
			plan_default();
		search->noting = !state->notes;
		const char *status = campaign_run_once(state);
		search->noting = false;
		if (!state->notes && rt_ended() == RT_COMPLETED)
			state->notes = campaign_notes();
		state->schedules++;
		state->steps += search->steps;
		state->hash = campaign_mix(state->hash, search->hash + search->steps);
		if (beyond_limits(state, status))
			break;
		note_limits(state);
		bool failed = collect(state, status, number);
		if (rt_had_choices()) {
			state->chooses = true;
			budget = options->choosing > budget ? options->choosing : budget;
		}
		bool decides = WORLD->thread_count > 1 || search->decision_count;
		if (number == 0 && was_cut_off())
			break;
		if (number == 0)
			limit_steps(state);
		learn_profile();
		if (search->strategy->learn)
			search->strategy->learn(search);
		if (number == 0 && !options->measure)
			campaign_check_steadiness(state);
		if ((number == 0 && !decides) || is_enough(state, failed, budget))
			break;
		uint64_t now = now_ms();
		tell_progress(state, budget, now);
		if (options->seconds && now - begin >= options->seconds * 1000ull) {
			state->stopped_s = options->seconds;
			break;
		}
	}
	bool all = search->plan.begun && !search->handlers; /* handlers run between calls, too, on a real machine */
	state->bound_completed = all ? search->plan.completed_bound : -1;
	state->bound_schedules = search->plan.bound_schedules;
	state->exhausted = all && search->plan.exhausted;
}

/* The plain run comes first, from which the search had its limit of steps: a schedule means what it says only with
 * the same. */
void campaign_limit_steps(struct state *state)
{
	unsigned racy = SEARCH->racy_count;
	uintptr_t known[SEARCH_RACY];
	memcpy(known, SEARCH->racy, sizeof known);
	SEARCH->racy_count = 0;
	SEARCH->step_limit = plain_limit(state->options);
	const char *status = campaign_replay(state, NULL, 0);
	if (!beyond_limits(state, status) && !was_cut_off())
		limit_steps(state);
	memcpy(SEARCH->racy, known, sizeof known);
	SEARCH->racy_count = racy;
}

static void replay_only(struct state *state)
{
	struct deviation *deviation = campaign_deviations_new();
	size_t count = campaign_deviations_read(state->options->replay, deviation);
	const char *status = "pass";
	campaign_limit_steps(state);
	/* Races that the recorded run was to show are scheduling points in it: they have to be known first. */
	for (int again = 0; again < 3 && !state->why_not[0]; again++) {
		unsigned racy = SEARCH->racy_count;
		status = campaign_replay(state, deviation, count);
		if (beyond_limits(state, status) || SEARCH->racy_count == racy)
			break;
	}
	state->schedules = 1;
	state->hash = campaign_mix(state->hash, SEARCH->hash + SEARCH->steps);
	note_limits(state);
	if (!state->why_not[0])
		collect(state, status, 0);
	state->replayed = deviation;
	state->replayed_count = count;
}

/* A replay is shown also when nothing goes wrong in it. */
static void put_all_found(struct state *state, FILE *out)
{
	const struct found nothing = {.deviation = state->replayed, .deviations = state->replayed_count};
	fprintf(out, ",\"found\":[");
	for (size_t i = 0; i < state->found_count; i++) {
		fputs(i ? "," : "", out);
		campaign_put_found(state, &state->found[i], out);
	}
	if (state->replayed && !state->found_count && !state->why_not[0])
		campaign_put_found(state, &nothing, out);
}

/* All that was found is run again, and made shorter, before anything is said. */
static void settle(struct state *state)
{
	const struct campaign_options *options = state->options;
	campaign_sort(state);
	state->spare_runs = state->schedules > SPARE_RUNS ? state->schedules : SPARE_RUNS;
	state->spare_steps = state->steps > PLAIN_STEPS ? state->steps : PLAIN_STEPS;
	for (size_t i = 0; i < state->found_count && !options->measure; i++) {
		campaign_confirm(state, &state->found[i]);
		if (state->found[i].again && !options->replay)
			campaign_make_shorter(state, &state->found[i]);
	}
	if (!state->found_count && state->unsteady[0] && !state->why_not[0])
		snprintf(state->why_not, sizeof state->why_not, "%s", state->unsteady);
	if (!state->found_count)
		tell_limits(state);
	else
		state->why_not[0] = 0; /* what was found before stands */
}

void campaign_begin(const struct campaign_options *options)
{
	struct search *search = SEARCH;
	search->bound = options->bound;
	search->recording = false;
	search->racy_count = search->racy_object_count = 0;
	search->gated = search->ungated = search->weaker = search->handlers = false;
	memset(&search->profile, 0, sizeof search->profile);
	memset(&search->plan, 0, offsetof(struct search_plan, deviation));
	search->plan.completed_bound = -1;
	search->step_limit = options->steps;
}

static void free_found(struct state *state)
{
	for (size_t i = 0; i < state->found_count; i++)
		free(state->found[i].deviation);
	free(state->notes);
}

/* ---- with waits that last ------------------------------------------------------------------- */

/* The waits that have to end without a signal for what was found, where any has to, are to last from now on. False:
 * there are no others than before. */
static bool let_waits_last(struct state *state)
{
	struct search *search = SEARCH;
	unsigned before = search->lasting_count;
	for (size_t i = 0; i < state->found_count; i++) {
		struct found *found = &state->found[i];
		campaign_replay(state, found->deviation, found->deviations);
		found->woken = search->woken_count > 0;
		for (unsigned w = 0; w < search->woken_count && search->lasting_count < SEARCH_WAITS; w++) {
			unsigned known = 0;
			while (known < search->lasting_count && search->lasting[known] != search->woken[w])
				known++;
			search->lasting[known] = search->woken[w];
			search->lasting_count += known == search->lasting_count;
		}
	}
	return search->lasting_count > before;
}

static bool found_before(const struct state *state, const struct found *found)
{
	for (size_t i = 0; i < state->found_count; i++)
		if (state->found[i].key == found->key && !(state->found[i].woken && state->found[i].needed))
			return true;
	return false;
}

/* A wait that takes each wakeup for a signal fails everywhere, and what else is wrong is not seen behind it. So the
 * same search is made again with this wait lasting until there is a signal, until nothing is found that needs another
 * such wakeup. What is found then is added. The verdict of the last search is also what is known of the test without
 * them. */
static void search_behind(struct state *first, FILE *out)
{
	enum verdict verdict = campaign_verdict(first);
	uint64_t before = first->schedules;
	bool more = let_waits_last(first);
	for (unsigned turn = 0; more; turn++) {
		struct state again = {.options = first->options,
		                      .run = first->run,
		                      .context = first->context,
		                      .status = "pass",
		                      .bound_completed = -1};
		campaign_begin(first->options);
		explore(&again);
		settle(&again);
		verdict = campaign_verdict(&again);
		more = let_waits_last(&again);
		for (size_t i = 0; i < again.found_count; i++) {
			if (found_before(first, &again.found[i]))
				continue;
			again.found[i].number += before;
			fputc(',', out);
			campaign_put_found(&again, &again.found[i], out);
		}
		before += again.schedules;
		if (more && turn == SEARCH_WAITS) /* cannot be: each turn has found another wait */
			abort();
		free_found(&again);
	}
	/* Waits that did not fit into the table were not left out. */
	if (SEARCH->lasting_count == SEARCH_WAITS)
		verdict = VERDICT_NOT_EXPLORED;
	fprintf(out, "],\"behind\":\"%s\"", campaign_verdict_name(verdict));
	SEARCH->lasting_count = 0;
}

const char *campaign(const struct campaign_options *options, campaign_run *run, void *context, FILE *out)
{
	struct state state = {.options = options, .run = run, .context = context, .status = "pass", .bound_completed = -1};
	campaign_begin(options);
	if (options->play)
		return campaign_game(&state, out);
	if (options->why_not)
		snprintf(state.why_not, sizeof state.why_not, "%s", options->why_not);
	else if (options->replay)
		replay_only(&state);
	else
		explore(&state);
	settle(&state);
	campaign_put_summary(&state, out);
	put_all_found(&state, out);
	if (options->behind)
		search_behind(&state, out);
	else
		fputc(']', out);
	fprintf(out, ",%s", state.notes ? state.notes : "\"notes\":[]");
	free_found(&state);
	free(state.replayed);
	return state.status;
}
