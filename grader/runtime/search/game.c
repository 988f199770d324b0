/* game.c - one run whose schedule is decided from outside, up to the next choice: what happened, what each thread does
 * next, who holds what. A game is one such run after the other, each in a host of its own. */
#include "../../finding/interleaving.h"
#include "campaign_private.h"

#include <stdlib.h>
#include <string.h>

enum { RECORDED = 400 }; /* steps that are told, the last of the run */

size_t campaign_read_options(const char *text, uint8_t option[])
{
	size_t count = 0;
	for (char *end; *text && count < SEARCH_DECISIONS; text = *end ? end + 1 : end)
		option[count++] = (uint8_t)strtoul(text, &end, 10);
	return count;
}

static void know_races(const char *racy)
{
	struct search *search = SEARCH;
	for (const char *at = racy; at && (at = strchr(at, '+')) && search->racy_count < SEARCH_RACY;)
		search->racy[search->racy_count++] = strtoul(++at, NULL, 16);
}

const char *campaign_run_options(struct state *state, const uint8_t option[], size_t count, bool goes_on)
{
	struct search *search = SEARCH;
	memcpy(search->plan.prefix, option, count);
	search->plan.prefix_length = count;
	search->plan.goes_on = goes_on;
	search->strategy = &strategy_play;
	search->recording = true; /* before: what a run before this one left must be forgotten */
	campaign_prepare(0, 0);
	const char *status = campaign_run_once(state);
	search->recording = false;
	return status;
}

static const char *replay(struct state *state)
{
	struct deviation *deviation = campaign_deviations_new();
	size_t count = campaign_deviations_read(state->options->replay, deviation);
	SEARCH->recording = true;
	const char *status = campaign_replay(state, deviation, count);
	SEARCH->recording = false;
	free(deviation);
	return status;
}

static const char *run(struct state *state)
{
	uint8_t option[SEARCH_DECISIONS];
	if (state->options->replay)
		return replay(state);
	size_t count = campaign_read_options(state->options->play, option);
	return campaign_run_options(state, option, count, state->options->plays_on);
}

/* ---- where it stands ------------------------------------------------------------------------ */

static void add_step(struct search_step step)
{
	if (SEARCH->step_count < SEARCH_STEPS)
		SEARCH->step[SEARCH->step_count++] = step;
}

static void forget_first_steps(void)
{
	struct search *search = SEARCH;
	if (search->step_count <= RECORDED)
		return;
	memmove(search->step, search->step + search->step_count - RECORDED, RECORDED * sizeof *search->step);
	search->step_count = RECORDED;
}

/* As rt_key_of has it for that process. */
static uintptr_t key_of(uintptr_t address, int process)
{
	return address && process >= 0 && WORLD->process_count > 1 ? address ^ (uintptr_t)process << 48 : address;
}

/* What the thread does when it is its turn. */
static struct search_step next_step(int thread)
{
	const struct rt_thread *it = &WORLD->thread[thread];
	struct search_step step = {
	    .thread = (uint8_t)thread, .task = -1, .op = OP_START, .class = KIND_THREAD, .site = it->created_at};
	if (it->state == RT_BLOCKED || it->wait != KIND_NONE) {
		step.op = it->state == RT_BLOCKED ? OP_WAITS : OP_WAKE;
		step.kind = it->state == RT_BLOCKED ? STEP_WAIT : STEP_PLAIN;
		step.site = it->site;
	} else if (SEARCH->points[thread]) {
		step.op = SEARCH->pending[thread].op;
		step.class = (uint8_t)rt_op_kind((enum rt_op)step.op);
		step.object = SEARCH->pending[thread].object;
		step.site = it->site;
	}
	return step;
}

static size_t add_next_steps(void)
{
	size_t count = 0;
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].state == RT_RUNNABLE || WORLD->thread[i].state == RT_BLOCKED) {
			add_step(next_step(i));
			count++;
		}
	return count;
}

static enum rt_op taken_by(enum rt_kind lock)
{
	return lock == KIND_MUTEX ? OP_LOCK : lock == KIND_RWLOCK ? OP_WRITE_LOCK : OP_SPIN_LOCK;
}

static size_t add_holders(const struct rt_object *object)
{
	const struct rt_traits *traits = rt_traits[object->kind];
	size_t count = 0;
	for (int i = 0; traits->is_lock && i < WORLD->thread_count; i++) {
		bool reads = object->owner != i && traits->shares && traits->shares(object, i);
		if (object->owner != i && !reads)
			continue;
		add_step((struct search_step){.thread = (uint8_t)i,
		                              .task = -1,
		                              .op = (uint8_t)(reads ? OP_READ_LOCK : taken_by(object->kind)),
		                              .class = (uint8_t)object->kind,
		                              .kind = STEP_ACQUIRE,
		                              .object = key_of(object->address, object->process),
		                              .site = object->site});
		count++;
	}
	return count;
}

static size_t add_held(void)
{
	size_t count = 0;
	for (int i = 0; i < WORLD->object_count; i++)
		count += add_holders(&WORLD->object[i]);
	return count;
}

/* ---- told ----------------------------------------------------------------------------------- */

static void put_options(const struct moment *moment, FILE *out)
{
	bool priced = moment->kind == DECIDE_NEXT && moment->can_go_on;
	const struct decision decision = {
	    .kind = (uint8_t)moment->kind, .fires = moment->fires < 0 ? 255 : (uint8_t)moment->fires, .priced = priced};
	fprintf(out, "\"options\":[");
	for (size_t i = 0; i < moment->count; i++)
		fprintf(out, "%s{\"value\":%d,\"fires\":%s,\"costs\":%s}", i ? "," : "", moment->option[i],
		        (int)i == moment->fires ? "true" : "false", decision_costs(&decision, i) ? "true" : "false");
	fputc(']', out);
}

void campaign_put_moment(const char *status, struct told told, FILE *out)
{
	static const char *const kinds[] = {
	    [DECIDE_NEXT] = "next", [DECIDE_WAITER] = "waiter", [DECIDE_SPURIOUS] = "spurious", [DECIDE_CHOICE] = "choice"};
	static const struct moment none = {.fires = -1};
	const struct search *search = SEARCH;
	bool choice = is(status, "pruned");
	const struct moment *moment = choice ? &search->moment : &none;
	fprintf(out, "{\"kind\":\"%s\",\"current\":%d,\"next\":%zu,\"held\":%zu,\"taken\":[",
	        choice ? kinds[moment->kind] : "end", moment->current, told.next, told.held);
	for (size_t i = 0; i < search->decision_count; i++)
		fprintf(out, "%s%u", i ? "," : "", search->decision[i].chosen);
	fprintf(out, "],");
	put_options(moment, out);
	fputc('}', out);
}

/* The first cause that is no race, if there is one, speaks for the run. */
static const struct rt_evidence *cause(bool races)
{
	const struct rt_evidence *found = NULL;
	for (size_t i = 0; i < rt_evidence_count(); i++) {
		const struct rt_evidence *evidence = rt_evidence_at(i);
		bool race = is(evidence->kind, "data_race");
		if (campaign_is_cause(evidence) && (races || !race) && (!found || (is(found->kind, "data_race") && !race)))
			found = evidence;
	}
	return found;
}

struct told campaign_put_game_run(struct state *state, const char *status, bool races, FILE *out)
{
	struct found found = {.deviation = campaign_deviations_new()};
	const struct rt_evidence *evidence = cause(races);
	bool choice = is(status, "pruned");
	struct told told = {0};
	found.switches = campaign_deviations(found.deviation, &found.deviations);
	found.key = evidence ? campaign_key(evidence) : 0;
	forget_first_steps();
	told.next = choice ? add_next_steps() : 0;
	told.held = choice ? add_held() : 0;
	campaign_put_run(state, &found, status, out);
	free(found.deviation);
	return told;
}

static void put(struct state *state, const char *status, FILE *out)
{
	campaign_put_summary(state, out);
	fprintf(out, ",\"found\":[");
	struct told told = campaign_put_game_run(state, status, true, out);
	fprintf(out, "],\"moment\":");
	campaign_put_moment(status, told, out);
}

const char *campaign_game(struct state *state, FILE *out)
{
	campaign_limit_steps(state);
	SEARCH->racy_count = 0; /* what the plain run has seen is not what the game goes by */
	know_races(state->options->racy);
	state->schedules = 1;
	if (state->options->tree)
		return campaign_tree(state, out);
	unsigned racy = SEARCH->racy_count;
	const char *status = run(state);
	SEARCH->racy_count = racy;
	put(state, status, out);
	return status;
}
