/* campaign_json.c - what a campaign has found, as members of a JSON object. */
#include "campaign_private.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_ROWS = 12, OBJECTS_SHOWN = 256 };
#define FIRST_NUMBER (1ul << 46) /* of objects: no address of a program */

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

/* Objects as the report names them: what lies in the program is told by its address, which is the same in each run,
 * what lies on the heap or on a stack by a number. */
struct objects {
	uintptr_t key[OBJECTS_SHOWN];
	size_t count;
};

static uintptr_t number_of(struct objects *objects, uintptr_t key)
{
	key &= INT64_MAX; /* the top bit is for names */
	if (!objects || (key & RT_ADDRESS) < 4096 || rt_is_static(key & RT_ADDRESS))
		return key;
	size_t i = 0;
	while (i < objects->count && objects->key[i] != key)
		i++;
	if (i == OBJECTS_SHOWN)
		return FIRST_NUMBER + OBJECTS_SHOWN;
	objects->key[i] = key;
	objects->count += i == objects->count;
	return FIRST_NUMBER + i;
}

/* The text with numbers in its {obj:HEX}. The caller frees it. */
static char *numbered(struct objects *objects, const char *text)
{
	char *result;
	size_t size;
	FILE *out = open_memstream(&result, &size);
	if (!out)
		abort();
	for (const char *mark; objects && (mark = strstr(text, "{obj:"));) {
		char *end;
		uintptr_t key = strtoul(mark + strlen("{obj:"), &end, 16);
		fprintf(out, "%.*s{obj:%lx", (int)(mark - text), text, (unsigned long)number_of(objects, key));
		text = end;
	}
	fputs(text, out);
	fclose(out);
	return result;
}

static void put_text(FILE *out, struct objects *objects, const char *name, const char *text)
{
	char *readable = numbered(objects, text);
	campaign_put_string(out, name, readable);
	free(readable);
}

static void put_evidence(FILE *out, struct objects *objects, const struct rt_evidence *evidence)
{
	fputc('{', out);
	campaign_put_string(out, "kind", evidence->kind);
	fputc(',', out);
	put_text(out, objects, "text", evidence->text);
	fputc(',', out);
	put_text(out, objects, "expected", evidence->expected);
	fputc(',', out);
	campaign_put_string(out, "file", evidence->file);
	fprintf(out, ",\"line\":%u,", evidence->line);
	if (evidence->object)
		fprintf(out, "\"object\":%lu,\"bytes\":%u,", (unsigned long)number_of(objects, evidence->object),
		        evidence->bytes);
	put_frames(out, "frames", evidence->frame);
	if (evidence->other[0]) {
		fputc(',', out);
		put_text(out, objects, "role", evidence->role);
		fputc(',', out);
		put_text(out, objects, "other_role", evidence->other_role);
		fputc(',', out);
		put_frames(out, "others", evidence->other);
	}
	fputc('}', out);
}

void campaign_put_evidence(FILE *out, const struct rt_evidence *evidence)
{
	put_evidence(out, NULL, evidence);
}

static void put_steps(FILE *out, struct objects *objects)
{
	const struct search *search = SEARCH;
	char name[64];
	fprintf(out, "\"lanes\":[");
	for (int i = 0; i < WORLD->thread_count; i++) {
		const char *lane = rt_thread_name(i, name, sizeof name);
		fprintf(out, "%s\"%s\"", i ? "," : "", strncmp(lane, "the ", 4) == 0 ? lane + 4 : lane);
	}
	fprintf(out, "],\"steps\":[");
	for (size_t i = 0; i < search->step_count && i < STATE_STEPS; i++) {
		const struct search_step *step = &search->step[i];
		fprintf(out, "%s{\"lane\":%u,\"kind\":%u,\"site\":%lu,\"object\":%lu,\"switched\":%s,\"spurious\":%s,",
		        i ? "," : "", step->thread, step->kind, (unsigned long)step->site,
		        (unsigned long)number_of(objects, step->object), step->switched ? "true" : "false",
		        step->spurious ? "true" : "false");
		if (step->task >= 0)
			fprintf(out, "\"task\":%d,", step->task);
		campaign_put_string(out, "op", rt_op_name(step->op));
		fputc(',', out);
		campaign_put_string(out, "class", rt_traits[step->class]->name);
		fputc(',', out);
		put_text(out, objects, "effect", step->effect);
		fputc('}', out);
	}
	fputc(']', out);
}

static void put_change(FILE *out, struct objects *objects, const struct search_change *change)
{
	fprintf(out, "{\"kind\":%u,\"step\":%u,\"thread\":%d,\"value\":%d,\"site\":%lu,\"object\":%lu,", change->kind,
	        change->step, change->thread, change->value, (unsigned long)change->site,
	        (unsigned long)number_of(objects, change->object));
	campaign_put_string(out, "class", rt_traits[change->class]->name);
	fputc(',', out);
	campaign_put_string(out, "text", change->text);
	fputc('}', out);
}

static void put_changes(FILE *out, struct objects *objects)
{
	const struct search_state *state = &SEARCH->state;
	fprintf(out, "\"changes\":[");
	for (size_t i = 0; i < state->change_count; i++) {
		fputs(i ? "," : "", out);
		put_change(out, objects, &state->change[i]);
	}
	fputc(']', out);
}

static const struct search_place *place_of(uintptr_t key)
{
	const struct search *search = SEARCH;
	for (unsigned i = 0; i < search->place_count; i++)
		if ((search->place[i].key & INT64_MAX) == key)
			return &search->place[i];
	return NULL;
}

/* Objects of one block have one: the number of the first. */
static size_t block_number(const struct objects *objects, const struct order_block *block)
{
	size_t first = 0;
	while ((objects->key[first] & RT_ADDRESS) - block->address >= block->bytes)
		first++;
	return first;
}

static void put_place(FILE *out, const struct search_place *place)
{
	char name[64];
	if (place->pc)
		fprintf(out, ",\"function\":%lu,\"offset\":%lld,\"callee\":%lu,\"callee_offset\":%lld",
		        (unsigned long)place->pc, (long long)place->offset, (unsigned long)place->callee,
		        (long long)place->callee_offset);
	else
		fprintf(out, ",\"thread\":\"%s\",\"offset\":%lld", rt_thread_name(place->thread, name, sizeof name),
		        (long long)place->offset);
}

/* What the numbers stand for: a local variable of a thread, or a place in a block of the heap. */
static void put_objects(FILE *out, const struct objects *objects)
{
	fprintf(out, "\"objects\":[");
	for (size_t i = 0; i < objects->count; i++) {
		const struct search_place *place = place_of(objects->key[i]);
		uintptr_t address = objects->key[i] & RT_ADDRESS;
		struct order_block block;
		fprintf(out, "%s{\"number\":%lu", i ? "," : "", FIRST_NUMBER + i);
		if (place)
			put_place(out, place);
		else if (order_block(address, &block))
			fprintf(out, ",\"block\":%lu,\"offset\":%lu,\"bytes\":%u,\"by\":%u",
			        FIRST_NUMBER + block_number(objects, &block), (unsigned long)(address - block.address), block.bytes,
			        block.pc);
		fputc('}', out);
	}
	fputc(']', out);
}

static void put_rows(const struct found *found, struct objects *objects, FILE *out)
{
	const struct rt_evidence *cause = campaign_evidence_with(found->key);
	fprintf(out, "\"evidence\":[");
	if (cause || found->key)
		put_evidence(out, objects, cause ? cause : &found->evidence);
	for (size_t i = 0, rows = 0; cause && i < rt_evidence_count() && rows < KEPT_ROWS; i++)
		if (is(rt_evidence_at(i)->kind, "hang") && ++rows) {
			fputc(',', out);
			put_evidence(out, objects, rt_evidence_at(i));
		}
	fputc(']', out);
}

void campaign_put_run(const struct state *state, const struct found *found, const char *status, FILE *out)
{
	bool again = campaign_evidence_with(found->key), too_long = !again && SEARCH->limits & OVER_DECISIONS;
	char *token = campaign_deviations_text(found->deviation, found->deviations);
	fprintf(out,
	        "{\"status\":\"%s\",\"schedule\":%llu,\"switches\":%u,\"needed\":%s,\"minimal\":%s,\"replays\":%s,\"too_"
	        "long\":%s,",
	        found->status[0] ? found->status : status, (unsigned long long)found->number, found->switches,
	        found->needed ? "true" : "false", found->minimal ? "true" : "false", again ? "true" : "false",
	        too_long ? "true" : "false");
	campaign_put_string(out, "token", token);
	fputc(',', out);
	campaign_put_string(out, "chosen", rt_chosen());
	fputc(',', out);
	struct objects *objects = calloc(1, sizeof *objects);
	if (!objects)
		abort();
	put_rows(found, objects, out);
	if (!state->options->measure) {
		fputc(',', out);
		put_steps(out, objects);
		fputc(',', out);
		put_changes(out, objects);
		fputc(',', out);
		put_objects(out, objects);
	}
	fputc('}', out);
	free(objects);
	free(token);
}

void campaign_put_found(struct state *state, const struct found *found, FILE *out)
{
	SEARCH->recording = !state->options->measure;
	const char *status = campaign_replay(state, found->deviation, found->deviations);
	SEARCH->recording = false;
	campaign_put_run(state, found, status, out);
}

char *campaign_notes(void)
{
	const char *before = "";
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	struct objects *objects = calloc(1, sizeof *objects);
	if (!out || !objects)
		abort();
	fprintf(out, "\"notes\":[");
	for (size_t i = 0; i < rt_evidence_count(); i++) {
		if (!rt_evidence_at(i)->left)
			continue;
		fputs(before, out);
		put_evidence(out, objects, rt_evidence_at(i));
		before = ",";
	}
	fprintf(out, "],\"left\":{");
	put_objects(out, objects);
	fputc('}', out);
	fclose(out);
	free(objects);
	return text;
}

const char *campaign_verdict_name(enum verdict verdict)
{
	static const char *const names[] = {[VERDICT_NONE_FAILS] = "none_fails",
	                                    [VERDICT_FOUND] = "found",
	                                    [VERDICT_NOT_EXPLORED] = "not_explored",
	                                    [VERDICT_STOPPED] = "stopped"};
	return names[verdict];
}

void campaign_put_summary(const struct state *state, FILE *out)
{
	const struct search *search = SEARCH;
	fprintf(out, "\"explore\":{\"strategy\":\"%s\",\"seed\":%llu,\"schedules\":%u,\"hash\":\"%016llx\",",
	        state->options->replay ? "replay" : state->options->strategy->name,
	        (unsigned long long)state->options->seed, state->schedules, (unsigned long long)state->hash);
	fprintf(out, "\"verdict\":\"%s\",", campaign_verdict_name(campaign_verdict(state)));
	fprintf(out, "\"bound\":%d,\"bound_schedules\":%llu,\"exhausted\":%s,\"points\":%llu,\"threads\":%d,",
	        state->bound_completed, (unsigned long long)state->bound_schedules, state->exhausted ? "true" : "false",
	        (unsigned long long)search->profile.steps, search->profile.threads);
	fprintf(out, "\"weaker_atomics\":%s,\"handlers\":%s,", search->weaker ? "true" : "false",
	        search->handlers ? "true" : "false");
	fprintf(out, "\"gated\":%s,\"chooses\":%s,\"stopped_s\":%u,", search->gated && !search->ungated ? "true" : "false",
	        state->chooses ? "true" : "false", state->stopped_s);
	fprintf(out, "\"racy\":\"");
	for (unsigned i = 0; i < search->racy_count; i++)
		fprintf(out, "+%lx", (unsigned long)search->racy[i]);
	fprintf(out, "\",");
	campaign_put_string(out, "why_not", state->why_not);
	fputc(',', out);
	campaign_put_string(out, "unsteady", state->unsteady);
	fputc('}', out);
}
