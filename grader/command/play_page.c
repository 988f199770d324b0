/* play_page.c - the levels as one page: of each small program the schedules that were run, so that the page needs
 * nothing to play them. The page itself is play.html and play.js of ../report/page. */
#include "../file.h"
#include "../finding/kind.h"
#include "../memory.h"
#include "../report/page.h"
#include "../score/grade.h"
#include "play.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 1600, MORE_SWITCHES = 1 };

/* ---- texts that come again and again -------------------------------------------------------- */

struct texts {
	json_t *all;    /* in order */
	json_t *number; /* of each */
};

static json_t *text_number(struct texts *texts, const char *text)
{
	json_t *known = json_object_get(texts->number, text);
	if (known)
		return json_incref(known);
	json_t *number = json_integer((json_int_t)json_array_size(texts->all));
	json_array_append_new(texts->all, json_string(text));
	json_object_set(texts->number, text, number);
	return number;
}

/* Frees the text. */
static json_t *text_of(struct texts *texts, char *text)
{
	json_t *number = text_number(texts, text);
	free(text);
	return number;
}

/* ---- steps ---------------------------------------------------------------------------------- */

static bool is_start(const struct step *step)
{
	return step->operation && strcmp(step->operation, "start") == 0;
}

static char *operation_of(const struct step *step, bool effect)
{
	const char *object = step->object ? step->object : "", *what = effect && step->effect ? step->effect : "";
	return format("%s%s%s%s%s", step->operation ? step->operation : "", *object ? " " : "", object, *what ? ": " : "",
	              what);
}

/* [who, line, what] */
static json_t *step_json(struct texts *texts, const struct interleaving *interleaving, const struct step *step,
                         bool effect)
{
	json_t *json = json_array();
	json_array_append_new(json, text_number(texts, interleaving->lane[step->lane]));
	json_array_append_new(json, json_integer(is_start(step) ? 0 : step->line));
	json_array_append_new(json, text_of(texts, operation_of(step, effect)));
	return json;
}

static size_t happened(const struct position *position)
{
	return position->state->interleaving->step_count - position->next - position->held;
}

static json_t *steps_since(struct texts *texts, const struct branches *branches, const struct branch *branch)
{
	const struct interleaving *interleaving = branch->position.state->interleaving;
	size_t from = branch->from >= 0 ? happened(&branches->branch[branch->from].position) : 0;
	json_t *steps = json_array();
	for (size_t i = from; i < happened(&branch->position); i++)
		json_array_append_new(steps, step_json(texts, interleaving, &interleaving->step[i], true));
	return steps;
}

static json_t *next_steps(struct texts *texts, const struct position *position)
{
	const struct interleaving *interleaving = position->state->interleaving;
	json_t *steps = json_array();
	for (size_t i = happened(position); i < happened(position) + position->next; i++)
		json_array_append_new(steps, step_json(texts, interleaving, &interleaving->step[i], false));
	return steps;
}

static json_t *holders(struct texts *texts, const struct position *position)
{
	const struct interleaving *interleaving = position->state->interleaving;
	json_t *held = json_array();
	for (size_t i = interleaving->step_count - position->held; i < interleaving->step_count; i++) {
		const struct step *step = &interleaving->step[i];
		json_array_append_new(held, text_of(texts, format("%s holds %s since line %u", interleaving->lane[step->lane],
		                                                  step->object ? step->object : "a lock", step->line)));
	}
	return held;
}

/* ---- choices -------------------------------------------------------------------------------- */

/* The run that the option leads to; -1: there is none on the page. */
static long child_of(const struct branches *branches, size_t from, size_t option)
{
	size_t taken = branches->branch[from].position.taken_count;
	for (size_t i = from + 1; i < branches->count; i++) {
		const struct branch *branch = &branches->branch[i];
		if (branch->from == (long)from && branch->position.taken_count > taken &&
		    branch->position.taken[taken] == option)
			return (long)i;
	}
	return -1;
}

/* [key, words, is it a thread, does it cost a switch, run] */
static json_t *option_json(struct texts *texts, const struct branches *branches, size_t from, size_t option)
{
	const struct position *position = &branches->branch[from].position;
	const struct moment_option *it = &position->option[option];
	char key[] = {moment_key(position, option), 0};
	json_t *json = json_array();
	json_array_append_new(json, json_string(key));
	json_array_append_new(json, text_of(texts, moment_words(position, option)));
	json_array_append_new(json, json_integer(position_asks_for_lane(position) && !it->fires));
	json_array_append_new(json, json_integer(it->costs));
	json_array_append_new(json, json_integer(child_of(branches, from, option)));
	return json;
}

static void add_choice(json_t *json, struct texts *texts, const struct branches *branches, size_t at)
{
	const struct position *position = &branches->branch[at].position;
	json_t *options = json_array();
	for (size_t i = 0; i < position->option_count; i++)
		json_array_append_new(options, option_json(texts, branches, at, i));
	json_object_set_new(json, "q", text_of(texts, moment_question(position)));
	json_object_set_new(json, "o", options);
	json_object_set_new(json, "n", next_steps(texts, position));
	if (position->held)
		json_object_set_new(json, "h", holders(texts, position));
}

static void add_end(json_t *json, struct texts *texts, const struct discovery *state)
{
	json_t *rows = json_array();
	for (size_t i = 0; i < state->row_count; i++)
		json_array_append_new(rows, text_number(texts, state->row[i].text));
	json_object_set_new(json, "e", json_integer(breaks(state)));
	if (breaks(state))
		json_object_set_new(json, "t", text_number(texts, kind_find(state->kind)->title));
	json_object_set_new(json, "x", rows);
}

static json_t *run_json(struct texts *texts, const struct branches *branches, size_t at)
{
	const struct branch *branch = &branches->branch[at];
	json_t *json = json_object();
	json_object_set_new(json, "s", steps_since(texts, branches, branch));
	if (branch->same >= 0)
		json_object_set_new(json, "r", json_integer(branch->same));
	else if (branch->position.kind == MOMENT_END || breaks(branch->position.state))
		add_end(json, texts, branch->position.state);
	else
		add_choice(json, texts, branches, at);
	return json;
}

static json_t *runs_json(const struct branches *branches, struct texts *texts)
{
	json_t *runs = json_array();
	for (size_t i = 0; i < branches->count; i++)
		json_array_append_new(runs, run_json(texts, branches, i));
	return runs;
}

/* ---- levels --------------------------------------------------------------------------------- */

/* The schedule of that token, as options ("0.1.0"); the caller frees it. NULL and *error. */
static char *options_of(struct stage *stage, const char *token, struct error *error)
{
	struct position position;
	char *text;
	size_t size;
	if (stage_look(stage, "", false, token, &position, error) != 0)
		return NULL;
	FILE *out = memory_open(&text, &size);
	for (size_t i = 0; i < position.taken_count; i++)
		fprintf(out, "%s%u", i ? "." : "", position.taken[i]);
	fclose(out);
	position_clear(&position);
	return text;
}

/* What breaks the program first, as options. */
static char *shortest(struct stage *stage, const struct level *level, struct error *error)
{
	struct search_way way = {.strategy = "depth-first", .bound = level->par, .schedules = LEVEL_SCHEDULES};
	struct explorations found;
	if (stage_search(stage, &way, &found, error) != 0)
		return NULL;
	const struct exploration *exploration = &found.item[0];
	const char *token = NULL;
	for (size_t i = 0; i < exploration->discovery_count && !token; i++)
		token = breaks(&exploration->discovery[i]) ? exploration->discovery[i].token : NULL;
	char *options = token ? options_of(stage, token, error) : NULL;
	if (!token)
		fail(error, "%s does not break with par %d: grader validate --levels", level->name, level->par);
	explorations_free(&found);
	return options;
}

static int add_runs(json_t *json, struct stage *stage, const struct level *level, struct error *error)
{
	struct branches branches;
	struct texts texts = {json_array(), json_object()};
	char *options = shortest(stage, level, error);
	int result = options ? stage_tree(stage, options, level->par + MORE_SWITCHES, MOST_RUNS, &branches, error) : -1;
	if (result == 0) {
		json_object_set_new(json, "runs", runs_json(&branches, &texts));
		json_object_set(json, "texts", texts.all);
		branches_clear(&branches);
	}
	json_decref(texts.all);
	json_decref(texts.number);
	free(options);
	return result;
}

/* What the explorer says of the twin. */
static int add_summary(json_t *json, struct stage *stage, struct error *error)
{
	struct search_way way = {.strategy = "depth-first", .bound = TWIN_BOUND, .schedules = LEVEL_SCHEDULES};
	struct explorations found;
	if (stage_search(stage, &way, &found, error) != 0)
		return -1;
	char *summary = explored_summary(&found.item[0].explored, found.item[0].discovery_count > 0);
	json_object_set_new(json, "proved", json_string(summary));
	free(summary);
	explorations_free(&found);
	return 0;
}

/* Opens the program or its twin, adds its text and what its runs say. */
static int add_program(json_t *json, const struct stage *common, const struct levels *levels, const struct level *level,
                       bool twin, struct error *error)
{
	struct stage stage = *common;
	char *file = level_file(levels, level, twin);
	add_word(stage.wish.file, &stage.wish.files, "", file);
	free(file);
	int result = stage_open(&stage, error);
	if (result == 0) {
		json_object_set_new(json, twin ? "twin" : "source", json_string(stage.built.text[0]));
		result = twin ? add_summary(json, &stage, error) : add_runs(json, &stage, level, error);
	}
	stage_clear(&stage);
	return result;
}

static json_t *level_json(const struct stage *common, const struct levels *levels, const struct level *level,
                          struct error *error)
{
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:i}", "name", level->name, "title", level->title, "story",
	                         level->story, "goal", level->goal, "par", level->par),
	       *notes = json_array();
	for (size_t i = 0; i < level->notes.count; i++)
		json_array_append_new(notes, json_string(level->notes.item[i]));
	json_object_set_new(json, "notes", notes);
	if (add_program(json, common, levels, level, false, error) == 0 &&
	    add_program(json, common, levels, level, true, error) == 0)
		return json;
	json_decref(json);
	return NULL;
}

static json_t *levels_json(const struct stage *common, const struct levels *levels, struct error *error)
{
	json_t *all = json_array();
	for (size_t i = 0; i < levels->count; i++) {
		json_t *level = level_json(common, levels, &levels->level[i], error);
		if (level)
			json_array_append_new(all, level);
		if (level)
			continue;
		json_decref(all);
		return NULL;
	}
	return all;
}

/* ---- the page ------------------------------------------------------------------------------- */

/* In a script nothing may look like its end. */
static void put_data(FILE *out, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT);
	for (const char *c = text; *c; c++)
		if (*c == '<')
			fputs("\\u003c", out);
		else
			fputc(*c, out);
	free(text);
}

static void put_page(FILE *out, const json_t *json)
{
	page_begin(out, "Play: you are the scheduler", "full", PAGE_PLAYS);
	fprintf(out, "%s<script id=\"data\" type=\"application/json\">", page_game);
	put_data(out, json);
	fputs("</script>\n", out);
	page_end(out, PAGE_PLAYS);
}

int write_page(const struct stage *common, const struct levels *levels, const char *path, struct error *error)
{
	json_t *json = levels_json(common, levels, error);
	char *page;
	size_t size;
	if (!json)
		return -1;
	FILE *out = memory_open(&page, &size);
	put_page(out, json);
	fclose(out);
	json_decref(json);
	int result = file_write(path, page, size, error);
	free(page);
	return result;
}
