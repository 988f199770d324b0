/* reuses.c - `reuses` of assignment.yaml: names become exercises of the course, and their functions. */
#include "reuses.h"

#include "../memory.h"
#include "references.h"

#include <stdlib.h>
#include <string.h>

/* What is looked at: an entry of `reuses`, and where it is in the document. */
struct entry {
	struct course *course;
	struct assignment *assignment;
	const struct string_list *listed;
	const struct document *document;
	struct reuse *reuse;
	int exercise, functions; /* nodes */
};

/* Where the name is in the list; its length: nowhere. */
static size_t place_of(const struct string_list *list, const char *name)
{
	size_t i = 0;
	while (i < list->count && strcmp(list->item[i], name) != 0)
		i++;
	return i;
}

static bool comes_later(const struct entry *entry)
{
	size_t place = place_of(entry->listed, entry->reuse->exercise);
	return place < entry->listed->count && place > place_of(entry->listed, entry->assignment->name);
}

static bool is_named_before(const struct entry *entry)
{
	for (const struct reuse *other = entry->assignment->reuse; other < entry->reuse; other++)
		if (strcmp(other->exercise, entry->reuse->exercise) == 0)
			return true;
	return false;
}

/* An exercise that the course leaves out. */
static struct assignment *load_aside(struct course *course, const char *root, const char *name, struct error *error)
{
	char *path = format("%s/assignments/%s/assignment.yaml", root, name);
	struct assignment *assignment = assignment_load(path, error);
	free(path);
	if (!assignment)
		return NULL;
	assignment->root = format("%s", root);
	course->aside = must(reallocarray(course->aside, course->aside_count + 1, sizeof(struct assignment *)));
	return course->aside[course->aside_count++] = assignment;
}

static const struct assignment *find_aside(const struct course *course, const char *name)
{
	for (size_t i = 0; i < course->aside_count; i++)
		if (strcmp(course->aside[i]->name, name) == 0)
			return course->aside[i];
	return NULL;
}

static int fail_unknown(const struct entry *entry, struct error *error)
{
	struct names names = {.what = "exercise"};
	for (size_t i = 0; i < place_of(entry->listed, entry->assignment->name); i++)
		names.item[names.count++] = entry->listed->item[i];
	return check_name(entry->document, entry->exercise, &names, entry->reuse->exercise, error);
}

/* It stays NULL where a handout lacks it. */
static int find_exercise(const struct entry *entry, struct error *error)
{
	const char *name = entry->reuse->exercise;
	if (strcmp(name, entry->assignment->name) == 0)
		return document_fail(entry->document, entry->exercise, error, "'%s' reuses itself", name);
	if (is_named_before(entry))
		return document_fail(entry->document, entry->exercise, error, "duplicate exercise '%s'", name);
	if (comes_later(entry))
		return document_fail(entry->document, entry->exercise, error,
		                     "'%s' comes later in course.yaml: nobody has written it yet", name);
	entry->reuse->assignment = course_find(entry->course, name);
	if (!entry->reuse->assignment)
		entry->reuse->assignment = find_aside(entry->course, name);
	const char *root = entry->reuse->assignment ? NULL : course_root_of(entry->course, name);
	if (root && !(entry->reuse->assignment = load_aside(entry->course, root, name, error)))
		return -1;
	return entry->reuse->assignment || course_is_handout(entry->course) ? 0 : fail_unknown(entry, error);
}

static int check_functions(const struct entry *entry, struct error *error)
{
	const struct assignment *exercise = entry->reuse->assignment;
	const struct string_list *functions = &entry->reuse->functions;
	char *what = format("function of %s", exercise->name);
	struct names names = {.what = what};
	for (size_t i = 0; i < exercise->api.count; i++)
		names.item[names.count++] = exercise->api.item[i];
	int result = check_names(entry->document, entry->functions, &names, functions, error);
	for (size_t i = 0; result == 0 && i < functions->count; i++)
		if (list_has(&entry->assignment->api, functions->item[i]))
			result = document_fail(entry->document, document_item(entry->document, entry->functions, i), error,
			                       "'%s' is in the api of this exercise, too", functions->item[i]);
	free(what);
	return result;
}

static int resolve(const struct entry *entry, struct error *error)
{
	if (find_exercise(entry, error) != 0)
		return -1;
	if (!entry->reuse->assignment)
		return 0;
	if (entry->reuse->assignment->reuse_count)
		return document_fail(entry->document, entry->exercise, error,
		                     "'%s' reuses an exercise itself, so it cannot be reused", entry->reuse->exercise);
	return check_functions(entry, error);
}

int reuses_resolve(struct course *course, struct assignment *assignment, const struct string_list *listed,
                   struct error *error)
{
	if (assignment->reuse_count == 0)
		return 0;
	struct document *document = document_load(assignment->path, "forkjoin/assignment/1", error);
	int result = document ? 0 : -1;
	for (size_t i = 0; result == 0 && i < assignment->reuse_count; i++) {
		int item = document_item(document, document_member(document, document_root(document), "reuses"), i);
		struct entry entry = {course,
		                      assignment,
		                      listed,
		                      document,
		                      &assignment->reuse[i],
		                      document_member(document, item, "exercise"),
		                      document_member(document, item, "functions")};
		result = resolve(&entry, error);
	}
	document_free(document);
	return result;
}
