/* From the last stage to the first: a stage is started when the one that reads from it is there. The caller holds the
 * write end of the newest pipe only, and nobody gets SIGPIPE or end-of-file too early. */
#define _GNU_SOURCE 1
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static void close_fd(int fd)
{
	int error = errno;

	if (fd != -1)
		close(fd);
	errno = error;
}

static bool put(int from[2])
{
	for (int fd = 0; fd < 2; fd++)
		if (from[fd] != -1 && (from[fd] = fcntl(from[fd], F_DUPFD_CLOEXEC, 10)) == -1)
			return false;
	for (int fd = 0; fd < 2; fd++)
		if (from[fd] != -1 && dup2(from[fd], fd) == -1)
			return false;
	return true;
}

static pid_t start(char *const argv[], int in, int out)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct sigaction usual;
		sigset_t none;
		memset(&usual, 0, sizeof usual);
		usual.sa_handler = SIG_DFL;
		sigaction(SIGPIPE, &usual, NULL);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (put((int[]){in, out}))
			execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

static bool wait_for(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) == -1)
		if (errno != EINTR)
			return false;
	return true;
}

static void take_down(const pid_t *pid, size_t n)
{
	int error = errno, status;

	for (size_t i = 0; i < n; i++)
		kill(pid[i], SIGKILL);
	for (size_t i = 0; i < n; i++)
		wait_for(pid[i], &status);
	errno = error;
}

static bool start_all(char *const *const cmd[], size_t n, int in_fd, int out_fd, pid_t *pid)
{
	int out = out_fd;

	for (size_t i = n; i-- > 0;) {
		int ends[2] = {in_fd, -1};
		bool ready = i == 0 || pipe2(ends, O_CLOEXEC) == 0;
		pid[i] = ready ? start(cmd[i], ends[0], out) : -1;
		if (i + 1 < n)
			close_fd(out);
		if (i > 0 && ready)
			close_fd(ends[0]);
		out = ends[1];
		if (pid[i] == -1) {
			close_fd(out);
			take_down(pid + i + 1, n - i - 1);
			return false;
		}
	}
	return true;
}

static bool is_open(int fd)
{
	return fd == -1 || fcntl(fd, F_GETFD) != -1;
}

int pipeline_run(char *const *const cmd[], size_t n, int in_fd, int out_fd, int status[])
{
	bool given = cmd != NULL && status != NULL && n > 0;

	for (size_t i = 0; given && i < n; i++)
		given = cmd[i] != NULL && cmd[i][0] != NULL;
	if (!given) {
		errno = EINVAL;
		return -1;
	}
	if (!is_open(in_fd) || !is_open(out_fd))
		return -1;
	pid_t *pid = calloc(n, sizeof *pid);
	if (pid == NULL)
		return -1;
	bool started = start_all(cmd, n, in_fd, out_fd, pid);
	for (size_t i = 0; started && i < n; i++)
		wait_for(pid[i], &status[i]);
	free(pid);
	return started ? 0 : -1;
}
