/* export.c - the class as folders that other programs for the same purpose read. */
#include "../memory.h"
#include "../report/report.h"
#include "similarity.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Names of students as names of files that no program mistakes for anything else. */
static char *safe_name(const char *student)
{
	char *name = must(strdup(student));
	for (char *c = name; *c; c++)
		if (!strchr("-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", *c) ||
		    (c == name && strchr("-.", *c)))
			*c = '_';
	if (strlen(name) > 100)
		name[100] = '\0';
	return name;
}

int similarity_fits(const char *folder, struct error *error)
{
	DIR *stream = opendir(folder);
	if (!stream)
		return errno == ENOENT ? 0 : fail(error, "cannot read %s: %s", folder, strerror(errno));
	const struct dirent *entry;
	bool full = false;
	while (!full && (entry = readdir(stream)))
		full = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(stream);
	return full ? fail(error, "%s is not empty; name a new folder", folder) : 0;
}

/* BEFORE/NAME BEHIND, with something added to NAME if another student has it already. */
static char *free_path(const char *before, const char *student, const char *behind)
{
	char *name = safe_name(student), *path = format("%s/%s%s", before, name, behind);
	for (unsigned i = 2; file_exists(path); i++) {
		free(path);
		path = format("%s/%s_%u%s", before, name, i, behind);
	}
	free(name);
	return path;
}

static int put_file(const char *folder, const char *name, const char *text, size_t size, struct error *error)
{
	char *path = format("%s/%s", folder, name);
	int result = folder_make(folder, error);
	if (result == 0)
		result = file_write(path, text, size, error);
	free(path);
	return result;
}

static int put_skeleton(const struct assignment *assignment, const char *folder, struct error *error)
{
	char *path = format("%s/assignments/%s/%s.c", assignment->root, assignment->name, assignment->name);
	char *name = format("%s.c", assignment->name);
	size_t size;
	char *text = file_read(path, SOURCE_LIMIT, &size, error);
	int result = text ? put_file(folder, name, text, size, error) : -1;
	free(text);
	free(name);
	free(path);
	return result;
}

/* The source of the first student of each submission that has one; NULL for the others. */
static struct source *source_of(const struct similar_work work[], size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (work[j].submission == work[i].submission && work[j].assignment == work[i].assignment)
			return NULL;
	struct source *source =
	    work[i].folder ? source_find(work[i].assignment->root, work[i].folder, work[i].assignment->name) : NULL;
	if (source && source->state != SOURCE_OK) {
		source_free(source);
		source = NULL;
	}
	return source;
}

/* What is written for one submission below `folder`, the assignment's; `list` is for info.csv, or NULL. */
typedef int put_submission(FILE *list, const char *folder, const struct similar_work *work, const struct source *source,
                           struct error *error);

static int put_for_dolos(FILE *list, const char *folder, const struct similar_work *work, const struct source *source,
                         struct error *error)
{
	char *path = free_path(folder, work->student, ".c");
	int result = file_write(path, source->text, source->size, error);
	fprintf(list, "%s,", strrchr(path, '/') + 1);
	escape_csv(list, work->student);
	char when[64] = "";
	time_t seconds = (time_t)work->handed_in;
	struct tm time;
	if (work->handed_in && gmtime_r(&seconds, &time))
		strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S +0000", &time);
	fprintf(list, ",%s\n", when);
	free(path);
	return result;
}

static int put_for_jplag(FILE *list, const char *folder, const struct similar_work *work, const struct source *source,
                         struct error *error)
{
	(void)list;
	char *submissions = format("%s/submissions", folder), *name = format("%s.c", work->assignment->name);
	char *path = free_path(submissions, work->student, "");
	int result = put_file(path, name, source->text, source->size, error);
	free(path);
	free(name);
	free(submissions);
	return result;
}

/* All submissions of an assignment, if there are any. */
static int put_assignment(const struct assignment *assignment, const struct similar_work work[], size_t count,
                          const char *folder, const char *skeleton, put_submission *put, FILE *list,
                          struct error *error)
{
	int result = 0;
	bool any = false;
	for (size_t i = 0; result == 0 && i < count; i++) {
		struct source *source = work[i].assignment == assignment ? source_of(work, i) : NULL;
		if (!source)
			continue;
		char *base = format("%s/%s", folder, skeleton);
		if (!any)
			result = put_skeleton(assignment, base, error);
		any = true;
		if (result == 0)
			result = put(list, folder, &work[i], source, error);
		free(base);
		source_free(source);
	}
	return any ? result : result == 0 ? 1 : result;
}

static int export(const struct kit *kit, const struct similar_work work[], size_t count, const char *folder,
                  const char *skeleton, put_submission *put, bool listed, struct error *error)
{
	int result = similarity_fits(folder, error);
	if (result == 0)
		result = folder_make(folder, error);
	for (size_t a = 0; result == 0 && a < kit->course->assignment_count; a++) {
		const struct assignment *assignment = kit->course->assignment[a];
		char *mine = format("%s/%s", folder, assignment->name), *text = NULL;
		size_t size;
		FILE *list = memory_open(&text, &size);
		fputs("filename,full_name,created_at\n", list);
		result = put_assignment(assignment, work, count, mine, skeleton, put, list, error);
		fclose(list);
		if (result == 0 && listed)
			result = put_file(mine, "info.csv", text, size, error);
		result = result > 0 ? 0 : result; /* nobody handed it in */
		free(text);
		free(mine);
	}
	return result;
}

int similarity_dolos(const struct kit *kit, const struct similar_work work[], size_t count, const char *folder,
                     struct error *error)
{
	return export(kit, work, count, folder, "skeleton", put_for_dolos, true, error);
}

int similarity_jplag(const struct kit *kit, const struct similar_work work[], size_t count, const char *folder,
                     struct error *error)
{
	return export(kit, work, count, folder, "base", put_for_jplag, false, error);
}
