/* json_text.c - texts in any encoding as JSON, and objects filled without a test at each line. */
#include "json_text.h"
#include "../memory.h"

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
	char *readable;
	size_t size;
	FILE *out = memory_open(&readable, &size);

	while (*text) {
		size_t length = character_length(text);

		if (length)
			fwrite(text, 1, length, out);
		else
			fprintf(out, "\\x%02X", (unsigned char)*text);
		text += length ? length : 1;
	}
	fclose(out);
	json_t *result = json_string(readable);
	free(readable);
	return result;
}

json_t *json_text(const char *text)
{
	json_t *result = text ? json_string(text) : json_null();

	return result ? result : escaped(text);
}

static void done(int result, const char *what)
{
	if (result == 0)
		return;
	fprintf(stderr, "forkjoin: %s is no JSON\n", what);
	abort();
}

void json_put(json_t *object, const char *key, json_t *value)
{
	done(json_object_set_new(object, key, value), key);
}

void json_append(json_t *array, json_t *value)
{
	done(json_array_append_new(array, value), "an entry of a list");
}
