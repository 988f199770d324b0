/* sarif.c - findings in the static analysis interchange format (SARIF 2.1.0, OASIS), which GitHub's code scanning and
 * editors show at the lines of source. What two threads did is one code flow with a thread flow for each of them.
 *
 * Paths are relative to the root of the repository. Findings without a line of source are told at line 1. */
#include "../file.h"
#include "../finding/interleaving.h"
#include "../finding/kind.h"
#include "../memory.h"
#include "platform.h"
#include "steps.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

enum { STEP_LIMIT = 200, PRINT_SIZE = 17 /* 64 bits of a hash in hex, and a NUL */ };

struct sarif {
	const struct view *view;
	const struct report_options *options;
	json_t *rules, *results;
	char (*print)[PRINT_SIZE]; /* fingerprint of each result so far */
};

/* ---- texts ---------------------------------------------------------------------------------- */

/* A message string (SARIF, 3.11): brackets would be links, braces would be replaced. */
static json_t *message_string(const char *text)
{
	char *safe = plain(text, true), *result = NULL;
	size_t size;
	FILE *out = memory_open(&result, &size);
	for (const char *c = safe; *c; c++) {
		if (strchr("[]\\", *c))
			fputc('\\', out);
		if (strchr("{}", *c))
			fputc(*c, out);
		fputc(*c, out);
	}
	fclose(out);
	json_t *value = json_text(result);
	free(safe);
	free(result);
	return value;
}

static json_t *message(const char *text)
{
	json_t *object = json_object();

	json_put(object, "text", message_string(text));
	return object;
}

/* A relative reference (RFC 3986): all that is not unreserved as %NN. */
static json_t *uri(const char *path)
{
	char *text = format("%s", "");

	for (const char *c = path; *c; c++) {
		bool kept = isalnum((unsigned char)*c) || strchr("-._~/", *c);
		char *longer = kept ? format("%s%c", text, *c) : format("%s%%%02X", text, (unsigned char)*c);

		free(text);
		text = longer;
	}
	json_t *value = json_text(text);
	free(text);
	return value;
}

/* ---- places --------------------------------------------------------------------------------- */

/* The text of a line (1-based) of the submission without its end, or NULL. Not terminated there: *length. */
static const char *source_line(const struct sarif *sarif, unsigned number, size_t *length)
{
	const char *text = sarif->options->source_text;

	for (unsigned line = 1; text && line < number; line++) {
		text = strchr(text, '\n');
		text += text ? 1 : 0;
	}
	*length = text ? strcspn(text, "\r\n") : 0;
	return text;
}

/* In code points; at least one column is marked. */
static size_t columns_of_line(const struct sarif *sarif, unsigned number)
{
	size_t length, columns = 0;
	const char *text = source_line(sarif, number, &length);

	for (size_t i = 0; i < length; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns ? columns : 1;
}

/* A public test is a file of the repository as well; other files are of no use there. */
static char *path_of(const struct sarif *sarif, const char *file)
{
	const char *name = sarif->view->grade->assignment;
	struct place place = {.file = (char *)file};

	if (!file || view_place_is_source(sarif->view, &place))
		return sarif->options->source_path ? format("%s", sarif->options->source_path) : format("%s.c", name);
	return strcmp(file, "public.c") == 0 ? format("tests/assignments/%s/public.c", name) : NULL;
}

static json_t *region(struct sarif *sarif, unsigned line, bool source)
{
	size_t columns = source ? columns_of_line(sarif, line) : 1;
	json_t *object = json_object();

	json_put(object, "startLine", json_integer(line));
	json_put(object, "startColumn", json_integer(1));
	json_put(object, "endLine", json_integer(line));
	json_put(object, "endColumn", json_integer(1 + (json_int_t)columns));
	return object;
}

/* NULL for a file that the repository has not. `file` NULL: the submission's own; `words`: what happened there, or
 * NULL. */
static json_t *location(struct sarif *sarif, const char *file, unsigned line, const char *words)
{
	struct place place = {.file = (char *)file};
	bool source = !file || view_place_is_source(sarif->view, &place);
	char *path = path_of(sarif, file);

	if (!path)
		return NULL;
	json_t *object = json_object(), *physical = json_object(), *artifact = json_object();
	json_put(artifact, "uri", uri(path));
	json_put(artifact, "uriBaseId", json_text("%SRCROOT%"));
	json_put(physical, "artifactLocation", artifact);
	json_put(physical, "region", region(sarif, line ? line : 1, source));
	json_put(object, "physicalLocation", physical);
	if (words)
		json_put(object, "message", message(words));
	free(path);
	return object;
}

/* What the place is there for, "lock_pair: write by thread T2". */
static json_t *place_location(struct sarif *sarif, const struct place *place, const char *role)
{
	char *words =
	    format("%s%s%s", place->function ? place->function : "", place->function && role ? ": " : "", role ? role : "");
	json_t *object = place->file ? location(sarif, place->file, place->line, *words ? words : NULL) : NULL;

	free(words);
	return object;
}

static const struct place *main_place(const struct view *view, const struct finding *finding)
{
	for (size_t i = 0; i < finding->where_count; i++)
		if (finding->where[i].line && view_place_is_source(view, &finding->where[i]))
			return &finding->where[i];
	return NULL;
}

static json_t *related(struct sarif *sarif, const struct view_group *group)
{
	const struct finding *finding = group->shown;
	const struct place *main = main_place(sarif->view, finding);
	json_t *array = json_array();

	for (size_t i = 0; i < finding->where_count; i++) {
		const struct place *place = &finding->where[i];

		if (place == main || !view_place_shown(sarif->view, group, place))
			continue;
		json_t *object = place_location(sarif, place, place->role);
		if (!object)
			continue;
		json_put(object, "id", json_integer((json_int_t)json_array_size(array) + 1));
		json_append(array, object);
	}
	return array;
}

/* ---- code flows ----------------------------------------------------------------------------- */

/* The flow of that name in the array, made if it is not there. Borrowed. */
static json_t *flow_of(json_t *flows, const char *name)
{
	char *id = plain(name, false);
	json_t *flow;
	size_t i;

	json_array_foreach(flows, i, flow)
	{
		if (strcmp(json_string_value(json_object_get(flow, "id")), id) == 0) {
			free(id);
			return flow;
		}
	}
	flow = json_object();
	json_put(flow, "id", json_text(id));
	json_put(flow, "message", message(name));
	json_put(flow, "locations", json_array());
	json_append(flows, flow);
	free(id);
	return flow;
}

/* Frees nothing; takes the reference of `place`. */
static void add_step(json_t *flow, json_t *place, size_t order, bool first)
{
	json_t *step = json_object(), *steps = json_object_get(flow, "locations");

	json_put(step, "location", place);
	if (order)
		json_put(step, "executionOrder", json_integer((json_int_t)order));
	json_array_insert_new(steps, first ? 0 : json_array_size(steps), step);
}

/* The places of a race are the stacks of those who took part, told apart by their roles, innermost call first. A flow
 * goes the other way, to the access. */
static json_t *flows_by_role(struct sarif *sarif, const struct view_group *group)
{
	const struct finding *finding = group->shown;
	json_t *flows = json_array();
	const char *role = NULL;

	for (size_t i = 0; i < finding->where_count; i++) {
		const struct place *place = &finding->where[i];

		role = place->role ? place->role : role;
		json_t *object = role && view_place_shown(sarif->view, group, place)
		                     ? place_location(sarif, place, place->role ? place->role : "called from here")
		                     : NULL;
		if (object)
			add_step(flow_of(flows, role), object, 0, true);
	}
	return flows;
}

/* The steps of the explorer's schedule, a flow per lane, in one order. */
static json_t *flows_by_lane(struct sarif *sarif, const struct view_group *group)
{
	struct interleaving *interleaving = view_interleaving(sarif->view, group);
	json_t *flows = json_array();

	for (size_t i = 0; interleaving && i < interleaving->step_count && i < STEP_LIMIT; i++) {
		const struct step *step = &interleaving->step[i];

		if (step->lane >= interleaving->lane_count || !step->file || !step->line)
			continue;
		char *label = step_label(step), *lane = step_lane(interleaving, step->lane);
		char *words = format("%s%s%s", label, step->effect ? ": " : "", step->effect ? step->effect : "");
		json_t *object = location(sarif, step->file, step->line, words);
		if (object)
			add_step(flow_of(flows, lane), object, i + 1, false);
		free(label);
		free(lane);
		free(words);
	}
	interleaving_free(interleaving);
	return flows;
}

/* At most one code flow, and none without a step. */
static json_t *code_flows(struct sarif *sarif, const struct view_group *group)
{
	json_t *array = json_array(), *flow = json_object();
	json_t *flows = kind_find(group->shown->kind)->traits & KIND_BETWEEN ? flows_by_role(sarif, group) : json_array();

	if (json_array_size(flows) < 2) {
		json_t *lanes = flows_by_lane(sarif, group);
		bool better = json_array_size(lanes) > json_array_size(flows);

		json_decref(better ? flows : lanes);
		flows = better ? lanes : flows;
	}
	bool any = json_array_size(flows) > 0;
	json_put(flow, "threadFlows", flows);
	if (any)
		json_append(array, flow);
	else
		json_decref(flow);
	return array;
}

/* ---- rules and results ---------------------------------------------------------------------- */

static size_t rule_index(struct sarif *sarif, const char *kind)
{
	const struct finding_kind *rule = kind_find(kind);
	char *id = plain(kind, false);
	json_t *object;
	size_t i;

	json_array_foreach(sarif->rules, i, object)
	{
		if (strcmp(json_string_value(json_object_get(object, "id")), id) == 0)
			break;
	}
	if (i == json_array_size(sarif->rules)) {
		object = json_object();
		json_put(object, "id", json_text(id));
		json_put(object, "shortDescription", message(rule->title));
		json_put(object, "fullDescription", message(rule->meaning));
		json_put(object, "help", message(rule->advice));
		json_append(sarif->rules, object);
	}
	free(id);
	return i;
}

/* Of the rule and the words of the line, so that it stays the same when lines are added above; and how many such there
 * were before. */
static json_t *fingerprint(struct sarif *sarif, const char *kind, const struct place *place)
{
	size_t length = 0, index = json_array_size(sarif->results);
	const char *text = place ? source_line(sarif, place->line, &length) : NULL;
	char sum[HASH_SIZE], whole[PRINT_SIZE + 24];
	struct hash *hash = hash_new();
	unsigned before = 0;

	hash_add(hash, "kind", kind, strlen(kind));
	for (size_t i = 0; i < length; i++)
		if (!isspace((unsigned char)text[i]))
			hash_add(hash, "", &text[i], 1);
	if (!text && place)
		hash_add(hash, "line", &place->line, sizeof place->line);
	hash_end(hash, sum);
	snprintf(sarif->print[index], PRINT_SIZE, "%.16s", sum);
	for (size_t i = 0; i < index; i++)
		before += strcmp(sarif->print[i], sarif->print[index]) == 0;
	snprintf(whole, sizeof whole, "%s:%u", sarif->print[index], before + 1);
	json_t *object = json_object();
	json_put(object, "primaryLocationLineHash", json_text(whole));
	return object;
}

static const char *level_of(const struct view_group *group)
{
	if (group->section == VIEW_ADVICE)
		return "note";
	return group->points > 0 ? "error" : "warning";
}

static void add_result(struct sarif *sarif, const struct view_group *group)
{
	const struct finding *finding = group->shown;
	const struct place *place = main_place(sarif->view, finding);
	char *headline = group_headline(sarif->view, group), *sentence = group_sentence(group);
	char *text = format("%s. %s", headline, sentence), *kind = plain(finding->kind, false);
	json_t *object = json_object(), *locations = json_array();
	json_t *first = place ? place_location(sarif, place, place->role) : location(sarif, NULL, 1, NULL);

	json_put(object, "ruleId", json_text(kind));
	json_put(object, "ruleIndex", json_integer((json_int_t)rule_index(sarif, finding->kind)));
	json_put(object, "level", json_text(level_of(group)));
	json_put(object, "message", message(text));
	json_append(locations, first);
	json_put(object, "locations", locations);
	json_put(object, "relatedLocations", related(sarif, group));
	json_put(object, "codeFlows", code_flows(sarif, group));
	json_put(object, "partialFingerprints", fingerprint(sarif, finding->kind, place));
	json_append(sarif->results, object);
	free(headline);
	free(sentence);
	free(text);
	free(kind);
}

/* Consequences (not run, the gate, ...) are in no line of code. What was found when nothing could be judged proves
 * nothing. */
static void add_results(struct sarif *sarif)
{
	const struct view *view = sarif->view;

	for (size_t i = 0; view->grade->judged && i < view->group_count; i++)
		if (view->group[i].section != VIEW_FOLLOWUP)
			add_result(sarif, &view->group[i]);
}

static json_t *tool(struct sarif *sarif)
{
	json_t *object = json_object(), *driver = json_object();
	const char *version = sarif->view->grade->kit.kit;

	json_put(driver, "name", json_text("forkjoin"));
	if (version)
		json_put(driver, "version", plain_json(version));
	json_put(driver, "rules", sarif->rules);
	json_put(object, "driver", driver);
	return object;
}

static json_t *invocations(struct sarif *sarif)
{
	json_t *array = json_array(), *object = json_object();

	json_put(object, "executionSuccessful", json_boolean(sarif->view->grade->judged));
	json_append(array, object);
	return array;
}

/* A property bag may hold anything. */
static json_t *properties(struct sarif *sarif)
{
	const struct grade *grade = sarif->view->grade;
	json_t *object = json_object();

	if (grade->judged)
		json_put(object, "score", json_integer(grade->score));
	json_put(object, "maxScore", json_integer(grade->max_score));
	return object;
}

static json_t *run(struct sarif *sarif)
{
	json_t *object = json_object(), *details = json_object();
	char *name = plain(sarif->view->grade->assignment, false), *id = format("forkjoin/%s/", name);

	add_results(sarif);
	json_put(details, "id", json_text(id)); /* exercises do not replace each other's alerts */
	json_put(object, "tool", tool(sarif));
	json_put(object, "automationDetails", details);
	json_put(object, "invocations", invocations(sarif));
	json_put(object, "columnKind", json_text("unicodeCodePoints"));
	json_put(object, "results", sarif->results);
	json_put(object, "properties", properties(sarif));
	free(name);
	free(id);
	return object;
}

int report_sarif(FILE *out, const struct grade *grade, const struct assignment *assignment,
                 const struct report_options *options)
{
	struct view view = view_make(grade, assignment, options->everything);
	struct sarif sarif = {.view = &view,
	                      .options = options,
	                      .rules = json_array(),
	                      .results = json_array(),
	                      .print = zeroed(view.group_count + 1, sizeof *sarif.print)};
	json_t *object = json_object(), *runs = json_array();

	json_append(runs, run(&sarif));
	json_put(object, "$schema", json_text(SCHEMA));
	json_put(object, "version", json_text("2.1.0"));
	json_put(object, "runs", runs);
	free(sarif.print);
	view_clear(&view);
	return put_json(out, object, JSON_INDENT(2));
}
