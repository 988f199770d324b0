#define _GNU_SOURCE 1
#include "fork_exec_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static void child(char *const argv[], const struct proc_opts *opts)
{
	if (opts->in_fd != -1)
		dup2(opts->in_fd, 0);
	if (opts->out_fd != -1)
		dup2(opts->out_fd, 1);
	if (opts->err_fd != -1)
		dup2(opts->err_fd, 2);
	if (opts->cwd)
		chdir(opts->cwd);
	execve(argv[0], argv, opts->envp);
	_exit(127);
}

int proc_run(char *const argv[], const struct proc_opts *opts, struct proc_result *result)
{
	int status;

	if (!argv || !argv[0] || !opts || !result) {
		errno = EINVAL;
		return -1;
	}
	pid_t pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0)
		child(argv, opts);
	waitpid(pid, &status, 0);
	result.exited = WIFEXITED(status);
	result.code = WEXITSTATUS(status);
	result.signaled = WIFSIGNALED(status);
	result.sig = WTERMSIG(status);
	return 0;
}
