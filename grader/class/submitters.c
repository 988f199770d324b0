/* submitters.c - Gradescope's list of who handed in what. It looks like this:
 *
 *   submission_123:
 *     :submitters:
 *     - :name: Ada Lovelace
 *       :sid: '4711'
 *       :email: ada@example.edu
 *     :created_at: 2026-10-01 21:59:30.123456000 Z
 *     :results: ...
 */
#include "submitters.h"

#include "../clock.h"
#include "../file.h"
#include "../memory.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum {
	LIST_LIMIT = 64 << 20, /* bytes; the results of all submissions are in it, too */
	ROOT = 1               /* libyaml numbers nodes from 1 */
};

struct submitters {
	yaml_document_t document;
};

static yaml_document_t *document_of(const struct submitters *submitters)
{
	return (yaml_document_t *)&submitters->document; /* libyaml knows no const; it does not change it */
}

struct submitters *submitters_read(const char *path, struct error *error)
{
	size_t size;
	char *text = file_read(path, LIST_LIMIT, &size, error);
	struct submitters *submitters = zeroed(1, sizeof *submitters);
	yaml_parser_t parser;
	if (text && !yaml_parser_initialize(&parser))
		abort();
	if (!text) {
		free(submitters);
		return NULL;
	}
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	if (!yaml_parser_load(&parser, &submitters->document)) {
		fail(error, "%s:%zu: %s", path, parser.problem_mark.line + 1, parser.problem ? parser.problem : "no YAML");
		free(submitters);
		submitters = NULL;
	}
	yaml_parser_delete(&parser);
	free(text);
	return submitters;
}

void submitters_free(struct submitters *submitters)
{
	if (submitters)
		yaml_document_delete(&submitters->document);
	free(submitters);
}

/* The value of the key, 0 without one. */
static int member(yaml_document_t *document, int mapping, const char *key)
{
	const yaml_node_t *node = yaml_document_get_node(document, mapping);
	if (!node || node->type != YAML_MAPPING_NODE)
		return 0;
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *name = yaml_document_get_node(document, pair->key);
		if (name && name->type == YAML_SCALAR_NODE && strcmp((const char *)name->data.scalar.value, key) == 0)
			return pair->value;
	}
	return 0;
}

static char *text(yaml_document_t *document, int mapping, const char *key)
{
	const yaml_node_t *node = yaml_document_get_node(document, member(document, mapping, key));
	return node && node->type == YAML_SCALAR_NODE && *node->data.scalar.value ? (char *)node->data.scalar.value : NULL;
}

struct submitter submitters_get(const struct submitters *submitters, const char *folder, size_t number)
{
	yaml_document_t *document = document_of(submitters);
	int submission = member(document, ROOT, folder);
	const yaml_node_t *list = yaml_document_get_node(document, member(document, submission, ":submitters"));
	if (!list || list->type != YAML_SEQUENCE_NODE ||
	    number >= (size_t)(list->data.sequence.items.top - list->data.sequence.items.start))
		return (struct submitter){0};
	int person = list->data.sequence.items.start[number];
	return (struct submitter){text(document, person, ":name"), text(document, person, ":sid"),
	                          text(document, person, ":email")};
}

int64_t submitters_time(const struct submitters *submitters, const char *folder)
{
	yaml_document_t *document = document_of(submitters);
	const char *created = text(document, member(document, ROOT, folder), ":created_at");
	int64_t seconds = created ? clock_read(created) : 0;
	return seconds > 0 ? seconds : 0;
}
