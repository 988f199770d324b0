#include "handins_open.h"

#include "../course/text.h"
#include "../memory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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
		intake->problem = format("nobody can tell which assignment %s is for", handin->path);
		return 0;
	}
	if (text_read(AT_FDCWD, path, false, SOURCE_LIMIT, &text, problem, sizeof problem) != TEXT_OK) {
		intake->problem = format("%s %s", handin->path, problem);
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

static bool is_folder(const char *path)
{
	struct stat status;
	return lstat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* What the platform says, else the newest of the files that count. An archive's own time is that of its upload. Canvas
 * gives files the time of the download (lib/content_zipper.rb). */
static int64_t time_of(const struct course *course, const struct handin *handin, const char *path,
                       const struct intake *intake)
{
	if (handin->time || handin->canvas)
		return handin->time;
	int64_t newest = changed(path);
	for (size_t i = 0; !newest && intake->folder && i < course->assignment_count; i++) {
		const char *name = course->assignment[i]->name;
		if (handin->assignment && handin->assignment != course->assignment[i])
			continue;
		char *flat = format("%s/%s.c", intake->folder, name),
		     *nested = format("%s/assignments/%s/%s.c", intake->folder, name, name);
		int64_t a = changed(flat), b = changed(nested);
		newest = a > newest ? a : newest;
		newest = b > newest ? b : newest;
		free(nested);
		free(flat);
	}
	return newest;
}

/* ---- times of commits ----------------------------------------------------------------------- */

struct look {
	struct opened *opened;
	char *scratch;
};

static void looked(void *context, const struct run_result *result)
{
	struct look *look = context;
	char *path = format("%s/time", look->scratch);
	char *text = result->end == RUN_EXITED && result->status == 0 ? file_read(path, 64, NULL, NULL) : NULL;
	int64_t seconds = text ? strtoll(text, NULL, 10) : 0;
	look->opened->time = seconds > 0 ? seconds : 0; /* its files have the time when it was cloned */
	look->opened->untimed = seconds <= 0;
	free(text);
	free(path);
	folder_remove(look->scratch);
	free(look->scratch);
	free(look);
}

/* Of folders only: in an archive there can be any repository, while its own time is that of its upload.
 * A repository is as little to be trusted as a program: its configuration can name commands. */
static void ask_git(struct queue *queue, struct opened *opened, const char *scratch, struct error *error)
{
	char *git = format("%s/.git", opened->intake.folder), *absolute = realpath(opened->intake.folder, NULL);
	if (absolute && file_exists(git) && folder_make(scratch, error) == 0) {
		struct look *look = must(malloc(sizeof *look));
		struct run *run = run_new(scratch);
		*look = (struct look){opened, strdup(scratch)};
		run->cage = CAGE_TOOL;
		run->output = format("%s/time", scratch);
		run->output_limit = 64;
		run->wall_ms = 10000;
		run_show(run, "%s", absolute);
		run_set(run, "GIT_CONFIG_NOSYSTEM=1");
		run_set(run, "GIT_CONFIG_GLOBAL=/dev/null");
		run_set(run, "GIT_CONFIG_COUNT=1");
		run_set(run, "GIT_CONFIG_KEY_0=safe.directory");
		run_set(run, "GIT_CONFIG_VALUE_0=*");
		run_add(run, "git");
		run_add(run, "-C");
		run_add(run, "%s", absolute);
		run_add(run, "log");
		run_add(run, "-1");
		run_add(run, "--format=%%ct");
		queue_add(queue, run, 0, looked, look);
	}
	free(absolute);
	free(git);
}

/* ---- all ------------------------------------------------------------------------------------ */

int handins_open(const struct kit *kit, struct queue *queue, const char *folder, const struct handins *handins,
                 struct opened **opened, struct error *error)
{
	int result = 0;
	*opened = zeroed(handins->count + 1, sizeof **opened);
	for (size_t i = 0; result == 0 && i < handins->count; i++) {
		const struct handin *handin = &handins->item[i];
		struct opened *one = &(*opened)[i];
		char *path = format("%s/%s", folder, handin->path);
		char *scratch = format("%s/run/%d-submission-%zu", kit->build, (int)getpid(), i);
		result = handin->source ? open_source(handin, path, scratch, &one->intake, error)
		                        : intake_open(path, scratch, &one->intake, error);
		if (result == 0)
			one->time = time_of(kit->course, handin, path, &one->intake);
		char *look = format("%s-git", scratch);
		if (result == 0 && one->intake.folder && !handin->time && is_folder(path))
			ask_git(queue, one, look, error);
		free(look);
		free(scratch);
		free(path);
	}
	if (queue_work(queue) != 0 && result == 0)
		result = fail(error, "interrupted");
	return result;
}

void handins_close(struct opened *opened, size_t count)
{
	for (size_t i = 0; opened && i < count; i++)
		intake_close(&opened[i].intake, false);
	free(opened);
}

struct handin_state *handins_state(const struct opened *opened, size_t count)
{
	struct handin_state *state = zeroed(count + 1, sizeof *state);
	for (size_t i = 0; i < count; i++)
		state[i] = (struct handin_state){opened[i].intake.problem ? NULL : opened[i].intake.folder, opened[i].time,
		                                 opened[i].untimed};
	return state;
}
