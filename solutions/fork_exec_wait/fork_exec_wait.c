/* fork_exec_wait.c - reference solution: a pipe that exec closes tells why there was no program.
 *
 * Invariant of the pipe: its write end is open in the child only, and only as long as the child is not the program. So
 * the caller reads an error number, or end-of-file when exec has succeeded or the child has died.
 *
 * Invariant in the child: before the first of 0, 1 and 2 is overwritten, all that is still needed is at 3 or higher.
 */
#define _GNU_SOURCE 1 /* pipe2, F_DUPFD_CLOEXEC */
#include "fork_exec_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the child ----------------------------------------------------------------------------------- */

/* *fd becomes a copy of itself that nobody overwrites, and that exec closes; -1 stays -1. Returns 0, or -1
 * and errno. */
static int move_up(int *fd)
{
	if (*fd < 0)
		return 0;
	int copy = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
	if (copy >= 0)
		*fd = copy;
	return copy < 0 ? -1 : 0;
}

static int set_standard(const struct proc_opts *opts, int *report)
{
	int source[3] = {opts->in_fd, opts->out_fd, opts->err_fd};

	if (move_up(report) != 0)
		return -1;
	for (int i = 0; i < 3; i++)
		if (move_up(&source[i]) != 0)
			return -1;
	for (int i = 0; i < 3; i++) /* the numbers differ, so dup2 makes a copy, which is not close-on-exec */
		if (source[i] >= 0 && dup2(source[i], i) < 0)
			return -1;
	return 0;
}

static void set_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t nothing;

	sigaction(SIGPIPE, &action, NULL);
	sigemptyset(&nothing);
	sigprocmask(SIG_SETMASK, &nothing, NULL);
}

/* Returns only if there is no program; errno says why. */
static void execute(char *const argv[], char *const envp[])
{
	if (envp)
		execve(argv[0], argv, envp);
	else
		execv(argv[0], argv);
}

/* _exit and not exit: the stdio buffers and atexit functions that it inherited are the caller's. */
static void __attribute__((noreturn)) child(char *const argv[], const struct proc_opts *opts, int report)
{
	set_signals();
	if (set_standard(opts, &report) == 0 && (!opts->cwd || chdir(opts->cwd) == 0))
		execute(argv, opts->envp);
	int error = errno;
	while (write(report, &error, sizeof error) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* ---- the caller ---------------------------------------------------------------------------------- */

/* -1 and EBADF if it is neither -1 nor open. Asked before the call opens anything, which might get that number. */
static int check(int fd)
{
	return fd == -1 || fcntl(fd, F_GETFD) >= 0 ? 0 : -1;
}

/* Why there is no program; 0 if there is one. What is written to a pipe at once and is that short comes as a whole. */
static int read_error(int fd)
{
	int error;
	ssize_t count;

	do
		count = read(fd, &error, sizeof error);
	while (count < 0 && errno == EINTR);
	return count == sizeof error ? error : 0;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int fail(int error)
{
	errno = error;
	return -1;
}

int proc_run(char *const argv[], const struct proc_opts *opts, struct proc_result *result)
{
	if (!argv || !argv[0] || !opts || !result)
		return fail(EINVAL);
	int ends[2];
	if (check(opts->in_fd) != 0 || check(opts->out_fd) != 0 || check(opts->err_fd) != 0 || pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0)
		child(argv, opts, ends[1]);
	int error = errno, status = 0;
	close(ends[1]); /* while it is open here, too, the end of the pipe is never read */
	if (pid > 0) {
		error = read_error(ends[0]);
		status = wait_for(pid);
	}
	close(ends[0]);
	if (pid < 0 || error)
		return fail(error);
	*result = (struct proc_result){.exited = WIFEXITED(status), .signaled = WIFSIGNALED(status)};
	result->code = result->exited ? WEXITSTATUS(status) : 0;
	result->sig = result->signaled ? WTERMSIG(status) : 0;
	return 0;
}
