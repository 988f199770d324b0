#define _GNU_SOURCE 1
#include "fork_exec_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int up(int fd)
{
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int descriptors(const struct proc_opts *opts)
{
	int in = up(opts->in_fd), out = up(opts->out_fd), err = up(opts->err_fd);

	if ((in < 0 && opts->in_fd >= 0) || (out < 0 && opts->out_fd >= 0) || (err < 0 && opts->err_fd >= 0))
		return -1;
	if (in >= 0 && dup2(in, STDIN_FILENO) < 0)
		return -1;
	if (out >= 0 && dup2(out, STDOUT_FILENO) < 0)
		return -1;
	if (err >= 0 && dup2(err, STDERR_FILENO) < 0)
		return -1;
	return 0;
}

static void signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t set;

	sigaction(SIGPIPE, &action, NULL);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

static void __attribute__((noreturn)) child(char *const argv[], const struct proc_opts *opts, int pipe)
{
	signals();
	pipe = up(pipe);
	if (descriptors(opts) == 0 && (opts->cwd == NULL || chdir(opts->cwd) == 0)) {
		if (opts->envp)
			execve(argv[0], argv, opts->envp);
		else
			execv(argv[0], argv);
	}
	int error = errno;
	while (write(pipe, &error, sizeof error) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* The errno of the child, or 0 at the end of the pipe, which exec closes. */
static int error_of_child(int pipe)
{
	int error;
	ssize_t count;

	do {
		count = read(pipe, &error, sizeof error);
	} while (count < 0 && errno == EINTR);
	return count == sizeof error ? error : 0;
}

static int wait_for_child(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int not_open(int fd)
{
	return fd != -1 && fcntl(fd, F_GETFD) < 0;
}

int proc_run(char *const argv[], const struct proc_opts *opts, struct proc_result *result)
{
	int pipes[2];

	if (!argv || !argv[0] || !opts || !result) {
		errno = EINVAL;
		return -1;
	}
	if (not_open(opts->in_fd) || not_open(opts->out_fd) || not_open(opts->err_fd))
		return -1;
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid < 0) {
		int error = errno;
		close(pipes[0]);
		close(pipes[1]);
		errno = error;
		return -1;
	}
	if (pid == 0)
		child(argv, opts, pipes[1]);

	int error = error_of_child(pipes[0]);
	int status = wait_for_child(pid);
	close(pipes[0]);
	close(pipes[1]);
	if (error) {
		errno = error;
		return -1;
	}
	result->exited = WIFEXITED(status);
	result->signaled = WIFSIGNALED(status);
	result->code = result->exited ? WEXITSTATUS(status) : 0;
	result->sig = result->signaled ? WTERMSIG(status) : 0;
	return 0;
}
