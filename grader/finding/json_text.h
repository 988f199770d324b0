/* json_text.h - texts in any encoding as JSON, and objects filled without a test at each line. Memory is there:
 * jansson asks allocate() of memory.h for it (main.c). */
#ifndef JSON_TEXT_H
#define JSON_TEXT_H

#include <jansson.h>

/* A JSON string of the text; each byte that is no part of a UTF-8 character becomes \xNN (source lines and what
 * programs print may be in any encoding). NULL gives JSON's null. A new reference. */
json_t *json_text(const char *text);

/* Sets or appends `value` and takes its reference. Ends the program when that is NULL, or the key not UTF-8: a result
 * without one of its fields would be worse than none. */
void json_put(json_t *object, const char *key, json_t *value);
void json_append(json_t *array, json_t *value);

#endif
