/* campaign.c - see campaign.h. */
#include "campaign.h"

#include "internal.h"

#include <stdlib.h>
#include <string.h>

enum { FOUND_MAX = 8, SHRINK_RUNS = 400, PROVE_RUNS = 300, CHANCE_RUNS = 150, KEPT_ROWS = 12, STEPS_SHOWN = 600 };

/* A root cause, and the schedule that showed it first. */
struct found {
	uint64_t key;
	char status[12];
	uint64_t number; /* of the run */
	struct deviation *deviation;
	size_t deviations;
	unsigned switches;
	bool minimal; /* no schedule with fewer preemptions fails this way */
};

struct state {
	const struct campaign_options *options;
	campaign_run *run;
	void *context;
	struct found found[FOUND_MAX];
	size_t found_count;
	unsigned schedules;
	uint64_t hash, bound_schedules;
	int bound_completed;
	bool exhausted, chooses;
	const char *status; /* of the test */
	char why_not[120];  /* why it was not explored, or "" */
};

static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t z = (a ^ b) * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	return z ^ z >> 27;
}

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* ---- root causes ---------------------------------------------------------------------------- */

/* Rows of the wait table are not causes; a cause stands beside them. */
static bool is_cause(const struct rt_evidence *evidence)
{
	return !is(evidence->kind, "hang");
}

static uint64_t key_of(const struct rt_evidence *evidence)
{
	uint64_t key = 17, places = 0;
	for (const char *c = evidence->kind; *c; c++)
		key = mix(key, (unsigned char)*c);
	if (is(evidence->kind, "livelock"))
		return key;
	if (evidence->line) /* an assertion */
		return mix(key, evidence->line);
	if (evidence->other[0])
		return mix(key, mix(1, evidence->frame[0]) + mix(1, evidence->other[0]));
	/* A cycle of waits has no first one; of the others the innermost place counts. */
	if (!is(evidence->kind, "deadlock"))
		return mix(key, evidence->frame[0]);
	for (int i = 0; i < RT_FRAMES && evidence->frame[i]; i++)
		places += mix(1, evidence->frame[i]);
	return mix(key, places);
}

static const struct rt_evidence *evidence_with(uint64_t key)
{
	for (size_t i = 0; i < rt_evidence_count(); i++)
		if (is_cause(rt_evidence_at(i)) && key_of(rt_evidence_at(i)) == key)
			return rt_evidence_at(i);
	return NULL;
}

/* ---- one run -------------------------------------------------------------------------------- */

static void prepare_run(uint64_t seed, uint64_t number)
{
	struct search *search = SEARCH;
	search->run++;
	search->random = mix(mix(seed, 5), number);
	search->hash = 0xcbf29ce484222325;
	search->steps = search->streak = search->preemptions = search->news = search->lock_orders = 0;
	search->out_of_steps = search->pruned = search->overflow = search->switch_due = false;
	memset(search->points, 0, sizeof search->points);
	memset(search->decided, 0, sizeof search->decided);
	memset(search->decided_racy, 0, sizeof search->decided_racy);
	memset(search->pending, 0, sizeof search->pending);
	search->low = 1u << 20;
	search->decision_count = search->step_count = 0;
	order_begin_run();
	rt_world_reset(0);
}

/* A run that ends badly leaves evidence, if only that it did. */
static const char *run_once(struct state *state)
{
	const char *status = state->run(state->context);
	rt_fibres_learn();
	if (is(status, "pass") || is(status, "pruned") || rt_evidence_count())
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

/* ---- deviations ----------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct deviation *x = a, *y = b;
	return x->thread != y->thread ? x->thread - y->thread : x->number < y->number ? -1 : x->number > y->number;
}

/* How the run that just ended differs from the default. Returns the number of preemptions. */
static unsigned deviations_of_run(struct deviation *deviation, size_t *count)
{
	struct search *search = SEARCH;
	unsigned switches = 0;
	*count = 0;
	for (size_t i = 0; i < search->decision_count && *count < SEARCH_DEVIATIONS; i++) {
		const struct decision *decision = &search->decision[i];
		if (!decision->chosen)
			continue;
		bool interrupts = decision_costs(decision, decision->chosen);
		deviation[(*count)++] = (struct deviation){decision->thread, decision->value, interrupts, decision->number};
		switches += interrupts;
	}
	return switches;
}

static const char *replay(struct state *state, const struct deviation *deviation, size_t count)
{
	struct search *search = SEARCH;
	memcpy(search->plan.deviation, deviation, count * sizeof *deviation);
	search->plan.deviations = count;
	qsort(search->plan.deviation, count, sizeof *deviation, by_place);
	search->strategy = &strategy_replay;
	prepare_run(0, 0);
	return run_once(state);
}

/* "1.12.2,2.3r1.0+401a2c": thread 1 at its decision 12 goes to 2, thread 2 at the first racy place after its decision 3
 * to 0; the racy places, where any decision is at one. */
static char *text_of(const struct deviation *deviation, size_t count)
{
	const struct search *search = SEARCH;
	char *text;
	size_t size;
	bool racy = false;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		abort();
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "%s%u.%u", i ? "," : "", deviation[i].thread, deviation[i].number / 256);
		if (deviation[i].number % 256)
			fprintf(out, "r%u", deviation[i].number % 256);
		fprintf(out, ".%u", deviation[i].value);
		racy |= deviation[i].number % 256 != 0;
	}
	if (!count)
		fprintf(out, "0");
	for (unsigned i = 0; racy && i < search->racy_count; i++)
		fprintf(out, "+%lx", (unsigned long)search->racy[i]);
	fclose(out);
	return text;
}

static size_t read_deviations(const char *text, struct deviation *deviation)
{
	struct search *search = SEARCH;
	size_t count = 0;
	for (const char *at = text; at && count < SEARCH_DEVIATIONS; at = strchr(at, ',')) {
		unsigned thread, number, racy = 0, value;
		int used = 0;
		at += *at == ',';
		if (sscanf(at, "%u.%u%n", &thread, &number, &used) != 2)
			break;
		at += used;
		if (*at == 'r' && sscanf(at, "r%u%n", &racy, &used) == 1)
			at += used;
		if (sscanf(at, ".%u", &value) != 1 || thread >= SEARCH_THREADS || value >= SEARCH_THREADS || racy > 255)
			break;
		deviation[count++] = (struct deviation){(uint8_t)thread, (uint8_t)value, true, number * 256 + racy};
	}
	for (const char *at = text; (at = strchr(at, '+')) && search->racy_count < SEARCH_RACY;)
		search->racy[search->racy_count++] = strtoul(++at, NULL, 16);
	return count;
}

void campaign_plan_replay(const char *deviations)
{
	struct search *search = SEARCH;
	search->plan.deviations = read_deviations(deviations, search->plan.deviation);
	qsort(search->plan.deviation, search->plan.deviations, sizeof *search->plan.deviation, by_place);
	search->strategy = &strategy_replay;
	search->step_limit = UINT64_MAX;
	prepare_run(0, 0);
	search->recording = true; /* calls rt_decisive_switch */
}

/* ---- shrinking ------------------------------------------------------------------------------ */

/* Replays without deviations [from, from + length): does it fail the same way? If so that is the schedule from now on.
 */
static bool try_without(struct state *state, struct found *found, size_t from, size_t length)
{
	struct deviation rest[SEARCH_DEVIATIONS], taken[SEARCH_DEVIATIONS];
	size_t count = 0, taken_count;
	for (size_t i = 0; i < found->deviations; i++)
		if (i < from || i >= from + length)
			rest[count++] = found->deviation[i];
	replay(state, rest, count);
	if (!evidence_with(found->key))
		return false;
	unsigned switches = deviations_of_run(taken, &taken_count);
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
	for (size_t length = (found->deviations + 1) / 2; length >= 1 && found->deviations && runs < SHRINK_RUNS;) {
		bool any = false;
		for (size_t from = 0; from < found->deviations && runs < SHRINK_RUNS; runs++) {
			if (try_without(state, found, from, length))
				any = true;
			else
				from += length;
		}
		if (length == 1 && !any)
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
	struct deviation *taken = malloc(SEARCH_DEVIATIONS * sizeof *taken);
	if (!taken)
		abort();
	for (; found->switches > 1 && misses < CHANCE_RUNS; runs++, misses++) {
		size_t count;
		search->bound = found->switches - 1;
		search->strategy = &strategy_few;
		prepare_run(state->options->seed, runs);
		plan_few(search, runs);
		run_once(state);
		unsigned switches = deviations_of_run(taken, &count);
		if (!evidence_with(found->key) || switches >= found->switches)
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
	for (; runs < PROVE_RUNS && strategy_depth_first.plan(search, runs); runs++) {
		search->strategy = &strategy_depth_first;
		prepare_run(state->options->seed, runs);
		run_once(state);
		if (evidence_with(found->key)) {
			found->switches = deviations_of_run(found->deviation, &found->deviations);
			found->minimal = true; /* the bounds below had none */
			break;
		}
		strategy_depth_first.learn(search);
	}
	if (search->plan.done && search->plan.completed_bound == (int)search->bound)
		found->minimal = true;
	search->bound = bound;
}

/* ---- reporting ------------------------------------------------------------------------------ */

void campaign_put_string(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\"%s\":\"", name);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < 0x20 || *c >= 0x7f)
			fprintf(out, "\\u%04x", *c); /* bytes above ASCII become Latin-1 here: escaped further by each report */
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void put_frames(FILE *out, const char *name, const uintptr_t frame[])
{
	fprintf(out, "\"%s\":[", name);
	for (int i = 0; i < RT_FRAMES && frame[i]; i++)
		fprintf(out, "%s%lu", i ? "," : "", (unsigned long)frame[i]);
	fputc(']', out);
}

void campaign_put_evidence(FILE *out, const struct rt_evidence *evidence)
{
	fputc('{', out);
	campaign_put_string(out, "kind", evidence->kind);
	fputc(',', out);
	campaign_put_string(out, "text", evidence->text);
	fputc(',', out);
	campaign_put_string(out, "expected", evidence->expected);
	fputc(',', out);
	campaign_put_string(out, "file", evidence->file);
	fprintf(out, ",\"line\":%u,", evidence->line);
	put_frames(out, "frames", evidence->frame);
	if (evidence->other[0]) {
		fputc(',', out);
		campaign_put_string(out, "role", evidence->role);
		fputc(',', out);
		campaign_put_string(out, "other_role", evidence->other_role);
		fputc(',', out);
		put_frames(out, "others", evidence->other);
	}
	fputc('}', out);
}

static void put_steps(FILE *out)
{
	const struct search *search = SEARCH;
	char name[64];
	fprintf(out, "\"lanes\":[");
	for (int i = 0; i < WORLD->thread_count; i++) {
		const char *lane = rt_thread_name(i, name, sizeof name);
		fprintf(out, "%s\"%s\"", i ? "," : "", strncmp(lane, "the ", 4) == 0 ? lane + 4 : lane);
	}
	fprintf(out, "],\"steps\":[");
	for (size_t i = 0; i < search->step_count && i < STEPS_SHOWN; i++) {
		const struct search_step *step = &search->step[i];
		fprintf(out, "%s{\"lane\":%u,\"kind\":%u,\"site\":%lu,\"object\":%lu,\"switched\":%s,", i ? "," : "",
		        step->thread, step->kind, (unsigned long)step->site, (unsigned long)step->object & INT64_MAX,
		        step->switched ? "true" : "false");
		campaign_put_string(out, "op", rt_op_name(step->op));
		fputc(',', out);
		campaign_put_string(out, "effect", step->effect);
		fputc('}', out);
	}
	fputc(']', out);
}

/* Runs the schedule once more, recorded, and writes what there is to say. */
static void put_found(struct state *state, const struct found *found, FILE *out)
{
	SEARCH->recording = !state->options->measure;
	const char *status = replay(state, found->deviation, found->deviations);
	SEARCH->recording = false;
	const struct rt_evidence *cause = evidence_with(found->key);
	char *token = text_of(found->deviation, found->deviations);
	fprintf(out, "{\"status\":\"%s\",\"schedule\":%llu,\"switches\":%u,\"minimal\":%s,\"replays\":%s,",
	        found->status[0] ? found->status : status, (unsigned long long)found->number, found->switches,
	        found->minimal ? "true" : "false", cause ? "true" : "false");
	campaign_put_string(out, "token", token);
	fputc(',', out);
	campaign_put_string(out, "chosen", rt_chosen());
	fprintf(out, ",\"evidence\":[");
	if (cause)
		campaign_put_evidence(out, cause);
	for (size_t i = 0, rows = 0; cause && i < rt_evidence_count() && rows < KEPT_ROWS; i++)
		if (is(rt_evidence_at(i)->kind, "hang") && ++rows) {
			fputc(',', out);
			campaign_put_evidence(out, rt_evidence_at(i));
		}
	fprintf(out, "]");
	if (!state->options->measure) {
		fputc(',', out);
		put_steps(out);
	}
	fputc('}', out);
	free(token);
}

static void put_summary(const struct state *state, FILE *out)
{
	const struct search *search = SEARCH;
	fprintf(out, "\"explore\":{\"strategy\":\"%s\",\"seed\":%llu,\"schedules\":%u,\"hash\":\"%016llx\",",
	        state->options->replay ? "replay" : state->options->strategy->name,
	        (unsigned long long)state->options->seed, state->schedules, (unsigned long long)state->hash);
	fprintf(out, "\"bound\":%d,\"bound_schedules\":%llu,\"exhausted\":%s,\"points\":%llu,\"threads\":%d,",
	        state->bound_completed, (unsigned long long)state->bound_schedules, state->exhausted ? "true" : "false",
	        (unsigned long long)search->profile.steps, search->profile.threads);
	fprintf(out, "\"gated\":%s,\"chooses\":%s,", search->gated && !search->ungated ? "true" : "false",
	        state->chooses ? "true" : "false");
	campaign_put_string(out, "why_not", state->why_not);
	fputc('}', out);
}

/* ---- the campaign --------------------------------------------------------------------------- */

static bool known(const struct state *state, uint64_t key)
{
	for (size_t i = 0; i < state->found_count; i++)
		if (state->found[i].key == key)
			return true;
	return false;
}

/* Keeps what this run shows for the first time. Returns whether anything in it ended the test. */
static bool collect(struct state *state, const char *status, uint64_t number)
{
	bool failed = !is(status, "pass") && !is(status, "pruned");
	if (SEARCH->out_of_steps && SEARCH->news == SEARCH_NEWS)
		return false; /* long, but it gets on */
	for (size_t i = 0; i < rt_evidence_count(); i++) {
		const struct rt_evidence *evidence = rt_evidence_at(i);
		failed |= is_cause(evidence) && !evidence->other[0]; /* all but races */
		uint64_t key = key_of(evidence);
		if (!is_cause(evidence) || known(state, key) || state->found_count == FOUND_MAX)
			continue;
		struct found *found = &state->found[state->found_count++];
		*found = (struct found){.key = key, .number = number};
		snprintf(found->status, sizeof found->status, "%s", status);
		found->deviation = malloc(SEARCH_DEVIATIONS * sizeof *found->deviation);
		if (!found->deviation)
			abort();
		found->switches = deviations_of_run(found->deviation, &found->deviations);
	}
	if (failed && is(state->status, "pass"))
		state->status = status;
	return failed;
}

/* What the plain run tells: is there anything to explore, and how long is a long run? */
static bool worth_exploring(struct state *state, const char *status)
{
	struct search *search = SEARCH;
	if (search->out_of_steps && search->news == SEARCH_NEWS) {
		snprintf(state->why_not, sizeof state->why_not, "it makes more than %llu steps even undisturbed",
		         (unsigned long long)search->step_limit);
		return false;
	}
	for (size_t i = 0; i < rt_evidence_count(); i++)
		if (is(rt_evidence_at(i)->kind, "livelock") && !search->out_of_steps)
			snprintf(state->why_not, sizeof state->why_not, "%.110s", rt_evidence_at(i)->text);
	if (is(status, "timeout"))
		snprintf(state->why_not, sizeof state->why_not, "one run takes too long");
	if (state->why_not[0])
		return false;
	uint64_t limit = 20 * search->steps;
	if (!search->out_of_steps) /* else it got nowhere: it would get no further with more */
		search->step_limit = limit > state->options->steps ? limit : state->options->steps;
	return true;
}

/* What the runtime does not cover came up only now: nothing that is seen from here on counts. */
static bool beyond_limits(struct state *state)
{
	for (size_t i = 0; i < rt_evidence_count(); i++)
		if (is(rt_evidence_at(i)->kind, "limit")) {
			snprintf(state->why_not, sizeof state->why_not, "%.110s", rt_evidence_at(i)->text);
			return true;
		}
	return false;
}

static void explore(struct state *state)
{
	enum { PLAIN_STEPS = 300000 };
	const struct campaign_options *options = state->options;
	struct search *search = SEARCH;
	unsigned budget = options->schedules;
	search->step_limit = PLAIN_STEPS;
	for (uint64_t number = 0; state->schedules < budget; number++) {
		search->strategy = options->strategy;
		prepare_run(options->seed, number);
		if (!options->strategy->plan(search, number))
			break;
		const char *status = run_once(state);
		state->schedules++;
		state->hash = mix(state->hash, search->hash + search->steps);
		if (number == 0 && !worth_exploring(state, status))
			break;
		if (beyond_limits(state))
			break;
		bool failed = collect(state, status, number);
		if (rt_had_choices()) {
			state->chooses = true;
			budget = options->choosing > budget ? options->choosing : budget;
		}
		bool decides = WORLD->thread_count > 1 || search->decision_count;
		learn_profile();
		if (search->strategy->learn)
			search->strategy->learn(search);
		if ((failed && !options->all) || (number == 0 && !decides) || (options->measure && state->found_count))
			break;
	}
	state->bound_completed = search->plan.begun ? search->plan.completed_bound : -1;
	state->bound_schedules = search->plan.bound_schedules;
	state->exhausted = search->plan.exhausted;
}

static void replay_only(struct state *state)
{
	struct found *found = &state->found[0];
	found->deviation = malloc(SEARCH_DEVIATIONS * sizeof *found->deviation);
	if (!found->deviation)
		abort();
	found->deviations = read_deviations(state->options->replay, found->deviation);
	/* Races that the recorded run was to show are scheduling points in it: they have to be known first. */
	for (int again = 0; again < 3; again++) {
		unsigned racy = SEARCH->racy_count;
		const char *status = replay(state, found->deviation, found->deviations);
		state->schedules++;
		state->hash = mix(state->hash, SEARCH->hash + SEARCH->steps);
		state->status = is(status, "pruned") ? "pass" : status;
		if (SEARCH->racy_count == racy)
			break;
	}
	for (size_t i = 0; i < rt_evidence_count() && !found->key; i++)
		if (is_cause(rt_evidence_at(i)))
			found->key = key_of(rt_evidence_at(i));
	found->switches = deviations_of_run(found->deviation, &found->deviations);
	state->found_count = 1;
	state->bound_completed = -1;
}

const char *campaign(const struct campaign_options *options, campaign_run *run, void *context, FILE *out)
{
	struct state state = {.options = options, .run = run, .context = context, .status = "pass", .bound_completed = -1};
	struct search *search = SEARCH;
	search->bound = options->bound;
	search->recording = false;
	search->racy_count = 0;
	search->gated = search->ungated = false;
	memset(&search->profile, 0, sizeof search->profile);
	memset(&search->plan, 0, offsetof(struct search_plan, deviation));
	search->plan.completed_bound = -1;
	search->step_limit = options->steps;
	if (options->why_not)
		snprintf(state.why_not, sizeof state.why_not, "%s", options->why_not);
	else if (options->replay)
		replay_only(&state);
	else
		explore(&state);
	put_summary(&state, out);
	fprintf(out, ",\"found\":[");
	for (size_t i = 0; i < state.found_count && !state.why_not[0]; i++) {
		if (!options->replay && !options->measure) {
			shrink(&state, &state.found[i]);
			improve_by_chance(&state, &state.found[i]);
			improve(&state, &state.found[i]);
		}
		fputs(i ? "," : "", out);
		put_found(&state, &state.found[i], out);
	}
	fprintf(out, "]");
	for (size_t i = 0; i < state.found_count; i++)
		free(state.found[i].deviation);
	return state.status;
}
