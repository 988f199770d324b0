/* tree.c - what an archive holds, judged entry by entry, and at last written. */
#include "private.h"

#include "../layer.h"
#include "../memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- judging -------------------------------------------------------------------------------- */

static const char *kind_name(const struct entry *entry)
{
	static const char *const names[] = {[ENTRY_FOLDER] = "a folder", [ENTRY_FILE] = "a file"};

	return entry->kind == ENTRY_LEFT_OUT ? entry->what : names[entry->kind];
}

static struct entry *find(const struct tree *tree, const char *folded)
{
	for (size_t i = 0; i < tree->count; i++)
		if (strcmp(tree->item[i].folded, folded) == 0)
			return &tree->item[i];
	return NULL;
}

/* There is an entry of that name already (upper and lower case apart). Only a folder may be told of again. `below`: the
 * new one is only part of the name `whole`. */
static enum intake_state meet(const struct entry *old, const struct entry *new, const char *whole, bool below,
                              struct intake_report *report)
{
	if (strcmp(old->name, new->name) != 0)
		return refuse(report, new->name, "and %.80s differ only in upper and lower case", old->name);
	if (old->kind == ENTRY_FOLDER && new->kind == ENTRY_FOLDER)
		return INTAKE_OK;
	if (below)
		return refuse(report, whole, "lies below %.80s, which is %s", old->name, kind_name(old));
	if (old->kind == new->kind)
		return refuse(report, new->name, "is in the archive twice; keep the one that is to be graded");
	return refuse(report, new->name, "is in the archive as %s and as %s", kind_name(old), kind_name(new));
}

static enum intake_state add(struct tree *tree, struct entry new, const char *whole, bool below,
                             const struct intake_limits *limits, struct intake_report *report)
{
	new.folded = name_fold(new.name);
	const struct entry *old = find(tree, new.folded);
	enum intake_state state = INTAKE_OK;

	if (old)
		state = meet(old, &new, whole, below, report);
	else if (tree->count == limits->entries)
		state = refuse(report, NULL, "has more than %zu files and folders", limits->entries);
	if (old || state != INTAKE_OK) {
		free(new.folded);
		free(new.name);
		return state;
	}
	if (tree->count == tree->capacity) {
		tree->capacity = tree->capacity ? 2 * tree->capacity : 16;
		tree->item = must(reallocarray(tree->item, tree->capacity, sizeof *tree->item));
	}
	tree->item[tree->count++] = new;
	return INTAKE_OK;
}

enum intake_state tree_add(struct tree *tree, enum entry_kind kind, const char *what, const char *name,
                           const struct intake_limits *limits, struct intake_report *report)
{
	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		struct entry above = {.kind = ENTRY_FOLDER, .name = must(strndup(name, (size_t)(slash - name)))};

		if (add(tree, above, name, true, limits, report) != INTAKE_OK)
			return INTAKE_REFUSED;
	}
	struct entry entry = {.kind = kind, .what = what, .name = must(strdup(name))};
	return add(tree, entry, name, false, limits, report);
}

char *tree_top(const struct tree *tree)
{
	const char *top = NULL;
	size_t length = 0;

	for (size_t i = 0; i < tree->count; i++) {
		const struct entry *entry = &tree->item[i];

		if (!top && entry->kind == ENTRY_FOLDER && !strchr(entry->name, '/')) {
			top = entry->name;
			length = strlen(top);
		}
		if (!top || strncmp(entry->name, top, length) != 0 || (entry->name[length] && entry->name[length] != '/'))
			return NULL;
	}
	return top ? must(strdup(top)) : NULL;
}

void tree_clear(struct tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		free(tree->item[i].name);
		free(tree->item[i].folded);
		free(tree->item[i].bytes);
	}
	free(tree->item);
	*tree = (struct tree){0};
}

/* ---- writing -------------------------------------------------------------------------------- */

/* The folder in which the entry lies, which was made before it. Goes down one component at a time and through no link:
 * even if somebody changed the target meanwhile, nothing outside of it is touched. -1 and errno. */
static int open_above(int target, const char *name, const char **last)
{
	int folder = openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	for (const char *slash; folder >= 0 && (slash = strchr(name, '/')); name = slash + 1) {
		char *component = must(strndup(name, (size_t)(slash - name)));
		int next = openat(folder, component, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), cause = errno;

		free(component);
		close(folder);
		errno = cause;
		folder = next;
	}
	*last = name;
	return folder;
}

static int write_bytes(int descriptor, const char *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t written = write(descriptor, bytes + done, size - done);

		if (written < 0 && errno != EINTR)
			return -1;
		done += written > 0 ? (size_t)written : 0;
	}
	return 0;
}

static int write_file(int folder, const char *name, const struct entry *entry, int64_t time)
{
	int descriptor = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	int result = descriptor < 0 ? -1 : write_bytes(descriptor, entry->bytes, entry->size), cause = errno;
	struct timespec times[2] = {{time, 0}, {time, 0}};

	if (result == 0 && time && futimens(descriptor, times) != 0) {
		result = -1;
		cause = errno;
	}
	if (descriptor >= 0 && close(descriptor) != 0 && result == 0) {
		result = -1;
		cause = errno;
	}
	errno = cause;
	return result;
}

static int write_entry(int target, const struct entry *entry, int64_t time)
{
	const char *name;
	int folder = open_above(target, entry->name, &name), result = -1, cause;

	if (folder >= 0 && entry->kind == ENTRY_FOLDER)
		result = mkdirat(folder, name, 0755) != 0 && (errno != EEXIST || layer_on("intake")) ? -1 : 0;
	else if (folder >= 0)
		result = write_file(folder, name, entry, entry->time ? entry->time : time);
	cause = errno;
	if (folder >= 0)
		close(folder);
	errno = cause;
	return result;
}

int tree_write(const struct tree *tree, const char *target, struct error *error)
{
	int folder = open(target, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), result = 0;

	if (folder < 0)
		return fail(error, "cannot unpack into %s: %s", target, strerror(errno));
	for (size_t i = 0; i < tree->count && result == 0; i++)
		if (tree->item[i].kind != ENTRY_LEFT_OUT && write_entry(folder, &tree->item[i], tree->time) != 0)
			result = fail(error, "cannot unpack %.80s into %s: %s", tree->item[i].name, target, strerror(errno));
	close(folder);
	return result;
}
