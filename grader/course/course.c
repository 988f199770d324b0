#include "course.h"

#include "../clock.h"
#include "../memory.h"
#include "assignment.h"
#include "reuses.h"

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

struct weight_file {
	char *assignment;
	int weight;
};

struct read_file {
	char *assignment;
	struct read_line line;
};

/* What course.yaml itself says: names where struct course has assignments. */
struct course_file {
	char *title;
	struct unit *unit;
	size_t unit_count;
	struct string_list assignments, planned, headers, imports, harmless;
	struct course_path *path;
	size_t path_count;
	struct forbidden_symbol *forbidden;
	size_t forbidden_count;
	struct late_file *late;
	size_t late_count;
	struct late_budget late_budget;
	struct weight_file *weight;
	size_t weight_count;
	struct read_file *read;
	size_t read_count;
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

static const struct field week_fields[] = {
    {.key = "about",
     .type = FIELD_TEXT,
     .expected = "what the week is about, in a few words",
     .offset = offsetof(struct week, about)},
    {.key = "assignments",
     .type = FIELD_NAMES,
     .min = 1,
     .max = 20,
     .expected = "a list of assignments, at least one",
     .offset = offsetof(struct week, assignments)},
};
static const struct shape week_shape = {"week", week_fields, COUNT(week_fields), sizeof(struct week), NO_LINE};

static const struct field path_fields[] = {
    {.key = "title",
     .type = FIELD_TEXT,
     .expected = "how long it takes, like 'Three weeks'",
     .offset = offsetof(struct course_path, title)},
    {.key = "about",
     .type = FIELD_TEXT,
     .expected = "a sentence that says for whom it is",
     .offset = offsetof(struct course_path, about)},
    {.key = "weeks",
     .type = FIELD_STRUCTS,
     .shape = &week_shape,
     .min = 1,
     .max = 60,
     .expected = "a list of weeks with 'about' and 'assignments', at least one",
     .offset = offsetof(struct course_path, week),
     .count_offset = offsetof(struct course_path, week_count)},
};
static const struct shape path_shape = {"path", path_fields, COUNT(path_fields), sizeof(struct course_path), NO_LINE};

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

static const struct field weight_fields[] = {
    {.key = "assignment", .type = FIELD_NAME, .offset = offsetof(struct weight_file, assignment)},
    {.key = "weight", .type = FIELD_NUMBER, .max = 100, .offset = offsetof(struct weight_file, weight)},
};
static const struct shape weight_shape = {"weight", weight_fields, COUNT(weight_fields), sizeof(struct weight_file),
                                          NO_LINE};

static const struct field read_fields[] = {
    {.key = "assignment", .type = FIELD_NAME, .offset = offsetof(struct read_file, assignment)},
    {.key = "id", .type = FIELD_NAME, .offset = offsetof(struct read_file, line.id)},
    {.key = "title",
     .type = FIELD_TEXT,
     .expected = "what is read, in a few words",
     .offset = offsetof(struct read_file, line.title)},
    {.key = "points", .type = FIELD_NUMBER, .min = 1, .max = 100, .offset = offsetof(struct read_file, line.points)},
    {.key = "file",
     .type = FIELD_TEXT,
     .optional = true,
     .expected = "a file of the submission, like ANSWERS.md",
     .offset = offsetof(struct read_file, line.file)},
};
static const struct shape read_shape = {"line that is read", read_fields, COUNT(read_fields), sizeof(struct read_file),
                                        NO_LINE};

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
    {.key = "planned",
     .type = FIELD_NAMES,
     .optional = true,
     .max = 200,
     .expected = "a list of names of assignments that are to come",
     .offset = offsetof(struct course_file, planned)},
    {.key = "paths",
     .type = FIELD_STRUCTS,
     .shape = &path_shape,
     .optional = true,
     .max = 20,
     .expected = "a list of paths with 'title', 'about' and 'weeks'",
     .offset = offsetof(struct course_file, path),
     .count_offset = offsetof(struct course_file, path_count)},
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
    {.key = "weights",
     .type = FIELD_STRUCTS,
     .shape = &weight_shape,
     .optional = true,
     .max = 200,
     .expected = "a list of assignments with 'weight'",
     .offset = offsetof(struct course_file, weight),
     .count_offset = offsetof(struct course_file, weight_count)},
    {.key = "read",
     .type = FIELD_STRUCTS,
     .shape = &read_shape,
     .optional = true,
     .max = 400,
     .expected = "a list of lines that a person gives points for",
     .offset = offsetof(struct course_file, read),
     .count_offset = offsetof(struct course_file, read_count)},
    {.key = "similarity",
     .type = FIELD_STRUCT,
     .shape = &similarity_shape,
     .optional = true,
     .offset = offsetof(struct course_file, similarity)},
};

const char *const inherited_keys[] = {"units", "headers", "imports", "harmless", "forbidden", NULL};

static bool is_inherited(const char *key)
{
	for (size_t i = 0; inherited_keys[i]; i++)
		if (strcmp(inherited_keys[i], key) == 0)
			return true;
	return false;
}

/* ---- helpers -------------------------------------------------------------------------------- */

/* root/FILE, without a "./" in front, because the path stands in messages. */
static char *path_below(const char *root, const char *file)
{
	size_t length = strlen(root);
	bool here = strcmp(root, ".") == 0 || strcmp(root, "./") == 0;
	const char *slash = length > 0 && root[length - 1] == '/' ? "" : "/";
	return format("%s%s%s", here ? "" : root, here ? "" : slash, file);
}

/* root/assignments/NAME/FILE. */
static char *path_in(const char *root, const char *name, const char *file)
{
	char *below = format("assignments/%s/%s", name, file), *path = path_below(root, below);
	free(below);
	return path;
}

const char *course_root_of(const struct course *course, const char *name)
{
	const char *const roots[] = {course->folder, course->root};
	const char *found = NULL;
	for (size_t i = 0; i < COUNT(roots) && !found; i++) {
		char *path = roots[i] ? path_in(roots[i], name, "assignment.yaml") : NULL;
		found = path && access(path, F_OK) == 0 ? roots[i] : NULL;
		free(path);
	}
	return found;
}

/* ---- what one place says about another ------------------------------------------------------ */

static int check_harmless(const struct document *document, const struct course_file *file, struct error *error)
{
	int list = document_member(document, document_root(document), "harmless");
	for (size_t i = 0; i < file->harmless.count; i++)
		if (list_has(&file->imports, file->harmless.item[i]))
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
		if (list_has(&file->imports, symbol))
			return document_fail(document, node, error, "'%s' is both in 'imports' and in 'forbidden'", symbol);
		if (list_has(&file->harmless, symbol))
			return document_fail(document, node, error,
			                     "'%s' is both in 'harmless' and in 'forbidden'; write 'harmless: true' here", symbol);
	}
	return 0;
}

static int check_planned(const struct document *document, const struct course_file *file, struct error *error)
{
	int list = document_member(document, document_root(document), "planned");
	for (size_t i = 0; i < file->planned.count; i++)
		if (list_has(&file->assignments, file->planned.item[i]))
			return document_fail(document, document_item(document, list, i), error,
			                     "'%s' is both in 'assignments' and in 'planned'", file->planned.item[i]);
	return 0;
}

/* The weeks of a path take the assignments in their order, each once: from the place *next on. */
static int check_step(const struct document *document, int node, const struct string_list *assignments,
                      const char *name, size_t *next, struct error *error)
{
	size_t place = 0;
	while (place < assignments->count && strcmp(assignments->item[place], name) != 0)
		place++;
	if (place == assignments->count) {
		const char *near = closest(name, (const char *const *)assignments->item, assignments->count);
		return document_fail(document, node, error, "'%s' is not among 'assignments'%s%s%s", name,
		                     near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	if (place < *next)
		return document_fail(document, node, error,
		                     "'%s' cannot come after '%s': a path has the order of 'assignments', and each once", name,
		                     assignments->item[*next - 1]);
	*next = place + 1;
	return 0;
}

static int check_path(const struct document *document, int path, const struct course_path *way,
                      const struct string_list *assignments, struct error *error)
{
	int weeks = document_member(document, path, "weeks"), result = 0;
	size_t next = 0;
	for (size_t w = 0; w < way->week_count; w++) {
		const struct string_list *names = &way->week[w].assignments;
		int list = document_member(document, document_item(document, weeks, w), "assignments");
		for (size_t i = 0; result == 0 && i < names->count; i++)
			result = check_step(document, document_item(document, list, i), assignments, names->item[i], &next, error);
	}
	return result;
}

static int check_paths(const struct document *document, const struct course_file *file, struct error *error)
{
	int list = document_member(document, document_root(document), "paths"), result = 0;
	for (size_t i = 0; result == 0 && i < file->path_count; i++)
		result = check_path(document, document_item(document, list, i), &file->path[i], &file->assignments, error);
	return result;
}

/* Adds the names in root/assignments but `except`; there may be no such folder. */
static void add_folders(struct string_list *names, const char *root, const char *except)
{
	char *folder = path_below(root, "assignments");
	DIR *stream = opendir(folder);
	const struct dirent *entry;
	while (stream && (entry = readdir(stream)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, except) != 0)
			list_add(names, format("%s", entry->d_name));
	if (stream)
		closedir(stream);
	free(folder);
}

/* Says at the name in course.yaml that there is no such assignment, and which folder comes close. */
static int fail_no_assignment(const struct course *course, const struct document *document, int node, const char *name,
                              struct error *error)
{
	struct string_list names = {0};
	add_folders(&names, course->root, name);
	if (course->folder)
		add_folders(&names, course->folder, name);
	const char *near = closest(name, (const char *const *)names.item, names.count);
	document_fail(document, node, error, "there is no assignments/%s/assignment.yaml%s%s%s%s", name,
	              course->folder ? ", here or in the kit" : "", near ? ", did you mean '" : "", near ? near : "",
	              near ? "'?" : "");
	list_free(&names);
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
static int check_handout(const struct assignment *assignment, struct error *error)
{
	if (assignment->elsewhere_count == 0)
		return 0;
	char *path = format("%s/tests/assignments/%s/hidden.c", assignment->root, assignment->name);
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

bool course_is_handout(const struct course *course)
{
	char *marker = format("%s/%s", course->root, HANDOUT_MARKER);
	bool is = access(marker, F_OK) == 0;
	free(marker);
	return is;
}

/* Who writes a course decides what is in it, and in which order: that is told, and no error. A name that is nobody's
 * is one. */
static int check_need(struct course *course, const struct course_file *file, const struct assignment *assignment,
                      const char *name, struct error *error)
{
	struct error remark;
	bool listed = list_has(&file->assignments, name);
	if (comes_before(&file->assignments, name, assignment->name))
		return 0;
	if (strcmp(name, assignment->name) == 0)
		return fail_key(assignment, "needs", error, "'%s' needs itself", name);
	if (!listed && !course_root_of(course, name) && !course_is_handout(course)) {
		const char *near = closest(name, (const char *const *)file->assignments.item, file->assignments.count);
		return fail_key(assignment, "needs", error, "there is no assignment '%s'%s%s%s", name,
		                near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	fail_key(assignment, "needs", &remark, "it needs '%s', which %s", name,
	         listed ? "comes later in course.yaml" : "course.yaml leaves out");
	list_add(&course->remarks, format("%s", remark.text));
	return 0;
}

static int check_needs(struct course *course, const struct course_file *file, const struct assignment *assignment,
                       struct error *error)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < assignment->needs.count; i++)
		result = check_need(course, file, assignment, assignment->needs.item[i], error);
	return result;
}

static int load_assignment(struct course *course, const struct course_file *file, const char *name, const char *root,
                           struct error *error)
{
	char *path = path_in(root, name, "assignment.yaml");
	struct assignment *assignment = assignment_load(path, error);
	free(path);
	if (!assignment)
		return -1;
	course->assignment[course->assignment_count++] = assignment;
	assignment->root = format("%s", root);
	assignment->weight = 1;
	if (strcmp(assignment->name, name) != 0)
		return fail_key(assignment, "name", error, "'name' must be that of the folder, '%s', found '%s'", name,
		                assignment->name);
	if (check_handout(assignment, error) || check_unit(file, assignment, error) ||
	    check_needs(course, file, assignment, error) || reuses_resolve(course, assignment, &file->assignments, error))
		return -1;
	return 0;
}

/* A handout may be of some of them. */
static int load_assignments(struct course *course, const struct document *document, const struct course_file *file,
                            struct error *error)
{
	int list = document_member(document, document_root(document), "assignments"), result = 0;
	bool some = course_is_handout(course);
	course->assignment = zeroed(file->assignments.count, sizeof(struct assignment *));
	for (size_t i = 0; result == 0 && i < file->assignments.count; i++) {
		const char *name = file->assignments.item[i], *root = course_root_of(course, name);
		if (root)
			result = load_assignment(course, file, name, root, error);
		else if (!some)
			result = fail_no_assignment(course, document, document_item(document, list, i), name, error);
	}
	if (result == 0 && course->assignment_count == 0)
		result = document_fail(document, list, error, "none of these assignments is in this handout");
	return result;
}

/* What an entry of a list about assignments is of. NULL, or -1 and *error when it is of none; NULL and 0: it is not in
 * this handout. */
static int find_subject(const struct course *course, const struct document *document, const struct course_file *file,
                        int item, const char *name, struct assignment **assignment, struct error *error)
{
	*assignment = NULL;
	for (size_t a = 0; a < course->assignment_count; a++)
		if (strcmp(course->assignment[a]->name, name) == 0)
			*assignment = course->assignment[a];
	if (*assignment || list_has(&file->assignments, name))
		return 0;
	return document_fail(document, document_member(document, item, "assignment"), error,
	                     "'%s' is not among 'assignments'", name);
}

static int set_weights(struct course *course, const struct document *document, const struct course_file *file,
                       struct error *error)
{
	int list = document_member(document, document_root(document), "weights");
	for (size_t i = 0; i < file->weight_count; i++) {
		int item = document_item(document, list, i);
		const char *name = file->weight[i].assignment;
		struct assignment *assignment;
		for (size_t j = 0; j < i; j++)
			if (strcmp(file->weight[j].assignment, name) == 0)
				return document_fail(document, document_member(document, item, "assignment"), error,
				                     "'%s' has a weight already", name);
		if (find_subject(course, document, file, item, name, &assignment, error) != 0)
			return -1;
		if (assignment)
			assignment->weight = file->weight[i].weight;
	}
	return 0;
}

static int check_read_line(const struct assignment *assignment, const struct document *document, int item,
                           const struct read_line *line, struct error *error)
{
	for (size_t i = 0; i < assignment->read_count; i++)
		if (strcmp(assignment->read[i].id, line->id) == 0)
			return document_fail(document, document_member(document, item, "id"), error, "'%s' has a line '%s' already",
			                     assignment->name, line->id);
	if (line->file && (strchr(line->file, '/') || line->file[0] == '.'))
		return document_fail(document, document_member(document, item, "file"), error,
		                     "expected the name of a file, which is looked for in all folders, found '%s'", line->file);
	return 0;
}

/* What is read becomes the assignments'. */
static int set_read_lines(struct course *course, const struct document *document, struct course_file *file,
                          struct error *error)
{
	int list = document_member(document, document_root(document), "read");
	for (size_t i = 0; i < file->read_count; i++) {
		int item = document_item(document, list, i);
		struct read_line *line = &file->read[i].line;
		struct assignment *assignment;
		if (find_subject(course, document, file, item, file->read[i].assignment, &assignment, error) != 0)
			return -1;
		if (!assignment)
			continue;
		if (check_read_line(assignment, document, item, line, error) != 0)
			return -1;
		assignment->read = must(reallocarray(assignment->read, assignment->read_count + 1, sizeof *line));
		assignment->read[assignment->read_count++] = *line;
		*line = (struct read_line){0};
	}
	return 0;
}

static int set_due_dates(struct course *course, const struct document *document, struct course_file *file,
                         struct error *error)
{
	int list = document_member(document, document_root(document), "late");
	for (size_t i = 0; i < file->late_count; i++) {
		struct late_file *late = &file->late[i];
		int item = document_item(document, list, i);
		struct assignment *assignment;
		if (find_subject(course, document, file, item, late->assignment, &assignment, error) != 0)
			return -1;
		if (!assignment)
			continue;
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

static void free_forbidden(struct forbidden_symbol *forbidden, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(forbidden[i].symbol);
		free(forbidden[i].why);
		free(forbidden[i].instead);
	}
	free(forbidden);
}

static void free_units(struct unit *unit, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(unit[i].id);
		free(unit[i].title);
	}
	free(unit);
}

static void free_paths(struct course_path *path, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		for (size_t w = 0; w < path[i].week_count; w++) {
			free(path[i].week[w].about);
			list_free(&path[i].week[w].assignments);
		}
		free(path[i].week);
		free(path[i].title);
		free(path[i].about);
	}
	free(path);
}

static void file_clear(struct course_file *file)
{
	for (size_t i = 0; i < file->late_count; i++) {
		free(file->late[i].assignment);
		free(file->late[i].due);
		free(file->late[i].column);
	}
	for (size_t i = 0; i < file->weight_count; i++)
		free(file->weight[i].assignment);
	for (size_t i = 0; i < file->read_count; i++)
		free(file->read[i].assignment);
	for (size_t i = 0; i < file->read_count; i++)
		read_line_clear(&file->read[i].line);
	free(file->read);
	free_forbidden(file->forbidden, file->forbidden_count);
	free_units(file->unit, file->unit_count);
	free_paths(file->path, file->path_count);
	list_free(&file->assignments);
	list_free(&file->planned);
	list_free(&file->headers);
	list_free(&file->imports);
	list_free(&file->harmless);
	free(file->weight);
	free(file->late);
	free(file->title);
	*file = (struct course_file){0};
}

/* Reads a course.yaml; in one outside of the kit, what it inherits may be missing. NULL and *error. */
static struct document *read_file(const char *path, bool outside, struct course_file *file, struct error *error)
{
	struct field fields[COUNT(course_fields)];
	memcpy(fields, course_fields, sizeof fields);
	for (size_t i = 0; i < COUNT(fields); i++)
		fields[i].optional |= outside && is_inherited(fields[i].key);
	const struct shape shape = {"course", fields, COUNT(fields), sizeof *file, NO_LINE};
	struct document *document = document_load(path, SCHEMA, error);
	if (!document || document_read(document, document_root(document), &shape, file, error) == 0)
		return document;
	document_free(document);
	return NULL;
}

/* Moves it, where `to` has none. */
static void inherit_list(struct string_list *to, struct string_list *from)
{
	struct string_list none = {0};
	if (to->item)
		return;
	*to = *from;
	*from = none;
}

/* What the kit says of all submissions, where the course says nothing of that kind. */
static int inherit(struct course_file *file, const char *root, struct error *error)
{
	struct course_file kit = {0};
	char *path = path_below(root, "assignments/course.yaml");
	struct document *document = read_file(path, false, &kit, error);
	free(path);
	if (document) {
		inherit_list(&file->headers, &kit.headers);
		inherit_list(&file->imports, &kit.imports);
		inherit_list(&file->harmless, &kit.harmless);
	}
	if (document && !file->forbidden) {
		file->forbidden = kit.forbidden;
		file->forbidden_count = kit.forbidden_count;
		kit.forbidden_count = 0;
		kit.forbidden = NULL;
	}
	if (document && !file->unit) {
		file->unit = kit.unit;
		file->unit_count = kit.unit_count;
		kit.unit_count = 0;
		kit.unit = NULL;
	}
	document_free(document);
	file_clear(&kit);
	return document ? 0 : -1;
}

/* What the file says of the course is the course's now. */
static void take(struct course *course, struct course_file *file)
{
	course->title = file->title;
	course->unit = file->unit;
	course->unit_count = file->unit_count;
	course->planned = file->planned;
	course->path = file->path;
	course->path_count = file->path_count;
	course->headers = file->headers;
	course->imports = file->imports;
	course->harmless = file->harmless;
	course->forbidden = file->forbidden;
	course->forbidden_count = file->forbidden_count;
	course->late_budget = file->late_budget;
	course->similar_percent = file->similarity.percent;
	file->title = NULL;
	file->unit = NULL;
	file->unit_count = 0;
	file->path = NULL;
	file->path_count = 0;
	file->planned = file->headers = file->imports = file->harmless = (struct string_list){0};
	file->forbidden = NULL;
	file->forbidden_count = 0;
}

static int load(struct course *course, const struct document *document, struct course_file *file, struct error *error)
{
	if (course->folder && inherit(file, course->root, error) != 0)
		return -1;
	if (check_harmless(document, file, error) != 0 || check_forbidden(document, file, error) != 0 ||
	    check_planned(document, file, error) != 0 || check_paths(document, file, error) != 0 ||
	    load_assignments(course, document, file, error) != 0 || set_weights(course, document, file, error) != 0 ||
	    set_read_lines(course, document, file, error) != 0)
		return -1;
	return set_due_dates(course, document, file, error);
}

struct course *course_load(const char *root, const char *folder, struct error *error)
{
	struct course_file file = {.similarity = {SIMILAR_PERCENT}};
	struct course *course = zeroed(1, sizeof *course);
	char *path = folder ? path_below(folder, "course.yaml") : path_below(root, "assignments/course.yaml");
	course->root = format("%s", root);
	course->folder = folder ? format("%s", folder) : NULL;
	struct document *document = read_file(path, folder, &file, error);
	int result = document ? load(course, document, &file, error) : -1;
	take(course, &file);
	file_clear(&file);
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
	for (size_t i = 0; i < course->assignment_count; i++)
		assignment_free(course->assignment[i]);
	free(course->assignment);
	for (size_t i = 0; i < course->aside_count; i++)
		assignment_free(course->aside[i]);
	free(course->aside);
	free_units(course->unit, course->unit_count);
	free_paths(course->path, course->path_count);
	list_free(&course->planned);
	free_forbidden(course->forbidden, course->forbidden_count);
	list_free(&course->headers);
	list_free(&course->imports);
	list_free(&course->harmless);
	list_free(&course->remarks);
	free(course->title);
	free(course->folder);
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
