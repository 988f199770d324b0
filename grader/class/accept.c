#include "accept.h"

#include "../course/text.h"
#include "../file.h"
#include "../memory.h"
#include "pasted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIST_LIMIT = 1 << 20 };

/* ---- the list --------------------------------------------------------------------------------- */

static void add(struct accepted_list *list, const struct assignment *assignment, const char *path)
{
	list->item = must(reallocarray(list->item, list->count + 1, sizeof *list->item));
	list->item[list->count++] = (struct accepted){assignment, must(strdup(path))};
}

/* The assignment that stands before the "="; *path: what stands behind it. */
static const struct assignment *read_line(const struct course *course, const char *text, const char **path)
{
	const char *equals = strchr(text, '=');
	char *name = must(strndup(text, equals ? (size_t)(equals - text) : 0));
	const struct assignment *assignment = course_find(course, name);
	free(name);
	*path = equals ? equals + 1 : text;
	return assignment;
}

int accepted_load(const struct course *course, const char *path, struct accepted_list *list, struct error *error)
{
	if (!file_exists(path))
		return 0;
	char *text = file_read(path, LIST_LIMIT, NULL, error), *rest = text;
	if (!text)
		return -1;
	for (char *line; (line = strsep(&rest, "\n"));) {
		const char *file;
		const struct assignment *assignment = read_line(course, line, &file);
		if (assignment) /* one that the course has no more is no matter */
			add(list, assignment, file);
	}
	free(text);
	return 0;
}

static bool is_inside(const char *path, const char *folder)
{
	size_t size = strlen(folder);
	return strncmp(path, folder, size) == 0 && (!path[size] || path[size] == '/');
}

static const struct handin *handin_with(const struct handins *handins, const char *path)
{
	for (size_t i = 0; i < handins->count; i++)
		if (is_inside(path, handins->item[i].path))
			return &handins->item[i];
	return NULL;
}

static void forget(struct accepted_list *list, const struct assignment *assignment, const char *folder)
{
	size_t kept = 0;
	for (size_t i = 0; i < list->count; i++) {
		if (list->item[i].assignment == assignment && is_inside(list->item[i].path, folder))
			free(list->item[i].path);
		else
			list->item[kept++] = list->item[i];
	}
	list->count = kept;
}

int accepted_add(const struct course *course, const struct handins *handins, const char *text,
                 struct accepted_list *list, struct error *error)
{
	const char *path;
	const struct assignment *assignment = read_line(course, text, &path);
	if (!assignment)
		return fail(error, "ACCEPT='%s': what is taken, and for which assignment? ACCEPT='%s=ada/main.c'", text,
		            course->assignment[0]->name);
	const struct handin *handin = handin_with(handins, path);
	if (!handin)
		return fail(error, "ACCEPT='%s': nothing that was handed in is called %s", text, path);
	forget(list, assignment, handin->path);
	add(list, assignment, path);
	return 0;
}

int accepted_save(const struct accepted_list *list, const char *path, struct error *error)
{
	char *text = NULL;
	size_t size;
	FILE *out = memory_open(&text, &size);
	for (size_t i = 0; i < list->count; i++)
		fprintf(out, "%s=%s\n", list->item[i].assignment->name, list->item[i].path);
	fclose(out);
	int result = file_write(path, text, size, error);
	free(text);
	return result;
}

void accepted_clear(struct accepted_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i].path);
	free(list->item);
	*list = (struct accepted_list){0};
}

/* ---- the file --------------------------------------------------------------------------------- */

static bool is_page(const char *path)
{
	size_t size = strlen(path);
	return (size > 5 && strcasecmp(path + size - 5, ".html") == 0) ||
	       (size > 4 && strcasecmp(path + size - 4, ".htm") == 0);
}

/* Where the accepted file is, through no link that leads out of the submission; NULL: nowhere. */
static char *locate(const struct intake *intake, const char *file)
{
	char *path = format("%s/%s", intake->folder, file);
	char *folder = realpath(intake->folder, NULL), *whole = realpath(path, NULL);
	bool inside = folder && whole && is_inside(whole, folder);
	free(path);
	free(folder);
	if (inside)
		return whole;
	free(whole);
	return NULL;
}

static int copy_text(const struct assignment *assignment, const char *source, const char *scratch, char **made,
                     char **problem, struct error *error)
{
	struct text text;
	char words[256];
	if (!source || text_read(AT_FDCWD, source, false, SOURCE_LIMIT, &text, words, sizeof words) != TEXT_OK) {
		*problem = source ? format("it %s", words) : must(strdup("what was accepted is not there"));
		return 0;
	}
	if (is_page(source))
		pasted_to_text(&text);
	char *path = format("%s/%s.c", scratch, assignment->name);
	int result = folder_make(scratch, error);
	if (result == 0)
		result = file_write(path, text.bytes, text.size, error);
	*made = must(strdup(scratch));
	free(path);
	free(text.bytes);
	return result;
}

/* An archive that a person has looked at may be of any kind. */
static int unpack(const char *path, const char *scratch, char **made, char **problem, struct error *error)
{
	struct intake intake;
	int result = intake_open_any(path, scratch, &intake, error);
	*problem = intake.problem ? must(strdup(intake.problem)) : NULL;
	*made = result == 0 && !intake.problem ? must(strdup(intake.folder)) : NULL;
	intake_close(&intake, true);
	return result;
}

int accepted_open(const struct assignment *assignment, const char *path, const struct intake *intake, const char *file,
                  const char *scratch, char **made, char **problem, struct error *error)
{
	*made = *problem = NULL;
	if (!*file && intake->problem)
		return unpack(path, scratch, made, problem, error);
	char *source = *file ? locate(intake, file) : must(strdup(path));
	int result = copy_text(assignment, source, scratch, made, problem, error);
	free(source);
	return result;
}
