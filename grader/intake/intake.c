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
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

const struct intake_limits intake_limits = {
    .archive = 10 * 1024 * 1024,
    .bytes = 10 * 1024 * 1024,
    .entries = 1000,
    .depth = 16,
    .component = 255,
};

const struct intake_limits class_limits = {
    .archive = (size_t)512 * 1024 * 1024,
    .bytes = (size_t)1024 * 1024 * 1024,
    .entries = 20000,
    .depth = 16,
    .component = 255,
    .times = true,
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

/* Takes the sentence. */
static void sentence_add(struct string_list *list, char *sentence)
{
	list->item = must(reallocarray(list->item, list->count + 1, sizeof *list->item));
	list->item[list->count++] = sentence;
}

void remark(struct intake_report *report, const char *name, const char *text)
{
	char *subject = shown(name);

	sentence_add(&report->remarks, format("%s %s", subject, text));
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

static int64_t time_of(int folder, const char *name)
{
	struct stat status;

	return fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? (int64_t)status.st_mtim.tv_sec : 0;
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
	report->time = time_of(folder, base_name(path));
	close(folder);
	if (state == TEXT_ABSENT) {
		fail(error, "there is no %s", path);
		return INTAKE_FAILED;
	}
	report->unread = state == TEXT_UNREADABLE;
	return state == TEXT_OK ? INTAKE_OK : refuse(report, NULL, "%s", problem);
}

static enum intake_state unpack(const struct text *text, const char *target, const struct intake_limits *limits,
                                struct intake_report *report, struct error *error)
{
	struct tree tree = {.time = report->time};
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

/* An archive in a folder. */
struct inside {
	char *path, *stem; /* the stem without the "(1)" that browsers add */
	int64_t time;
};

/* What a folder holds that could be graded. */
struct content {
	bool source;
	struct inside *item; /* archives */
	size_t count;
};

static bool is_source(const char *name)
{
	static const char *const ends[] = {".c", ".cpp", ".cc", ".cxx", ".c.txt"};
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		size_t end = strlen(ends[i]);
		if (length > end && strcasecmp(name + length - end, ends[i]) == 0)
			return true;
	}
	return false;
}

/* "hw (1)" and "hw-1" are "hw". */
static void cut_copy_number(char *stem)
{
	char *end = stem + strlen(stem), *bar = strrchr(stem, '-'), *bracket = strrchr(stem, '(');

	if (bracket && bracket > stem && end[-1] == ')' && strspn(bracket + 1, "0123456789") == (size_t)(end - bracket - 2))
		*(bracket[-1] == ' ' && bracket - 1 > stem ? bracket - 1 : bracket) = 0;
	else if (bar && bar > stem && end - bar <= 3 && bar[1] && strspn(bar + 1, "0123456789") == (size_t)(end - bar - 1))
		*bar = 0;
}

static void add_inside(struct content *content, const char *folder, const char *name, int64_t time)
{
	content->item = must(reallocarray(content->item, content->count + 1, sizeof *content->item));
	struct inside *inside = &content->item[content->count++];
	*inside = (struct inside){format("%s/%s", folder, name), name_stem(name), time};
	cut_copy_number(inside->stem);
}

/* Of the folder and those in it; through no link. */
static void look_for_content(const char *path, unsigned depth, struct content *content)
{
	enum { DEEPEST = 4, MOST = 1000 };
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	DIR *stream = folder < 0 ? NULL : fdopendir(folder);
	unsigned seen = 0;

	if (!stream && folder >= 0)
		close(folder);
	for (const struct dirent *entry; stream && !content->source && seen < MOST && (entry = readdir(stream)); seen++) {
		struct stat status;

		if (entry->d_name[0] == '.' || name_is_clutter(entry->d_name) ||
		    fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISDIR(status.st_mode) && depth < DEEPEST) {
			char *inner = format("%s/%s", path, entry->d_name);
			look_for_content(inner, depth + 1, content);
			free(inner);
		} else if (is_source(entry->d_name)) {
			content->source = true;
		} else if (is_archive_at(folder, entry->d_name, false)) {
			add_inside(content, path, entry->d_name, status.st_mtim.tv_sec);
		}
	}
	if (stream)
		closedir(stream);
}

static void content_clear(struct content *content)
{
	for (size_t i = 0; i < content->count; i++) {
		free(content->item[i].path);
		free(content->item[i].stem);
	}
	free(content->item);
	*content = (struct content){0};
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct inside *)a)->path, ((const struct inside *)b)->path);
}

/* Is there a later one of that name? Archives count time in steps of two seconds. */
static const struct inside *later_one(const struct content *content, const struct inside *inside)
{
	for (size_t i = 0; i < content->count; i++)
		if (strcasecmp(content->item[i].stem, inside->stem) == 0 && content->item[i].time >= inside->time + 2)
			return &content->item[i];
	return NULL;
}

/* Takes away those of which there is a later one. */
static void keep_latest(struct content *content, struct intake *intake)
{
	bool *old = zeroed(content->count + 1, sizeof *old);
	size_t kept = 0;

	if (content->count)
		qsort(content->item, content->count, sizeof *content->item, by_path);
	for (size_t i = 0; i < content->count; i++) {
		const struct inside *later = later_one(content, &content->item[i]);
		old[i] = later != NULL;
		if (later)
			sentence_add(&intake->remarks, format("%s is not graded: %s is later", base_name(content->item[i].path),
			                                      base_name(later->path)));
	}
	for (size_t i = 0; i < content->count; i++) {
		if (old[i]) {
			free(content->item[i].path);
			free(content->item[i].stem);
		} else {
			content->item[kept++] = content->item[i];
		}
	}
	content->count = kept;
	free(old);
}

/* Unpacks an archive into `target`, a folder that is made for it. */
static int unpack_into(const char *archive, const char *target, bool any_kind, struct intake *intake,
                       struct error *error)
{
	enum { MANY = 1 << 30 };
	static const struct intake_limits none = {(size_t)MANY * 512, (size_t)MANY * 512, MANY, MANY, MANY, false, false};
	struct intake_limits limits = layer_on("intake") ? intake_limits : none;
	struct intake_report report;
	enum intake_state state;

	limits.any_kind = any_kind;
	if (folder_make(target, error) != 0)
		return -1;
	state = intake_unpack(archive, target, &limits, &report, error);
	if (!intake->time || report.time > intake->time)
		intake->time = report.time;
	if (state == INTAKE_OK) {
		free(intake->folder);
		intake->folder = report.folder;
		report.folder = NULL;
		for (size_t i = 0; i < report.remarks.count; i++)
			sentence_add(&intake->remarks, report.remarks.item[i]);
		report.remarks.count = 0;
	} else if (state == INTAKE_REFUSED && !intake->problem) {
		intake->problem = report.problem;
		intake->unread = report.unread;
		report.problem = NULL;
	}
	intake_report_clear(&report);
	return state == INTAKE_FAILED ? -1 : 0;
}

/* One archive is the submission; several lie side by side, each in a folder of its own. */
static int unpack_all(const struct content *content, const char *target, bool any_kind, struct intake *intake,
                      struct error *error)
{
	int result = 0;

	if (content->count == 1)
		return unpack_into(content->item[0].path, target, any_kind, intake, error);
	for (size_t i = 0; i < content->count && result == 0; i++) {
		char *own = format("%s/%zu-%s", target, i + 1, content->item[i].stem);
		result = unpack_into(content->item[i].path, own, any_kind, intake, error);
		free(own);
	}
	free(intake->folder);
	intake->folder = format("%s", target);
	return result;
}

/* A folder without sources, but with archives, stands for what is in them; and so on, a few times. */
static int open_folder(const char *scratch, bool any_kind, struct intake *intake, struct error *error)
{
	enum { DEEPEST = 3 };
	int result = 0;
	bool more = true;

	for (unsigned depth = 1; result == 0 && more && !intake->problem && depth <= DEEPEST; depth++) {
		struct content content = {0};
		look_for_content(intake->folder, 0, &content);
		more = !content.source && content.count;
		if (more) {
			char *target =
			    depth == 1 && !intake->scratch ? format("%s", scratch) : format("%s/inside-%u", scratch, depth);
			if (!intake->scratch)
				intake->scratch = format("%s", scratch);
			keep_latest(&content, intake);
			result = unpack_all(&content, target, any_kind, intake, error);
			free(target);
		}
		content_clear(&content);
	}
	return result;
}

static int open_archive(const char *path, const char *scratch, bool any_kind, struct intake *intake,
                        struct error *error)
{
	intake->scratch = format("%s", scratch);
	if (unpack_into(path, scratch, any_kind, intake, error) != 0)
		return -1;
	return intake->problem ? 0 : open_folder(scratch, any_kind, intake, error);
}

static int open_path(const char *path, const char *scratch, bool any_kind, struct intake *intake, struct error *error)
{
	struct stat status;
	bool folder = stat(path, &status) == 0 && S_ISDIR(status.st_mode);

	*intake = (struct intake){.folder = format("%s", path)};
	if (!*base_name(path))
		path = ".";
	bool archive = !folder && is_archive(path, true);
	intake->name = archive ? name_stem(base_name(path)) : format("%s", base_name(path));
	return archive  ? open_archive(path, scratch, any_kind, intake, error)
	       : folder ? open_folder(scratch, any_kind, intake, error)
	                : 0;
}

int intake_open(const char *path, const char *scratch, struct intake *intake, struct error *error)
{
	return open_path(path, scratch, false, intake, error);
}

int intake_open_any(const char *path, const char *scratch, struct intake *intake, struct error *error)
{
	return open_path(path, scratch, true, intake, error);
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
