#define _GNU_SOURCE 1
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static void child(char *const argv[], int in, int out)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t mask;

	sigaction(SIGPIPE, &action, NULL);
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (in != -1) {
		in = fcntl(in, F_DUPFD_CLOEXEC, 3);
		if (in < 0) {
			_exit(127);
		}
	}
	if (out != -1) {
		out = fcntl(out, F_DUPFD_CLOEXEC, 3);
		if (out < 0) {
			_exit(127);
		}
	}
	if (in != -1 && dup2(in, STDIN_FILENO) < 0) {
		_exit(127);
	}
	if (out != -1 && dup2(out, STDOUT_FILENO) < 0) {
		_exit(127);
	}
	execv(argv[0], argv);
	_exit(127);
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool complete(char *const *const cmd[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!cmd[i] || !cmd[i][0])
			return false;
	return n > 0;
}

static bool valid(int fd)
{
	return fd == -1 || fcntl(fd, F_GETFD) >= 0;
}

int pipeline_run(char *const *const cmd[], size_t n, int in_fd, int out_fd, int status[])
{
	if (!cmd || !status || !complete(cmd, n)) {
		errno = EINVAL;
		return -1;
	}
	if (!valid(in_fd) || !valid(out_fd)) {
		return -1;
	}
	pid_t *pids = malloc(n * sizeof *pids);
	if (pids == NULL) {
		return -1;
	}
	int error = 0;
	int in = in_fd;
	size_t started = 0;
	while (started < n) {
		int fds[2] = {-1, -1};
		bool last = started == n - 1;
		if (!last && pipe2(fds, O_CLOEXEC) < 0) {
			error = errno;
			break;
		}
		pid_t pid = fork();
		if (pid == 0) {
			child(cmd[started], in, last ? out_fd : fds[1]);
		}
		if (pid < 0) {
			error = errno;
		}
		if (fds[1] != -1) {
			close(fds[1]);
		}
		if (in != in_fd) {
			close(in);
		}
		in = fds[0];
		if (error != 0) {
			break;
		}
		pids[started++] = pid;
	}
	if (error != 0) {
		if (in != in_fd && in != -1) {
			close(in);
		}
		for (size_t i = 0; i < started; i++) {
			kill(pids[i], SIGKILL);
			wait_for(pids[i]);
		}
		free(pids);
		errno = error;
		return -1;
	}
	for (size_t i = 0; i < n; i++) {
		status[i] = wait_for(pids[i]);
	}
	free(pids);
	return 0;
}
