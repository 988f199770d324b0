/* intake.c - the public functions: archives unpacked, submissions taken. */
#include "private.h"

#include "../course/text.h"
#include "../file.h"
#include "../layer.h"
#include "../memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct intake_limits intake_limits = {
    .archive = 10 * 1024 * 1024,
    .bytes = 10 * 1024 * 1024,
    .entries = 1000,
    .depth = 16,
    .component = 255,
};

enum { NAME_SHOWN = 80 }; /* bytes of a name in a sentence */

/* ---- sentences ------------------------------------------------------------------------------ */

/* The name, or its beginning if it is long. The caller frees it. */
static char *shown(const char *name)
{
	return strlen(name) > NAME_SHOWN ? format("%.*s...", NAME_SHOWN, name) : format("%s", name);
}

enum intake_state refuse(struct intake_report *report, const char *name, const char *template, ...)
{
	char *sentence, *subject = name ? shown(name) : NULL;
	va_list args;

	va_start(args, template);
	sentence = vformat(template, args);
	va_end(args);
	free(report->problem);
	report->problem = subject ? format("%s %s", subject, sentence) : format("%s", sentence);
	free(subject);
	free(sentence);
	return INTAKE_REFUSED;
}

void remark(struct intake_report *report, const char *name, const char *text)
{
	struct string_list *list = &report->remarks;
	char *subject = shown(name);

	list->item = must(reallocarray(list->item, list->count + 1, sizeof *list->item));
	list->item[list->count++] = format("%s %s", subject, text);
	free(subject);
}

static void list_clear(struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct string_list){0};
}

void intake_report_clear(struct intake_report *report)
{
	list_clear(&report->remarks);
	free(report->problem);
	free(report->folder);
	*report = (struct intake_report){0};
}

/* ---- unpacking ------------------------------------------------------------------------------ */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The folder that holds `path`. -1 and errno. */
static int open_parent(const char *path)
{
	size_t length = (size_t)(base_name(path) - path);
	char *parent = length ? format("%.*s", (int)length, path) : format(".");
	int folder = open(parent, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC), cause = errno;

	free(parent);
	errno = cause;
	return folder;
}

static enum intake_state read_archive(const char *path, size_t limit, struct text *text, struct intake_report *report,
                                      struct error *error)
{
	char problem[256];
	int folder = open_parent(path);
	enum text_state state;

	if (folder < 0) {
		fail(error, "cannot read %s: %s", path, strerror(errno));
		return INTAKE_FAILED;
	}
	state = text_read(folder, base_name(path), false, limit, text, problem, sizeof problem);
	close(folder);
	if (state == TEXT_ABSENT) {
		fail(error, "there is no %s", path);
		return INTAKE_FAILED;
	}
	return state == TEXT_OK ? INTAKE_OK : refuse(report, NULL, "%s", problem);
}

static enum intake_state unpack(const struct text *text, const char *target, const struct intake_limits *limits,
                                struct intake_report *report, struct error *error)
{
	struct tree tree = {0};
	enum intake_state state = archive_list(text->bytes, text->size, limits, &tree, report);

	if (state == INTAKE_OK && tree_write(&tree, target, error) != 0)
		state = INTAKE_FAILED;
	if (state == INTAKE_OK) {
		char *top = tree_top(&tree);
		/* a tree as the kit's own is not one folder too deep: source_find knows it */
		bool inside = top && strcmp(top, "assignments") != 0;

		report->folder = format("%s%s%s", target, inside ? "/" : "", inside ? top : "");
		free(top);
		for (size_t i = 0; i < tree.count; i++) {
			report->files += tree.item[i].kind == ENTRY_FILE;
			report->bytes += tree.item[i].size;
		}
	}
	tree_clear(&tree);
	return state;
}

enum intake_state intake_unpack(const char *path, const char *target, const struct intake_limits *limits,
                                struct intake_report *report, struct error *error)
{
	/* libarchive reads names by the locale; in "C" it would lose all that is not ASCII. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = (locale_t)0;
	struct text text = {0};
	enum intake_state state;

	*report = (struct intake_report){0};
	if (utf8)
		before = uselocale(utf8);
	state = read_archive(path, limits->archive, &text, report, error);
	if (state == INTAKE_OK)
		state = unpack(&text, target, limits, report, error);
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	free(text.bytes);
	if (state == INTAKE_REFUSED) {
		char *sentence = format("%s: %s", base_name(path), report->problem);
		list_clear(&report->remarks);
		free(report->problem);
		report->problem = sentence;
	}
	return state;
}

/* ---- submissions ---------------------------------------------------------------------------- */

/* `any_name`: the content alone is enough. Otherwise not for a name with an extension of its own: office documents are
 * zips, too. */
static bool is_archive_at(int folder, const char *name, bool any_name)
{
	struct stat status;
	char bytes[SNIFF_SIZE];
	const char *other;
	int descriptor;
	ssize_t size;

	if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
		return false;
	if (name_is_archive(name))
		return true;
	if (!any_name && strchr(name, '.'))
		return false;
	descriptor = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
	if (descriptor < 0)
		return false;
	size = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) ? read(descriptor, bytes, sizeof bytes) : -1;
	close(descriptor);
	return size > 0 && archive_sniff(bytes, (size_t)size, &other) != ARCHIVE_KIND_NONE;
}

static bool is_archive(const char *path, bool any_name)
{
	int folder = open_parent(path);
	bool is = folder >= 0 && is_archive_at(folder, base_name(path), any_name);

	if (folder >= 0)
		close(folder);
	return is;
}

bool intake_is_archive(const char *path)
{
	return is_archive(path, false);
}

static bool is_source(const char *name)
{
	size_t length = strlen(name);

	return length > 2 && strcmp(name + length - 2, ".c") == 0;
}

/* The name of the archive when the folder holds one and nothing else that could be graded: no source, no folder. The
 * caller frees it. */
static char *only_archive(const char *path)
{
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	DIR *stream = folder < 0 ? NULL : fdopendir(folder);
	char *found = NULL;
	bool only = true;

	if (!stream) {
		if (folder >= 0)
			close(folder);
		return NULL;
	}
	for (const struct dirent *entry; only && (entry = readdir(stream));) {
		struct stat status;

		if (entry->d_name[0] == '.' || name_is_clutter(entry->d_name))
			continue;
		if (fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || S_ISDIR(status.st_mode) ||
		    is_source(entry->d_name)) {
			only = false;
		} else if (is_archive_at(folder, entry->d_name, false)) {
			only = !found;
			found = found ? found : format("%s", entry->d_name);
		}
	}
	closedir(stream);
	if (!only) {
		free(found);
		found = NULL;
	}
	return found;
}

static int unpack_into(const char *archive, const char *scratch, struct intake *intake, struct error *error)
{
	enum { MANY = 1 << 30 };
	static const struct intake_limits none = {(size_t)MANY * 512, (size_t)MANY * 512, MANY, MANY, MANY};
	const struct intake_limits *limits = layer_on("intake") ? &intake_limits : &none;
	struct intake_report report;
	enum intake_state state;

	intake->scratch = format("%s", scratch);
	if (folder_make(scratch, error) != 0)
		return -1;
	state = intake_unpack(archive, scratch, limits, &report, error);
	if (state == INTAKE_OK) {
		free(intake->folder);
		intake->folder = report.folder;
		intake->remarks = report.remarks;
		report.folder = NULL;
		report.remarks = (struct string_list){0};
	} else if (state == INTAKE_REFUSED) {
		intake->problem = report.problem;
		report.problem = NULL;
	}
	intake_report_clear(&report);
	return state == INTAKE_FAILED ? -1 : 0;
}

int intake_open(const char *path, const char *scratch, struct intake *intake, struct error *error)
{
	struct stat status;
	char *inside = NULL, *archive = NULL;
	bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
	int result = 0;

	*intake = (struct intake){.folder = format("%s", path)};
	if (!*base_name(path))
		path = ".";
	if (folder && (inside = only_archive(path)))
		archive = format("%s/%s", path, inside);
	else if (!folder && is_archive(path, true))
		archive = format("%s", path);
	intake->name = archive && !folder ? name_stem(base_name(path)) : format("%s", base_name(path));
	if (archive)
		result = unpack_into(archive, scratch, intake, error);
	free(archive);
	free(inside);
	return result;
}

void intake_close(struct intake *intake, bool keep)
{
	if (intake->scratch && !keep)
		folder_remove(intake->scratch);
	list_clear(&intake->remarks);
	free(intake->name);
	free(intake->folder);
	free(intake->problem);
	free(intake->scratch);
	*intake = (struct intake){0};
}
