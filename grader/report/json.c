/* json.c - the machine's report: the result itself, with texts no longer than in other reports, in ASCII that may stand
 * in any log. */
#include "view.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* The text, cut as escape_plain does, or NULL when it is short enough. A new reference. */
static json_t *cut(const json_t *text)
{
	size_t size = json_string_length(text), end = ESCAPE_LIMIT;
	const char *bytes = json_string_value(text);

	if (size <= ESCAPE_LIMIT)
		return NULL;
	while (((unsigned char)bytes[end] & 0xc0) == 0x80)
		end--;
	return json_sprintf("%.*s... (%zu more bytes)", (int)end, bytes, size - end);
}

static void shorten(json_t *value);

static void shorten_object(json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		json_t *shorter = json_is_string(value) ? cut(value) : NULL;

		if (shorter)
			json_object_set_new(object, key, shorter); /* of a key that is there: the iterator stays valid */
		else
			shorten(value);
	}
}

static void shorten_array(json_t *array)
{
	size_t index;
	json_t *value;

	json_array_foreach(array, index, value)
	{
		json_t *shorter = json_is_string(value) ? cut(value) : NULL;

		if (shorter)
			json_array_set_new(array, index, shorter);
		else
			shorten(value);
	}
}

static void shorten(json_t *value)
{
	if (json_is_object(value))
		shorten_object(value);
	else if (json_is_array(value))
		shorten_array(value);
}

/* In JSON of ASCII these can only be inside of strings. No line can begin with "::": strings begin with a quote. */
static void put_ascii(FILE *out, const char *json)
{
	for (const char *at = json; *at; at++) {
		if (*at == 0x7f || (*at == '#' && escape_is_order(json, at)))
			fprintf(out, "\\u%04x", *at);
		else
			fputc(*at, out);
	}
}

int report_json(FILE *out, const struct grade *grade, const struct assignment *assignment,
                const struct report_options *options)
{
	char *text = grade_to_json(grade);
	json_t *result = json_loads(text, 0, NULL);

	(void)assignment;
	(void)options;
	free(text);
	shorten(result);
	text = json_dumps(result, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(result);
	put_ascii(out, text);
	fputc('\n', out);
	free(text);
	return view_written(out);
}
