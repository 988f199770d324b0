/* results.c - what elements bring: a file for each key, whole or not at all. */
#include "../memory.h"
#include "cluster.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RESULT_LIMIT = 16 << 20 };

static char *result_path(const char *folder, const char *key)
{
	return format("%s/%s.json", folder, key);
}

/* Processes on two machines may have the same number: the draft has the machine's name, too. */
int result_keep(const char *folder, const char *key, const struct grade *grade, struct error *error)
{
	char host[65] = "";
	gethostname(host, sizeof host - 1);
	char *json = grade_to_json(grade), *path = result_path(folder, key);
	char *draft = format("%s.%s.%d", path, host, (int)getpid());
	int result = file_write(draft, json, strlen(json), error);
	if (result == 0 && rename(draft, path) != 0) {
		result = fail(error, "cannot rename %s: %s", draft, strerror(errno));
		unlink(draft);
	}
	free(draft);
	free(path);
	free(json);
	return result;
}

struct grade *result_take(const char *folder, const char *key, const char *assignment, struct error *error)
{
	char *path = result_path(folder, key);
	struct grade *grade = NULL;
	struct error cause;
	error->text[0] = 0;
	if (file_exists(path)) {
		char *text = file_read(path, RESULT_LIMIT, NULL, &cause);
		grade = text ? grade_from_json(text, &cause) : NULL;
		if (grade && strcmp(grade->assignment, assignment) != 0) {
			fail(&cause, "it is one of %s", grade->assignment);
			grade_free(grade);
			grade = NULL;
		}
		if (!grade)
			fail(error, "%s is not a result of %s: %.500s", path, assignment, cause.text);
		free(text);
	}
	free(path);
	return grade;
}

struct grade *result_missing(const struct assignment *assignment, const char *submission, const char *why)
{
	struct grade *grade = grade_new(assignment, submission);
	grade->judged = false;
	grade_add_check(grade, "cluster", "failed", why, 0);
	grade_set_fault(grade, "infrastructure");
	return grade;
}

void result_drop(const char *folder, const char *key)
{
	char *path = result_path(folder, key);
	unlink(path);
	free(path);
}

/* ---- tidying -------------------------------------------------------------------------------- */

/* "KEY.json" and "KEY.json.anything": the key. */
static bool key_in(const char *name, char key[HASH_SIZE])
{
	size_t length = strspn(name, "0123456789abcdef");
	if (length != HASH_SIZE - 1 || strncmp(name + length, ".json", 5) != 0)
		return false;
	memcpy(key, name, length);
	key[length] = 0;
	return name[length + 5] == 0 || name[length + 5] == '.';
}

void results_end(const char *folder)
{
	static const char *const others[] = {"plan.json", "halves"};
	results_tidy(folder, NULL);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		char *path = format("%s/%s", folder, others[i]);
		unlink(path);
		free(path);
	}
}

size_t results_tidy(const char *folder, const struct plan *plan)
{
	size_t removed = 0;
	char key[HASH_SIZE];
	DIR *entries = opendir(folder);
	for (struct dirent *entry; entries && (entry = readdir(entries));) {
		if (!key_in(entry->d_name, key))
			continue;
		bool draft = entry->d_name[HASH_SIZE - 1 + 5] != 0;
		if (!draft && plan && plan_find(plan, key))
			continue;
		char *path = format("%s/%s", folder, entry->d_name);
		removed += unlink(path) == 0 && !draft;
		free(path);
	}
	if (entries)
		closedir(entries);
	return removed;
}
