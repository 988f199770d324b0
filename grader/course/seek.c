#include "seek.h"

#include "../memory.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH = 6, ENTRIES = 4000 };

/* ---- what a name says ----------------------------------------------------------------------- */

static bool cut_end(char *name, const char *end)
{
	size_t length = strlen(name), size = strlen(end);
	bool there = length > size && strcasecmp(name + length - size, end) == 0;
	if (there)
		name[length - size] = 0;
	return there;
}

/* Without ".c", ".C", ".cpp", ".c.txt", ...; false when it is none of a C source. */
static bool cut_extension(char *name)
{
	static const char *const ends[] = {".c", ".cpp", ".cc", ".cxx", ".c++"};
	bool source = false;
	cut_end(name, ".txt");
	for (bool again = true; again; source |= again) {
		again = false;
		for (size_t i = 0; !again && i < sizeof ends / sizeof *ends; i++)
			again = cut_end(name, ends[i]);
	}
	return source;
}

/* Without the "(1)", " - Copy" or "-1" that tells one copy from another. */
static bool cut_number(char *stem)
{
	char *end = stem + strlen(stem), *digits = end;
	bool bracket = end > stem && end[-1] == ')';
	digits -= bracket;
	while (digits > stem && isdigit((unsigned char)digits[-1]))
		digits--;
	size_t count = (size_t)(end - bracket - digits);
	bool marked = digits > stem + 1 && strchr(bracket ? "(" : "- ", digits[-1]);
	if (!count || count > 2 || !marked)
		return cut_end(stem, " - copy") || cut_end(stem, " copy") || cut_end(stem, " - kopie");
	digits[-1] = 0;
	return true;
}

/* Do they have the same letters and digits, in any case? "Race-Fix" and "race_fix" have. */
static bool is_alike(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (*a && !isalnum((unsigned char)*a) && (unsigned char)*a < 0x80)
			a++;
		while (*b && !isalnum((unsigned char)*b) && (unsigned char)*b < 0x80)
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
	}
}

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Is the assignment's name in it, as words of their own, with - or blank for _? */
static bool mentions(const char *stem, const char *assignment)
{
	for (const char *at = stem; *at; at++) {
		size_t i = 0;
		while (assignment[i] && (tolower((unsigned char)at[i]) == assignment[i] ||
		                         (assignment[i] == '_' && (at[i] == '-' || at[i] == ' '))))
			i++;
		if (!assignment[i] && !is_letter(at[i]) && (at == stem || !is_letter(at[-1])))
			return true;
	}
	return false;
}

/* Text that may be a source all the same: a page into which code was pasted, "race_fix.txt". */
static bool may_be_text(const char *name, const char *assignment)
{
	char *stem = must(strdup(name));
	bool page = strcasecmp(name, "onlinetext.html") == 0;
	bool text = cut_end(stem, ".txt") && (is_alike(stem, assignment) || mentions(stem, assignment));
	free(stem);
	return page || text;
}

/* False when the file is no C source by its name. */
static bool read_name(const char *name, const char *assignment, struct found *found)
{
	char *stem = must(strdup(name));
	size_t size = strlen(assignment);
	bool source = cut_extension(stem);
	found->numbered = source && cut_number(stem);
	bool own = strncmp(name, assignment, size) == 0 && strcmp(name + size, ".c") == 0;
	found->likeness = own                          ? NAMED
	                  : is_alike(stem, assignment) ? RENAMED
	                  : mentions(stem, assignment) ? MENTIONED
	                                               : OTHER;
	free(stem);
	if (!source)
		found->likeness = OTHER;
	return source || may_be_text(name, assignment);
}

/* ---- where it may be ------------------------------------------------------------------------ */

struct seek {
	const char *assignment;
	bool deep;
	unsigned entries;
	struct found_list *list;
};

static bool is_passed_over(const char *name)
{
	static const char *const names[] = {"__MACOSX", "build", "node_modules", "cmake-build-debug",
	                                    "cmake-build-release"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return *name == '.';
}

static void take(struct seek *seek, const char *prefix, const char *name, const struct stat *status)
{
	struct found found = {.time = status->st_mtim.tv_sec};
	if (!read_name(name, seek->assignment, &found))
		return;
	struct found_list *list = seek->list;
	found.path = format("%s%s", prefix, name);
	list->item = must(reallocarray(list->item, list->count + 1, sizeof *list->item));
	list->item[list->count++] = found;
}

/* Takes the descriptor. */
static void look_into(struct seek *seek, int folder, const char *prefix, unsigned depth)
{
	DIR *stream = folder < 0 ? NULL : fdopendir(folder);
	const struct dirent *entry;
	struct stat status;
	if (!stream && folder >= 0)
		close(folder);
	while (stream && (entry = readdir(stream)) && seek->entries < ENTRIES) {
		const char *name = entry->d_name;
		if (is_passed_over(name) || fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		seek->entries++;
		if (S_ISREG(status.st_mode))
			take(seek, prefix, name, &status);
		if (!S_ISDIR(status.st_mode) || !seek->deep || depth == DEPTH)
			continue;
		char *inner = format("%s%s/", prefix, name);
		look_into(seek, openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), inner,
		          depth + 1);
		free(inner);
	}
	if (stream)
		closedir(stream);
}

static int by_likeness(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	return x->likeness != y->likeness ? (int)x->likeness - (int)y->likeness : strcmp(x->path, y->path);
}

void sources_seek(int folder, bool deep, const char *assignment, struct found_list *list)
{
	*list = (struct found_list){0};
	struct seek seek = {assignment, deep, 0, list};
	look_into(&seek, openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "", 0);
	if (list->count)
		qsort(list->item, list->count, sizeof *list->item, by_likeness);
}

void found_clear(struct found_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i].path);
	free(list->item);
	*list = (struct found_list){0};
}
