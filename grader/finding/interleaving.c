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
	free(interleaving->lane);
	free(interleaving->step);
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
	return object;
}

json_t *interleaving_to_json(const struct interleaving *interleaving)
{
	json_t *root = json_object(), *lanes = json_array(), *steps = json_array();

	for (size_t i = 0; i < interleaving->lane_count; i++)
		json_append(lanes, json_text(interleaving->lane[i]));
	for (size_t i = 0; i < interleaving->step_count; i++)
		json_append(steps, step_to_json(&interleaving->step[i]));
	json_put(root, "lanes", lanes);
	json_put(root, "steps", steps);
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
	};
	return true;
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
	result->outcome = get_text(json, "outcome");
	return result;
}
