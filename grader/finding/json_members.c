/* json_members.c - structs as JSON and back: one table of a struct's members says both. */
#include "json_members.h"
#include "../memory.h"
#include "interleaving.h"
#include "json_text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_SIZE = 65 };

/* ---- writing -------------------------------------------------------------------------------- */

static json_t *made(const struct json_member *member, const void *thing)
{
	char *text = member->make(thing);
	json_t *value = json_text(text);
	free(text);
	return value;
}

static json_t *texts(char *const *item, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		json_append(array, json_text(item[i]));
	return array;
}

static json_t *structs(const struct json_shape *shape, const char *item, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++)
		json_append(array, json_from_members(shape, item + i * shape->size));
	return array;
}

static json_t *value_of(const struct json_member *member, const void *thing)
{
	const void *at = (const char *)thing + member->offset, *count = (const char *)thing + member->count_offset;
	switch (member->type) {
	case MEMBER_TEXT:
	case MEMBER_TEXT_OR_NULL:
		return json_text(*(char *const *)at);
	case MEMBER_MADE:
		return made(member, at);
	case MEMBER_DIGEST:
		return json_text(at);
	case MEMBER_NUMBER:
		return json_integer(*(const int *)at);
	case MEMBER_COUNT:
		return json_integer(*(const unsigned long long *)at);
	case MEMBER_BOOLEAN:
		return json_boolean(*(const bool *)at);
	case MEMBER_EITHER:
		return json_text(member->choices[*(const bool *)at]);
	case MEMBER_CHOICE:
		return json_text(member->choices[*(const unsigned *)at]);
	case MEMBER_TEXTS:
		return texts(*(char *const *const *)at, *(const size_t *)count);
	case MEMBER_STRUCT:
		return json_from_members(member->shape, at);
	case MEMBER_STRUCTS:
		return structs(member->shape, *(const char *const *)at, *(const size_t *)count);
	case MEMBER_INTERLEAVING:
		break;
	}
	const struct interleaving *interleaving = *(const struct interleaving *const *)at;
	return interleaving ? interleaving_to_json(interleaving) : json_null();
}

json_t *json_from_members(const struct json_shape *shape, const void *thing)
{
	json_t *object = json_object();
	for (const struct json_member *member = shape->member; member < shape->member + shape->count; member++) {
		bool known = !member->known || *(const bool *)((const char *)thing + member->known_offset);
		json_t *value = known ? value_of(member, thing) : json_null();
		if (member->left_out && (json_is_null(value) || json_is_false(value)))
			json_decref(value);
		else
			json_put(object, member->key, value);
	}
	return object;
}

/* ---- reading: each puts the value at `at`, and is false when it is not as it should be ------- */

static bool read_text(const json_t *value, char **at)
{
	if (json_is_string(value))
		*at = must(strdup(json_string_value(value)));
	return json_is_string(value);
}

static bool read_digest(const json_t *value, char *at)
{
	if (!json_is_string(value) || json_string_length(value) >= DIGEST_SIZE)
		return false;
	memcpy(at, json_string_value(value), json_string_length(value) + 1);
	return true;
}

static bool read_number(const json_t *value, int min, int *at)
{
	json_int_t number = json_integer_value(value);
	if (!json_is_integer(value) || number < min || number > INT_MAX)
		return false;
	*at = (int)number;
	return true;
}

static bool read_count(const json_t *value, unsigned long long *at)
{
	*at = (unsigned long long)json_integer_value(value);
	return json_is_integer(value);
}

static bool read_boolean(const json_t *value, bool *at)
{
	*at = json_is_true(value);
	return json_is_boolean(value);
}

static bool read_choice(const json_t *value, const char *const choices[], unsigned *at)
{
	for (*at = 0; json_is_string(value) && choices[*at]; ++*at)
		if (strcmp(choices[*at], json_string_value(value)) == 0)
			return true;
	*at = 0;
	return false;
}

static bool read_either(const json_t *value, const char *const choices[], bool *at)
{
	unsigned index;
	bool good = read_choice(value, choices, &index);
	*at = index;
	return good;
}

static bool read_texts(const json_t *array, char ***at, size_t *count)
{
	*count = json_array_size(array);
	*at = zeroed(*count, sizeof **at);
	for (size_t i = 0; i < *count; i++)
		if (!read_text(json_array_get(array, i), &(*at)[i]))
			return false;
	return json_is_array(array);
}

static int read_structs(const json_t *array, const struct json_shape *shape, void **at, size_t *count,
                        struct error *error)
{
	*count = json_array_size(array);
	*at = zeroed(*count, shape->size);
	for (size_t i = 0; i < *count; i++)
		if (json_to_members(json_array_get(array, i), shape, (char *)*at + i * shape->size, error) != 0)
			return -1;
	return 0;
}

/* Of what is no struct. */
static bool read_value(const json_t *value, const struct json_member *member, void *at, size_t *count)
{
	switch (member->type) {
	case MEMBER_TEXT:
		return read_text(value, at);
	case MEMBER_TEXT_OR_NULL:
		return json_is_null(value) || read_text(value, at);
	case MEMBER_DIGEST:
		return read_digest(value, at);
	case MEMBER_NUMBER:
		return read_number(value, member->min, at);
	case MEMBER_COUNT:
		return read_count(value, at);
	case MEMBER_BOOLEAN:
		return read_boolean(value, at);
	case MEMBER_EITHER:
		return read_either(value, member->choices, at);
	case MEMBER_CHOICE:
		return read_choice(value, member->choices, at);
	case MEMBER_TEXTS:
		return read_texts(value, at, count);
	case MEMBER_STRUCT:
		return json_is_object(value);
	case MEMBER_STRUCTS:
		return json_is_array(value);
	case MEMBER_INTERLEAVING:
		*(struct interleaving **)at = interleaving_from_json(value);
		return true;
	case MEMBER_MADE:
		break;
	}
	return true;
}

static int not_as_expected(const struct json_member *member, struct error *error)
{
	static const char *const expected[] = {
	    [MEMBER_TEXT] = "text",
	    [MEMBER_TEXT_OR_NULL] = "text or null",
	    [MEMBER_DIGEST] = "64 characters",
	    [MEMBER_NUMBER] = "a whole number from 0",
	    [MEMBER_COUNT] = "a whole number",
	    [MEMBER_BOOLEAN] = "true or false",
	    [MEMBER_TEXTS] = "a list of texts",
	    [MEMBER_STRUCT] = "an object",
	    [MEMBER_STRUCTS] = "a list",
	};
	return fail(error, "'%s' should be %s", member->key, member->expected ? member->expected : expected[member->type]);
}

static int read_member(const json_t *value, const struct json_member *member, void *thing, struct error *error)
{
	void *at = (char *)thing + member->offset, *count = (char *)thing + member->count_offset;
	bool *known = (void *)((char *)thing + member->known_offset);
	if (!value && (member->optional || member->left_out))
		return 0;
	if (member->known && member->type == MEMBER_STRUCT)
		*known = value && !json_is_null(value);
	if (member->known && !*known)
		return json_is_null(value) ? 0 : not_as_expected(member, error);
	if (!read_value(value, member, at, count))
		return not_as_expected(member, error);
	if (member->type == MEMBER_STRUCT)
		return json_to_members(value, member->shape, at, error);
	return member->type == MEMBER_STRUCTS ? read_structs(value, member->shape, at, count, error) : 0;
}

int json_to_members(const json_t *object, const struct json_shape *shape, void *thing, struct error *error)
{
	for (size_t i = 0; i < shape->count; i++)
		if (read_member(json_object_get(object, shape->member[i].key), &shape->member[i], thing, error) != 0)
			return -1;
	return 0;
}
