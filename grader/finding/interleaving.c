/* interleaving.c - an interleaving as JSON and back, and its end. */
#include "interleaving.h"
#include "../memory.h"
#include "json_text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = {
    [STEP_PLAIN] = "plain", [STEP_ACQUIRE] = "acquire", [STEP_RELEASE] = "release", [STEP_WAIT] = "wait",
    [STEP_START] = "start", [STEP_END] = "end",         [STEP_FAIL] = "fail",
};

enum { KINDS = sizeof kind_names / sizeof *kind_names };

static const char *const change_names[] = {
    [CHANGE_HOLDER] = "holder", [CHANGE_WAITER] = "waiter", [CHANGE_VALUE] = "value",
    [CHANGE_BYTES] = "bytes",   [CHANGE_ENDS] = "ends",     [CHANGE_CHILD] = "child"};

enum { CHANGES = sizeof change_names / sizeof *change_names };

static bool change_kind_named(const char *name, enum change_kind *kind)
{
	for (int i = 0; name && i < CHANGES; i++)
		if (strcmp(name, change_names[i]) == 0) {
			*kind = (enum change_kind)i;
			return true;
		}
	return false;
}

void interleaving_free(struct interleaving *interleaving)
{
	if (!interleaving)
		return;
	for (size_t i = 0; i < interleaving->lane_count; i++)
		free(interleaving->lane[i]);
	for (size_t i = 0; i < interleaving->step_count; i++) {
		free(interleaving->step[i].file);
		free(interleaving->step[i].code);
		free(interleaving->step[i].operation);
		free(interleaving->step[i].object);
		free(interleaving->step[i].effect);
	}
	for (size_t i = 0; i < interleaving->change_count; i++) {
		free(interleaving->change[i].object);
		free(interleaving->change[i].class);
		free(interleaving->change[i].text);
		free(interleaving->change[i].file);
	}
	free(interleaving->lane);
	free(interleaving->step);
	free(interleaving->change);
	free(interleaving->outcome);
	free(interleaving);
}

/* ---- writing -------------------------------------------------------------------------------- */

static void put_text(json_t *object, const char *key, const char *text)
{
	if (text)
		json_put(object, key, json_text(text));
}

static json_t *step_to_json(const struct step *step)
{
	json_t *object = json_object();

	json_put(object, "kind", json_text(kind_names[step->kind]));
	json_put(object, "lane", json_integer((json_int_t)step->lane));
	put_text(object, "file", step->file);
	if (step->line)
		json_put(object, "line", json_integer(step->line));
	put_text(object, "code", step->code);
	put_text(object, "operation", step->operation);
	put_text(object, "object", step->object);
	put_text(object, "effect", step->effect);
	if (step->switched)
		json_put(object, "switched", json_true());
	if (step->spurious)
		json_put(object, "spurious", json_true());
	return object;
}

static json_t *change_to_json(const struct change *change)
{
	json_t *object = json_object();

	json_put(object, "kind", json_text(change_names[change->kind]));
	json_put(object, "step", json_integer((json_int_t)change->step));
	if (change->lane != NO_LANE)
		json_put(object, "lane", json_integer((json_int_t)change->lane));
	if (change->id)
		json_put(object, "id", json_integer((json_int_t)change->id));
	put_text(object, "object", change->object);
	put_text(object, "class", change->class);
	put_text(object, "text", change->text);
	if (change->value)
		json_put(object, "value", json_integer(change->value));
	put_text(object, "file", change->file);
	if (change->line)
		json_put(object, "line", json_integer(change->line));
	return object;
}

json_t *interleaving_to_json(const struct interleaving *interleaving)
{
	json_t *root = json_object(), *lanes = json_array(), *steps = json_array(), *changes = json_array();

	for (size_t i = 0; i < interleaving->lane_count; i++)
		json_append(lanes, json_text(interleaving->lane[i]));
	for (size_t i = 0; i < interleaving->step_count; i++)
		json_append(steps, step_to_json(&interleaving->step[i]));
	json_put(root, "lanes", lanes);
	json_put(root, "steps", steps);
	for (size_t i = 0; i < interleaving->change_count; i++)
		json_append(changes, change_to_json(&interleaving->change[i]));
	if (interleaving->change_count)
		json_put(root, "changes", changes);
	else
		json_decref(changes);
	json_put(root, "switches", json_integer(interleaving->switches));
	put_text(root, "outcome", interleaving->outcome);
	return root;
}

/* ---- reading -------------------------------------------------------------------------------- */

static char *text_of(const json_t *value)
{
	const char *text = json_string_value(value);

	return text ? must(strdup(text)) : NULL;
}

static char *get_text(const json_t *object, const char *key)
{
	return text_of(json_object_get(object, key));
}

static enum step_kind get_kind(const json_t *object)
{
	const char *name = json_string_value(json_object_get(object, "kind"));

	for (int kind = 0; name && kind < KINDS; kind++)
		if (strcmp(name, kind_names[kind]) == 0)
			return (enum step_kind)kind;
	return STEP_PLAIN;
}

/* False when the step belongs to no lane. */
static bool read_step(const json_t *object, size_t lane_count, struct step *step)
{
	const json_t *lane = json_object_get(object, "lane");
	json_int_t number = json_integer_value(lane), line = json_integer_value(json_object_get(object, "line"));

	if (!json_is_object(object) || (lane && !json_is_integer(lane)) || number < 0 || (size_t)number >= lane_count)
		return false;
	*step = (struct step){
	    .kind = get_kind(object),
	    .lane = (size_t)number,
	    .file = get_text(object, "file"),
	    .line = line > 0 && line <= UINT_MAX ? (unsigned)line : 0,
	    .code = get_text(object, "code"),
	    .operation = get_text(object, "operation"),
	    .object = get_text(object, "object"),
	    .effect = get_text(object, "effect"),
	    .switched = json_is_true(json_object_get(object, "switched")),
	    .spurious = json_is_true(json_object_get(object, "spurious")),
	};
	return true;
}

/* False when it is of no kind, step or lane that there is. */
static bool read_change(const json_t *object, const struct interleaving *interleaving, struct change *change)
{
	const json_t *lane = json_object_get(object, "lane");
	json_int_t step = json_integer_value(json_object_get(object, "step")), number = json_integer_value(lane),
	           id = json_integer_value(json_object_get(object, "id")),
	           line = json_integer_value(json_object_get(object, "line"));
	enum change_kind kind;

	if (!change_kind_named(json_string_value(json_object_get(object, "kind")), &kind) || step < 0 ||
	    (size_t)step >= interleaving->step_count)
		return false;
	if (lane && (!json_is_integer(lane) || number < 0 || (size_t)number >= interleaving->lane_count))
		return false;
	*change = (struct change){
	    .kind = kind,
	    .step = (size_t)step,
	    .lane = lane ? (size_t)number : NO_LANE,
	    .id = id > 0 ? (size_t)id : 0,
	    .object = get_text(object, "object"),
	    .class = get_text(object, "class"),
	    .text = get_text(object, "text"),
	    .value = (long)json_integer_value(json_object_get(object, "value")),
	    .file = get_text(object, "file"),
	    .line = line > 0 && line <= UINT_MAX ? (unsigned)line : 0,
	};
	return true;
}

/* Changes count the steps that there are in the text: none, if one of them was dropped. */
static void read_changes(const json_t *changes, struct interleaving *result)
{
	result->change = zeroed(json_array_size(changes) + 1, sizeof *result->change);
	for (size_t i = 0; i < json_array_size(changes); i++)
		result->change_count += read_change(json_array_get(changes, i), result, &result->change[result->change_count]);
}

struct interleaving *interleaving_from_json(const json_t *json)
{
	const json_t *lanes = json_object_get(json, "lanes"), *steps = json_object_get(json, "steps");

	if (!json_is_object(json))
		return NULL;
	struct interleaving *result = zeroed(1, sizeof *result);
	result->lane_count = json_array_size(lanes);
	result->lane = zeroed(result->lane_count + 1, sizeof *result->lane);
	for (size_t i = 0; i < result->lane_count; i++)
		result->lane[i] = text_of(json_array_get(lanes, i));
	result->step = zeroed(json_array_size(steps) + 1, sizeof *result->step);
	for (size_t i = 0; i < json_array_size(steps); i++) {
		struct step *step = &result->step[result->step_count];

		if (!read_step(json_array_get(steps, i), result->lane_count, step))
			continue;
		result->step_count++;
		result->switches += step->switched;
	}
	if (result->step_count == json_array_size(steps))
		read_changes(json_object_get(json, "changes"), result);
	result->outcome = get_text(json, "outcome");
	return result;
}
