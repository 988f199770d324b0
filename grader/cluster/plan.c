/* plan.c - what has to be judged, as a file. */
#include "../finding/json_text.h"
#include "../memory.h"
#include "cluster.h"

#include <stdlib.h>
#include <string.h>

#define SCHEMA "forkjoin/plan/1"
enum { PLAN_LIMIT = 256 << 20 };

char *plan_name(const char *path)
{
	json_t *text = json_text(path);
	char *name = must(strdup(json_string_value(text)));
	json_decref(text);
	return name;
}

/* Takes over the strings. */
static void add(struct plan *plan, const char *key, char *assignment, char *handin)
{
	plan->item = must(reallocarray(plan->item, plan->count + 1, sizeof *plan->item));
	struct plan_item *item = &plan->item[plan->count++];
	*item = (struct plan_item){.assignment = assignment, .handin = handin};
	memcpy(item->key, key, sizeof item->key);
}

void plan_add(struct plan *plan, const char *key, const char *assignment, const char *path)
{
	add(plan, key, must(strdup(assignment)), plan_name(path));
}

static int by_key(const void *a, const void *b)
{
	const struct plan_item *x = a, *y = b;
	return strcmp(x->key, y->key);
}

void plan_sort(struct plan *plan)
{
	if (plan->count)
		qsort(plan->item, plan->count, sizeof *plan->item, by_key);
}

const struct plan_item *plan_find(const struct plan *plan, const char *key)
{
	struct plan_item wanted = {0};
	if (!plan->count || strlen(key) + 1 != sizeof wanted.key)
		return NULL;
	memcpy(wanted.key, key, sizeof wanted.key);
	return bsearch(&wanted, plan->item, plan->count, sizeof *plan->item, by_key);
}

bool plan_has_assignment(const struct plan *plan, const char *assignment)
{
	for (size_t i = 0; i < plan->count; i++)
		if (strcmp(plan->item[i].assignment, assignment) == 0)
			return true;
	return false;
}

/* ---- the file ------------------------------------------------------------------------------- */

int plan_save(struct plan *plan, const char *folder, struct error *error)
{
	json_t *object = json_object(), *work = json_array();
	plan_sort(plan);
	for (size_t i = 0; i < plan->count; i++) {
		json_t *item = json_object();
		json_put(item, "key", json_text(plan->item[i].key));
		json_put(item, "assignment", json_text(plan->item[i].assignment));
		json_put(item, "handin", json_text(plan->item[i].handin));
		json_append(work, item);
	}
	json_put(object, "schema", json_text(SCHEMA));
	json_put(object, "fresh", json_boolean(plan->fresh));
	json_put(object, "work", work);
	char *text = json_dumps(object, JSON_INDENT(1)), *path = format("%s/plan.json", folder);
	int result = file_write(path, text, strlen(text), error);
	json_decref(object);
	free(path);
	free(text);
	return result;
}

static bool is_key(const char *text)
{
	return strlen(text) == HASH_SIZE - 1 && strspn(text, "0123456789abcdef") == HASH_SIZE - 1;
}

static bool read_item(struct plan *plan, json_t *item)
{
	const char *key = json_string_value(json_object_get(item, "key"));
	const char *assignment = json_string_value(json_object_get(item, "assignment"));
	const char *handin = json_string_value(json_object_get(item, "handin"));
	if (!key || !is_key(key) || !assignment || !handin)
		return false;
	add(plan, key, must(strdup(assignment)), must(strdup(handin)));
	return true;
}

static bool read_plan(struct plan *plan, json_t *object)
{
	const char *schema = json_string_value(json_object_get(object, "schema"));
	json_t *work = json_object_get(object, "work");
	if (!schema || strcmp(schema, SCHEMA) != 0 || !json_is_array(work))
		return false;
	plan->fresh = json_is_true(json_object_get(object, "fresh"));
	for (size_t i = 0; i < json_array_size(work); i++)
		if (!read_item(plan, json_array_get(work, i)))
			return false;
	plan_sort(plan);
	for (size_t i = 1; i < plan->count; i++)
		if (strcmp(plan->item[i - 1].key, plan->item[i].key) == 0)
			return false;
	return true;
}

struct plan *plan_load(const char *folder, struct error *error)
{
	char *path = format("%s/plan.json", folder), *text = file_read(path, PLAN_LIMIT, NULL, error);
	struct plan *plan = text ? zeroed(1, sizeof *plan) : NULL;
	json_t *object = text ? json_loads(text, 0, NULL) : NULL;
	if (text && !read_plan(plan, object)) {
		fail(error, "%s is not a plan that this version of the kit has written", path);
		plan_free(plan);
		plan = NULL;
	}
	json_decref(object);
	free(text);
	free(path);
	return plan;
}

void plan_clear(struct plan *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->item[i].assignment);
		free(plan->item[i].handin);
	}
	free(plan->item);
	*plan = (struct plan){0};
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	plan_clear(plan);
	free(plan);
}
