#define _GNU_SOURCE 1
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int save(int fd)
{
	return fd == -1 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static void __attribute__((noreturn)) child(char *const argv[], int in, int out)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t empty;

	sigaction(SIGPIPE, &action, NULL);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	in = save(in);
	out = save(out);
	if ((in == -1 || dup2(in, 0) == 0) && (out == -1 || dup2(out, 1) == 1))
		execv(argv[0], argv);
	_exit(127);
}

static int check(int fd)
{
	return fd == -1 ? 0 : fcntl(fd, F_GETFD);
}

static bool complete(char *const *const cmd[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!cmd[i] || !cmd[i][0])
			return false;
	return n > 0;
}

int pipeline_run(char *const *const cmd[], size_t n, int in_fd, int out_fd, int status[])
{
	if (!cmd || !status || !complete(cmd, n)) {
		errno = EINVAL;
		return -1;
	}
	if (check(in_fd) < 0 || check(out_fd) < 0)
		return -1;
	int in = in_fd, error = 0;
	for (size_t i = 0; i < n && !error; i++) {
		int ends[2] = {-1, out_fd};
		if (i < n - 1 && pipe2(ends, O_CLOEXEC) != 0) {
			error = errno;
			break;
		}
		pid_t pid = fork();
		if (pid < 0)
			error = errno;
		if (pid == 0)
			child(cmd[i], in, ends[1]);
		if (i < n - 1)
			close(ends[1]);
		while (pid > 0 && waitpid(pid, &status[i], 0) < 0 && errno == EINTR)
			;
		if (i > 0)
			close(in);
		in = ends[0];
	}
	if (error) {
		if (in != in_fd && in != -1)
			close(in);
		errno = error;
		return -1;
	}
	return 0;
}
