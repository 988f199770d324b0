/* Alternative: the error is in a page that caller and child share, and is looked at when the child has ended.
 *
 * No pipe is needed: waitpid orders what the child has written before what the caller reads, and exec takes the page
 * away from the program. In the child each descriptor is copied to where it belongs by way of numbers that are free;
 * what is already in its place only loses FD_CLOEXEC.
 */
#define _GNU_SOURCE 1 /* F_DUPFD_CLOEXEC */
#include "fork_exec_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* *fd is out of the way of those that others are copied onto. */
static int put_aside(int *fd, int place)
{
	if (*fd >= 0 && *fd <= 2 && *fd != place)
		return *fd = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
	return 0;
}

static int put(int fd, int place)
{
	if (fd == -1)
		return 0;
	return fd == place ? fcntl(fd, F_SETFD, 0) : dup2(fd, place);
}

static int place_all(const struct proc_opts *opts)
{
	int fd[] = {opts->in_fd, opts->out_fd, opts->err_fd};

	for (int i = 0; i < 3; i++)
		if (put_aside(&fd[i], i) < 0)
			return -1;
	for (int i = 0; i < 3; i++)
		if (put(fd[i], i) < 0)
			return -1;
	return 0;
}

static void forget_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

static void __attribute__((noreturn)) become(char *const argv[], const struct proc_opts *opts, int *error)
{
	forget_signals();
	if (place_all(opts) == 0 && (!opts->cwd || chdir(opts->cwd) == 0)) {
		if (opts->envp)
			execve(argv[0], argv, opts->envp);
		else
			execv(argv[0], argv);
	}
	*error = errno;
	_exit(1);
}

static void say(struct proc_result *result, int status)
{
	if (WIFEXITED(status))
		*result = (struct proc_result){.exited = true, .code = WEXITSTATUS(status)};
	else
		*result = (struct proc_result){.signaled = true, .sig = WTERMSIG(status)};
}

/* 0, or why there was no program. */
static int run(char *const argv[], const struct proc_opts *opts, struct proc_result *result, int *error)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (pid == 0)
		become(argv, opts, error);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return errno;
	if (*error == 0)
		say(result, status);
	return *error;
}

int proc_run(char *const argv[], const struct proc_opts *opts, struct proc_result *result)
{
	if (!argv || !argv[0] || !opts || !result) {
		errno = EINVAL;
		return -1;
	}
	int *error = mmap(NULL, sizeof *error, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (error == MAP_FAILED)
		return -1;
	*error = 0;
	int failure = run(argv, opts, result, error);
	munmap(error, sizeof *error);
	if (failure)
		errno = failure;
	return failure ? -1 : 0;
}
