/* explore_build.c - what `explore` runs: C files with a main, or the tests of an assignment, built for schedules, in a
 * folder that no other process uses. */
#include "../memory.h"
#include "explore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_source(struct built *built, const char *path)
{
	const char *slash = strrchr(path, '/');
	built->file[built->sources] = strdup(slash ? slash + 1 : path);
	built->text[built->sources++] = file_read(path, 1 << 20, NULL, NULL);
}

/* What is linked of the student's own. */
static void add_parts(struct built *built, const struct assignment *assignment)
{
	for (size_t i = 0; i < assignment->reuse_count; i++) {
		char *path = format("%s/%s.c", built->folder, assignment->reuse[i].exercise);
		if (file_exists(path))
			add_source(built, path);
		free(path);
	}
}

/* What replay tokens carry: the program shown again is the one that was explored. */
static void make_mark_of_files(const struct kit *kit, const struct wish *wish, struct built *built)
{
	struct hash *hash = hash_new();
	hash_add(hash, "kit", kit->mark, strlen(kit->mark));
	for (size_t i = 0; i < wish->files; i++)
		hash_add_file(hash, wish->file[i]);
	for (size_t i = 0; i < wish->flags; i++)
		hash_add(hash, "flag", wish->flag[i], strlen(wish->flag[i]));
	hash_end(hash, built->mark);
}

/* Somebody else may explore the same at the same time: a folder below run/ is this process's alone (cage_open), and
 * swept away when the process is killed. */
static void choose_folder(const struct kit *kit, const char *program, struct built *built)
{
	built->folder = format("%s/run/%d-explore", kit->place, (int)getpid());
	built->program = format("%s/%s", built->folder, program);
}

/* Statically where it can be: runs are faster then. Not every library has a static twin. */
static int link_files(const char *runtime, char *const flag[], char *const object[], struct queue *queue,
                      const struct built *built, struct error *error)
{
	static const bool whole[] = {true, false};
	int result = -1;
	for (size_t i = 0; result != 0 && i < sizeof whole / sizeof *whole; i++)
		result = build_step(queue, program_link(runtime, built->folder, object, built->program, flag, whole[i]),
		                    built->folder, "link", error);
	return result;
}

/* The real path of a source file, which the caller frees; NULL and *error. */
static char *find_source(const char *file, struct error *error)
{
	struct stat status;
	char *path = realpath(file, NULL);
	if (!path || stat(path, &status) != 0)
		fail(error, "%s: %s", file, strerror(errno));
	else if (S_ISDIR(status.st_mode))
		fail(error, "%s is a folder: name the C files in it", file);
	else
		return path;
	free(path);
	return NULL;
}

static int build_object(const char *runtime, const char *file, const char *object, char *const flag[],
                        struct queue *queue, struct built *built, struct error *error)
{
	char *source = find_source(file, error);
	if (!source)
		return -1;
	int result = build_step(queue, program_compile(runtime, built->folder, source, object, flag), built->folder,
	                        "compile", error);
	if (result == 0)
		add_source(built, source);
	free(source);
	if (result == 0 && !built->uncovered)
		built->uncovered = uncovered_call(object);
	if (result == 0)
		result = build_step(queue, program_rename(runtime, built->folder, object), built->folder, "rename", error);
	return result;
}

/* gcc would tell by a name that the program does not have. */
static int check_main(const struct wish *wish, char *const object[], struct error *error)
{
	const char *first = NULL;
	for (size_t i = 0; i < wish->files; i++) {
		if (!program_has_main(object[i]))
			continue;
		if (first)
			return fail(error, "both %s and %s have a main: explore them one after the other", first, wish->file[i]);
		first = wish->file[i];
	}
	if (first)
		return 0;
	return fail(error, "%s %s no main: the file that has it is needed, too", wish->file[0],
	            wish->files == 1 ? "has" : "and the others have");
}

int build_files(const struct kit *kit, const struct wish *wish, struct queue *queue, struct built *built,
                struct error *error)
{
	char *object[MOST_WORDS + 1] = {0}, *flag[MOST_WORDS + 1] = {0}, *runtime = runtime_build(kit, queue, error);
	int result = runtime ? 0 : -1;
	choose_folder(kit, "program", built);
	make_mark_of_files(kit, wish, built);
	for (size_t i = 0; i < wish->flags; i++)
		flag[i] = flag_from_elsewhere(wish->flag[i]);
	if (result == 0)
		result = folder_make(built->folder, error);
	for (size_t i = 0; result == 0 && i < wish->files; i++) {
		object[i] = format("%s/%zu.o", built->folder, i);
		result = build_object(runtime, wish->file[i], object[i], flag, queue, built, error);
	}
	if (result == 0)
		result = check_main(wish, object, error);
	if (result == 0)
		result = link_files(runtime, flag, object, queue, built, error);
	for (size_t i = 0; i < wish->files; i++)
		free(object[i]);
	for (size_t i = 0; i < wish->flags; i++)
		free(flag[i]);
	free(runtime);
	return result;
}

int build_explored(const struct kit *kit, const struct assignment *assignment, const struct wish *wish,
                   struct queue *queue, struct built *built, struct error *error)
{
	const char *name = assignment->name;
	char *program = format("%s-explored", name);
	choose_folder(kit, program, built);
	free(program);
	if (build_submission(kit, assignment, wish->folder, VARIANT_EXPLORED, built->folder, queue, built->mark, error) !=
	    0)
		return -1;
	char *path = format("%s/%s.c", built->folder, name), *object = format("%s/%s-tsan.o", built->folder, name);
	built->uncovered = uncovered_call(object);
	add_source(built, path);
	add_parts(built, assignment);
	free(object);
	free(path);
	return 0;
}

int built_keep(const struct kit *kit, struct built *built, struct error *error)
{
	const char *name = strrchr(built->program, '/') + 1;
	char *folder = format("%s/explore/%.16s", kit->build, built->mark), *kept = format("%s/%s", folder, name);
	int result = folder_make(folder, error);
	if (result == 0 && rename(built->program, kept) != 0)
		result = fail(error, "cannot make %s: %s", kept, strerror(errno));
	free(folder);
	free(built->program);
	built->program = kept;
	return result;
}

void built_clear(struct built *built)
{
	if (built->folder)
		folder_remove(built->folder);
	for (size_t i = 0; i < built->sources; i++) {
		free(built->file[i]);
		free(built->text[i]);
	}
	free(built->folder);
	free(built->program);
}
