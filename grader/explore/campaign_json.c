/* campaign_json.c - what a campaign has found, as members of a JSON object. */
#include "campaign_private.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_ROWS = 12, STEPS_SHOWN = 600 };

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

static void put_rows(const struct found *found, FILE *out)
{
	const struct rt_evidence *cause = campaign_evidence_with(found->key);
	fprintf(out, "\"evidence\":[");
	if (cause || found->key)
		campaign_put_evidence(out, cause ? cause : &found->evidence);
	for (size_t i = 0, rows = 0; cause && i < rt_evidence_count() && rows < KEPT_ROWS; i++)
		if (is(rt_evidence_at(i)->kind, "hang") && ++rows) {
			fputc(',', out);
			campaign_put_evidence(out, rt_evidence_at(i));
		}
	fputc(']', out);
}

void campaign_put_found(struct state *state, const struct found *found, FILE *out)
{
	SEARCH->recording = !state->options->measure;
	const char *status = campaign_replay(state, found->deviation, found->deviations);
	SEARCH->recording = false;
	char *token = campaign_deviations_text(found->deviation, found->deviations);
	fprintf(out, "{\"status\":\"%s\",\"schedule\":%llu,\"switches\":%u,\"minimal\":%s,\"replays\":%s,",
	        found->status[0] ? found->status : status, (unsigned long long)found->number, found->switches,
	        found->minimal ? "true" : "false", campaign_evidence_with(found->key) ? "true" : "false");
	campaign_put_string(out, "token", token);
	fputc(',', out);
	campaign_put_string(out, "chosen", rt_chosen());
	fputc(',', out);
	put_rows(found, out);
	if (!state->options->measure) {
		fputc(',', out);
		put_steps(out);
	}
	fputc('}', out);
	free(token);
}

static const char *verdict_name(enum verdict verdict)
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
	fprintf(out, "\"verdict\":\"%s\",", verdict_name(campaign_verdict(state)));
	fprintf(out, "\"bound\":%d,\"bound_schedules\":%llu,\"exhausted\":%s,\"points\":%llu,\"threads\":%d,",
	        state->bound_completed, (unsigned long long)state->bound_schedules, state->exhausted ? "true" : "false",
	        (unsigned long long)search->profile.steps, search->profile.threads);
	fprintf(out, "\"gated\":%s,\"chooses\":%s,\"stopped_s\":%u,", search->gated && !search->ungated ? "true" : "false",
	        state->chooses ? "true" : "false", state->stopped_s);
	campaign_put_string(out, "why_not", state->why_not);
	fputc(',', out);
	campaign_put_string(out, "unsteady", state->unsteady);
	fputc('}', out);
}
