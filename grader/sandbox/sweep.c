/* sweep.c - what graders that were killed have left: scratch folders and, where neither namespaces nor a supervisor
 * could end them, processes. */
#include "cage.h"

#include "../file.h"
#include "../layer.h"
#include "../memory.h"
#include "watch.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- locks ---------------------------------------------------------------------------------- */

/* The locked file of that name, or -1: somebody else has it locked (EWOULDBLOCK), or it cannot be made. */
static int take_lock(const char *path)
{
	for (;;) {
		struct stat ours, there;
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			int cause = errno;
			close(fd);
			errno = cause;
			return -1;
		}
		/* Whoever had it before may have removed it, and another may have made a new one. */
		if (fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_ino == there.st_ino)
			return fd;
		close(fd);
	}
}

int lock_runs(struct cage *cage, const char *runs, struct error *error)
{
	cage->lock_path = format("%s/%d.lock", runs, (int)getpid());
	/* Another grader that sweeps has it for a moment. */
	for (int tries = 0; cage->lock < 0 && tries < 1000; tries++) {
		cage->lock = take_lock(cage->lock_path);
		if (cage->lock < 0 && errno != EWOULDBLOCK)
			break;
		if (cage->lock < 0)
			usleep(1000);
	}
	return cage->lock >= 0 ? 0 : fail(error, "cannot lock %s: %s", cage->lock_path, strerror(errno));
}

void unlock_runs(struct cage *cage)
{
	if (cage->lock >= 0) {
		unlink(cage->lock_path); /* while it is locked: nobody takes it for a dead grader's in between */
		close(cage->lock);
	}
	free(cage->lock_path);
	cage->lock = -1;
	cage->lock_path = NULL;
}

/* ---- processes ------------------------------------------------------------------------------ */

static bool may_be_ours(const char *pid)
{
	struct stat status;
	char *path = format("/proc/%s", pid);
	bool found = stat(path, &status) == 0;
	free(path);
	if (!found)
		return false;
	return status.st_uid == geteuid() ||
	       (geteuid() == 0 && status.st_uid >= CAGE_USERS_BASE && status.st_uid < CAGE_USERS_BASE + CAGE_USERS_COUNT);
}

static bool begins_with(const char *text, const char *folder)
{
	size_t length = strlen(folder);
	return strncmp(text, folder, length) == 0 && (text[length] == 0 || text[length] == '/' || text[length] == ' ');
}

/* Does the link /proc/PID/NAME lead into the folder? " (deleted)" may follow. */
static bool leads_into(const char *pid, const char *name, const char *folder)
{
	char target[PATH_MAX], *path = format("/proc/%s/%s", pid, name);
	ssize_t length = readlink(path, target, sizeof target - 1);
	free(path);
	if (length < 0)
		return false;
	target[length] = 0;
	return begins_with(target, folder);
}

/* A program can change its environment, but not what it was started from, nor, where it cannot look elsewhere, much
 * else. */
static bool has_mark_of(const char *pid, const char *folder)
{
	if (leads_into(pid, "exe", folder) || leads_into(pid, "cwd", folder))
		return true;
	char *path = format("/proc/%s/environ", pid), *mark = format("KIT_RUN=%s", folder), text[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
	bool found = false;
	text[size > 0 ? size : 0] = 0;
	for (const char *word = text; !found && word < text + size; word += strlen(word) + 1)
		found = strcmp(word, mark) == 0;
	if (fd >= 0)
		close(fd);
	free(mark);
	free(path);
	return found;
}

static bool belongs_to(const char *pid, const char *folder)
{
	look_as_owner((pid_t)strtol(pid, NULL, 10));
	bool belongs = has_mark_of(pid, folder);
	look_as_self();
	return belongs;
}

/* Kills until a whole look finds none: a program may fork meanwhile. */
static void kill_those_of(const char *folder)
{
	enum { LOOKS = 100 };
	for (int look = 0, found = 1; found && look < LOOKS; look++) {
		DIR *all = opendir("/proc");
		found = 0;
		for (struct dirent *entry; all && (entry = readdir(all));) {
			if (!isdigit((unsigned char)entry->d_name[0]) || !may_be_ours(entry->d_name) ||
			    !belongs_to(entry->d_name, folder))
				continue;
			pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
			found += pid != getpid() && kill(pid, SIGKILL) == 0;
		}
		if (all)
			closedir(all);
	}
}

/* ---- folders -------------------------------------------------------------------------------- */

/* Whose it is, by its name: "12-3", "12-name-3" and "12.lock" are scratch folders and their lock, "name.12" and
 * "name.12.tmp" what was not finished. 0: nobody's. */
static pid_t owner_of(const char *name, bool scratch)
{
	const char *digits = name;
	char *end;
	if (!scratch) {
		size_t length = strlen(name);
		if (length > 4 && strcmp(name + length - 4, ".tmp") == 0)
			length -= 4;
		while (length && isdigit((unsigned char)name[length - 1]))
			length--;
		if (length == 0 || name[length - 1] != '.')
			return 0;
		digits = name + length;
	}
	long pid = isdigit((unsigned char)*digits) ? strtol(digits, &end, 10) : 0;
	if (pid <= 0 || pid > INT_MAX)
		return 0;
	bool ours = scratch ? *end == '-' || strcmp(end, ".lock") == 0 : !*end || strcmp(end, ".tmp") == 0;
	return ours ? (pid_t)pid : 0;
}

/* Removes one entry of a dead grader. Returns how many folders that were: 0 or 1. */
static int remove_stale(const char *runs, const char *path, pid_t owner)
{
	char *lock_path = format("%s/%d.lock", runs, (int)owner);
	int lock = take_lock(lock_path), removed = 0;
	struct stat status;
	if (lock >= 0) {
		if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
			kill_those_of(path);
			folder_remove(path);
			removed = 1;
		} else {
			unlink(path);
		}
		unlink(lock_path);
		close(lock);
	}
	free(lock_path);
	return removed;
}

static int sweep_folder(const char *runs, const char *folder, bool scratch)
{
	int removed = 0;
	DIR *entries = opendir(folder);
	for (struct dirent *entry; entries && (entry = readdir(entries));) {
		pid_t owner = owner_of(entry->d_name, scratch);
		if (owner == 0 || owner == getpid())
			continue;
		char *path = format("%s/%s", folder, entry->d_name);
		removed += remove_stale(runs, path, owner);
		free(path);
	}
	if (entries)
		closedir(entries);
	return removed;
}

int cage_sweep(const char *build, struct error *error)
{
	static const char *const drafts[] = {"kit", "cache"};
	char *absolute = realpath(build, NULL);
	if (!absolute)
		return fail(error, "cannot find %s: %s", build, strerror(errno));
	char *runs = format("%s/run", absolute);
	int removed = layer_on("sweep") ? sweep_folder(runs, runs, true) : 0;
	for (size_t i = 0; i < sizeof drafts / sizeof *drafts; i++) {
		char *folder = format("%s/%s", absolute, drafts[i]);
		sweep_folder(runs, folder, false);
		free(folder);
	}
	free(runs);
	free(absolute);
	return removed;
}
