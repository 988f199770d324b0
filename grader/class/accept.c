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

static bool is_inside(const char *path, const char *folder)
{
	size_t size = strlen(folder);
	return strncmp(path, folder, size) == 0 && (!path[size] || path[size] == '/');
}

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
