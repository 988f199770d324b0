#include "handins_open.h"

#include "../course/text.h"
#include "../memory.h"
#include "remote.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- one ------------------------------------------------------------------------------------ */

/* A C file by itself becomes a folder with the name that the assignment asks for. */
static int open_source(const struct handin *handin, const char *path, const char *scratch, struct intake *intake,
                       struct error *error)
{
	struct text text;
	char problem[256];
	*intake = (struct intake){.name = strdup(handin->student)};
	if (!handin->assignment) {
		intake->problem = format("it is not clear which assignment %s is for", handin->path);
		return 0;
	}
	enum text_state state = text_read(AT_FDCWD, path, false, SOURCE_LIMIT, &text, problem, sizeof problem);
	if (state != TEXT_OK) {
		intake->problem = format("%s %s", handin->path, problem);
		intake->unread = state == TEXT_UNREADABLE;
		return 0;
	}
	char *copy = format("%s/%s.c", scratch, handin->assignment->name);
	int result = folder_make(scratch, error);
	intake->scratch = strdup(scratch);
	intake->folder = strdup(scratch);
	if (result == 0)
		result = file_write(copy, text.bytes, text.size, error);
	free(copy);
	free(text.bytes);
	return result;
}

static int64_t changed(const char *path)
{
	struct stat status;
	return lstat(path, &status) == 0 && S_ISREG(status.st_mode) ? (int64_t)status.st_mtim.tv_sec : 0;
}

/* ---- when: repositories ----------------------------------------------------------------------- */

/* The repository that a file of the submission is in, at most up to the submission's own folder; NULL: in none. */
static char *repository_of(const char *folder, const char *path)
{
	size_t least = strlen(folder);
	char *here = must(strdup(path));
	for (char *slash; (slash = strrchr(here, '/')) && (size_t)(slash - here) >= least;) {
		*slash = 0;
		char *git = format("%s/.git", here);
		bool is = file_exists(git);
		free(git);
		if (is)
			return here;
	}
	free(here);
	return NULL;
}

/* The folder that a file .git names, in a repository that shares its commits with another one ("gitdir: ..."), or the
 * file commondir in there. NULL without one. */
static char *linked_folder(const char *base, const char *file, const char *word)
{
	char *path = format("%s/%s", base, file);
	char *text = file_read(path, PATH_MAX, NULL, NULL), *name = text, *found = NULL;
	free(path);
	if (text && strncmp(text, word, strlen(word)) == 0) {
		name += strlen(word);
		name[strcspn(name, "\r\n")] = 0;
		char *joined = *name == '/' ? must(strdup(name)) : format("%s/%s", base, name);
		found = realpath(joined, NULL);
		free(joined);
	}
	free(text);
	return found;
}

/* The cage shows what the repository is linked to, too. */
static void show_linked(struct run *run, const char *repository)
{
	char *own = linked_folder(repository, ".git", "gitdir: ");
	char *common = own ? linked_folder(own, "commondir", "") : NULL;
	if (own)
		run_show(run, "%s", own);
	if (common)
		run_show(run, "%s", common);
	free(common);
	free(own);
}

/* Where it was cloned from. A repository that is linked to another one has the configuration of that one. */
static char *remote_of(const char *repository)
{
	char *own = linked_folder(repository, ".git", "gitdir: ");
	char *common = own ? linked_folder(own, "commondir", "") : NULL;
	char *path = common || own ? format("%s/config", common ? common : own) : format("%s/.git/config", repository);
	char *text = file_read_box(path, 1 << 20, NULL, NULL), *remote = text ? remote_origin(text) : NULL;
	free(text);
	free(path);
	free(common);
	free(own);
	return remote;
}

/* A question to git about one file. */
struct look {
	struct queue *queue;
	struct evidence *evidence;
	struct origin *origin;
	struct version *version; /* NULL: it is about the time */
	const struct assignment *assignment;
	char *scratch, *repository, *path;
	char hash[HASH_SIZE];
};

static void look_free(struct look *look)
{
	folder_remove(look->scratch);
	free(look->scratch);
	free(look->repository);
	free(look->path);
	free(look);
}

/* A repository is as little to be trusted as a program: its configuration can name commands. */
static struct run *git(const struct look *look, const char *command, const char *output, size_t limit)
{
	struct run *run = run_new(look->scratch, CAGE_TOOL);
	run->output = format("%s/%s", look->scratch, output);
	run->output_limit = limit;
	run->wall_ms = 10000;
	run_show(run, "%s", look->repository);
	show_linked(run, look->repository);
	run_set(run, "GIT_CONFIG_NOSYSTEM=1");
	run_set(run, "GIT_CONFIG_GLOBAL=/dev/null");
	run_set(run, "GIT_CONFIG_COUNT=1");
	run_set(run, "GIT_CONFIG_KEY_0=safe.directory");
	run_set(run, "GIT_CONFIG_VALUE_0=*");
	run_set(run, "GIT_LITERAL_PATHSPECS=1");
	run_add(run, "git");
	run_add(run, "-C");
	run_add(run, "%s", look->repository);
	run_add(run, "%s", command);
	return run;
}

static char *said(const struct look *look, const char *output, const struct run_result *result)
{
	char *path = format("%s/%s", look->scratch, output);
	bool good = result->end == RUN_EXITED && result->status == 0;
	char *text = good ? file_read_box(path, SOURCE_LIMIT, NULL, NULL) : NULL;
	free(path);
	return text;
}

/* The commits below the oldest one of a shallow clone are not there, so that one seems to have changed all files. */
static bool is_oldest(const struct look *look, const char *hash)
{
	char *path = format("%s/.git/shallow", look->repository);
	char *text = file_read(path, 1 << 20, NULL, NULL);
	bool is = text && strlen(hash) >= 40 && strstr(text, hash);
	free(text);
	free(path);
	return is;
}

/* "1790891940 HASH" */
static int64_t read_commit(struct look *look, const struct run_result *result)
{
	char *text = said(look, "commit", result);
	long long seconds = 0;
	bool good = text && sscanf(text, "%lld %64[0-9a-f]", &seconds, look->hash) == 2 && seconds > 0;
	free(text);
	return good && !is_oldest(look, look->hash) ? seconds : 0;
}

static void looked(void *context, const struct run_result *result)
{
	struct look *look = context;
	int64_t seconds = read_commit(look, result);
	if (!look->evidence->commit) /* else the version before it was due counts */
		look->evidence->commit = seconds;
	if (!look->origin->commit && *look->hash)
		look->origin->commit = must(strdup(look->hash));
	look_free(look);
}

static void taken(void *context, const struct run_result *result)
{
	struct look *look = context;
	char *text = said(look, "source", result);
	char *folder = format("%s-version", look->scratch), *path = format("%s/%s.c", folder, look->assignment->name);
	bool good = text && folder_make(folder, NULL) == 0 && file_write(path, text, strlen(text), NULL) == 0;
	if (good) {
		look->version->folder = must(strdup(folder));
		look->version->remark = format("graded is the last commit before it was due, %.12s", look->hash);
		free(look->origin->commit);
		look->origin->commit = must(strdup(look->hash));
	} else {
		look->evidence->commit = 0;
	}
	free(path);
	free(folder);
	free(text);
	look_free(look);
}

static void found_version(void *context, const struct run_result *result)
{
	struct look *look = context;
	int64_t seconds = read_commit(look, result);
	if (!seconds) {
		look_free(look); /* none before it was due: what is there now counts, and is late */
		return;
	}
	look->evidence->commit = seconds;
	struct run *run = git(look, "cat-file", "source", SOURCE_LIMIT);
	run_add(run, "blob");
	run_add(run, "%s:%s", look->hash, look->path);
	queue_add(look->queue, run, 0, taken, look);
}

/* ---- when ------------------------------------------------------------------------------------- */

struct opening {
	const struct kit *kit;
	struct queue *queue;
	int64_t now;
	unsigned number; /* of scratch folders for git */
};

/* Asks for the last commit that changed the file; where `until` is not 0, for the last before it, and for that version.
 * Takes what the look has. */
static void ask_git(struct opening *opening, struct look look, int64_t until)
{
	struct error error;
	look.queue = opening->queue;
	look.scratch = format("%s/run/%d-commit-%u", opening->kit->place, (int)getpid(), opening->number++);
	struct look *own = must(malloc(sizeof *own));
	*own = look;
	if (folder_make(look.scratch, &error) != 0) {
		look_free(own);
		return;
	}
	struct run *run = git(own, "rev-list", "commit", 200);
	run_add(run, "-1");
	run_add(run, "--timestamp");
	if (until)
		run_add(run, "--min-age=%lld", (long long)until);
	run_add(run, "HEAD");
	run_add(run, "--");
	run_add(run, "%s", look.path);
	queue_add(opening->queue, run, 0, until ? found_version : looked, own);
}

/* At the file of an assignment, if it is in a repository. */
static bool look_at(const struct opening *opening, struct opened *opened, size_t place, const char *path,
                    struct look *look)
{
	char *root = realpath(opened->intake.folder, NULL), *whole = realpath(path, NULL);
	char *repository = root && whole ? repository_of(root, whole) : NULL;
	if (repository)
		*look = (struct look){.evidence = &opened->each[place],
		                      .origin = &opened->origin[place],
		                      .assignment = opening->kit->course->assignment[place],
		                      .repository = repository,
		                      .path = must(strdup(whole + strlen(repository) + 1))};
	free(whole);
	free(root);
	return repository;
}

static void look_at_repository(struct opening *opening, struct opened *opened, size_t place, const char *path)
{
	struct look look;
	if (!look_at(opening, opened, place, path, &look))
		return;
	opened->each[place].repository = true;
	opened->origin[place].repository = remote_of(look.repository);
	ask_git(opening, look, 0);
}

static void look_for_version(struct opening *opening, struct opened *opened, size_t place, int64_t until)
{
	const struct assignment *assignment = opening->kit->course->assignment[place];
	struct source *source = source_find(assignment->root, opened->intake.folder, assignment->name);
	struct look look;
	if (source->path && look_at(opening, opened, place, source->path, &look)) {
		look.version = &opened->version[place];
		ask_git(opening, look, until);
	}
	source_free(source);
}

/* What is known of the time, but for commits: of the archive that was handed in, which its files have, or of the file.
 * In an archive there can be any repository. */
static void look_at_times(struct opening *opening, const struct handin *handin, const char *path, struct opened *opened)
{
	const struct course *course = opening->kit->course;
	int64_t own = changed(path);
	opened->evidence = (struct evidence){.listed = handin->time,
	                                     .canvas = handin->canvas,
	                                     .late = handin->late,
	                                     .file = own ? own : opened->intake.time,
	                                     .now = opening->now};
	for (size_t a = 0; a < course->assignment_count; a++) {
		opened->each[a] = opened->evidence;
		bool possible = opened->intake.folder && (!handin->assignment || handin->assignment == course->assignment[a]);
		struct source *source = possible && !own ? source_find(course->assignment[a]->root, opened->intake.folder,
		                                                       course->assignment[a]->name)
		                                         : NULL;
		if (source && source->path) {
			opened->each[a].file = changed(source->path);
			if (!opened->intake.scratch)
				look_at_repository(opening, opened, a, source->path);
		}
		source_free(source);
	}
}

/* ---- all -------------------------------------------------------------------------------------- */

int handins_open(const struct kit *kit, struct queue *queue, const char *folder, const char *name,
                 const struct handins *handins, struct opened **opened, struct error *error)
{
	int result = 0;
	struct opening opening = {kit, queue, time(NULL), 0};
	*opened = zeroed(handins->count + 1, sizeof **opened);
	for (size_t i = 0; result == 0 && i < handins->count; i++) {
		const struct handin *handin = &handins->item[i];
		struct opened *one = &(*opened)[i];
		char *path = format("%s/%s", folder, handin->path);
		char *scratch = format("%s/run/%d-%s-%zu", kit->place, (int)getpid(), name, i);
		one->each = zeroed(kit->course->assignment_count + 1, sizeof *one->each);
		one->version = zeroed(kit->course->assignment_count + 1, sizeof *one->version);
		one->origin = zeroed(kit->course->assignment_count + 1, sizeof *one->origin);
		result = handin->source ? open_source(handin, path, scratch, &one->intake, error)
		                        : intake_open(path, scratch, &one->intake, error);
		if (result == 0)
			look_at_times(&opening, handin, path, one);
		free(scratch);
		free(path);
	}
	if (queue_work(queue) != 0 && result == 0)
		result = fail_interrupted(error, "");
	return result;
}

int handins_find_versions(const struct kit *kit, struct queue *queue, const struct handins *handins,
                          const int64_t until[], struct opened opened[], struct error *error)
{
	struct opening opening = {kit, queue, time(NULL), 0};
	size_t assignments = kit->course->assignment_count;
	for (size_t i = 0; i < handins->count; i++)
		for (size_t a = 0; a < assignments; a++)
			if (until[i * assignments + a] && opened[i].each[a].repository)
				look_for_version(&opening, &opened[i], a, until[i * assignments + a]);
	return queue_work(queue) == 0 ? 0 : fail_interrupted(error, "");
}

void handins_close(const struct kit *kit, struct opened *opened, size_t count)
{
	for (size_t i = 0; opened && i < count; i++) {
		for (size_t a = 0; opened[i].version && a < kit->course->assignment_count; a++) {
			if (opened[i].version[a].folder)
				folder_remove(opened[i].version[a].folder);
			free(opened[i].version[a].folder);
			free(opened[i].version[a].remark);
			free(opened[i].origin[a].commit);
			free(opened[i].origin[a].repository);
		}
		free(opened[i].version);
		free(opened[i].origin);
		free(opened[i].each);
		intake_close(&opened[i].intake, false);
	}
	free(opened);
}

struct handin_state *handins_state(const struct opened *opened, size_t count)
{
	struct handin_state *state = zeroed(count + 1, sizeof *state);
	for (size_t i = 0; i < count; i++)
		state[i] = (struct handin_state){.folder = opened[i].intake.problem ? NULL : opened[i].intake.folder,
		                                 .problem = opened[i].intake.problem,
		                                 .unread = opened[i].intake.unread,
		                                 .evidence = opened[i].evidence,
		                                 .each = opened[i].each};
	return state;
}
