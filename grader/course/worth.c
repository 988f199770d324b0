/* worth.c - a file of an assignment without what it says of points: what the runs of a submission depend on. */
#include "../memory.h"
#include "course.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { FILE_LIMIT = 16 << 20, DEPTH = 64 };

/* Where in the file the parser is: in mappings keys and values take turns. */
struct walk {
	struct hash *hash;
	struct {
		bool mapping, value; /* what comes next is a value */
	} level[DEPTH];
	size_t depth;
	bool points; /* ... of points */
};

static bool is_of_points(const char *key)
{
	return strcmp(key, "points") == 0 || strcmp(key, "cost") == 0;
}

static void add_event(struct walk *walk, const yaml_event_t *event)
{
	const char *text = event->type == YAML_SCALAR_EVENT ? (const char *)event->data.scalar.value : "";
	bool value = walk->level[walk->depth].mapping && walk->level[walk->depth].value;
	bool skipped = value && walk->points && event->type == YAML_SCALAR_EVENT;
	int type = (int)event->type;
	hash_add(walk->hash, "event", &type, sizeof type);
	if (!skipped)
		hash_add(walk->hash, "text", text, strlen(text));
	walk->points = walk->level[walk->depth].mapping && !value && is_of_points(text);
}

/* False: it is deeper than any file of an assignment. */
static bool move(struct walk *walk, yaml_event_type_t type)
{
	if (type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT)
		walk->depth -= walk->depth > 0;
	else if (type != YAML_MAPPING_START_EVENT && type != YAML_SEQUENCE_START_EVENT && type != YAML_SCALAR_EVENT)
		return true;
	if (type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT) {
		if (++walk->depth == DEPTH)
			return false;
		walk->level[walk->depth].mapping = type == YAML_MAPPING_START_EVENT;
		walk->level[walk->depth].value = false;
		return true;
	}
	walk->level[walk->depth].value = !walk->level[walk->depth].value;
	return true;
}

static bool add_text(struct hash *hash, const char *text, size_t size)
{
	struct walk walk = {.hash = hash};
	yaml_parser_t parser;
	yaml_event_t event;
	bool good = true, ended = false;
	if (!yaml_parser_initialize(&parser))
		return false;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	while (good && !ended && (good = yaml_parser_parse(&parser, &event))) {
		add_event(&walk, &event);
		good = move(&walk, event.type);
		ended = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return good;
}

void hash_add_without_points(struct hash *hash, const char *path)
{
	size_t size;
	char *text = file_read(path, FILE_LIMIT, &size, NULL);
	if (!text || !add_text(hash, text, size))
		hash_add_file(hash, path);
	free(text);
}
