/* play_stage.c - the program that is played, and the runs of it. */
#include "../finding/kind.h"
#include "../memory.h"
#include "play.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* ---- building ------------------------------------------------------------------------------- */

int stage_open(struct stage *stage, struct error *error)
{
	struct built *built = &stage->built;
	if (stage->wish.refused)
		return fail(error, "not explored: %s", stage->wish.refused);
	if ((stage->assignment ? build_explored(stage->kit, stage->assignment, &stage->wish, stage->queue, built, error)
	                       : build_files(stage->kit, &stage->wish, stage->queue, built, error)) != 0)
		return -1;
	if (built->uncovered)
		return fail(error, "not explored: uses %s, which the explorer does not cover", built->uncovered);
	stage->lines = lines_open(built->program);
	for (size_t i = 0; i < built->sources; i++)
		stage->source[i] = (struct source_text){built->file[i], built->text[i]};
	return 0;
}

void stage_clear(struct stage *stage)
{
	lines_close(stage->lines);
	built_clear(&stage->built);
	wish_clear(&stage->wish);
	free(stage->racy);
}

/* ---- runs of the host ----------------------------------------------------------------------- */

static struct run *new_run(const struct stage *stage, const char *strategy, char **report)
{
	char deaths[24];
	struct run *run = explored_run(stage->kit, stage->assignment, &stage->built, NULL, NULL);
	*report = strdup(run->report);
	run->output_limit = 1 << 20;
	run->file_limit = 256u << 20;
	run->wall_ms = 24 * 3600 * 1000;
	run->cpu_s = 24 * 3600;
	snprintf(deaths, sizeof deaths, "%" PRIu64, stage->wish.deaths);
	run_option(run, "--explore", strategy);
	run_option(run, "--seed", "1");
	run_option(run, "--tests", stage->test);
	run_option(run, "--steps", stage->wish.steps);
	run_option(run, "--quiet", "1");
	run->one_processor = true;
	run_option(run, "--allow-deaths", stage->wish.deaths ? deaths : NULL);
	run_option(run, "--watch-cpu-ms", "2000");
	return run;
}

static void add_arguments(struct run *run, const struct wish *wish)
{
	if (wish->arguments)
		run_add(run, "--");
	for (size_t i = 0; i < wish->arguments; i++)
		run_add(run, "%s", wish->argument[i]);
}

/* The line of the report that is about the program, or NULL; the caller's. */
static json_t *read_report(const char *path)
{
	char *text = file_read(path, 256 << 20, NULL, NULL), *rest = text;
	json_t *found = NULL;
	for (char *line; !found && rest && (line = strsep(&rest, "\n"));)
		found = json_loads(line, 0, NULL);
	free(text);
	return found;
}

/* Runs it (the queue's from now on) and reads the report, whose path is freed. 0, or -1 and *error. */
static int ask(struct stage *stage, struct run *run, char *report, struct explorations *explored, json_t **said,
               struct error *error)
{
	struct run_result result;
	int status = run_alone(stage->queue, run, &result) == 0 ? 0 : fail_interrupted(error, "");
	*said = status == 0 ? read_report(report) : NULL;
	if (status == 0)
		explorations_read(explored, report, stage->lines, stage->source, stage->built.sources);
	free(report);
	if (status == 0 && (!*said || !explored->count)) {
		explorations_free(explored);
		json_decref(*said);
		status = fail(error, "the program did not run (%s %d)", result.end == RUN_EXITED ? "status" : "signal",
		              result.status);
	}
	return status;
}

int stage_search(struct stage *stage, const struct search_way *way, struct explorations *found, struct error *error)
{
	char bound[16], *report;
	json_t *said;
	struct run *run = new_run(stage, way->strategy, &report);
	snprintf(bound, sizeof bound, "%d", way->bound);
	run_option(run, "--bound", bound);
	run_option(run, "--schedules", way->schedules);
	run_option(run, "--seconds", way->seconds);
	run_option(run, "--all", way->all ? "1" : NULL);
	add_arguments(run, &stage->wish);
	*found = (struct explorations){0};
	if (ask(stage, run, report, found, &said, error) != 0)
		return -1;
	const char *racy = json_string_value(json_object_get(json_object_get(said, "explore"), "racy"));
	free(stage->racy);
	stage->racy = strdup(racy ? racy : "");
	json_decref(said);
	return 0;
}

/* ---- a position ----------------------------------------------------------------------------- */

static size_t size_at(const json_t *json, const char *key)
{
	return (size_t)json_integer_value(json_object_get(json, key));
}

static enum moment_kind kind_of(const json_t *moment)
{
	static const char *const names[] = {[MOMENT_END] = "end",
	                                    [MOMENT_NEXT] = "next",
	                                    [MOMENT_WAITER] = "waiter",
	                                    [MOMENT_SPURIOUS] = "spurious",
	                                    [MOMENT_CHOICE] = "choice"};
	const char *name = json_string_value(json_object_get(moment, "kind"));
	for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0)
			return (enum moment_kind)i;
	return MOMENT_END;
}

static void read_moment(const json_t *moment, struct position *position)
{
	const json_t *taken = json_object_get(moment, "taken"), *options = json_object_get(moment, "options");
	position->kind = kind_of(moment);
	position->current = size_at(moment, "current");
	position->taken_count = json_array_size(taken);
	position->taken = zeroed(position->taken_count + 1, sizeof *position->taken);
	for (size_t i = 0; i < position->taken_count; i++)
		position->taken[i] = (unsigned)json_integer_value(json_array_get(taken, i));
	position->option_count = json_array_size(options);
	position->option = zeroed(position->option_count + 1, sizeof *position->option);
	for (size_t i = 0; i < position->option_count; i++) {
		const json_t *option = json_array_get(options, i);
		position->option[i] = (struct moment_option){.value = size_at(option, "value"),
		                                             .fires = json_is_true(json_object_get(option, "fires")),
		                                             .costs = json_is_true(json_object_get(option, "costs"))};
	}
	position->next = size_at(moment, "next");
	position->held = size_at(moment, "held");
}

/* Steps that were dropped on the way would make the last ones others. */
static int check(struct position *position, struct error *error)
{
	const struct exploration *exploration = &position->explored.item[0];
	const struct interleaving *interleaving =
	    exploration->discovery_count ? exploration->discovery[0].interleaving : NULL;
	if (interleaving && interleaving->step_count >= position->next + position->held) {
		position->state = &exploration->discovery[0];
		return 0;
	}
	position_clear(position);
	return fail(error, "what the program's run says cannot be read");
}

/* Without the places of races: those of the game are given apart. */
static char *without_races(const char *token)
{
	return strndup(token, strcspn(token, "+"));
}

int stage_look(struct stage *stage, const char *options, bool plays_on, const char *replay, struct position *position,
               struct error *error)
{
	char *report, *schedule = replay ? without_races(replay) : NULL;
	json_t *said;
	struct run *run = new_run(stage, "depth-first", &report);
	run_option(run, "--play", options);
	run_option(run, "--plays-on", plays_on ? "1" : NULL);
	run_option(run, "--racy", stage->racy);
	run_option(run, "--replay", schedule);
	add_arguments(run, &stage->wish);
	free(schedule);
	*position = (struct position){0};
	if (ask(stage, run, report, &position->explored, &said, error) != 0)
		return -1;
	read_moment(json_object_get(said, "moment"), position);
	json_decref(said);
	return check(position, error);
}

void position_clear(struct position *position)
{
	explorations_free(&position->explored);
	free(position->option);
	free(position->taken);
	*position = (struct position){0};
}

/* ---- a tree --------------------------------------------------------------------------------- */

static void read_branches(const json_t *moments, struct branches *branches)
{
	const struct exploration *exploration = &branches->explored.item[0];
	branches->count = exploration->discovery_count;
	branches->branch = zeroed(branches->count + 1, sizeof *branches->branch);
	for (size_t i = 0; i < branches->count; i++) {
		const json_t *moment = json_array_get(moments, i);
		struct branch *branch = &branches->branch[i];
		branch->from = (long)json_integer_value(json_object_get(moment, "from"));
		branch->same = (long)json_integer_value(json_object_get(moment, "same"));
		read_moment(json_object_get(moment, "moment"), &branch->position);
		branch->position.state = &exploration->discovery[i];
	}
}

int stage_tree(struct stage *stage, const char *options, int bound, unsigned most, struct branches *branches,
               struct error *error)
{
	char *report, bounds[16], runs[16];
	json_t *said;
	struct run *run = new_run(stage, "depth-first", &report);
	snprintf(bounds, sizeof bounds, "%d", bound);
	snprintf(runs, sizeof runs, "%u", most);
	run_option(run, "--play", options);
	run_option(run, "--racy", stage->racy);
	run_option(run, "--bound", bounds);
	run_option(run, "--tree", runs);
	add_arguments(run, &stage->wish);
	*branches = (struct branches){0};
	if (ask(stage, run, report, &branches->explored, &said, error) != 0)
		return -1;
	const json_t *moments = json_object_get(said, "moments");
	bool whole = json_array_size(moments) == branches->explored.item[0].discovery_count;
	if (whole)
		read_branches(moments, branches);
	json_decref(said);
	if (whole)
		return 0;
	branches_clear(branches);
	return fail(error, "what the program's runs say cannot be read");
}

void branches_clear(struct branches *branches)
{
	for (size_t i = 0; i < branches->count; i++) {
		free(branches->branch[i].position.option);
		free(branches->branch[i].position.taken);
	}
	free(branches->branch);
	explorations_free(&branches->explored);
	*branches = (struct branches){0};
}

bool is_beyond(const struct discovery *discovery)
{
	return strcmp(discovery->kind, "limit") == 0;
}

bool breaks(const struct discovery *discovery)
{
	return discovery->row_count && kind_find(discovery->kind)->effect != KIND_RACE && !is_beyond(discovery);
}
