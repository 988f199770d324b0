#include "copy.h"

#include "../file.h"
#include "../memory.h"
#include "assignment.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_LIMIT = 16 << 20 };

/* Where an exercise is below its root, in the order in which an author writes it. %s: its name. */
static const char *const places[] = {"include/%s.h", "solutions/%s", "tests/assignments/%s", "assignments/%s"};

/* The place of an exercise, which the caller frees. */
static char *place_of(size_t place, const char *name)
{
	const char *mark = strstr(places[place], "%s");
	return format("%.*s%s%s", (int)(mark - places[place]), places[place], name, mark + 2);
}

enum { PLACES = sizeof places / sizeof *places };

/* ---- names in texts ------------------------------------------------------------------------- */

static char *upper(const char *name)
{
	char *copy = format("%s", name);
	for (char *c = copy; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	return copy;
}

/* The text with each word that is `from`, or begins with it and an underscore, as one of `to`. */
static char *renamed(const char *text, const char *from, const char *to)
{
	char *result = NULL;
	size_t size, length = strlen(from);
	FILE *out = memory_open(&result, &size);
	bool in_word = false;
	while (*text) {
		bool here = !in_word && strncmp(text, from, length) == 0 && !isalnum((unsigned char)text[length]);
		in_word = here || isalnum((unsigned char)*text) || *text == '_';
		if (here)
			fputs(to, out);
		else
			fputc(*text, out);
		text += here ? length : 1;
	}
	fclose(out);
	return result;
}

static char *renamed_everywhere(const char *text, const char *from, const char *to)
{
	char *small = renamed(text, from, to), *upper_from = upper(from), *upper_to = upper(to);
	char *all = renamed(small, upper_from, upper_to);
	free(upper_to);
	free(upper_from);
	free(small);
	return all;
}

/* The text with `value` in place of what follows the key at the beginning of a line. The text is freed. */
static char *with_value(char *text, const char *key, const char *value)
{
	char *mark = format("\n%s: ", key), *at = strstr(text, mark), *result = text;
	if (at) {
		at += strlen(mark);
		result = format("%.*s%s%s", (int)(at - text), text, value, at + strcspn(at, "\n"));
		free(text);
	}
	free(mark);
	return result;
}

/* ---- what is left to do --------------------------------------------------------------------- */

static bool ends_as(const char *path, const char *end)
{
	size_t length = strlen(path), tail = strlen(end);
	return length >= tail && strcmp(path + length - tail, end) == 0;
}

/* Behind the first line of a handout, which is read by programs; else at the top. The text is freed. */
static char *with_todo(char *text, const char *path, const char *from)
{
	const char *open = ends_as(path, ".md") ? "<!-- " : ends_as(path, ".yaml") ? "# " : "/* ";
	const char *close = ends_as(path, ".md") ? " -->" : ends_as(path, ".yaml") ? "" : " */";
	size_t first = ends_as(path, ".md") ? strcspn(text, "\n") + 1 : 0;
	char *marked = format("%.*s%s%s: this is a copy of that of %s; make it yours%s\n%s", (int)first, text, open,
	                      AUTHOR_TODO, from, close, text + first);
	free(text);
	return marked;
}

/* Pictures, and all of solutions, in which patches count lines, say nothing. */
static bool may_say(const char *path)
{
	static const char *const ends[] = {".h", ".c", ".yaml", ".md"};
	bool may = false;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		may |= ends_as(path, ends[i]);
	return may && strncmp(path, "solutions/", strlen("solutions/")) != 0;
}

/* ---- folders -------------------------------------------------------------------------------- */

/* Adds the paths of all files in root/path, or itself, in order of their names. */
static void add_paths(struct string_list *paths, const char *root, const char *path)
{
	struct dirent **entry;
	struct stat status;
	char *full = format("%s/%s", root, path);
	if (stat(full, &status) == 0 && S_ISREG(status.st_mode))
		list_add(paths, format("%s", path));
	int count = scandir(full, &entry, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char *inside = format("%s/%s", path, entry[i]->d_name);
		if (entry[i]->d_name[0] != '.')
			add_paths(paths, root, inside);
		free(inside);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
	free(full);
}

static struct string_list paths_of(const struct assignment *assignment)
{
	struct string_list paths = {0};
	for (size_t i = 0; i < PLACES; i++) {
		char *place = place_of(i, assignment->name);
		add_paths(&paths, assignment->root, place);
		free(place);
	}
	return paths;
}

static int check_free(const char *root, const char *name, struct error *error)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < PLACES; i++) {
		char *place = place_of(i, name), *full = format("%s/%s", root, place);
		if (access(full, F_OK) == 0)
			result = fail(error, "%s is there already: choose another name, or remove it", full);
		free(full);
		free(place);
	}
	return result;
}

static int write_below(const char *root, const char *path, const char *text, size_t size, struct error *error)
{
	char *full = format("%s/%s", root, path), *folder = format("%.*s", (int)(strrchr(full, '/') - full), full);
	int result = folder_make(folder, error) == 0 ? file_write(full, text, size, error) : -1;
	free(folder);
	free(full);
	return result;
}

/* The copy of a text. What was read is freed. */
static char *made_over(char *text, const char *path, const struct assignment *from, const char *name)
{
	char *copy = renamed_everywhere(text, from->name, name);
	free(text);
	return may_say(path) && !strstr(copy, AUTHOR_TODO) ? with_todo(copy, path, from->name) : copy;
}

static int copy_file(const struct assignment *from, const char *path, const char *root, const char *name,
                     struct string_list *files, struct error *error)
{
	size_t size;
	char *full = format("%s/%s", from->root, path), *text = file_read(full, FILE_LIMIT, &size, error);
	char *to = renamed(path, from->name, name);
	bool binary = text && strlen(text) != size;
	if (text && !binary) {
		text = made_over(text, path, from, name);
		size = strlen(text);
	}
	int result = text ? write_below(root, to, text, size, error) : -1;
	list_add(files, to);
	free(text);
	free(full);
	return result;
}

/* What depends on other files of the copy, or on the course. */
static int settle_yaml(const char *root, const char *name, const char *unit, struct error *error)
{
	char mark[SKELETON_MARK + 1];
	char *yaml = format("assignments/%s/assignment.yaml", name), *path = format("%s/%s", root, yaml);
	char *skeleton = format("%s/assignments/%s/%s.c", root, name, name);
	char *source = file_read(skeleton, SOURCE_LIMIT, NULL, error);
	char *text = source ? file_read(path, FILE_LIMIT, NULL, error) : NULL;
	int result = -1;
	if (text) {
		skeleton_mark(source, mark);
		text = with_value(text, "skeleton", mark);
		text = unit ? with_value(text, "unit", unit) : text;
		result = write_below(root, yaml, text, strlen(text), error);
	}
	free(text);
	free(source);
	free(skeleton);
	free(path);
	free(yaml);
	return result;
}

int assignment_copy(const struct assignment *from, const char *root, const char *name, const char *unit,
                    struct string_list *files, struct error *error)
{
	*files = (struct string_list){0};
	if (check_free(root, name, error) != 0)
		return -1;
	struct string_list paths = paths_of(from);
	int result = 0;
	for (size_t i = 0; result == 0 && i < paths.count; i++)
		result = copy_file(from, paths.item[i], root, name, files, error);
	if (result == 0)
		result = settle_yaml(root, name, unit, error);
	list_free(&paths);
	return result;
}

/* ---- what is left to do --------------------------------------------------------------------- */

/* Up to the end of the comment, or of the line. */
static size_t words_length(const char *words)
{
	const char *end = words;
	while (*end && *end != '\n' && strncmp(end, " */", 3) != 0 && strncmp(end, " -->", 4) != 0)
		end++;
	return (size_t)(end - words);
}

/* "path:line: words" of each line with the mark. */
static void add_todo(struct string_list *todo, const char *path, const char *text)
{
	unsigned line = 1;
	for (const char *at = text, *found; (found = strstr(at, AUTHOR_TODO)); at = found + strcspn(found, "\n")) {
		for (; at < found; at++)
			line += *at == '\n';
		const char *words = found + strlen(AUTHOR_TODO);
		words += strspn(words, ": ");
		list_add(todo, format("%s:%u: %.*s", path, line, (int)words_length(words), words));
	}
}

struct string_list assignment_todo(const struct assignment *assignment)
{
	struct string_list todo = {0}, paths = paths_of(assignment);
	for (size_t i = 0; i < paths.count; i++) {
		char *full = format("%s/%s", assignment->root, paths.item[i]);
		char *text = file_read(full, FILE_LIMIT, NULL, NULL);
		if (text)
			add_todo(&todo, paths.item[i], text);
		free(text);
		free(full);
	}
	list_free(&paths);
	return todo;
}
