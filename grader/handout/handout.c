#include "private.h"

#include "../course/syllabus.h"
#include "../file.h"
#include "../memory.h"
#include "secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEMPLATES "grader/handout/template"

/* ---- what is copied ------------------------------------------------------------------------- */

static const char *const sources[] = {".c", ".h", ".css", ".js", ".html", NULL};
static const char *const notes[] = {".md", NULL};
static const char *const levels[] = {".c", ".yaml", ".html", NULL};
static const char *const pictures[] = {".svg", ".png", NULL};

/* All files of these folders whose name ends so. What is in none of these lists is not handed out. */
static const struct {
	const char *folder;
	const char *const *ends;
} folders[] = {{"grader", sources},
               {"tests/support", sources},
               {"tests/grader/explore", sources},
               {"assignments/notes", notes},
               {"assignments/play", levels}};

static const char *const files[] = {
    "Makefile",          "setup.sh",         "packages-run.txt",    "VERSION",         "LICENSE",
    "LICENSE-handouts",  "docs/explorer.md", "docs/findings.md",    "docs/runtime.md", "docs/play.md",
    "docs/schedule.svg", ".clang-format",    "grader/host/debug.py"};

static int add_common(struct pack *pack, const char *root, struct error *error)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < sizeof folders / sizeof *folders; i++)
		result = pack_copy_folder(pack, root, folders[i].folder, folders[i].folder, folders[i].ends, error);
	for (size_t i = 0; result == 0 && i < sizeof files / sizeof *files; i++)
		result = pack_copy(pack, root, files[i], error);
	return result;
}

/* Copies the file and frees its name. */
static int add_file(struct pack *pack, const char *root, char *path, struct error *error)
{
	int result = pack_copy(pack, root, path, error);
	free(path);
	return result;
}

/* Programs that students get to work with, and nobody judges. */
static int add_given(struct pack *pack, const char *root, const char *name, struct error *error)
{
	char *folder = format("assignments/%s/given", name), *full = format("%s/%s", root, folder);
	int result = file_exists(full) ? pack_copy_folder(pack, root, folder, folder, NULL, error) : 0;
	free(full);
	free(folder);
	return result;
}

/* Headers of exercises that it reuses and that are not in the handout themselves. */
static int add_reused_headers(struct pack *pack, const struct assignment *assignment, struct error *error)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < assignment->reuse_count; i++) {
		const struct assignment *reused = assignment->reuse[i].assignment;
		char *header = format("include/%s.h", assignment->reuse[i].exercise);
		if (reused && !pack_find(pack, header))
			result = pack_copy(pack, reused->root, header, error);
		free(header);
	}
	return result;
}

/* Of the assignment's own folder: handout, skeleton, pictures, and what is in `given`. What else lies there may be
 * anything. */
static int add_assignment(struct pack *pack, const struct assignment *assignment, struct error *error)
{
	const char *root = assignment->root, *name = assignment->name;
	char *folder = format("assignments/%s", name);
	int result = pack_copy_folder(pack, root, folder, folder, pictures, error);
	free(folder);
	if (result != 0 || add_given(pack, root, name, error) != 0 ||
	    add_file(pack, root, format("assignments/%s/README.md", name), error) != 0 ||
	    add_file(pack, root, format("assignments/%s/%s.c", name, name), error) != 0 ||
	    add_file(pack, root, format("include/%s.h", name), error) != 0 ||
	    add_file(pack, root, format("assignments/%s/assignment.yaml", name), error) != 0 ||
	    add_file(pack, root, format("tests/assignments/%s/public.c", name), error) != 0 ||
	    add_reused_headers(pack, assignment, error) != 0)
		return -1;
	return 0;
}

static int add_syllabus(struct pack *pack, const struct handout_wish *wish, struct error *error)
{
	char *text = syllabus_text(wish->course, wish->assignment, error);
	if (text)
		pack_add(pack, "assignments/README.md", text, strlen(text), false);
	return text ? 0 : -1;
}

static int add_assignments(struct pack *pack, const struct handout_wish *wish, struct handout_done *done,
                           struct error *error)
{
	const struct course *course = wish->course;
	char *text = course_whole(course, error);
	int result = text ? 0 : -1;
	if (text)
		pack_add(pack, "assignments/course.yaml", text, strlen(text), false);
	for (size_t i = 0; result == 0 && i < course->assignment_count; i++) {
		if (!is_wished(wish, course->assignment[i]))
			continue;
		done->assignments++;
		result = add_assignment(pack, course->assignment[i], error);
	}
	return result;
}

static int add_templates(struct pack *pack, const struct handout_wish *wish, struct error *error)
{
	struct pack templates = {NULL, 0};
	int result = pack_copy_folder(&templates, wish->course->root, TEMPLATES, "", NULL, error);
	for (size_t i = 0; result == 0 && i < templates.count; i++) {
		const struct file *file = &templates.file[i];
		struct error cause;
		char *text = template_fill(file->text, wish, &cause);
		if (text)
			pack_add(pack, file->path, text, strlen(text), file->program);
		else
			result = fail(error, "%s/%s: %.800s", TEMPLATES, file->path, cause.text);
	}
	pack_clear(&templates);
	return result;
}

/* Whether "NAME](../NAME/README.md)" leads to an exercise that is in the handout. *name: how long NAME is, *size: all
 * of it; 0: it is no such link. */
static bool leads_somewhere(const struct pack *pack, const char *at, size_t *name, size_t *size)
{
	*name = strcspn(at, "]()/ \n");
	char *rest = format("](../%.*s/README.md)", (int)*name, at),
	     *page = format("assignments/%.*s/README.md", (int)*name, at);
	*size = strncmp(at + *name, rest, strlen(rest)) == 0 ? *name + strlen(rest) : 0;
	bool leads = pack_find(pack, page);
	free(page);
	free(rest);
	return leads;
}

/* "[race_fix](../race_fix/README.md)" becomes "race_fix" where that exercise is not in the handout. */
static void cut_links(const struct pack *pack, struct file *file)
{
	size_t name, size;
	for (char *at = file->text; (at = strchr(at, '[')); at++) {
		if (leads_somewhere(pack, at + 1, &name, &size) || size == 0)
			continue;
		memmove(at, at + 1, name);
		memmove(at + name, at + 1 + size, strlen(at + 1 + size) + 1);
		file->size -= size + 1 - name;
	}
}

/* Links lead nowhere else. */
static void cut_all_links(struct pack *pack)
{
	for (size_t i = 0; i < pack->count; i++) {
		size_t length = strlen(pack->file[i].path);
		if (length > 3 && strcmp(pack->file[i].path + length - 3, ".md") == 0)
			cut_links(pack, &pack->file[i]);
	}
}

static int collect(struct pack *pack, const struct handout_wish *wish, struct handout_done *done, struct error *error)
{
	const char *root = wish->course->root;
	if (add_templates(pack, wish, error) != 0 || add_assignments(pack, wish, done, error) != 0 ||
	    add_syllabus(pack, wish, error) != 0 || add_common(pack, root, error) != 0)
		return -1;
	cut_all_links(pack);
	return 0;
}

/* ---- what must not be there ----------------------------------------------------------------- */

static int search(const struct pack *pack, const struct handout_wish *wish, struct handout_done *done,
                  struct error *error)
{
	struct secrets *secrets = secrets_gather(wish->course, wish->assignment, error);
	if (!secrets)
		return -1;
	secrets_search(secrets, pack, &done->leaks);
	done->names = secrets_count(secrets, SECRET_NAME);
	done->texts = secrets_count(secrets, SECRET_TEXT);
	done->lines = secrets_count(secrets, SECRET_LINE);
	done->forbidden_files = secrets_count(secrets, SECRET_FILE);
	secrets_free(secrets);
	return 0;
}

static int refuse_leaks(const struct leaks *leaks, struct error *error)
{
	if (!leaks->count)
		return 0;
	return fail(error, "no handout was made: %zu place%s in it would tell what students must not see", leaks->count,
	            leaks->count == 1 ? "" : "s");
}

/* ---- writing -------------------------------------------------------------------------------- */

/* The grader itself must take it: course_load knows the rules. */
static int check_draft(const char *draft, struct error *error)
{
	struct error cause;
	struct course *course = course_load(draft, NULL, &cause);
	if (!course)
		return fail(error, "the handout would not work: %.900s", cause.text);
	course_free(course);
	return 0;
}

/* The draft takes the place of an earlier handout, whose .git it gets; the earlier one is removed. */
static int replace(const char *draft, const char *folder, struct error *error)
{
	char *old_git = format("%s/.git", draft), *git = format("%s/.git", folder);
	int result = 0;
	if (renameat2(AT_FDCWD, draft, AT_FDCWD, folder, RENAME_EXCHANGE) != 0)
		result = fail(error, "cannot put the new handout in the place of %s: %s", folder, strerror(errno));
	else if (rename(old_git, git) != 0 && errno != ENOENT) /* from here on the draft is the earlier one */
		result = fail(error, "the handout is in %s, but its history is still in %s: %s; move it by hand", folder,
		              old_git, strerror(errno));
	else
		folder_remove(draft);
	free(git);
	free(old_git);
	return result;
}

static int settle(const char *draft, const char *folder, enum spot spot, struct error *error)
{
	if (spot == SPOT_OURS)
		return replace(draft, folder, error);
	if (rename(draft, folder) != 0) /* over nothing, or over an empty folder */
		return fail(error, "cannot rename %s to %s: %s", draft, folder, strerror(errno));
	return 0;
}

static int write_out(const struct pack *pack, const char *folder, enum spot spot, struct error *error)
{
	char *draft = format("%s.new.%d", folder, (int)getpid());
	int result = pack_write(pack, draft, error);
	if (result == 0)
		result = check_draft(draft, error);
	bool whole = result == 0;
	if (whole)
		result = settle(draft, folder, spot, error);
	else
		folder_remove(draft);
	free(draft);
	return result;
}

static char *without_slashes(const char *folder)
{
	char *copy = format("%s", folder);
	for (size_t length = strlen(copy); length > 1 && copy[length - 1] == '/'; length--)
		copy[length - 1] = 0;
	return copy;
}

static int check_kit(const struct course *course, struct error *error)
{
	char *marker = format("%s/%s", course->root, HANDOUT_MARKER);
	int result = file_exists(marker) ? fail(error, "this is a handout: only the whole kit can make one") : 0;
	free(marker);
	return result;
}

int handout_make(const struct handout_wish *wish, struct handout_done *done, struct error *error)
{
	struct pack pack = {NULL, 0};
	char *folder = without_slashes(wish->folder);
	enum spot spot;
	*done = (struct handout_done){0};
	int result = check_kit(wish->course, error);
	if (result == 0)
		result = spot_look(folder, &spot, error);
	if (result == 0)
		result = collect(&pack, wish, done, error);
	if (result == 0)
		result = search(&pack, wish, done, error);
	if (result == 0)
		result = refuse_leaks(&done->leaks, error);
	if (result == 0) {
		marker_add(&pack);
		done->files = pack.count;
		result = write_out(&pack, folder, spot, error);
	}
	pack_clear(&pack);
	free(folder);
	return result;
}

int handout_search(const struct handout_wish *wish, struct handout_done *done, struct error *error)
{
	struct pack pack = {NULL, 0};
	*done = (struct handout_done){0};
	int result = check_kit(wish->course, error);
	if (result == 0)
		result = collect(&pack, wish, done, error);
	if (result == 0)
		result = search(&pack, wish, done, error);
	done->files = pack.count;
	pack_clear(&pack);
	return result;
}
