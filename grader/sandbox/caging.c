/* caging.c - files, users and pipes of a caged run, on the supervisor's side. */
#include "caging.h"

#include "inside/inside.h"
#include "plan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int fresh_file(const char *path)
{
	if (unlink(path) != 0 && errno != ENOENT)
		return -1;
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
}

int not_started(struct run_result *result, const char *what, const char *name)
{
	snprintf(result->problem, sizeof result->problem, "%s %.100s: %s", what, name, strerror(errno));
	return -1;
}

/* ---- a user of its own ---------------------------------------------------------------------- */

/* Lets the group read one of the files that root made. Others are not ours to give: a program may have made them links
 * to something else. */
static void share_file(int folder, const char *name, gid_t group)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat status;
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == 0 && status.st_nlink == 1 &&
	    (status.st_gid != group || !(status.st_mode & S_IRGRP))) {
		mode_t mode = (status.st_mode & 0777) | ((status.st_mode & 0500) >> 3);
		if (fchown(fd, (uid_t)-1, group) == 0)
			fchmod(fd, mode);
	}
	if (fd >= 0)
		close(fd);
}

/* Several runs may work in a folder, each as a user of its own: they make files there as members of its group. Others
 * can pass through: one run's folder may be in another's. */
static int share_folder(const char *path, struct lodger *lodger)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	if (!entries) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	int result = fstat(fd, &status);
	lodger->user = CAGE_USERS_BASE + (uid_t)getpid() % CAGE_USERS_COUNT;
	lodger->group = CAGE_USERS_BASE + (gid_t)(status.st_ino % CAGE_USERS_COUNT);
	if (result == 0 && (status.st_gid != lodger->group || (status.st_mode & 07777) != 02771))
		result = fchown(fd, (uid_t)-1, lodger->group) == 0 ? fchmod(fd, 02771) : -1;
	for (struct dirent *entry; result == 0 && (entry = readdir(entries));)
		share_file(fd, entry->d_name, lodger->group);
	closedir(entries);
	return result;
}

/* What is to be seen and only we can see, or NULL. */
static const char *hidden_from_others(const struct run *run)
{
	struct stat status;
	for (char **path = run->visible; path && *path; path++)
		if (stat(*path, &status) == 0 &&
		    (!(status.st_mode & S_IROTH) || (S_ISDIR(status.st_mode) && !(status.st_mode & S_IXOTH))))
			return *path;
	return NULL;
}

static int lodge(const struct run *run, struct lodger *lodger, struct run_result *result)
{
	const char *hidden = hidden_from_others(run);
	errno = EACCES;
	if (hidden)
		return not_started(result, "caged runs have a user of their own, which cannot read", hidden);
	return share_folder(run->folder, lodger) == 0 ? 0 : not_started(result, "cannot hand over", run->folder);
}

/* ---- before --------------------------------------------------------------------------------- */

static int open_pipes(struct caging *caging, bool stays)
{
	int report[2], control[2];
	if (pipe2(report, O_CLOEXEC) != 0)
		return -1;
	caging->heard = report[0];
	caging->start.status = report[1];
	if (!stays)
		return 0;
	if (pipe2(control, O_CLOEXEC) != 0)
		return -1;
	caging->start.control = control[0];
	caging->control = control[1];
	return 0;
}

static enum filter_profile profile_of(const struct run *run)
{
	if (run->cage == CAGE_TOOL)
		return FILTER_TOOL;
	if (run->sockets)
		return FILTER_SOCKETS;
	if (run->listens)
		return plan_is_debugger(run) ? FILTER_DEBUGGED_LISTENS : FILTER_LISTENS;
	return plan_is_debugger(run) ? FILTER_DEBUGGED : FILTER_JUDGED;
}

/* A socket reaches all of its network namespace, and each path that is seen: it is for runs with a network and files of
 * their own, or for code that is trusted. */
static bool may_listen(const struct cage *cage)
{
	return cage->namespaces || cage->trusted;
}

static int choose_filters(struct caged_start *start, const struct run *run, const struct cage *cage)
{
	const pid_t pids[] = {getpid(), getppid()};
	if (cage->filters)
		start->filter = cage->filter[profile_of(run)];
	if (cage->shield)
		start->shield = filter_shield(pids, sizeof pids / sizeof *pids);
	return cage->shield && start->shield < 0 ? -1 : 0;
}

int caging_prepare(struct caging *caging, const struct run *run, const struct cage *cage, struct run_result *result)
{
	struct lodger lodger = {0};
	struct caged_start *start = &caging->start;
	*start = (struct caged_start){.report = -1, .plan = -1, .status = -1, .control = -1, .shield = -1, .filter = -1};
	start->stream = run->stream;
	start->share = cage->own_user;
	caging->heard = caging->control = -1;
	errno = EACCES;
	if ((run->listens || run->sockets) && !may_listen(cage))
		return not_started(
		    result,
		    "without namespaces (make doctor) a socket with an address would reach out of the cage; to run "
		    "programs that you trust anyway, set TRUST=1; not started in",
		    run->folder);
	if (cage->own_user && lodge(run, &lodger, result) != 0)
		return -1;
	if (run->report && (start->report = fresh_file(run->report)) < 0)
		return not_started(result, "cannot make", run->report);
	start->plan = plan_write(cage, run, &lodger, getpid());
	if (start->plan < 0 || open_pipes(caging, cage->namespaces) != 0 || choose_filters(start, run, cage) != 0)
		return not_started(result, "cannot prepare a run in", run->folder);
	start->command = plan_command(cage, run);
	return 0;
}

/* ---- after ---------------------------------------------------------------------------------- */

static void close_if(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void caging_started(struct caging *caging)
{
	close_if(&caging->start.report);
	close_if(&caging->start.plan);
	close_if(&caging->start.status);
	close_if(&caging->start.control);
	close_if(&caging->start.shield); /* the other filter is the cage's */
	words_free(caging->start.command);
	caging->start.command = NULL;
}

void caging_order_end(struct caging *caging)
{
	close_if(&caging->control);
}

/* Only `inside` has the other end of the pipe: a program cannot speak in its place. */
bool caging_hear(struct caging *caging, struct end *end, struct run_result *result)
{
	struct inside_report report;
	bool heard = false;
	fcntl(caging->heard, F_SETFL, O_NONBLOCK);
	while (read(caging->heard, &report, sizeof report) == sizeof report) {
		heard = true;
		if (report.kind == INSIDE_PROBLEM) {
			snprintf(result->problem, sizeof result->problem, "%s", report.text);
			break;
		}
		*end = (struct end){true, report.ordered != 0, report.code, report.status};
		result->left_behind = report.left_behind;
	}
	close_if(&caging->heard);
	return heard;
}
