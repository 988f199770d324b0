/* Alternative: all pipes are made before the first fork, and the stages are started from right to left.
 *
 * end[2 * i] and end[2 * i + 1] are what stage i gets as 0 and 1; end[0] and end[2 * n - 1] are copies of in_fd and
 * out_fd. All are at 3 or higher, so no dup2 overwrites one that is still needed. None is close-on-exec: each child
 * closes all of them by hand once it has its two, and the caller does when the last child is there. A pipe that fails
 * does so before there is any process.
 */
#define _GNU_SOURCE 1
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct plumbing {
	size_t count; /* of ends */
	int *end;     /* -1: none */
};

static void close_all(const struct plumbing *plumbing)
{
	for (size_t i = 0; i < plumbing->count; i++)
		if (plumbing->end[i] != -1)
			close(plumbing->end[i]);
}

/* Copies fd to 3 or higher; -1 and errno. */
static int copy_up(int fd)
{
	return fcntl(fd, F_DUPFD, 3);
}

static int add_pipe(int *to_write, int *to_read)
{
	int ends[2];

	if (pipe(ends) != 0)
		return -1;
	*to_read = copy_up(ends[0]);
	*to_write = copy_up(ends[1]);
	int error = errno;
	close(ends[0]);
	close(ends[1]);
	errno = error;
	return *to_read < 0 || *to_write < 0 ? -1 : 0;
}

static int lay(struct plumbing *plumbing, int in_fd, int out_fd)
{
	int *end = plumbing->end;
	size_t last = plumbing->count - 1;

	for (size_t i = 0; i <= last; i++)
		end[i] = -1;
	if ((in_fd != -1 && (end[0] = copy_up(in_fd)) < 0) || (out_fd != -1 && (end[last] = copy_up(out_fd)) < 0))
		return -1;
	for (size_t i = 1; i < last; i += 2)
		if (add_pipe(&end[i], &end[i + 1]) != 0)
			return -1;
	return 0;
}

static void __attribute__((noreturn)) become(char *const argv[], const struct plumbing *plumbing, size_t stage)
{
	struct sigaction action;
	sigset_t mask;

	memset(&action, 0, sizeof action);
	action.sa_handler = SIG_DFL;
	sigaction(SIGPIPE, &action, NULL);
	sigemptyset(&mask);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	for (int i = 0; i < 2; i++) {
		int fd = plumbing->end[2 * stage + (size_t)i];
		if (fd != -1 && dup2(fd, i) < 0)
			_exit(127);
	}
	close_all(plumbing);
	execv(argv[0], argv);
	_exit(127);
}

static void reap(const pid_t *pid, size_t count, int *status)
{
	for (size_t i = 0; i < count; i++)
		while (waitpid(pid[i], status ? &status[i] : NULL, 0) < 0)
			if (errno != EINTR)
				break;
}

/* pid[i] is stage i. How many stages, counted from the right, could be started. */
static size_t start_all(char *const *const cmd[], size_t n, const struct plumbing *plumbing, pid_t *pid)
{
	for (size_t i = n; i-- > 0;) {
		pid[i] = fork();
		if (pid[i] == 0)
			become(cmd[i], plumbing, i);
		if (pid[i] < 0)
			return n - 1 - i;
	}
	return n;
}

static int run(char *const *const cmd[], size_t n, const struct plumbing *plumbing, pid_t *pid, int *status)
{
	size_t started = start_all(cmd, n, plumbing, pid);
	int error = errno;

	close_all(plumbing);
	for (size_t i = n - started; started < n && i < n; i++)
		kill(pid[i], SIGKILL);
	reap(pid + (n - started), started, started == n ? status : NULL);
	return started == n ? 0 : error;
}

static int is_wrong(int fd)
{
	return fd != -1 && fcntl(fd, F_GETFD) == -1;
}

int pipeline_run(char *const *const cmd[], size_t n, int in_fd, int out_fd, int status[])
{
	int given = cmd && n > 0 && status, error;

	for (size_t i = 0; given && i < n; i++)
		given = cmd[i] && cmd[i][0];
	if (!given) {
		errno = EINVAL;
		return -1;
	}
	if (is_wrong(in_fd) || is_wrong(out_fd))
		return -1;
	struct plumbing plumbing = {.count = 2 * n, .end = calloc(n, 2 * sizeof(int))};
	pid_t *pid = calloc(n, sizeof *pid);
	if (!plumbing.end || !pid) {
		error = ENOMEM;
	} else if (lay(&plumbing, in_fd, out_fd) != 0) {
		error = errno;
		close_all(&plumbing);
	} else {
		error = run(cmd, n, &plumbing, pid, status);
	}
	free(plumbing.end);
	free(pid);
	if (error)
		errno = error;
	return error ? -1 : 0;
}
