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

static int up(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static void signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t set;

	sigaction(SIGPIPE, &action, NULL);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

static pid_t start(char *const argv[], int in, int out)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	signals();
	int low = up(in), high = up(out);
	if ((low < 0 && in >= 0) || (high < 0 && out >= 0))
		_exit(127);
	if (low >= 0 && dup2(low, STDIN_FILENO) < 0)
		_exit(127);
	if (high >= 0 && dup2(high, STDOUT_FILENO) < 0)
		_exit(127);
	execv(argv[0], argv);
	_exit(127);
}

static void close_pipes(int (*pipes)[2], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
}

static void wait_for_stage(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0 && errno == EINTR)
		;
}

static bool complete(char *const *const cmd[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!cmd[i] || !cmd[i][0])
			return false;
	return n > 0;
}

static int not_open(int fd)
{
	return fd != -1 && fcntl(fd, F_GETFD) < 0;
}

int pipeline_run(char *const *const cmd[], size_t n, int in_fd, int out_fd, int status[])
{
	if (!cmd || !status || !complete(cmd, n)) {
		errno = EINVAL;
		return -1;
	}
	if (not_open(in_fd) || not_open(out_fd))
		return -1;
	int(*pipes)[2] = calloc(n, sizeof *pipes);
	pid_t *pids = calloc(n, sizeof *pids);
	size_t made = 0, started = 0;
	int error = 0;
	if (!pipes || !pids)
		error = ENOMEM;
	while (!error && made < n - 1) {
		if (pipe2(pipes[made], O_CLOEXEC) < 0)
			error = errno;
		else
			made++;
	}
	while (!error && started < n) {
		int in = started == 0 ? in_fd : pipes[started - 1][0];
		int out = started == n - 1 ? out_fd : pipes[started][1];
		pids[started] = start(cmd[started], in, out);
		if (pids[started] < 0)
			error = errno;
		else
			started++;
	}
	for (size_t i = 0; error && i < started; i++)
		kill(pids[i], SIGKILL);
	for (size_t i = 0; i < started; i++) {
		int ignored;
		wait_for_stage(pids[i], error ? &ignored : &status[i]);
	}
	close_pipes(pipes, made);
	free(pipes);
	free(pids);
	if (error)
		errno = error;
	return error ? -1 : 0;
}
