#include "course.h"

#include "../clock.h"
#include "../memory.h"
#include "assignment.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA "forkjoin/course/1"
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- course.yaml as tables ------------------------------------------------------------------ */

/* One assignment's due date and what is taken off after it. */
struct late_file {
	char *assignment, *due, *column;
	int grace_min, per_day, cap, nothing_after;
};

enum { NEVER = -1, MOST_LATE_DAYS = 366 };

/* What course.yaml itself says: names where struct course has assignments. */
struct course_file {
	char *title;
	struct unit *unit;
	size_t unit_count;
	struct string_list assignments, headers, imports, harmless;
	struct forbidden_symbol *forbidden;
	size_t forbidden_count;
	struct late_file *late;
	size_t late_count;
	struct late_budget late_budget;
	struct {
		int percent;
	} similarity;
};

static const char *const no_or_yes[] = {"false", "true", NULL};

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
    {.key = "harmless",
     .type = FIELD_EITHER,
     .optional = true,
     .choices = no_or_yes,
     .offset = offsetof(struct forbidden_symbol, harmless)},
};
static const struct shape forbidden_shape = {"forbidden symbol", forbidden_fields, COUNT(forbidden_fields),
                                             sizeof(struct forbidden_symbol), NO_LINE};

static const struct field unit_fields[] = {
    {.key = "id",
     .type = FIELD_TEXT,
     .expected = "what 'unit' of an assignment names, like B",
     .offset = offsetof(struct unit, id)},
    {.key = "title", .type = FIELD_TEXT, .expected = "what the unit is about", .offset = offsetof(struct unit, title)},
};
static const struct shape unit_shape = {"unit", unit_fields, COUNT(unit_fields), sizeof(struct unit), NO_LINE};

static const struct field late_fields[] = {
    {.key = "assignment", .type = FIELD_NAME, .offset = offsetof(struct late_file, assignment)},
    {.key = "due",
     .type = FIELD_TEXT,
     .expected = "a time: 2026-10-01 23:59 +0200",
     .offset = offsetof(struct late_file, due)},
    {.key = "grace_min",
     .type = FIELD_NUMBER,
     .optional = true,
     .max = 10080,
     .offset = offsetof(struct late_file, grace_min)},
    {.key = "per_day", .type = FIELD_NUMBER, .max = 100, .offset = offsetof(struct late_file, per_day)},
    {.key = "cap",
     .type = FIELD_NUMBER,
     .optional = true,
     .max = 100,
     .fallback = 100,
     .offset = offsetof(struct late_file, cap)},
    {.key = "nothing_after",
     .type = FIELD_NUMBER,
     .optional = true,
     .max = MOST_LATE_DAYS,
     .fallback = NEVER,
     .offset = offsetof(struct late_file, nothing_after)},
    {.key = "column",
     .type = FIELD_TEXT,
     .optional = true,
     .expected = "a column of the roster that says when each handed in",
     .offset = offsetof(struct late_file, column)},
};
static const struct shape late_shape = {"due date", late_fields, COUNT(late_fields), sizeof(struct late_file), NO_LINE};

static const struct field budget_fields[] = {
    {.key = "days", .type = FIELD_NUMBER, .max = MOST_LATE_DAYS, .offset = offsetof(struct late_budget, days)},
    {.key = "per_assignment",
     .type = FIELD_NUMBER,
     .optional = true,
     .min = 1,
     .max = MOST_LATE_DAYS,
     .fallback = MOST_LATE_DAYS,
     .offset = offsetof(struct late_budget, per_assignment)},
};
static const struct shape budget_shape = {"budget of late days", budget_fields, COUNT(budget_fields),
                                          sizeof(struct late_budget), NO_LINE};

/* Which submissions are shown as similar. */
enum { SIMILAR_PERCENT = 60 };
static const struct field similarity_fields[] = {
    {.key = "percent", .type = FIELD_NUMBER, .max = 100, .fallback = SIMILAR_PERCENT},
};
static const struct shape similarity_shape = {"similarity", similarity_fields, COUNT(similarity_fields), sizeof(int),
                                              NO_LINE};

static const struct field course_fields[] = {
    {.key = "schema", .type = FIELD_SCHEMA},
    {.key = "title", .type = FIELD_TEXT, .offset = offsetof(struct course_file, title)},
    {.key = "units",
     .type = FIELD_STRUCTS,
     .shape = &unit_shape,
     .optional = true,
     .max = 50,
     .expected = "a list of units with 'id' and 'title'",
     .offset = offsetof(struct course_file, unit),
     .count_offset = offsetof(struct course_file, unit_count)},
    {.key = "assignments",
     .type = FIELD_NAMES,
     .min = 1,
     .max = 200,
     .expected = "a list of names of assignments, at least one",
     .offset = offsetof(struct course_file, assignments)},
    {.key = "headers",
     .type = FIELD_TEXTS,
     .min = 1,
     .max = 200,
     .expected = "a list of headers that submissions may include, at least one",
     .offset = offsetof(struct course_file, headers)},
    {.key = "imports",
     .type = FIELD_NAMES,
     .max = 1000,
     .expected = "a list of library symbols",
     .offset = offsetof(struct course_file, imports)},
    {.key = "harmless",
     .type = FIELD_NAMES,
     .optional = true,
     .max = 1000,
     .expected = "a list of library symbols",
     .offset = offsetof(struct course_file, harmless)},
    {.key = "forbidden",
     .type = FIELD_STRUCTS,
     .shape = &forbidden_shape,
     .max = 500,
     .expected = "a list of symbols with 'why' and 'instead'",
     .offset = offsetof(struct course_file, forbidden),
     .count_offset = offsetof(struct course_file, forbidden_count)},
    {.key = "late",
     .type = FIELD_STRUCTS,
     .shape = &late_shape,
     .optional = true,
     .max = 200,
     .expected = "a list of assignments with 'due' and 'per_day'",
     .offset = offsetof(struct course_file, late),
     .count_offset = offsetof(struct course_file, late_count)},
    {.key = "late_budget",
     .type = FIELD_STRUCT,
     .shape = &budget_shape,
     .optional = true,
     .offset = offsetof(struct course_file, late_budget)},
    {.key = "similarity",
     .type = FIELD_STRUCT,
     .shape = &similarity_shape,
     .optional = true,
     .offset = offsetof(struct course_file, similarity)},
};
static const struct shape course_shape = {"course", course_fields, COUNT(course_fields), sizeof(struct course_file),
                                          NO_LINE};

/* ---- helpers -------------------------------------------------------------------------------- */

/* root/assignments/NAME/FILE, or root/assignments/FILE if there is no name. Without a "./" in front, because the path
 * stands in messages. */
static char *path_in(const char *root, const char *name, const char *file)
{
	size_t length = strlen(root);
	bool here = strcmp(root, ".") == 0 || strcmp(root, "./") == 0;
	const char *slash = length > 0 && root[length - 1] == '/' ? "" : "/";
	return format("%s%sassignments/%s%s%s", here ? "" : root, here ? "" : slash, name, *name ? "/" : "", file);
}

/* ---- what one place says about another ------------------------------------------------------ */

static bool in_list(const struct string_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i], name) == 0)
			return true;
	return false;
}

static int check_harmless(const struct document *document, const struct course_file *file, struct error *error)
{
	int list = document_member(document, document_root(document), "harmless");
	for (size_t i = 0; i < file->harmless.count; i++)
		if (in_list(&file->imports, file->harmless.item[i]))
			return document_fail(document, document_item(document, list, i), error,
			                     "'%s' is both in 'imports' and in 'harmless'", file->harmless.item[i]);
	return 0;
}

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
		if (in_list(&file->imports, symbol))
			return document_fail(document, node, error, "'%s' is both in 'imports' and in 'forbidden'", symbol);
		if (in_list(&file->harmless, symbol))
			return document_fail(document, node, error,
			                     "'%s' is both in 'harmless' and in 'forbidden'; write 'harmless: true' here", symbol);
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
	DIR *stream = opendir(folder);
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

/* What assignment.yaml says does not fit to where it is: reads the file again to say where. */
static int fail_key(const struct assignment *assignment, const char *key, struct error *error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static int fail_key(const struct assignment *assignment, const char *key, struct error *error, const char *format, ...)
{
	char what[sizeof error->text];
	va_list args;
	struct document *document = document_load(assignment->path, "forkjoin/assignment/1", error);
	if (!document)
		return -1;
	va_start(args, format);
	vsnprintf(what, sizeof what, format, args);
	va_end(args);
	document_fail(document, document_member(document, document_root(document), key), error, "%s", what);
	document_free(document);
	return -1;
}

/* Hidden tests that are here and points that are decided elsewhere: the tests would be left out of the score. */
static int check_handout(const struct course *course, const struct assignment *assignment, struct error *error)
{
	if (assignment->elsewhere_count == 0)
		return 0;
	char *path = format("%s/tests/assignments/%s/hidden.c", course->root, assignment->name);
	bool hidden = access(path, F_OK) == 0;
	free(path);
	return hidden
	           ? fail_key(assignment, "elsewhere", error,
	                      "tests/assignments/%s/hidden.c is there, and no assignment.hidden.yaml says what its tests "
	                      "are worth",
	                      assignment->name)
	           : 0;
}

static int check_unit(const struct course_file *file, const struct assignment *assignment, struct error *error)
{
	for (size_t i = 0; i < file->unit_count; i++)
		if (strcmp(file->unit[i].id, assignment->unit) == 0)
			return 0;
	return file->unit_count ? fail_key(assignment, "unit", error, "course.yaml has no unit '%s'", assignment->unit) : 0;
}

static bool comes_before(const struct string_list *list, const char *first, const char *second)
{
	for (size_t i = 0; i < list->count && strcmp(list->item[i], second) != 0; i++)
		if (strcmp(list->item[i], first) == 0)
			return true;
	return false;
}

/* What an assignment needs comes before it. */
static int check_needs(const struct course_file *file, const struct assignment *assignment, struct error *error)
{
	for (size_t i = 0; i < assignment->needs.count; i++) {
		const char *name = assignment->needs.item[i];
		if (comes_before(&file->assignments, name, assignment->name))
			continue;
		if (in_list(&file->assignments, name))
			return fail_key(assignment, "needs", error, "'%s' does not come before '%s' in course.yaml", name,
			                assignment->name);
		const char *near = closest(name, (const char *const *)file->assignments.item, file->assignments.count);
		return fail_key(assignment, "needs", error, "course.yaml has no assignment '%s'%s%s%s", name,
		                near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	return 0;
}

static bool is_handout(const struct course *course)
{
	char *marker = format("%s/%s", course->root, HANDOUT_MARKER);
	bool is = access(marker, F_OK) == 0;
	free(marker);
	return is;
}

static int load_assignment(struct course *course, const struct course_file *file, const char *name, const char *path,
                           struct error *error)
{
	struct assignment *assignment = assignment_load(path, error);
	if (!assignment)
		return -1;
	course->assignment[course->assignment_count++] = assignment;
	if (strcmp(assignment->name, name) != 0)
		return fail_key(assignment, "name", error, "'name' must be that of the folder, '%s', found '%s'", name,
		                assignment->name);
	if (check_handout(course, assignment, error) || check_unit(file, assignment, error) ||
	    check_needs(file, assignment, error))
		return -1;
	return 0;
}

/* A handout may be of some of them. */
static int load_assignments(struct course *course, const struct document *document, const struct course_file *file,
                            struct error *error)
{
	int list = document_member(document, document_root(document), "assignments"), result = 0;
	bool some = is_handout(course);
	course->assignment = zeroed(file->assignments.count, sizeof(struct assignment *));
	for (size_t i = 0; result == 0 && i < file->assignments.count; i++) {
		const char *name = file->assignments.item[i];
		char *path = path_in(course->root, name, "assignment.yaml");
		if (access(path, F_OK) == 0)
			result = load_assignment(course, file, name, path, error);
		else if (!some)
			result = fail_no_assignment(course->root, document, document_item(document, list, i), name, error);
		free(path);
	}
	if (result == 0 && course->assignment_count == 0)
		result = document_fail(document, list, error, "none of these assignments is in this handout");
	return result;
}

static void late_free(struct course_file *file)
{
	for (size_t i = 0; i < file->late_count; i++) {
		free(file->late[i].assignment);
		free(file->late[i].due);
		free(file->late[i].column);
	}
	free(file->late);
}

static int set_due_dates(struct course *course, const struct document *document, struct course_file *file,
                         struct error *error)
{
	int list = document_member(document, document_root(document), "late");
	for (size_t i = 0; i < file->late_count; i++) {
		struct late_file *late = &file->late[i];
		int item = document_item(document, list, i);
		struct assignment *assignment = NULL;
		for (size_t a = 0; a < course->assignment_count; a++)
			if (strcmp(course->assignment[a]->name, late->assignment) == 0)
				assignment = course->assignment[a];
		if (!assignment && in_list(&file->assignments, late->assignment))
			continue; /* it is not in this handout */
		if (!assignment)
			return document_fail(document, document_member(document, item, "assignment"), error,
			                     "'%s' is not among 'assignments'", late->assignment);
		if (assignment->late.due)
			return document_fail(document, document_member(document, item, "assignment"), error,
			                     "'%s' has a due date already", late->assignment);
		int64_t due = clock_read(late->due);
		if (due <= 0)
			return document_fail(document, document_member(document, item, "due"), error,
			                     "expected a time with its zone, as 2026-10-01 23:59 +0200, found '%s'", late->due);
		assignment->late = (struct late_policy){.due = due,
		                                        .grace_min = late->grace_min,
		                                        .per_day = late->per_day,
		                                        .cap = late->cap,
		                                        .ends = late->nothing_after != NEVER,
		                                        .nothing_after = late->nothing_after,
		                                        .column = late->column,
		                                        .zone = clock_zone(late->due)};
		late->column = NULL; /* the assignment's now */
	}
	return 0;
}

/* ---- the public functions ------------------------------------------------------------------- */

struct course *course_load(const char *root, struct error *error)
{
	struct course_file file = {.similarity = {SIMILAR_PERCENT}};
	struct course *course = calloc(1, sizeof *course);
	char *path = path_in(root, "", "course.yaml");
	struct document *document = NULL;
	int result = -1;

	if (course)
		course->root = strdup(root);
	if (!course || !course->root)
		fail(error, "out of memory");
	else
		document = document_load(path, SCHEMA, error);
	if (document && document_read(document, document_root(document), &course_shape, &file, error) == 0 &&
	    check_harmless(document, &file, error) == 0 && check_forbidden(document, &file, error) == 0)
		result = load_assignments(course, document, &file, error);
	if (result == 0)
		result = set_due_dates(course, document, &file, error);
	if (course) { /* what was read is the course's now, whether it is good or about to be freed */
		course->title = file.title;
		course->unit = file.unit;
		course->unit_count = file.unit_count;
		course->headers = file.headers;
		course->imports = file.imports;
		course->harmless = file.harmless;
		course->forbidden = file.forbidden;
		course->forbidden_count = file.forbidden_count;
		course->late_budget = file.late_budget;
		course->similar_percent = file.similarity.percent;
	}
	list_free(&file.assignments);
	late_free(&file);
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
	for (size_t i = 0; i < course->unit_count; i++) {
		free(course->unit[i].id);
		free(course->unit[i].title);
	}
	free(course->unit);
	free(course->forbidden);
	free(course->assignment);
	list_free(&course->headers);
	list_free(&course->imports);
	list_free(&course->harmless);
	free(course->title);
	free(course->root);
	free(course);
}

const struct forbidden_symbol *course_forbidden(const struct course *course, const char *symbol)
{
	for (size_t i = 0; i < course->forbidden_count; i++)
		if (strcmp(course->forbidden[i].symbol, symbol) == 0)
			return &course->forbidden[i];
	return NULL;
}

const struct assignment *course_find(const struct course *course, const char *name)
{
	for (size_t i = 0; i < course->assignment_count; i++) {
		if (strcmp(course->assignment[i]->name, name) == 0)
			return course->assignment[i];
	}
	return NULL;
}
