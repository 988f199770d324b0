/* edit.c - course.yaml as a text: made whole for a handout, and with an assignment more. Comments stay as they are. */
#include "../file.h"
#include "../memory.h"
#include "assignment.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 1 << 20 };

static const char *next_line(const char *at)
{
	at += strcspn(at, "\n");
	return at + (*at == '\n');
}

/* The line of the key, one of the whole mapping's; NULL: it is not there. */
static const char *find_key(const char *text, const char *key)
{
	size_t length = strlen(key);
	for (const char *at = text; *at; at = next_line(at))
		if (strncmp(at, key, length) == 0 && at[length] == ':')
			return at;
	return NULL;
}

/* The end of what the line of a key begins: the next key, or a comment above it. */
static const char *end_of(const char *key)
{
	const char *at = next_line(key);
	while (*at && !isalpha((unsigned char)*at) && *at != '#')
		at = next_line(at);
	return at;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static char *with_inherited(const char *own, const char *kit)
{
	char *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);
	fprintf(out, "%s%s", own, *own && own[strlen(own) - 1] != '\n' ? "\n" : "");
	for (size_t i = 0; inherited_keys[i]; i++) {
		const char *key = find_key(own, inherited_keys[i]) ? NULL : find_key(kit, inherited_keys[i]);
		if (key)
			fprintf(out, "\n%.*s", (int)(end_of(key) - key), key);
	}
	fclose(out);
	return text;
}

char *course_whole(const struct course *course, struct error *error)
{
	char *path = format("%s/assignments/course.yaml", course->root);
	char *kit = file_read(path, FILE_LIMIT, NULL, error), *own = NULL, *whole = NULL;
	free(path);
	if (!kit || !course->folder)
		return kit;
	path = format("%s/course.yaml", course->folder);
	own = file_read(path, FILE_LIMIT, NULL, error);
	if (own)
		whole = with_inherited(own, kit);
	free(own);
	free(kit);
	free(path);
	return whole;
}

/* ---- one more ------------------------------------------------------------------------------- */

/* Behind the last item of the list that the line of a key begins: in brackets, or with an item to a line. NULL: it is
 * neither. */
static const char *end_of_list(const char *key, bool *brackets)
{
	const char *last = NULL, *end = end_of(key), *open = key + strcspn(key, "[\n");
	*brackets = *open == '[';
	if (*brackets) {
		const char *close = memchr(open, ']', (size_t)(end - open));
		while (close && close > open && isspace((unsigned char)close[-1]))
			close--;
		return close;
	}
	for (const char *at = next_line(key); at < end; at = next_line(at))
		if (at[strspn(at, " ")] == '-')
			last = at;
	return last ? last + strcspn(last, "\n") : NULL;
}

int course_add(const char *path, const char *name, struct error *error)
{
	bool brackets;
	char *text = file_read(path, FILE_LIMIT, NULL, error);
	if (!text)
		return -1;
	const char *key = find_key(text, "assignments"), *at = key ? end_of_list(key, &brackets) : NULL;
	int result = at ? 0 : fail(error, "%s has no list 'assignments' to which %s could be added", path, name);
	if (at) {
		char *item = brackets ? format(", %s", name) : format("\n  - %s", name);
		char *more = format("%.*s%s%s", (int)(at - text), text, item, at);
		result = file_write(path, more, strlen(more), error);
		free(more);
		free(item);
	}
	free(text);
	return result;
}
