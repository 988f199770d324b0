/* json_text.h - texts in any encoding as JSON, and objects filled without a test at each line. */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <jansson.h>
#include <stdbool.h>

/* A JSON string of the text; each byte that is no part of a UTF-8 character becomes \xNN (source lines and what
 * programs print may be in any encoding). NULL gives JSON's null. A new reference; NULL without memory. */
json_t *json_text(const char *text);

/* Sets or appends `value` and takes its reference, also when it fails or is NULL, as jansson's "_new" functions do.
 * False into `ok` when it failed, else `ok` stays as it is: so the first failure of many calls is kept, and one test
 * at the end is enough. */
void json_put(json_t *object, const char *key, json_t *value, bool *ok);
void json_append(json_t *array, json_t *value, bool *ok);

#endif
