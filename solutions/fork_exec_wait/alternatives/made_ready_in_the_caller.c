/* Alternative: the caller makes all descriptors ready before it forks, and reads the report when the child is dead.
 *
 * One array has the five descriptors that a run needs, all at 3 or higher and close-on-exec: what the child puts at 0,
 * 1 and 2, and the two ends of a pair of sockets. So the child has nothing to do that depends on the order, an error of
 * a descriptor is found where it is the caller's own, and one loop takes everything down. The report waits in the
 * socket until it is fetched; that there is none is told without waiting.
 */
#define _GNU_SOURCE 1 /* F_DUPFD_CLOEXEC */
#include "fork_exec_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TOLD = 3, TELLS, COUNT }; /* after those for 0, 1 and 2 */

static void close_all(const int fd[COUNT])
{
	for (int i = 0; i < COUNT; i++)
		if (fd[i] >= 0)
			close(fd[i]);
}

/* The copy at 3 or higher; -1 and errno. */
static int copy_of(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int copy_pair(int fd[COUNT])
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	fd[TOLD] = copy_of(pair[0]);
	fd[TELLS] = copy_of(pair[1]);
	int error = errno;
	close(pair[0]);
	close(pair[1]);
	errno = error;
	return fd[TOLD] < 0 || fd[TELLS] < 0 ? -1 : 0;
}

static int make_ready(int fd[COUNT], const struct proc_opts *opts)
{
	const int given[] = {opts->in_fd, opts->out_fd, opts->err_fd};

	memset(fd, -1, COUNT * sizeof *fd);
	for (int i = 0; i < 3; i++)
		if (given[i] != -1 && (fd[i] = copy_of(given[i])) < 0)
			return -1;
	return copy_pair(fd);
}

static int prepare(const int fd[COUNT], const struct proc_opts *opts)
{
	struct sigaction action;
	sigset_t mask;

	memset(&action, 0, sizeof action);
	action.sa_handler = SIG_DFL;
	sigaction(SIGPIPE, &action, NULL);
	sigemptyset(&mask);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	for (int i = 0; i < 3; i++)
		if (fd[i] >= 0 && dup2(fd[i], i) < 0)
			return -1;
	return opts->cwd ? chdir(opts->cwd) : 0;
}

static void __attribute__((noreturn)) start(const int fd[COUNT], char *const argv[], const struct proc_opts *opts)
{
	int ready = prepare(fd, opts);
	if (ready == 0 && opts->envp)
		execve(argv[0], argv, opts->envp);
	else if (ready == 0)
		execv(argv[0], argv);
	unsigned char error = (unsigned char)errno; /* Linux has no larger ones to tell here */
	while (write(fd[TELLS], &error, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

static int fetch(int fd)
{
	unsigned char error = 0;

	while (read(fd, &error, 1) < 0 && errno == EINTR)
		;
	return error;
}

static void note(struct proc_result *result, const siginfo_t *end)
{
	memset(result, 0, sizeof *result);
	result->exited = end->si_code == CLD_EXITED;
	result->signaled = !result->exited;
	if (result->exited)
		result->code = end->si_status;
	else
		result->sig = end->si_status;
}

/* Closes fd[TELLS]: else its end would never come. 0, or why there was no program. */
static int finish(int fd[COUNT], pid_t pid, struct proc_result *result)
{
	siginfo_t end;

	close(fd[TELLS]);
	fd[TELLS] = -1;
	while (waitid(P_PID, (id_t)pid, &end, WEXITED) != 0)
		if (errno != EINTR)
			return errno;
	int error = fetch(fd[TOLD]);
	if (error == 0)
		note(result, &end);
	return error;
}

int proc_run(char *const argv[], const struct proc_opts *opts, struct proc_result *result)
{
	int fd[COUNT], error;

	if (!argv || !argv[0] || !opts || !result) {
		errno = EINVAL;
		return -1;
	}
	pid_t pid = make_ready(fd, opts) == 0 ? fork() : -1;
	if (pid == 0)
		start(fd, argv, opts);
	error = pid < 0 ? errno : finish(fd, pid, result);
	close_all(fd);
	if (error)
		errno = error;
	return error ? -1 : 0;
}
