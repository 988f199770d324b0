#include "mutant.h"

#include "../file.h"
#include "../memory.h"
#include "../tool.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static const char ending[] = ".patch";

static int is_patch(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name), tail = sizeof ending - 1;
	return length > tail && strcmp(entry->d_name + length - tail, ending) == 0;
}

struct string_list mutant_names(const char *root, const char *assignment)
{
	struct dirent **entry;
	char *folder = format("%s/tests/assignments/%s/mutants", root, assignment);
	int count = scandir(folder, &entry, is_patch, alphasort);
	struct string_list names = {zeroed(count > 0 ? (size_t)count : 0, sizeof *names.item), 0};
	for (int i = 0; i < count; i++) {
		names.item[names.count++] =
		    format("%.*s", (int)(strlen(entry[i]->d_name) - (sizeof ending - 1)), entry[i]->d_name);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
	free(folder);
	return names;
}

/* Editors leave names that begin with a dot or end with a tilde. */
static int is_stray(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && entry->d_name[strlen(entry->d_name) - 1] != '~' && !is_patch(entry);
}

int mutants_check(const char *root, const char *assignment, struct error *error)
{
	struct dirent **entry;
	char *folder = format("%s/tests/assignments/%s/mutants", root, assignment);
	int count = scandir(folder, &entry, is_stray, alphasort), result = 0;
	if (count > 0)
		result = fail(error, "%s/%s: is not a patch; `make mutant A=%s M=ID`, then the same with SAVE=1, makes one",
		              folder, entry[0]->d_name, assignment);
	for (int i = 0; i < count; i++)
		free(entry[i]);
	if (count >= 0)
		free(entry);
	free(folder);
	return result;
}

char *mutant_path(const char *root, const char *assignment, const char *name)
{
	return format("%s/tests/assignments/%s/mutants/%s%s", root, assignment, name, ending);
}

/* What follows the comment at the top, or NULL: there is none. */
static const char *after_comment(const char *text)
{
	const char *end = strncmp(text, "/*", 2) == 0 ? strstr(text, "*/") : NULL;
	return end ? end + 2 : NULL;
}

char *mutant_key(const char *text, const char *key)
{
	const char *end = after_comment(text);
	char *mark = format("\n * %s:", key);
	const char *found = strstr(text, mark);
	size_t skip = strlen(mark);
	free(mark);
	if (!found || !end || found > end)
		return NULL;
	found += skip;
	found += strspn(found, " ");
	size_t length = strcspn(found, "\r\n");
	while (length && found[length - 1] == ' ')
		length--;
	return format("%.*s", (int)length, found);
}

/* The file that a mutant is made of. */
struct base {
	char *path, *text;
};

static void base_clear(struct base *base)
{
	free(base->path);
	free(base->text);
	*base = (struct base){NULL, NULL};
}

/* `owner`: the file that names it, with the mutant's comment at the top. */
static int base_read(struct base *base, const char *root, const char *assignment, const char *owner, const char *text,
                     struct error *error)
{
	char *key = mutant_key(text, "base");
	struct error reason;
	base->path = key ? format("%s/solutions/%s/%s", root, assignment, key)
	                 : format("%s/solutions/%s/%s.c", root, assignment, assignment);
	base->text = file_read(base->path, SOURCE_LIMIT, NULL, &reason);
	free(key);
	if (!base->text)
		return fail(error, "%s: its base cannot be read: %s", owner, reason.text);
	if (!after_comment(base->text))
		return fail(error, "%s: a mutant's comment takes the place of the one at the top, and there is none",
		            base->path);
	return 0;
}

/* What of the base line `line` was before the hunk that patch says does not apply: "Hunk #2 FAILED at 52." */
static int refuse(const char *path, const struct base *base, const char *words, const char *assignment,
                  const char *name, struct error *error)
{
	unsigned hunk = 0, line = 0;
	const char *found = strstr(words, "FAILED at ");
	const char *number = strstr(words, "Hunk #");
	for (const char *next = number; next && found && next < found; next = strstr(next + 1, "Hunk #"))
		number = next;
	if (!found || !number || sscanf(number, "Hunk #%u FAILED at %u", &hunk, &line) != 2)
		return fail(error, "%s: is not a unified diff against %s", path, base->path);
	return fail(error,
	            "%s: hunk %u does not apply to %s (line %u): `make mutant A=%s M=%s` makes a working copy with what "
	            "still applies; put the mistake back in, then run it again with SAVE=1",
	            path, hunk, base->path, line, assignment, name);
}

/* The base as the patch leaves it, the caller's: with all hunks, or with those that apply, and -1 and *error. */
static char *apply(const char *path, const char *patch, const struct base *base, const char *assignment,
                   const char *name, struct error *error)
{
	const char *diff = after_comment(patch);
	char *const argv[] = {
	    "patch", "--force",  "--fuzz=0", "--read-only=ignore", "--no-backup-if-mismatch", "-r", "-", "-o",
	    "-",     base->path, NULL};
	char *const asking[] = {"patch", "--force", "--fuzz=0", "--read-only=ignore", "--dry-run", base->path, NULL};
	char *text, *words = NULL;
	int status = tool_run(argv, diff, strlen(diff), &text, error);
	if (status > 0) {
		if (tool_run(asking, diff, strlen(diff), &words, error) >= 0)
			refuse(path, base, words, assignment, name, error);
		free(words);
	}
	if (status >= 0 && *text)
		return text;
	free(text);
	return NULL;
}

char *mutant_text_partial(const char *root, const char *assignment, const char *name, struct error *error)
{
	struct base base = {NULL, NULL};
	char *path = mutant_path(root, assignment, name), *patch = file_read(path, SOURCE_LIMIT, NULL, error), *text = NULL;
	const char *rest = patch ? after_comment(patch) : NULL;
	if (patch && !rest)
		fail(error, "%s:1: a mutant begins with a comment that says what is wrong", path);
	if (rest)
		*error = (struct error){0};
	if (rest && base_read(&base, root, assignment, path, patch, error) == 0) {
		char *patched = apply(path, patch, &base, assignment, name, error);
		const char *body = patched ? after_comment(patched) : NULL;
		if (patched && !body)
			fail(error, "%s: changes the comment at the top of its base, which its own replaces", path);
		text = body ? format("%.*s%s", (int)(rest - patch), patch, body) : NULL;
		free(patched);
	}
	base_clear(&base);
	free(patch);
	free(path);
	return text;
}

char *mutant_text(const char *root, const char *assignment, const char *name, struct error *error)
{
	struct error problem = {0};
	char *text = mutant_text_partial(root, assignment, name, &problem);
	if (text && !*problem.text)
		return text;
	free(text);
	fail(error, "%s", problem.text);
	return NULL;
}

int mutant_save(const char *root, const char *assignment, const char *name, const char *text, struct error *error)
{
	struct base base = {NULL, NULL};
	char *path = mutant_path(root, assignment, name), *diff = NULL;
	const char *rest = after_comment(text);
	int result = rest ? base_read(&base, root, assignment, path, text, error)
	                  : fail(error, "%s: begins with no comment that says what is wrong", name);
	if (result == 0) {
		const char *body = after_comment(base.text);
		char *file = strrchr(base.path, '/') + 1, *label = format("--label=%s", file);
		char *whole = format("%.*s%s", (int)(body - base.text), base.text, rest);
		char *const argv[] = {"diff", "-u", "-p", label, label, base.path, "-", NULL};
		int status = tool_run(argv, whole, strlen(whole), &diff, error);
		if (status == 0)
			result = fail(error, "%s: nothing in it differs from %s", name, base.path);
		else
			result = status == 1 ? 0 : status < 0 ? -1 : fail(error, "%s: diff(1) fails on it", name);
		free(whole);
		free(label);
	}
	if (result == 0) {
		char *patch = format("%.*s\n\n%s", (int)(rest - text), text, diff);
		char *folder = format("%s/tests/assignments/%s/mutants", root, assignment);
		result = folder_make(folder, error) == 0 ? file_write(path, patch, strlen(patch), error) : -1;
		free(folder);
		free(patch);
	}
	free(diff);
	base_clear(&base);
	free(path);
	return result;
}
