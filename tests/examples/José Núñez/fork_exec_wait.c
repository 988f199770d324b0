#define _GNU_SOURCE 1
#include "fork_exec_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static void write_errno(int fd)
{
	int code = errno;

	while (write(fd, &code, sizeof code) < 0 && errno == EINTR) {
	}
	_exit(EXIT_FAILURE);
}

static void child(char *const argv[], const struct proc_opts *opts, int fd)
{
	int given[3] = {opts->in_fd, opts->out_fd, opts->err_fd};
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t mask;

	sigaction(SIGPIPE, &action, NULL);
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);

	fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	for (int i = 0; i < 3; i++) {
		if (given[i] == -1) {
			continue;
		}
		given[i] = fcntl(given[i], F_DUPFD_CLOEXEC, 3);
		if (given[i] < 0) {
			write_errno(fd);
		}
	}
	for (int i = 0; i < 3; i++) {
		if (given[i] != -1 && dup2(given[i], i) < 0) {
			write_errno(fd);
		}
	}
	if (opts->cwd != NULL && chdir(opts->cwd) < 0) {
		write_errno(fd);
	}
	if (opts->envp == NULL) {
		execv(argv[0], argv);
	} else {
		execve(argv[0], argv, opts->envp);
	}
	write_errno(fd);
}

static int valid(int fd)
{
	return fd == -1 || fcntl(fd, F_GETFD) >= 0;
}

int proc_run(char *const argv[], const struct proc_opts *opts, struct proc_result *result)
{
	int fds[2];
	int code;
	int status;
	ssize_t n;

	if (!argv || !argv[0] || !opts || !result) {
		errno = EINVAL;
		return -1;
	}
	if (!valid(opts->in_fd) || !valid(opts->out_fd) || !valid(opts->err_fd)) {
		return -1;
	}
	if (pipe2(fds, O_CLOEXEC) < 0) {
		return -1;
	}
	pid_t pid = fork();
	if (pid < 0) {
		return -1;
	}
	if (pid == 0) {
		child(argv, opts, fds[1]);
	}
	close(fds[1]);
	do {
		n = read(fds[0], &code, sizeof code);
	} while (n < 0 && errno == EINTR);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	if (n > 0) {
		errno = code;
		return -1;
	}
	close(fds[0]);
	result->exited = WIFEXITED(status);
	result->code = result->exited ? WEXITSTATUS(status) : 0;
	result->signaled = WIFSIGNALED(status);
	result->sig = result->signaled ? WTERMSIG(status) : 0;
	return 0;
}
