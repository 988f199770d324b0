/* pipeline.c - from left to right; the caller keeps the read end of the newest pipe. */
#define _GNU_SOURCE 1 /* pipe2, F_DUPFD_CLOEXEC */
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Both go by way of numbers that nobody overwrites. */
static bool set_streams(int in, int out)
{
	if (in != -1 && (in = fcntl(in, F_DUPFD_CLOEXEC, 3)) < 0)
		return false;
	if (out != -1 && (out = fcntl(out, F_DUPFD_CLOEXEC, 3)) < 0)
		return false;
	return (in == -1 || dup2(in, 0) == 0) && (out == -1 || dup2(out, 1) == 1);
}

static pid_t start(char *const argv[], int in, int out)
{
	pid_t pid = fork();

	if (pid == 0) {
		sigset_t nothing;
		signal(SIGPIPE, SIG_DFL);
		sigemptyset(&nothing);
		sigprocmask(SIG_SETMASK, &nothing, NULL);
		if (set_streams(in, out))
			execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static void close_end(int fd)
{
	if (fd != -1)
		close(fd);
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int start_all(char *const *const cmd[], size_t n, int in_fd, int out_fd, pid_t pids[])
{
	int input = in_fd, error = 0;
	size_t started = 0;

	while (started < n && !error) {
		int ends[2] = {-1, -1};
		bool last = started + 1 == n;
		if (!last && pipe2(ends, O_CLOEXEC) != 0) {
			error = errno;
			break;
		}
		pids[started] = start(cmd[started], input, last ? out_fd : ends[1]);
		if (pids[started] < 0)
			error = errno;
		close_end(ends[1]);
		if (input != in_fd)
			close_end(input);
		input = ends[0];
		started += !error;
	}
	if (!error)
		return 0;
	if (input != in_fd)
		close_end(input);
	for (size_t i = 0; i < started; i++)
		kill(pids[i], SIGKILL);
	for (size_t i = 0; i < started; i++)
		wait_for(pids[i]);
	errno = error;
	return -1;
}

static bool complete(char *const *const cmd[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!cmd[i] || !cmd[i][0])
			return false;
	return n > 0;
}

static bool usable(int fd)
{
	return fd == -1 || fcntl(fd, F_GETFD) >= 0;
}

int pipeline_run(char *const *const cmd[], size_t n, int in_fd, int out_fd, int status[])
{
	if (!cmd || !status || !complete(cmd, n)) {
		errno = EINVAL;
		return -1;
	}
	if (!usable(in_fd) || !usable(out_fd))
		return -1;
	pid_t *pids = calloc(n, sizeof *pids);
	if (!pids)
		return -1;
	int result = start_all(cmd, n, in_fd, out_fd, pids);
	for (size_t i = 0; result == 0 && i < n; i++)
		status[i] = wait_for(pids[i]);
	free(pids);
	return result;
}
