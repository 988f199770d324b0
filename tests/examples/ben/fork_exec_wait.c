#define _GNU_SOURCE 1
#include "fork_exec_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Copies fd away from 0, 1 and 2, so that dup2 does not overwrite it. */
static int save(int fd)
{
	return fd == -1 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static void place(const struct proc_opts *opts)
{
	int in = save(opts->in_fd), out = save(opts->out_fd), err = save(opts->err_fd);

	if (in != -1)
		dup2(in, 0);
	if (out != -1)
		dup2(out, 1);
	if (err != -1)
		dup2(err, 2);
}

static void __attribute__((noreturn)) child(char *const argv[], const struct proc_opts *opts)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t empty;

	sigaction(SIGPIPE, &action, NULL);
	sigemptyset(&empty);
	sigprocmask(SIG_SETMASK, &empty, NULL);
	place(opts);
	if (opts->cwd && chdir(opts->cwd) != 0)
		_exit(127);
	if (opts->envp)
		execve(argv[0], argv, opts->envp);
	else
		execv(argv[0], argv);
	_exit(errno == EACCES ? 126 : 127); /* as in the shell */
}

static int check(int fd)
{
	return fd == -1 ? 0 : fcntl(fd, F_GETFD);
}

int proc_run(char *const argv[], const struct proc_opts *opts, struct proc_result *result)
{
	if (!argv || !argv[0] || !opts || !result) {
		errno = EINVAL;
		return -1;
	}
	if (check(opts->in_fd) < 0 || check(opts->out_fd) < 0 || check(opts->err_fd) < 0)
		return -1;
	pid_t pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0)
		child(argv, opts);
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) >= 126) {
		errno = WEXITSTATUS(status) == 126 ? EACCES : ENOENT;
		return -1;
	}
	*result = (struct proc_result){.exited = WIFEXITED(status), .signaled = WIFSIGNALED(status)};
	if (result->exited)
		result->code = WEXITSTATUS(status);
	else
		result->sig = WTERMSIG(status);
	return 0;
}
