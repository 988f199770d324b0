#include "yaml.h"

#include "course.h"
#include "text.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
	FILE_LIMIT = 1024 * 1024, /* bytes */
	DEPTH_LIMIT = 16,
	EXCERPT = 40 /* bytes of a wrong value that a message shows */
};

struct document {
	char *path;
	yaml_document_t tree;
};

/* ---- messages ------------------------------------------------------------------------------- */

static int fail_at(const char *path, yaml_mark_t mark, struct error *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static int vfail_at(const char *path, yaml_mark_t mark, struct error *error, const char *format, va_list args)
    __attribute__((format(printf, 4, 0)));

static int vfail_at(const char *path, yaml_mark_t mark, struct error *error, const char *format, va_list args)
{
	char what[sizeof error->text];
	vsnprintf(what, sizeof what, format, args);
	return fail(error, "%s:%zu:%zu: %s", path, mark.line + 1, mark.column + 1, what);
}

static int fail_at(const char *path, yaml_mark_t mark, struct error *error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vfail_at(path, mark, error, format, args);
	va_end(args);
	return -1;
}

static yaml_node_t *node_of(const struct document *document, int node)
{
	/* libyaml's look-up takes no const, but changes nothing. */
	return yaml_document_get_node((yaml_document_t *)&document->tree, node);
}

int document_fail(const struct document *document, int node, struct error *error, const char *format, ...)
{
	const yaml_node_t *found = node_of(document, node);
	va_list args;
	va_start(args, format);
	vfail_at(document->path, found ? found->start_mark : (yaml_mark_t){0}, error, format, args);
	va_end(args);
	return -1;
}

static int fail_memory(const struct document *document, struct error *error)
{
	return fail(error, "%s: out of memory", document->path);
}

/* The beginning of `text` as one printable line of valid UTF-8. */
static const char *excerpt(const char *text, char out[EXCERPT + 4])
{
	size_t length = strlen(text), kept = length > EXCERPT ? EXCERPT : length;
	while (kept > 0 && kept < length && ((unsigned char)text[kept] & 0xc0) == 0x80)
		kept--;
	for (size_t i = 0; i < kept; i++)
		out[i] = iscntrl((unsigned char)text[i]) ? ' ' : text[i];
	strcpy(out + kept, kept < length ? "..." : "");
	return out;
}

/* ---- from bytes to a tree ------------------------------------------------------------------- */

static yaml_mark_t mark_of(const char *bytes, size_t offset)
{
	unsigned column, line = text_line(bytes, offset, &column);
	return (yaml_mark_t){.index = offset, .line = line - 1, .column = column - 1};
}

/* What YAML's own words do not say: how to mend it. */
static const char *advice(const char *problem, const char *bytes, yaml_mark_t mark)
{
	size_t line = 0;
	for (; *bytes && line < mark.line; bytes++)
		line += *bytes == '\n';
	for (size_t i = 0; i < mark.column && *bytes && *bytes != '\n'; i++)
		bytes++; /* exact as long as only ASCII stands before; else no advice, at worst */
	if (*bytes == '\t')
		return "; indent by spaces, YAML forbids tabs";
	if (strstr(problem, "mapping values are not allowed"))
		return "; text that contains ': ' needs quotes";
	if (strstr(problem, "cannot start any token"))
		return "; text that begins with this character needs quotes";
	return "";
}

static int fail_syntax(const char *path, const char *bytes, const yaml_parser_t *parser, struct error *error)
{
	const char *problem = parser->problem ? parser->problem : "it cannot be read";
	if (parser->error == YAML_MEMORY_ERROR)
		return fail(error, "%s: out of memory", path);
	if (parser->error == YAML_READER_ERROR)
		return fail_at(path, mark_of(bytes, parser->problem_offset), error, "malformed YAML: %s", problem);
	if (parser->context && parser->context_mark.line != parser->problem_mark.line)
		return fail_at(path, parser->problem_mark, error, "malformed YAML: %s %s that begins in line %zu%s", problem,
		               parser->context, parser->context_mark.line + 1, advice(problem, bytes, parser->problem_mark));
	return fail_at(path, parser->problem_mark, error, "malformed YAML: %s%s", problem,
	               advice(problem, bytes, parser->problem_mark));
}

/* Refuses, where it stands, what the tree would no longer show: anchors, aliases, tags, a second document; and depth.
 */
static int check_event(const char *path, const yaml_event_t *event, unsigned *documents, unsigned *depth,
                       struct error *error)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++*documents > 1)
			return fail_at(path, event->start_mark, error, "a second document begins here; expected one per file");
		return 0;
	case YAML_ALIAS_EVENT:
		return fail_at(path, event->start_mark, error, "aliases ('*%s') are not supported; write the value out",
		               (const char *)event->data.alias.anchor);
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		++*depth;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		++*depth;
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		--*depth;
		return 0;
	default:
		return 0;
	}
	if (anchor)
		return fail_at(path, event->start_mark, error, "anchors ('&%s') are not supported; write the value out",
		               (const char *)anchor);
	if (tag)
		return fail_at(path, event->start_mark, error, "tags ('%s') are not supported", (const char *)tag);
	if (*depth > DEPTH_LIMIT)
		return fail_at(path, event->start_mark, error, "nested more than %d deep", DEPTH_LIMIT);
	return 0;
}

static int check_events(const char *path, const struct text *text, struct error *error)
{
	yaml_parser_t parser;
	yaml_event_t event;
	unsigned documents = 0, depth = 0;
	int result = 0;
	bool ended = false;

	if (!yaml_parser_initialize(&parser))
		return fail(error, "%s: out of memory", path);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text->bytes, text->size);
	while (result == 0 && !ended) {
		if (!yaml_parser_parse(&parser, &event)) {
			result = fail_syntax(path, text->bytes, &parser, error);
			break;
		}
		result = check_event(path, &event, &documents, &depth, error);
		ended = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return result;
}

static int load_tree(struct document *document, const struct text *text, struct error *error)
{
	yaml_parser_t parser;
	int result = 0;

	if (check_events(document->path, text, error))
		return -1;
	if (!yaml_parser_initialize(&parser))
		return fail(error, "%s: out of memory", document->path);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text->bytes, text->size);
	if (!yaml_parser_load(&parser, &document->tree))
		result = fail_syntax(document->path, text->bytes, &parser, error);
	yaml_parser_delete(&parser);
	return result;
}

static int check_bytes(const char *path, const struct text *text, struct error *error)
{
	size_t good = text_utf8_prefix(text->bytes, text->size);
	const char *nul = memchr(text->bytes, '\0', text->size);
	if (nul && good >= (size_t)(nul - text->bytes))
		return fail_at(path, mark_of(text->bytes, (size_t)(nul - text->bytes)), error,
		               "a NUL byte; expected YAML text in UTF-8");
	if (good < text->size)
		return fail_at(path, mark_of(text->bytes, good), error, "byte 0x%02x is not UTF-8; save the file as UTF-8",
		               (unsigned char)text->bytes[good]);
	return 0;
}

/* The root must be a mapping with the right schema: of another kind of file other errors would say little. */
static int check_schema(const struct document *document, const char *schema, struct error *error)
{
	char shown[EXCERPT + 4];
	const yaml_node_t *value;
	int root = document_root(document);
	if (root == 0)
		return fail_at(document->path, (yaml_mark_t){0}, error, "the file is empty; expected 'schema: %s' and more",
		               schema);
	if (node_of(document, root)->type != YAML_MAPPING_NODE)
		return document_fail(document, root, error, "expected a mapping that has 'schema: %s'", schema);
	value = node_of(document, document_member(document, root, "schema"));
	if (!value)
		return document_fail(document, root, error, "missing key 'schema': expected 'schema: %s'", schema);
	if (value->type != YAML_SCALAR_NODE || strcmp((const char *)value->data.scalar.value, schema) != 0)
		return fail_at(document->path, value->start_mark, error, "'schema' must be '%s', found '%s'", schema,
		               value->type == YAML_SCALAR_NODE ? excerpt((const char *)value->data.scalar.value, shown)
		                                               : "something else");
	return 0;
}

struct document *document_load(const char *path, const char *schema, struct error *error)
{
	struct text text;
	char problem[256];
	struct document *document;
	enum text_state state = text_read(AT_FDCWD, path, true, FILE_LIMIT, &text, problem, sizeof problem);
	if (state != TEXT_OK) {
		fail(error, "%s: %s", path, state == TEXT_ABSENT ? "there is no such file" : problem);
		return NULL;
	}
	document = calloc(1, sizeof *document);
	if (document)
		document->path = strdup(path);
	if (!document || !document->path) {
		fail(error, "%s: out of memory", path);
		goto failed;
	}
	if (check_bytes(path, &text, error) || load_tree(document, &text, error) || check_schema(document, schema, error))
		goto failed;
	free(text.bytes);
	return document;
failed:
	free(text.bytes);
	document_free(document);
	return NULL;
}

void document_free(struct document *document)
{
	if (!document)
		return;
	yaml_document_delete(&document->tree); /* of a zeroed one: nothing */
	free(document->path);
	free(document);
}

/* ---- nodes ---------------------------------------------------------------------------------- */

int document_root(const struct document *document)
{
	return node_of(document, 1) ? 1 : 0; /* libyaml numbers from 1, and the root is the first */
}

static bool is_key(const yaml_node_t *node, const char *key)
{
	return node->type == YAML_SCALAR_NODE && strcmp((const char *)node->data.scalar.value, key) == 0;
}

int document_member(const struct document *document, int mapping, const char *key)
{
	const yaml_node_t *node = node_of(document, mapping);
	if (!node || node->type != YAML_MAPPING_NODE)
		return 0;
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		if (is_key(node_of(document, pair->key), key))
			return pair->value;
	}
	return 0;
}

int document_item(const struct document *document, int list, size_t index)
{
	const yaml_node_t *node = node_of(document, list);
	if (!node || node->type != YAML_SEQUENCE_NODE)
		return 0;
	if (index >= (size_t)(node->data.sequence.items.top - node->data.sequence.items.start))
		return 0;
	return node->data.sequence.items.start[index];
}

/* ---- values --------------------------------------------------------------------------------- */

static bool is_nothing(const yaml_node_t *node)
{
	const char *text;
	if (node->type != YAML_SCALAR_NODE)
		return false;
	text = (const char *)node->data.scalar.value;
	if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return text[strspn(text, " \t\r\n")] == '\0';
	return !*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0;
}

static void describe(const yaml_node_t *node, char *out, size_t size)
{
	char shown[EXCERPT + 4];
	if (node->type == YAML_SEQUENCE_NODE)
		snprintf(out, size, "a list");
	else if (node->type == YAML_MAPPING_NODE)
		snprintf(out, size, "a mapping");
	else if (is_nothing(node))
		snprintf(out, size, "nothing");
	else if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		snprintf(out, size, "'%s'", excerpt((const char *)node->data.scalar.value, shown));
	else
		snprintf(out, size, "the text '%s'", excerpt((const char *)node->data.scalar.value, shown));
}

/* What belongs into the field, as the object of "must be". */
static void describe_field(const struct field *field, char *out, size_t size)
{
	size_t used = 0;
	if (field->expected) {
		snprintf(out, size, "%s", field->expected);
		return;
	}
	switch (field->type) {
	case FIELD_NAME:
		snprintf(out, size, "a name (letters, digits and '_', no digit first)");
		break;
	case FIELD_NUMBER:
		snprintf(out, size, "a whole number from %d to %d", field->min, field->max);
		break;
	case FIELD_CHOICE:
	case FIELD_EITHER:
		for (size_t i = 0; field->choices[i] && used < size; i++)
			used += (size_t)snprintf(out + used, size - used, "%s'%s'",
			                         i == 0                  ? ""
			                         : field->choices[i + 1] ? ", "
			                                                 : " or ",
			                         field->choices[i]);
		break;
	case FIELD_TEXTS:
	case FIELD_NAMES:
	case FIELD_STRUCTS:
		snprintf(out, size, "a list");
		break;
	case FIELD_STRUCT:
		snprintf(out, size, "a mapping");
		break;
	case FIELD_SCHEMA:
	case FIELD_TEXT:
		snprintf(out, size, "text");
		break;
	}
}

static int fail_value(const struct document *document, const yaml_node_t *node, const struct field *field,
                      struct error *error)
{
	char expected[256], found[EXCERPT + 32];
	describe_field(field, expected, sizeof expected);
	describe(node, found, sizeof found);
	return fail_at(document->path, node->start_mark, error, "'%s' must be %s, found %s", field->key, expected, found);
}

/* A copy of the scalar, without the white space at its end (block scalars end in a newline). NULL and *error if it is
 * no text. */
static char *copy_text(const struct document *document, const yaml_node_t *node, const struct field *field,
                       struct error *error)
{
	const char *text;
	size_t length;
	char *copy;
	if (node->type != YAML_SCALAR_NODE || is_nothing(node)) {
		fail_value(document, node, field, error);
		return NULL;
	}
	text = (const char *)node->data.scalar.value;
	length = node->data.scalar.length;
	for (size_t i = 0; i < length; i++) { /* an escape like "\0" or "\e" can make them */
		if (iscntrl((unsigned char)text[i]) && text[i] != '\n' && text[i] != '\t') {
			fail_at(document->path, node->start_mark, error, "'%s' contains the control character 0x%02x", field->key,
			        (unsigned char)text[i]);
			return NULL;
		}
	}
	while (length > 0 && strchr(" \t\n", text[length - 1]))
		length--;
	copy = strndup(text, length);
	if (!copy)
		fail_memory(document, error);
	return copy;
}

static bool is_name(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	return *text && !(*text >= '0' && *text <= '9') && text[strspn(text, letters)] == '\0';
}

static char *copy_name(const struct document *document, const yaml_node_t *node, const struct field *field,
                       struct error *error)
{
	char *copy = copy_text(document, node, field, error);
	if (copy && !is_name(copy)) {
		char found[EXCERPT + 32];
		describe(node, found, sizeof found);
		fail_at(document->path, node->start_mark, error,
		        "'%s' must be %s (letters, digits and '_', no digit first), found %s", field->key,
		        field->type == FIELD_NAMES ? "a list of names" : "a name", found);
		free(copy);
		return NULL;
	}
	return copy;
}

static int read_number(const struct document *document, const yaml_node_t *node, const struct field *field, int *into,
                       struct error *error)
{
	const char *text, *digits;
	long value;
	if (node->type != YAML_SCALAR_NODE || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return fail_value(document, node, field, error);
	text = (const char *)node->data.scalar.value;
	digits = text + (*text == '-');
	/* No leading zeros: half of YAML's readers take them for octal. No more digits than an int surely holds. */
	if (!*digits || digits[strspn(digits, "0123456789")] || (*digits == '0' && digits[1]) || strlen(digits) > 9)
		return fail_value(document, node, field, error);
	value = strtol(text, NULL, 10);
	if (value < field->min || value > field->max)
		return fail_value(document, node, field, error);
	*into = (int)value;
	return 0;
}

/* Index of the chosen one; -1 and *error if it is none of them. */
static int read_choice(const struct document *document, const yaml_node_t *node, const struct field *field,
                       struct error *error)
{
	char expected[256], shown[EXCERPT + 4];
	const char *text, *near;
	size_t count = 0;
	if (node->type != YAML_SCALAR_NODE || is_nothing(node))
		return fail_value(document, node, field, error);
	text = (const char *)node->data.scalar.value;
	for (; field->choices[count]; count++) {
		if (strcmp(text, field->choices[count]) == 0)
			return (int)count;
	}
	near = closest(text, field->choices, count);
	if (!near)
		return fail_value(document, node, field, error);
	describe_field(field, expected, sizeof expected);
	return fail_at(document->path, node->start_mark, error, "'%s' must be %s, found '%s', did you mean '%s'?",
	               field->key, expected, excerpt(text, shown), near);
}

static int check_length(const struct document *document, const yaml_node_t *node, const struct field *field,
                        size_t *count, struct error *error)
{
	char expected[256];
	if (node->type != YAML_SEQUENCE_NODE)
		return fail_value(document, node, field, error);
	*count = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
	if (*count >= (size_t)field->min && *count <= (size_t)field->max)
		return 0;
	describe_field(field, expected, sizeof expected);
	if (*count == 0)
		return fail_at(document->path, node->start_mark, error, "'%s' must be %s, found an empty list", field->key,
		               expected);
	return fail_at(document->path, node->start_mark, error, "'%s' must be %s, found %zu items", field->key, expected,
	               *count);
}

static int read_list(const struct document *document, const yaml_node_t *node, const struct field *field,
                     struct string_list *into, struct error *error)
{
	size_t count;
	if (check_length(document, node, field, &count, error))
		return -1;
	into->item = calloc(count ? count : 1, sizeof *into->item);
	if (!into->item)
		return fail_memory(document, error);
	for (size_t i = 0; i < count; i++) {
		const yaml_node_t *item = node_of(document, node->data.sequence.items.start[i]);
		char *copy = field->type == FIELD_NAMES ? copy_name(document, item, field, error)
		                                        : copy_text(document, item, field, error);
		if (!copy)
			return -1;
		for (size_t j = 0; j < i; j++) {
			char shown[EXCERPT + 4];
			const yaml_node_t *first = node_of(document, node->data.sequence.items.start[j]);
			if (strcmp(copy, into->item[j]) != 0)
				continue;
			fail_at(document->path, item->start_mark, error, "duplicate '%s' in '%s', first given in line %zu",
			        excerpt(copy, shown), field->key, first->start_mark.line + 1);
			free(copy);
			return -1;
		}
		into->item[i] = copy;
		into->count = i + 1;
	}
	return 0;
}

static int read_structs(const struct document *document, const yaml_node_t *node, const struct field *field, void *into,
                        struct error *error)
{
	size_t count;
	char *array;
	if (check_length(document, node, field, &count, error))
		return -1;
	array = calloc(count ? count : 1, field->shape->size);
	if (!array)
		return fail_memory(document, error);
	*(void **)((char *)into + field->offset) = array;
	*(size_t *)((char *)into + field->count_offset) = count;
	for (size_t i = 0; i < count; i++) {
		if (document_read(document, node->data.sequence.items.start[i], field->shape, array + i * field->shape->size,
		                  error))
			return -1;
	}
	return 0;
}

static int read_field(const struct document *document, int value, const struct field *field, void *into,
                      struct error *error)
{
	const yaml_node_t *node = node_of(document, value);
	void *member = (char *)into + field->offset;
	char *text;
	int index;
	switch (field->type) {
	case FIELD_SCHEMA:
		return 0;
	case FIELD_TEXT:
	case FIELD_NAME:
		text = field->type == FIELD_NAME ? copy_name(document, node, field, error)
		                                 : copy_text(document, node, field, error);
		*(char **)member = text;
		return text ? 0 : -1;
	case FIELD_NUMBER:
		return read_number(document, node, field, member, error);
	case FIELD_CHOICE:
		index = read_choice(document, node, field, error);
		if (index < 0)
			return -1;
		*(char **)member = strdup(field->choices[index]);
		return *(char **)member ? 0 : fail_memory(document, error);
	case FIELD_EITHER:
		index = read_choice(document, node, field, error);
		*(bool *)member = index == 1;
		return index < 0 ? -1 : 0;
	case FIELD_TEXTS:
	case FIELD_NAMES:
		return read_list(document, node, field, member, error);
	case FIELD_STRUCT:
		return document_read(document, value, field->shape, member, error);
	case FIELD_STRUCTS:
		return read_structs(document, node, field, into, error);
	}
	return 0;
}

/* ---- mappings ------------------------------------------------------------------------------- */

enum { MOST_FIELDS = 24 };

static int fail_unknown_key(const struct document *document, const yaml_node_t *key, const struct shape *shape,
                            struct error *error)
{
	const char *names[MOST_FIELDS];
	char shown[EXCERPT + 4], all[512] = "";
	size_t used = 0;
	const char *text = (const char *)key->data.scalar.value, *near;
	for (size_t i = 0; i < shape->field_count; i++) {
		names[i] = shape->field[i].key;
		if (used < sizeof all)
			used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", names[i]);
	}
	near = closest(text, names, shape->field_count);
	if (near)
		return fail_at(document->path, key->start_mark, error, "unknown key '%s', did you mean '%s'?",
		               excerpt(text, shown), near);
	return fail_at(document->path, key->start_mark, error, "unknown key '%s' in this %s; it has: %s",
	               excerpt(text, shown), shape->what, all);
}

/* Which field the key names; NULL and *error if none, or if it was there before. */
static const struct field *find_field(const struct document *document, const yaml_node_t *key,
                                      const struct shape *shape, const yaml_node_t *seen[], struct error *error)
{
	if (key->type != YAML_SCALAR_NODE) {
		fail_at(document->path, key->start_mark, error, "a key of this %s must be a word, found %s", shape->what,
		        key->type == YAML_SEQUENCE_NODE ? "a list" : "a mapping");
		return NULL;
	}
	for (size_t i = 0; i < shape->field_count; i++) {
		if (!is_key(key, shape->field[i].key))
			continue;
		if (seen[i]) {
			fail_at(document->path, key->start_mark, error, "duplicate key '%s', first given in line %zu",
			        shape->field[i].key, seen[i]->start_mark.line + 1);
			return NULL;
		}
		seen[i] = key;
		return &shape->field[i];
	}
	fail_unknown_key(document, key, shape, error);
	return NULL;
}

int document_read(const struct document *document, int mapping, const struct shape *shape, void *into,
                  struct error *error)
{
	const yaml_node_t *node = node_of(document, mapping);
	const yaml_node_t *seen[MOST_FIELDS] = {NULL};
	if (node->type != YAML_MAPPING_NODE) {
		char found[EXCERPT + 32];
		describe(node, found, sizeof found);
		return fail_at(document->path, node->start_mark, error, "expected a mapping (%s: ...), found %s",
		               shape->field[0].key, found);
	}
	if (shape->line_offset != NO_LINE)
		*(unsigned *)((char *)into + shape->line_offset) = (unsigned)node->start_mark.line + 1;
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		const struct field *field = find_field(document, node_of(document, pair->key), shape, seen, error);
		if (!field || read_field(document, pair->value, field, into, error))
			return -1;
	}
	for (size_t i = 0; i < shape->field_count; i++) {
		const struct field *field = &shape->field[i];
		char expected[256];
		if (seen[i] || field->type == FIELD_SCHEMA)
			continue;
		if (field->optional && field->type == FIELD_NUMBER)
			*(int *)((char *)into + field->offset) = field->fallback;
		if (field->optional)
			continue;
		describe_field(field, expected, sizeof expected);
		return fail_at(document->path, node->start_mark, error, "missing key '%s' in this %s: expected %s", field->key,
		               shape->what, expected);
	}
	return 0;
}
