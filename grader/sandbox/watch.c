/* watch.c - memory, processes and disk that a run uses, from /proc and stat(2). */
#include "watch.h"
#include "../memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* ---- processes ------------------------------------------------------------------------------ */

/* The begin of a small file; an empty text when there is none. */
static void read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	for (ssize_t got; fd >= 0 && have < size - 1 && (got = read(fd, text + have, size - 1 - have)) > 0;)
		have += (size_t)got;
	if (fd >= 0)
		close(fd);
	text[have] = 0;
}

static void add_children(struct usage *usage, const char *pid, const char *tid)
{
	char path[PATH_MAX], text[32768];
	snprintf(path, sizeof path, "/proc/%s/task/%s/children", pid, tid);
	read_text(path, text, sizeof text);
	for (char *rest = text, *end;; rest = end) {
		long child = strtol(rest, &end, 10);
		if (end == rest)
			return;
		if (usage->processes % 64 == 0)
			usage->pid = must(reallocarray(usage->pid, usage->processes + 64, sizeof *usage->pid));
		usage->pid[usage->processes++] = (pid_t)child;
	}
}

/* What stat(5) of /proc has behind the name, in which anything may be: the state is its first letter. */
static const char *state_of(const char *path, char *text, size_t size)
{
	read_text(path, text, size);
	const char *name_end = strrchr(text, ')');
	return name_end && name_end[1] ? name_end + 2 : "";
}

static void add_time(struct usage *usage, pid_t pid)
{
	char path[64], text[1024];
	unsigned long user, system;
	long user_of_children, system_of_children;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (sscanf(state_of(path, text, sizeof text), "%*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu %ld %ld", &user,
	           &system, &user_of_children, &system_of_children) == 4)
		usage->cpu_ms +=
		    ((int64_t)(user + system) + user_of_children + system_of_children) * 1000 / sysconf(_SC_CLK_TCK);
}

/* It runs, or waits for the machine: for a processor, or for memory or a disk (D). One that has ended while we looked
 * did something, too. */
static bool is_ready(const char *state)
{
	return !*state || *state == 'R' || *state == 'D';
}

int64_t idle_look(struct idle *idle, int64_t now_ms, int64_t tick_ms, bool ready)
{
	int64_t since = now_ms - idle->looked_ms;
	idle->looked_ms = now_ms;
	if (!ready)
		idle->sum_ms += since < 2 * tick_ms ? since : tick_ms;
	return idle->sum_ms;
}

static void add_threads(struct usage *usage, pid_t pid)
{
	char path[64], name[16], state[PATH_MAX], text[1024];
	snprintf(name, sizeof name, "%d", (int)pid);
	snprintf(path, sizeof path, "/proc/%s/task", name);
	DIR *tasks = opendir(path);
	for (struct dirent *entry; tasks && (entry = readdir(tasks));) {
		if (entry->d_name[0] == '.')
			continue;
		usage->tasks++;
		add_children(usage, name, entry->d_name);
		snprintf(state, sizeof state, "/proc/%s/task/%s/stat", name, entry->d_name);
		usage->ready = usage->ready || is_ready(state_of(state, text, sizeof text));
	}
	if (tasks)
		closedir(tasks);
}

/* Private and resident bytes. */
static void memory_of(pid_t pid, size_t *private, size_t *resident)
{
	char path[64], text[128];
	unsigned long size, pages = 0, shared = 0, page = (unsigned long)sysconf(_SC_PAGESIZE);
	snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
	read_text(path, text, sizeof text);
	if (sscanf(text, "%lu %lu %lu", &size, &pages, &shared) != 3)
		pages = shared = 0; /* it has ended */
	*private = (pages > shared ? pages - shared : 0) * page;
	*resident = pages * page;
}

struct usage usage_now(void)
{
	struct usage usage = {0};
	char self[16];
	snprintf(self, sizeof self, "%d", (int)getpid());
	add_children(&usage, self, self);
	for (size_t i = 0; i < usage.processes; i++) { /* what it adds is looked at in turn */
		size_t private, resident;
		add_threads(&usage, usage.pid[i]);
		add_time(&usage, usage.pid[i]);
		memory_of(usage.pid[i], &private, &resident);
		usage.private_bytes += private;
		usage.resident_bytes += resident;
	}
	return usage;
}

void usage_clear(struct usage *usage)
{
	free(usage->pid);
	*usage = (struct usage){0};
}

void look_as_owner(pid_t pid)
{
	char path[64];
	struct stat status;
	snprintf(path, sizeof path, "/proc/%d", (int)pid);
	if (geteuid() != 0 || stat(path, &status) != 0)
		return;
	setfsgid(status.st_gid);
	setfsuid(status.st_uid);
}

void look_as_self(void)
{
	setfsuid(geteuid());
	setfsgid(getegid());
}

size_t usage_exact_bytes(const struct usage *usage)
{
	size_t sum = 0;
	for (size_t i = 0; i < usage->processes; i++) {
		char path[64], text[1024];
		unsigned long kib;
		size_t private, resident;
		snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)usage->pid[i]);
		look_as_owner(usage->pid[i]);
		read_text(path, text, sizeof text);
		look_as_self();
		const char *line = strstr(text, "\nPss:");
		memory_of(usage->pid[i], &private, &resident);
		sum += line && sscanf(line, "\nPss: %lu", &kib) == 1 ? kib * 1024 : private;
	}
	return sum;
}

unsigned tasks_of_user(void)
{
	unsigned count = 0;
	DIR *all = opendir("/proc");
	for (struct dirent *entry; all && (entry = readdir(all));) {
		char path[PATH_MAX];
		struct stat status;
		snprintf(path, sizeof path, "/proc/%s/task", entry->d_name);
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && stat(path, &status) == 0 &&
		    status.st_uid == geteuid())
			count += (unsigned)status.st_nlink - 2; /* a folder per thread */
	}
	if (all)
		closedir(all);
	return count;
}

/* ---- disk ----------------------------------------------------------------------------------- */

enum { LEAST = 4096, DEPTH = 16 };

/* Blocks alone are not it: while a file system writes delayed blocks, it may count them neither here nor there. */
static size_t bytes_of(const struct stat *status)
{
	size_t blocks = (size_t)status->st_blocks * 512, size = S_ISREG(status->st_mode) ? (size_t)status->st_size : 0;
	return size > blocks ? size : blocks;
}

struct count {
	size_t sum, enough;
	bool blind; /* something could not be looked into */
};

/* Takes the descriptor; -1: it could not be opened. */
static void count_folder(struct count *count, int folder, int depth)
{
	DIR *directory = folder < 0 || depth > DEPTH ? NULL : fdopendir(folder); /* nobody honest goes so deep */
	count->blind = count->blind || !directory;
	for (struct dirent *entry; directory && count->sum <= count->enough && (entry = readdir(directory));) {
		struct stat status;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		size_t size = bytes_of(&status);
		count->sum += size > LEAST ? size : LEAST;
		if (!S_ISDIR(status.st_mode))
			continue;
		int below = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0 || errno != ENOENT) /* else it has gone meanwhile */
			count_folder(count, below, depth + 1);
	}
	if (directory)
		closedir(directory);
	else if (folder >= 0)
		close(folder);
}

size_t folder_bytes(const char *folder, size_t enough)
{
	struct count count = {.enough = enough};
	count_folder(&count, open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), 0);
	return count.blind ? SIZE_MAX : count.sum;
}

static size_t nameless_of(pid_t pid, dev_t device)
{
	char path[64];
	size_t sum = 0;
	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	DIR *open_files = opendir(path);
	for (struct dirent *entry; open_files && (entry = readdir(open_files));) {
		struct stat status;
		if (fstatat(dirfd(open_files), entry->d_name, &status, 0) == 0 && S_ISREG(status.st_mode) &&
		    status.st_nlink == 0 && status.st_dev == device)
			sum += bytes_of(&status);
	}
	if (open_files)
		closedir(open_files);
	return sum;
}

size_t nameless_bytes(const struct usage *usage, const char *folder)
{
	struct stat status;
	size_t sum = 0;
	for (size_t i = 0; stat(folder, &status) == 0 && i < usage->processes; i++) {
		look_as_owner(usage->pid[i]);
		sum += nameless_of(usage->pid[i], status.st_dev);
		look_as_self();
	}
	return sum;
}

size_t free_bytes(const char *folder)
{
	struct statvfs status;
	return statvfs(folder, &status) == 0 ? (size_t)status.f_bavail * status.f_frsize : 0;
}
