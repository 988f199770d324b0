#define _GNU_SOURCE 1 /* pipe2, F_DUPFD_CLOEXEC */
#include "fork_exec_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static bool above_standard(int *fd)
{
	if (*fd == -1)
		return true;
	*fd = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
	return *fd != -1;
}

static bool set_up(const struct proc_opts *opts, int *tell)
{
	int fd[] = {opts->in_fd, opts->out_fd, opts->err_fd};

	if (!above_standard(tell))
		return false;
	for (int i = 0; i < 3; i++)
		if (!above_standard(&fd[i]))
			return false;
	for (int i = 0; i < 3; i++)
		if (fd[i] != -1 && dup2(fd[i], i) == -1)
			return false;
	return opts->cwd == NULL || chdir(opts->cwd) == 0;
}

static void be_program(char *const argv[], const struct proc_opts *opts, int tell)
{
	struct sigaction by_default = {.sa_handler = SIG_DFL};
	sigset_t nothing;

	sigaction(SIGPIPE, &by_default, NULL);
	sigemptyset(&nothing);
	sigprocmask(SIG_SETMASK, &nothing, NULL);
	if (set_up(opts, &tell)) {
		if (opts->envp != NULL)
			execve(argv[0], argv, opts->envp);
		else
			execv(argv[0], argv);
	}
	int error = errno;
	while (write(tell, &error, sizeof error) == -1 && errno == EINTR)
		continue;
	_exit(EXIT_FAILURE);
}

/* Why the child is no program, 0 if it is one. */
static int listen_to(int fd)
{
	for (;;) {
		int error = 0;
		ssize_t count = read(fd, &error, sizeof error);
		if (count != -1)
			return count == 0 ? 0 : error;
		if (errno != EINTR)
			return errno;
	}
}

static bool open_or_none(int fd)
{
	return fd == -1 || fcntl(fd, F_GETFD) != -1;
}

int proc_run(char *const argv[], const struct proc_opts *opts, struct proc_result *result)
{
	if (argv == NULL || argv[0] == NULL || opts == NULL || result == NULL) {
		errno = EINVAL;
		return -1;
	}
	if (!open_or_none(opts->in_fd) || !open_or_none(opts->out_fd) || !open_or_none(opts->err_fd))
		return -1;
	int tell[2];
	if (pipe2(tell, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0)
		be_program(argv, opts, tell[1]);
	int error = errno;
	close(tell[1]);
	if (pid != -1)
		error = listen_to(tell[0]);
	close(tell[0]);
	if (pid == -1 || error != 0) { /* there was no program */
		errno = error;
		return -1;
	}
	int status;
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	*result = (struct proc_result){
		.exited = WIFEXITED(status),
		.signaled = WIFSIGNALED(status),
		.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0,
		.sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	};
	return 0;
}
