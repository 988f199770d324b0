/* The pipe for the error lies at 10 or higher, out of the way of 0, 1 and 2. In the child, what is to become 0, 1 and 2
 * is moved there as well, then all of it is put in place. */
#define _GNU_SOURCE 1
#include "fork_exec_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HIGH = 10 };

struct report {
	int in, out;
};

static void report_close(struct report *report)
{
	int error = errno;

	if (report->in >= 0)
		close(report->in);
	if (report->out >= 0)
		close(report->out);
	report->in = report->out = -1;
	errno = error;
}

static bool report_open(struct report *report)
{
	int ends[2];

	if (pipe(ends) != 0)
		return false;
	report->in = fcntl(ends[0], F_DUPFD_CLOEXEC, HIGH);
	report->out = fcntl(ends[1], F_DUPFD_CLOEXEC, HIGH);
	int error = errno;
	close(ends[0]);
	close(ends[1]);
	errno = error;
	if (report->in >= 0 && report->out >= 0)
		return true;
	report_close(report);
	return false;
}

static bool is_open(int fd)
{
	return fd == -1 || fcntl(fd, F_GETFD) != -1;
}

static bool redirect(const int given[3])
{
	int high[3];

	for (int fd = 0; fd < 3; fd++) {
		high[fd] = -1;
		if (given[fd] != -1 && (high[fd] = fcntl(given[fd], F_DUPFD_CLOEXEC, HIGH)) == -1)
			return false;
	}
	for (int fd = 0; fd < 3; fd++)
		if (high[fd] != -1 && dup2(high[fd], fd) == -1)
			return false;
	return true;
}

static void run(char *const argv[], const struct proc_opts *opts)
{
	struct sigaction usual;
	sigset_t none;

	memset(&usual, 0, sizeof usual);
	usual.sa_handler = SIG_DFL;
	sigemptyset(&none);
	sigaction(SIGPIPE, &usual, NULL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (!redirect((int[]){opts->in_fd, opts->out_fd, opts->err_fd}))
		return;
	if (opts->cwd != NULL && chdir(opts->cwd) != 0)
		return;
	if (opts->envp != NULL)
		execve(argv[0], argv, opts->envp);
	else
		execv(argv[0], argv);
}

int proc_run(char *const argv[], const struct proc_opts *opts, struct proc_result *result)
{
	if (argv == NULL || argv[0] == NULL || opts == NULL || result == NULL) {
		errno = EINVAL;
		return -1;
	}
	if (!is_open(opts->in_fd) || !is_open(opts->out_fd) || !is_open(opts->err_fd))
		return -1;
	struct report report;
	if (!report_open(&report))
		return -1;
	pid_t child = fork();
	if (child == -1) {
		report_close(&report);
		return -1;
	}
	if (child == 0) {
		run(argv, opts);
		int error = errno;
		while (write(report.out, &error, sizeof error) == -1 && errno == EINTR)
			;
		_exit(1);
	}
	close(report.out);
	report.out = -1;

	int error = 0, status;
	while (read(report.in, &error, sizeof error) == -1 && errno == EINTR)
		;
	report_close(&report);
	while (waitpid(child, &status, 0) == -1)
		if (errno != EINTR)
			return -1;
	if (error != 0) {
		errno = error;
		return -1;
	}
	memset(result, 0, sizeof *result);
	if (WIFSIGNALED(status)) {
		result->signaled = true;
		result->sig = WTERMSIG(status);
	} else {
		result->exited = true;
		result->code = WEXITSTATUS(status);
	}
	return 0;
}
