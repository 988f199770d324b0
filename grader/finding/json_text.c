/* json_text.c - texts in any encoding as JSON, and objects filled without a test at each line. */
#include "json_text.h"

#include <stdio.h>
#include <stdlib.h>

/* How many bytes the character at `text` has, or 0 if they are not UTF-8. Jansson is asked, because it must take them.
 */
static size_t character_length(const char *text)
{
	for (size_t length = 1; length <= 4 && text[length - 1]; length++) {
		json_t *character = json_stringn(text, length);

		json_decref(character);
		if (character)
			return length;
	}
	return 0;
}

static json_t *escaped(const char *text)
{
	char *readable = NULL;
	size_t size;
	FILE *out = open_memstream(&readable, &size);

	if (!out)
		return NULL;
	while (*text) {
		size_t length = character_length(text);

		if (length)
			fwrite(text, 1, length, out);
		else
			fprintf(out, "\\x%02X", (unsigned char)*text);
		text += length ? length : 1;
	}
	json_t *result = fclose(out) == 0 ? json_string(readable) : NULL;
	free(readable);
	return result;
}

json_t *json_text(const char *text)
{
	json_t *result = text ? json_string(text) : json_null();

	return result ? result : escaped(text);
}

void json_put(json_t *object, const char *key, json_t *value, bool *ok)
{
	*ok = json_object_set_new(object, key, value) == 0 && *ok;
}

void json_append(json_t *array, json_t *value, bool *ok)
{
	*ok = json_array_append_new(array, value) == 0 && *ok;
}
