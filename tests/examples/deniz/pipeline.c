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

struct pipeline {
	size_t stages, started;
	pid_t *child; /* [stages] */
	int input;    /* of the next stage; -1: that of the caller */
};

static bool above_standard(int *fd)
{
	if (*fd == -1)
		return true;
	*fd = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
	return *fd != -1;
}

static void be_stage(char *const argv[], int in, int out)
{
	struct sigaction by_default = {.sa_handler = SIG_DFL};
	sigset_t nothing;

	sigaction(SIGPIPE, &by_default, NULL);
	sigemptyset(&nothing);
	sigprocmask(SIG_SETMASK, &nothing, NULL);
	if (above_standard(&in) && above_standard(&out))
		if ((in == -1 || dup2(in, 0) != -1) && (out == -1 || dup2(out, 1) != -1))
			execv(argv[0], argv);
	_exit(127);
}

static void close_end(int fd)
{
	if (fd != -1)
		close(fd);
}

static bool add_stage(struct pipeline *line, char *const argv[], int in_fd, int out_fd)
{
	bool last = line->started + 1 == line->stages;
	int next[2] = {-1, -1};

	if (!last && pipe2(next, O_CLOEXEC) != 0)
		return false;
	pid_t pid = fork();
	if (pid == 0)
		be_stage(argv, line->started == 0 ? in_fd : line->input, last ? out_fd : next[1]);
	int error = errno;
	close_end(line->input);
	close_end(next[1]);
	line->input = next[0];
	errno = error;
	if (pid == -1)
		return false;
	line->child[line->started++] = pid;
	return true;
}

static void wait_for_all(struct pipeline *line, int status[])
{
	for (size_t i = 0; i < line->started; i++)
		while (waitpid(line->child[i], &status[i], 0) == -1 && errno == EINTR)
			continue;
}

static bool arguments_valid(char *const *const cmd[], size_t n, const int status[])
{
	if (cmd == NULL || n == 0 || status == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		if (cmd[i] == NULL || cmd[i][0] == NULL)
			return false;
	return true;
}

static bool open_or_none(int fd)
{
	return fd == -1 || fcntl(fd, F_GETFD) != -1;
}

int pipeline_run(char *const *const cmd[], size_t n, int in_fd, int out_fd, int status[])
{
	if (!arguments_valid(cmd, n, status)) {
		errno = EINVAL;
		return -1;
	}
	if (!open_or_none(in_fd) || !open_or_none(out_fd))
		return -1;
	struct pipeline line = {.stages = n, .child = calloc(n, sizeof *line.child), .input = -1};
	if (line.child == NULL)
		return -1;
	while (line.started < n && add_stage(&line, cmd[line.started], in_fd, out_fd))
		continue;
	if (line.started < n) { /* without their input and output the others end by themselves */
		int error = errno;
		close_end(line.input);
		free(line.child);
		errno = error;
		return -1;
	}
	wait_for_all(&line, status);
	free(line.child);
	return 0;
}
