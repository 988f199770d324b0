#include "course.h"

#include "yaml.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA "forkjoin/course/1"
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- course.yaml as tables ------------------------------------------------------------------ */

/* What course.yaml itself says: names where struct course has assignments. */
struct course_file {
	char *title;
	struct string_list assignments, imports;
	struct forbidden_symbol *forbidden;
	size_t forbidden_count;
};

static const struct field forbidden_fields[] = {
    {.key = "symbol", .type = FIELD_NAME, .offset = offsetof(struct forbidden_symbol, symbol)},
    {.key = "why",
     .type = FIELD_TEXT,
     .expected = "a sentence that says why",
     .offset = offsetof(struct forbidden_symbol, why)},
    {.key = "instead",
     .type = FIELD_TEXT,
     .expected = "what to use instead",
     .offset = offsetof(struct forbidden_symbol, instead)},
};
static const struct shape forbidden_shape = {"forbidden symbol", forbidden_fields, COUNT(forbidden_fields),
                                             sizeof(struct forbidden_symbol), NO_LINE};

static const struct field course_fields[] = {
    {.key = "schema", .type = FIELD_SCHEMA},
    {.key = "title", .type = FIELD_TEXT, .offset = offsetof(struct course_file, title)},
    {.key = "assignments",
     .type = FIELD_NAMES,
     .min = 1,
     .max = 200,
     .expected = "a list of names of assignments, at least one",
     .offset = offsetof(struct course_file, assignments)},
    {.key = "imports",
     .type = FIELD_NAMES,
     .max = 1000,
     .expected = "a list of library symbols",
     .offset = offsetof(struct course_file, imports)},
    {.key = "forbidden",
     .type = FIELD_STRUCTS,
     .shape = &forbidden_shape,
     .max = 500,
     .expected = "a list of symbols with 'why' and 'instead'",
     .offset = offsetof(struct course_file, forbidden),
     .count_offset = offsetof(struct course_file, forbidden_count)},
};
static const struct shape course_shape = {"course", course_fields, COUNT(course_fields), sizeof(struct course_file),
                                          NO_LINE};

/* ---- helpers -------------------------------------------------------------------------------- */

static void list_free(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct string_list){NULL, 0};
}

/* root/assignments/NAME/FILE, or root/assignments/FILE if there is no name. Without a "./" in front, because the path
 * stands in messages. NULL when out of memory. */
static char *path_in(const char *root, const char *name, const char *file)
{
	size_t length = strlen(root), size = length + strlen(name) + strlen(file) + sizeof "/assignments//";
	bool here = strcmp(root, ".") == 0 || strcmp(root, "./") == 0;
	const char *slash = length > 0 && root[length - 1] == '/' ? "" : "/";
	char *path = malloc(size);
	if (path)
		snprintf(path, size, "%s%sassignments/%s%s%s", here ? "" : root, here ? "" : slash, name, *name ? "/" : "",
		         file);
	return path;
}

/* ---- what one place says about another ------------------------------------------------------ */

static int check_forbidden(const struct document *document, const struct course_file *file, struct error *error)
{
	int list = document_member(document, document_root(document), "forbidden");
	for (size_t i = 0; i < file->forbidden_count; i++) {
		const char *symbol = file->forbidden[i].symbol;
		int node = document_member(document, document_item(document, list, i), "symbol");
		for (size_t j = 0; j < i; j++) {
			if (strcmp(file->forbidden[j].symbol, symbol) == 0)
				return document_fail(document, node, error, "duplicate forbidden symbol '%s'", symbol);
		}
		for (size_t j = 0; j < file->imports.count; j++) {
			if (strcmp(file->imports.item[j], symbol) == 0)
				return document_fail(document, node, error, "'%s' is both in 'imports' and in 'forbidden'", symbol);
		}
	}
	return 0;
}

/* Says at the name in course.yaml that there is no such assignment, and which folder comes close. */
static int fail_no_assignment(const char *root, const struct document *document, int node, const char *name,
                              struct error *error)
{
	char *names[200];
	size_t count = 0;
	const char *near;
	char *folder = path_in(root, "", "");
	DIR *stream = folder ? opendir(folder) : NULL;
	const struct dirent *entry;

	while (stream && count < COUNT(names) && (entry = readdir(stream))) {
		bool other = entry->d_name[0] != '.' && strcmp(entry->d_name, name) != 0;
		if (other && (names[count] = strdup(entry->d_name)))
			count++;
	}
	near = closest(name, (const char *const *)names, count);
	if (near)
		document_fail(document, node, error, "there is no assignments/%s/assignment.yaml, did you mean '%s'?", name,
		              near);
	else
		document_fail(document, node, error, "there is no assignments/%s/assignment.yaml", name);
	while (count > 0)
		free(names[--count]);
	if (stream)
		closedir(stream);
	free(folder);
	return -1;
}

/* The name in assignment.yaml is not that of the folder: reads the file again to say where. */
static int fail_name(const struct assignment *assignment, const char *folder, struct error *error)
{
	struct document *document = document_load(assignment->path, "forkjoin/assignment/1", error);
	if (!document)
		return -1;
	document_fail(document, document_member(document, document_root(document), "name"), error,
	              "'name' must be that of the folder, '%s', found '%s'", folder, assignment->name);
	document_free(document);
	return -1;
}

static int load_assignments(struct course *course, const struct document *document, const struct course_file *file,
                            struct error *error)
{
	int list = document_member(document, document_root(document), "assignments");
	course->assignment = calloc(file->assignments.count, sizeof *course->assignment);
	if (!course->assignment)
		return fail(error, "out of memory");
	for (size_t i = 0; i < file->assignments.count; i++) {
		const char *name = file->assignments.item[i];
		char *path = path_in(course->root, name, "assignment.yaml");
		struct assignment *assignment = NULL;
		if (!path)
			fail(error, "out of memory");
		else if (access(path, F_OK) != 0)
			fail_no_assignment(course->root, document, document_item(document, list, i), name, error);
		else
			assignment = assignment_load(path, error);
		free(path);
		if (!assignment)
			return -1;
		course->assignment[course->assignment_count++] = assignment;
		if (strcmp(assignment->name, name) != 0)
			return fail_name(assignment, name, error);
	}
	return 0;
}

/* ---- the public functions ------------------------------------------------------------------- */

struct course *course_load(const char *root, struct error *error)
{
	struct course_file file = {0};
	struct course *course = calloc(1, sizeof *course);
	char *path = path_in(root, "", "course.yaml");
	struct document *document = NULL;
	int result = -1;

	if (course)
		course->root = strdup(root);
	if (!course || !course->root || !path)
		fail(error, "out of memory");
	else
		document = document_load(path, SCHEMA, error);
	if (document && document_read(document, document_root(document), &course_shape, &file, error) == 0 &&
	    check_forbidden(document, &file, error) == 0)
		result = load_assignments(course, document, &file, error);
	if (course) { /* what was read is the course's now, whether it is good or about to be freed */
		course->title = file.title;
		course->imports = file.imports;
		course->forbidden = file.forbidden;
		course->forbidden_count = file.forbidden_count;
	}
	list_free(&file.assignments);
	document_free(document);
	free(path);
	if (result == 0)
		return course;
	course_free(course);
	return NULL;
}

void course_free(struct course *course)
{
	if (!course)
		return;
	for (size_t i = 0; i < course->forbidden_count; i++) {
		free(course->forbidden[i].symbol);
		free(course->forbidden[i].why);
		free(course->forbidden[i].instead);
	}
	for (size_t i = 0; i < course->assignment_count; i++)
		assignment_free(course->assignment[i]);
	free(course->forbidden);
	free(course->assignment);
	list_free(&course->imports);
	free(course->title);
	free(course->root);
	free(course);
}

const struct assignment *course_find(const struct course *course, const char *name)
{
	for (size_t i = 0; i < course->assignment_count; i++) {
		if (strcmp(course->assignment[i]->name, name) == 0)
			return course->assignment[i];
	}
	return NULL;
}
