/* stepper.c - see stepper.h. What the script needs is data in the page: JSON, in which each text is made harmless
 * before it is escaped. */
#include "stepper.h"

#include "../memory.h"
#include "columns.h"
#include "page.h"
#include "picture.h"
#include "report.h"
#include "steps.h"
#include "view.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 3 /* of a loop, before it is folded */ };

/* ---- data ----------------------------------------------------------------------------------- */

/* Borrowed by the parent that it is given to; no text is null. */
static json_t *text_json(const char *text)
{
	char *harmless = text ? visible(text) : NULL;
	json_t *value = harmless ? json_string(harmless) : json_null();

	free(harmless);
	return value;
}

/* In HTML and XML alike nothing but text: the three characters of markup are escaped, which JSON has in strings only.
 */
static void put_data(FILE *out, const char *id, const char *kind, json_t *data)
{
	char *text = must(json_dumps(data, JSON_COMPACT | JSON_ENSURE_ASCII));

	fprintf(out, "<script type=\"application/json\" id=\"%s%s\">", id, kind);
	for (const char *c = text; *c; c++)
		if (strchr("<>&", *c))
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
	fputs("</script>\n", out);
	free(text);
	json_decref(data);
}

static json_t *lines_of(const char *text)
{
	json_t *lines = json_array();

	while (*text) {
		size_t length = strcspn(text, "\n");
		char *line = format("%.*s", (int)length, text);

		json_array_append_new(lines, text_json(line));
		free(line);
		text += length + (text[length] == '\n');
	}
	return lines;
}

void stepper_sources(FILE *out, const struct stepper_source source[], size_t count)
{
	json_t *files = json_object();

	for (size_t i = 0; i < count; i++) {
		char *name = visible(source[i].file);

		if (source[i].text)
			json_object_set_new(files, name, lines_of(source[i].text));
		free(name);
	}
	put_data(out, "sources", "", files);
}

static json_t *step_data(const struct step *step)
{
	static const char *const kinds[] = {
	    [STEP_PLAIN] = "plain", [STEP_ACQUIRE] = "acquire", [STEP_RELEASE] = "release", [STEP_WAIT] = "wait",
	    [STEP_START] = "start", [STEP_END] = "end",         [STEP_FAIL] = "fail"};
	char *label = step_label(step);
	json_t *data = json_object();

	json_object_set_new(data, "lane", json_integer((json_int_t)step->lane));
	json_object_set_new(data, "kind", json_string(kinds[step->kind]));
	json_object_set_new(data, "label", json_string(label));
	if (step->file)
		json_object_set_new(data, "file", text_json(step->file));
	if (step->line)
		json_object_set_new(data, "line", json_integer(step->line));
	if (step->object)
		json_object_set_new(data, "object", text_json(step->object));
	if (step->effect && *step->effect)
		json_object_set_new(data, "effect", text_json(step->effect));
	if (step->switched)
		json_object_set_new(data, "switched", json_true());
	if (step->spurious)
		json_object_set_new(data, "spurious", json_true());
	free(label);
	return data;
}

static json_t *change_data(const struct change *change)
{
	static const char *const kinds[] = {
	    [CHANGE_HOLDER] = "holder", [CHANGE_WAITER] = "waiter", [CHANGE_VALUE] = "value",
	    [CHANGE_BYTES] = "bytes",   [CHANGE_ENDS] = "ends",     [CHANGE_CHILD] = "child"};
	json_t *data = json_object();

	json_object_set_new(data, "step", json_integer((json_int_t)change->step));
	json_object_set_new(data, "kind", json_string(kinds[change->kind]));
	json_object_set_new(data, "id", json_integer((json_int_t)change->id));
	json_object_set_new(data, "value", json_integer(change->value));
	if (change->lane != NO_LANE)
		json_object_set_new(data, "lane", json_integer((json_int_t)change->lane));
	if (change->object)
		json_object_set_new(data, "object", text_json(change->object));
	if (change->class)
		json_object_set_new(data, "class", text_json(change->class));
	if (change->text)
		json_object_set_new(data, "text", text_json(change->text));
	if (change->file)
		json_object_set_new(data, "file", text_json(change->file));
	if (change->line)
		json_object_set_new(data, "line", json_integer(change->line));
	return data;
}

/* Rounds of loops after the first: from which step, how many steps, and in words. */
static json_t *folds_of(const struct interleaving *interleaving)
{
	json_t *folds = json_array();

	for (size_t i = 1; i < interleaving->step_count;) {
		size_t length, rounds = steps_again(interleaving, i, ROUNDS, &length);
		if (!rounds) {
			i++;
			continue;
		}
		char *words = loop_words(rounds, length);
		json_array_append_new(folds, json_pack("{s:I,s:I,s:s}", "from", (json_int_t)i, "count",
		                                       (json_int_t)(rounds * length), "words", words));
		free(words);
		i += rounds * length;
	}
	return folds;
}

/* ---- what is marked ------------------------------------------------------------------------- */

size_t stepper_decisive(const struct interleaving *interleaving, bool race)
{
	size_t count = interleaving->step_count, decisive = count ? count - 1 : 0;

	for (size_t i = 0; i < count; i++) {
		if (interleaving->step[i].kind != STEP_FAIL)
			continue;
		decisive = i;
		if (race)
			break;
	}
	return decisive;
}

static bool is_access(const struct step *step)
{
	return step->operation && step->object &&
	       (strcmp(step->operation, "read") == 0 || strcmp(step->operation, "write") == 0 ||
	        strncmp(step->operation, "atomic", 6) == 0);
}

/* The last access of another lane to what the decisive step uses; NONE: there is none. */
static size_t racing(const struct interleaving *interleaving, size_t decisive)
{
	const struct step *step = &interleaving->step[decisive];

	for (size_t i = decisive; is_access(step) && i-- > 0;) {
		const struct step *other = &interleaving->step[i];
		if (is_access(other) && other->lane != step->lane && strcmp(other->object, step->object) == 0 &&
		    (strcmp(other->operation, "read") != 0 || strcmp(step->operation, "read") != 0))
			return i;
	}
	return NONE;
}

static json_t *schedule_data(const struct interleaving *interleaving, bool race)
{
	json_t *data = json_object(), *lanes = json_array(), *steps = json_array(), *changes = json_array();
	size_t decisive = stepper_decisive(interleaving, race), other = race ? racing(interleaving, decisive) : NONE;

	for (size_t i = 0; i < interleaving->lane_count; i++) {
		char *name = step_lane(interleaving, i);

		json_array_append_new(lanes, json_string(name));
		free(name);
	}
	for (size_t i = 0; i < interleaving->step_count; i++)
		json_array_append_new(steps, step_data(&interleaving->step[i]));
	for (size_t i = 0; i < interleaving->change_count; i++)
		json_array_append_new(changes, change_data(&interleaving->change[i]));
	json_object_set_new(data, "lanes", lanes);
	json_object_set_new(data, "steps", steps);
	json_object_set_new(data, "changes", changes);
	json_object_set_new(data, "folds", folds_of(interleaving));
	json_object_set_new(data, "decisive", json_integer((json_int_t)decisive));
	if (other != NONE)
		json_object_set_new(data, "racing", json_integer((json_int_t)other));
	json_object_set_new(data, "outcome", text_json(interleaving->outcome));
	return data;
}

/* ---- the page ------------------------------------------------------------------------------- */

/* A line per step, for who has neither script nor picture. */
static void put_list(FILE *out, const struct interleaving *interleaving)
{
	fputs("<ol>\n", out);
	for (size_t i = 0; i < interleaving->step_count; i++) {
		const struct step *step = &interleaving->step[i];
		char *lane = step_lane(interleaving, step->lane), *label = step_label(step), *place = step_place(step);
		char *effect = visible(step->effect);
		char *line = format("%s: %s%s%s%s%s", lane, label, *place ? ", " : "", place, *effect ? ": " : "", effect);

		fputs("<li>", out);
		escape_html(out, line);
		fputs("</li>\n", out);
		free(line);
		free(effect);
		free(place);
		free(label);
		free(lane);
	}
	fputs("</ol>\n", out);
}

/* The picture is wider than the page as often as not: it scrolls, also with the keyboard, because smaller nobody could
 * read it. */
void stepper_write(FILE *out, const struct interleaving *interleaving, const char *id, bool race, bool picture)
{
	fprintf(out,
	        "<div class=\"schedule\" id=\"%s\">\n<div class=\"picture\" tabindex=\"0\" role=\"region\" "
	        "aria-label=\"schedule of %s\">\n",
	        id, id);
	if (picture)
		picture_write_in_page(out, interleaving, id);
	else
		put_list(out, interleaving);
	fputs("</div>\n", out);
	put_data(out, id, "-data", schedule_data(interleaving, race));
	fputs("</div>\n", out);
}

int stepper_page(FILE *out, const struct interleaving *interleaving, const struct stepper_source source[], size_t count,
                 const char *title, bool race)
{
	page_begin(out, title, "wide", PAGE_STEPS);
	fputs("<h1>", out);
	escape_html(out, title);
	fputs("</h1>\n<p>", out);
	escape_html(out, interleaving->outcome);
	fputs("</p>\n<section class=\"card\">\n", out);
	stepper_sources(out, source, count);
	stepper_write(out, interleaving, "S", race, true);
	fputs("</section>\n", out);
	page_end(out, PAGE_STEPS);
	return view_written(out);
}
