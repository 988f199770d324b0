/* kit.c - the checkout: where it is, what it is made of, which tools it has. */
#include "private.h"

#include "../layer.h"
#include "../memory.h"
#include "../tool.h"
#include "../version.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_source(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');
	return dot && (strcmp(dot, ".c") == 0 || strcmp(dot, ".h") == 0);
}

static void hash_add_folder(struct hash *hash, const char *folder)
{
	struct dirent **entry;
	int count = scandir(folder, &entry, is_source, by_name);
	for (int i = 0; i < count; i++) {
		char *path = format("%s/%s", folder, entry[i]->d_name);
		hash_add(hash, entry[i]->d_name, "", 0);
		hash_add_file(hash, path);
		free(path);
		free(entry[i]);
	}
	if (count >= 0)
		free(entry);
}

static void hash_add_sources(struct hash *hash, struct hash *mark, const char *root, const char *folder)
{
	char *path = format("%s/%s", root, folder);
	hash_add_folder(hash, path);
	hash_add_folder(mark, path);
	free(path);
}

static char *version_of(const char *tool, const char *option)
{
	char *line = tool_first_line(tool, option);
	return line ? line : must(strdup(access(tool, X_OK) == 0 ? "unknown" : "missing"));
}

static char *criterion_version(void)
{
	char target[256];
	ssize_t length = readlink("/usr/lib/x86_64-linux-gnu/libcriterion.so.3", target, sizeof target - 1);
	if (length < 0)
		length = readlink("/usr/lib/aarch64-linux-gnu/libcriterion.so.3", target, sizeof target - 1);
	target[length < 0 ? 0 : length] = 0;
	const char *version = strstr(target, ".so.");
	return strdup(version ? version + 4 : "unknown");
}

static void hash_add_list(struct hash *hash, const char *label, const struct string_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		hash_add(hash, label, list->item[i], strlen(list->item[i]));
}

/* What course.yaml says of all submissions. Titles, due dates and the order of the assignments decide no score. */
static void hash_add_rules(struct hash *hash, const struct course *course)
{
	hash_add_list(hash, "header", &course->headers);
	hash_add_list(hash, "import", &course->imports);
	hash_add_list(hash, "harmless", &course->harmless);
	for (size_t i = 0; i < course->forbidden_count; i++) {
		const struct forbidden_symbol *forbidden = &course->forbidden[i];
		hash_add(hash, "forbidden", forbidden->symbol, strlen(forbidden->symbol));
		hash_add(hash, "why", forbidden->why, strlen(forbidden->why));
		hash_add(hash, "instead", forbidden->instead, strlen(forbidden->instead));
		hash_add(hash, "harmless", forbidden->harmless ? "1" : "0", 1);
	}
}

/* NULL and *error, or the course in that kit, or in `folder`. */
static struct course *open_course(const char *root, const char *folder, struct error *error)
{
	char *own = folder ? realpath(folder, NULL) : NULL;
	struct course *course = NULL;
	if (folder && !own)
		fail(error, "cannot find the course (COURSE): %s: %s", folder, strerror(errno));
	else
		course = course_load(root, own, error);
	free(own);
	return course;
}

struct kit *kit_open(const char *root, const char *folder, struct error *error)
{
	char *absolute = realpath(root, NULL);
	if (!absolute) {
		fail(error, "cannot find the kit: %s: %s", root, strerror(errno));
		return NULL;
	}
	struct course *course = open_course(absolute, folder, error);
	if (!course) {
		free(absolute);
		return NULL;
	}
	struct kit *kit = zeroed(1, sizeof *kit);
	kit->root = absolute;
	kit->course = course;
	const char *build = getenv("KIT_BUILD");
	char *here = getcwd(NULL, 0);
	kit->build = !build || !*build ? format("%s/build", absolute)
	             : *build == '/'   ? strdup(build)
	                               : format("%s/%s", here ? here : "", build);
	free(here);
	kit->place = must(strdup(kit->build));
	kit->shown = must(strdup(kit->root));
	kit->gcc = version_of("/usr/bin/gcc", "-dumpfullversion");
	kit->valgrind = version_of("/usr/bin/valgrind", "--version");
	kit->criterion = criterion_version();
	if (strcmp(kit->gcc, "missing") == 0) {
		fail(error, "there is no compiler (/usr/bin/gcc): run `make setup` once");
		kit_free(kit);
		return NULL;
	}
	struct hash *hash = hash_new(), *mark = hash_new(), *base = hash_new();
	hash_add(mark, "gcc", kit->gcc, strlen(kit->gcc));
	hash_add_file(hash, "/proc/self/exe");
	hash_add(hash, "gcc", kit->gcc, strlen(kit->gcc));
	hash_add(hash, "valgrind", kit->valgrind, strlen(kit->valgrind));
	hash_add(hash, "criterion", kit->criterion, strlen(kit->criterion));
	for (size_t i = 0; runtime_folders[i]; i++)
		hash_add_sources(hash, mark, absolute, runtime_folders[i]);
	hash_add_sources(hash, mark, absolute, assembler_folder);
	static const char *const shared[] = {"kinds.h", "interleaving.h"}; /* with the grader */
	for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
		char *path = format("%s/grader/finding/%s", absolute, shared[i]);
		hash_add_file(hash, path);
		hash_add_file(mark, path);
		free(path);
	}
	hash_add_rules(hash, course);
	hash_end(mark, kit->mark);
	hash_add(base, "mark", kit->mark, strlen(kit->mark));
	hash_add(base, "valgrind", kit->valgrind, strlen(kit->valgrind)); /* whose headers it includes, as Criterion's */
	hash_add(base, "criterion", kit->criterion, strlen(kit->criterion));
	hash_add(base, "builder", kit_builder(), strlen(kit_builder()));
	hash_add(base, "counts", counts_runtime() ? "1" : "0", 1);
	hash_add(base, "ends", layer_on("verdict") ? "1" : "0", 1);
	hash_add(base, "assembler", layer_on("assembler") ? "1" : "0", 1);
	hash_end(base, kit->base);
	hash_add(hash, "base", kit->base, strlen(kit->base));
	hash_end(hash, kit->key);
	return kit;
}

/* ---- elsewhere ------------------------------------------------------------------------------ */

static const char moved[] = "forkjoin-";

/* Those of graders that are no more. */
static void sweep_places(const char *base)
{
	DIR *entries = opendir(base);
	for (struct dirent *entry; entries && (entry = readdir(entries));) {
		struct stat status;
		char *path = format("%s/%s", base, entry->d_name), *end;
		bool ours = strncmp(entry->d_name, moved, sizeof moved - 1) == 0 && lstat(path, &status) == 0 &&
		            S_ISDIR(status.st_mode) && status.st_uid == geteuid();
		long pid = ours ? strtol(entry->d_name + sizeof moved - 1, &end, 10) : 0;
		struct error ignored;
		if (pid > 0 && *end == '-' && kill((pid_t)pid, 0) != 0 && errno == ESRCH) {
			cage_sweep(path, &ignored);
			folder_remove(path);
		}
		free(path);
	}
	if (entries)
		closedir(entries);
}

/* A new folder that others pass through but cannot list, where programs can be started. NULL: there is none. */
static char *make_place(void)
{
	static const char *const bases[] = {"/var/tmp", "/tmp", "/run"};
	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
		struct statvfs system;
		if (statvfs(bases[i], &system) != 0 || system.f_flag & ST_NOEXEC)
			continue;
		sweep_places(bases[i]);
		char *place = format("%s/%s%d-XXXXXX", bases[i], moved, (int)getpid());
		if (mkdtemp(place) && chmod(place, 0711) == 0)
			return place;
		free(place);
	}
	return NULL;
}

/* Its tests and its header. */
static int copy_assignment(const struct assignment *assignment, const char *place, struct error *error)
{
	char *tests = format("tests/assignments/%s", assignment->name);
	char *from = format("%s/include/%s.h", assignment->root, assignment->name);
	char *to = format("%s/include/%s.h", place, assignment->name);
	int result = folder_copy(assignment->root, place, tests, error);
	if (result == 0)
		result = file_copy(from, to, error);
	free(to);
	free(from);
	free(tests);
	return result;
}

static int copy_shown(const struct kit *kit, const char *place, struct error *error)
{
	char *include = format("%s/include", place);
	int result = folder_make(include, error);
	free(include);
	for (size_t i = 0; result == 0 && runtime_folders[i]; i++)
		result = folder_copy(kit->root, place, runtime_folders[i], error);
	if (result == 0)
		result = folder_copy(kit->root, place, "grader/sandbox/inside", error);
	for (size_t i = 0; result == 0 && i < kit->course->assignment_count; i++)
		result = copy_assignment(kit->course->assignment[i], place, error);
	for (size_t i = 0; result == 0 && i < kit->course->aside_count; i++)
		result = copy_assignment(kit->course->aside[i], place, error);
	char *from = format("%s/build/attacks", kit->root), *build = format("%s/build", place);
	char *to = format("%s/attacks", build);
	if (result == 0)
		result = folder_make(build, error);
	if (result == 0)
		result = file_copy(from, to, error);
	free(to);
	free(build);
	free(from);
	return result;
}

int kit_move(struct kit *kit, struct error *error)
{
	char *place = make_place();
	if (!place)
		return fail(error, "there is no folder that other users get to, for the runs: %s", strerror(errno));
	free(kit->place);
	free(kit->shown);
	kit->place = place;
	kit->shown = must(strdup(place));
	return copy_shown(kit, place, error);
}

bool kit_is_moved(const struct kit *kit)
{
	return strcmp(kit->place, kit->build) != 0;
}

const char *kit_shown(const struct kit *kit, const struct assignment *assignment)
{
	return strcmp(kit->shown, kit->root) == 0 ? assignment->root : kit->shown;
}

void kit_free(struct kit *kit)
{
	if (!kit)
		return;
	if (kit_is_moved(kit))
		folder_remove(kit->place);
	free(kit->place);
	free(kit->shown);
	course_free(kit->course);
	free(kit->root);
	free(kit->build);
	free(kit->gcc);
	free(kit->valgrind);
	free(kit->criterion);
	free(kit);
}
