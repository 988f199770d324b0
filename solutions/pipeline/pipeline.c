/* pipeline.c - reference solution: from left to right, with one read end that rolls along.
 *
 * Invariant of the caller: between two stages it holds one descriptor of its own, the read end of the pipe that the
 * last stage writes to; `input` is that one, or in_fd.
 *
 * Invariant of every child: all descriptors that the call makes are close-on-exec, and only the copies that dup2 makes
 * are not. So what is open in a program is what was put in its place, however many pipes there are.
 */
#define _GNU_SOURCE 1 /* pipe2, F_DUPFD_CLOEXEC */
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a stage ------------------------------------------------------------------------------------- */

static void set_signals(void)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t nothing;

	sigaction(SIGPIPE, &action, NULL);
	sigemptyset(&nothing);
	sigprocmask(SIG_SETMASK, &nothing, NULL);
}

/* in becomes 0 and out becomes 1; -1 stays what it is. Both go by way of numbers that nobody overwrites, so neither is
 * lost, and dup2 always makes a copy, which is not close-on-exec. */
static bool set_streams(int in, int out)
{
	if (in != -1 && (in = fcntl(in, F_DUPFD_CLOEXEC, 3)) < 0)
		return false;
	if (out != -1 && (out = fcntl(out, F_DUPFD_CLOEXEC, 3)) < 0)
		return false;
	return (in == -1 || dup2(in, 0) == 0) && (out == -1 || dup2(out, 1) == 1);
}

static pid_t start(char *const argv[], int in, int out)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	set_signals();
	if (set_streams(in, out))
		execv(argv[0], argv);
	_exit(127); /* not exit: the stdio buffers and atexit functions are the caller's */
}

/* ---- all stages ---------------------------------------------------------------------------------- */

static void close_end(int fd)
{
	if (fd != -1)
		close(fd);
}

/* Stage i of n. Takes over *input, if it is a pipe's, and sets it to the one for the next stage. */
static pid_t start_stage(char *const *const cmd[], size_t i, size_t n, int *input, int out_fd)
{
	bool last = i + 1 == n;
	int ends[2] = {-1, -1};

	if (!last && pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = start(cmd[i], *input, last ? out_fd : ends[1]);
	int error = errno;
	close_end(ends[1]); /* while it is open here, the next stage never reads the end */
	if (i > 0)
		close_end(*input); /* while it is open here, the stage before never gets SIGPIPE */
	*input = ends[0];
	errno = error;
	return pid;
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Starts n stages; -1 and errno if it cannot, and then there are none. */
static int start_all(char *const *const cmd[], size_t n, int in_fd, int out_fd, pid_t pids[])
{
	int input = in_fd;
	size_t started = 0;

	while (started < n && (pids[started] = start_stage(cmd, started, n, &input, out_fd)) > 0)
		started++;
	if (started == n)
		return 0;
	int error = errno;
	if (input != in_fd)
		close_end(input);
	for (size_t i = 0; i < started; i++)
		kill(pids[i], SIGKILL);
	for (size_t i = 0; i < started; i++)
		wait_for(pids[i]);
	errno = error;
	return -1;
}

/* ---- the call ------------------------------------------------------------------------------------ */

static bool complete(char *const *const cmd[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!cmd[i] || !cmd[i][0])
			return false;
	return n > 0;
}

/* Asked before the call opens anything, which might get that number. */
static bool usable(int fd)
{
	return fd == -1 || fcntl(fd, F_GETFD) >= 0;
}

int pipeline_run(char *const *const cmd[], size_t n, int in_fd, int out_fd, int status[])
{
	if (!cmd || !status || !complete(cmd, n)) {
		errno = EINVAL;
		return -1;
	}
	if (!usable(in_fd) || !usable(out_fd))
		return -1;
	pid_t *pids = calloc(n, sizeof *pids);
	if (!pids)
		return -1;
	int result = start_all(cmd, n, in_fd, out_fd, pids);
	for (size_t i = 0; result == 0 && i < n; i++)
		status[i] = wait_for(pids[i]);
	free(pids); /* keeps errno (free(3)) */
	return result;
}
