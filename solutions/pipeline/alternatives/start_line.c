/* Alternative: no stage becomes its program before all of them are there.
 *
 * The children wait at a start line, a pipe that nobody writes to before the last of them is forked. One byte for each
 * lets them go. If something fails, the caller kills them where they wait: no program has run by then. Each child knows
 * its place and what is left of the pipe before it; pids are kept in a list on the heap.
 */
#define _GNU_SOURCE 1
#include "pipeline.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

struct stage {
	char *const *argv;
	pid_t pid;
	int in, out; /* -1: the caller's */
	struct stage *next;
};

struct line {
	int wait, go;
};

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* A copy at 3 or higher, close-on-exec like all descriptors here. */
static int aside(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

static int pipe_aside(int *to_read, int *to_write)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	*to_read = aside(ends[0]);
	*to_write = aside(ends[1]);
	int error = errno;
	close(ends[0]);
	close(ends[1]);
	if (*to_read >= 0 && *to_write >= 0)
		return 0;
	drop(to_read);
	drop(to_write);
	errno = error;
	return -1;
}

/* ---- the children -------------------------------------------------------------------------------- */

/* Is it to go on? */
static int wait_at(struct line *line)
{
	char byte;
	ssize_t count;

	close(line->go);
	do
		count = read(line->wait, &byte, 1);
	while (count < 0 && errno == EINTR);
	return count == 1;
}

static void run(const struct stage *stage, struct line *line)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};
	sigset_t none;

	sigemptyset(&none);
	if (!wait_at(line) || sigaction(SIGPIPE, &usual, NULL) != 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0)
		return;
	if (stage->in >= 0 && dup2(stage->in, 0) < 0)
		return;
	if (stage->out >= 0 && dup2(stage->out, 1) < 0)
		return;
	execv(stage->argv[0], stage->argv);
}

/* ---- the caller ---------------------------------------------------------------------------------- */

/* Both descriptors of the stage are the child's now. */
static int enter(struct stage *stage, struct line *line)
{
	stage->pid = fork();
	if (stage->pid == 0) {
		run(stage, line);
		_exit(127);
	}
	int error = errno;
	drop(&stage->in);
	drop(&stage->out);
	errno = error;
	return stage->pid < 0 ? -1 : 0;
}

static int connect_to_next(struct stage *stage, int out_fd)
{
	if (stage->next)
		return pipe_aside(&stage->next->in, &stage->out);
	return out_fd == -1 || (stage->out = aside(out_fd)) >= 0 ? 0 : -1;
}

static int enter_all(struct stage *first, int in_fd, int out_fd, struct line *line)
{
	if (in_fd != -1 && (first->in = aside(in_fd)) < 0)
		return -1;
	for (struct stage *stage = first; stage; stage = stage->next)
		if (connect_to_next(stage, out_fd) != 0 || enter(stage, line) != 0)
			return -1;
	return 0;
}

static void let_go(const struct stage *first, const struct line *line)
{
	for (const struct stage *stage = first; stage; stage = stage->next)
		while (write(line->go, "", 1) < 0 && errno == EINTR)
			;
}

static void give_up(struct stage *first)
{
	for (struct stage *stage = first; stage; stage = stage->next) {
		drop(&stage->in);
		drop(&stage->out);
		if (stage->pid > 0)
			kill(stage->pid, SIGKILL);
	}
}

static void wait_for_all(const struct stage *first, int *status)
{
	for (size_t i = 0; first; first = first->next, i++) {
		int ignored;
		while (first->pid > 0 && waitpid(first->pid, status ? &status[i] : &ignored, 0) < 0 && errno == EINTR)
			;
	}
}

static int run_all(struct stage *first, int in_fd, int out_fd, int *status)
{
	struct line line;

	if (pipe_aside(&line.wait, &line.go) != 0)
		return errno;
	int error = enter_all(first, in_fd, out_fd, &line) == 0 ? 0 : errno;
	if (error)
		give_up(first);
	else
		let_go(first, &line);
	wait_for_all(first, error ? NULL : status);
	drop(&line.wait);
	drop(&line.go);
	return error;
}

static struct stage *make_stages(char *const *const cmd[], size_t n)
{
	struct stage *stage = calloc(n, sizeof *stage);

	for (size_t i = 0; stage && i < n; i++)
		stage[i] = (struct stage){.argv = cmd[i], .in = -1, .out = -1, .next = i + 1 < n ? &stage[i + 1] : NULL};
	return stage;
}

int pipeline_run(char *const *const cmd[], size_t n, int in_fd, int out_fd, int status[])
{
	size_t given = 0;

	while (cmd && given < n && cmd[given] && cmd[given][0])
		given++;
	if (n == 0 || given < n || !status) {
		errno = EINVAL;
		return -1;
	}
	if ((in_fd != -1 && fcntl(in_fd, F_GETFD) < 0) || (out_fd != -1 && fcntl(out_fd, F_GETFD) < 0))
		return -1;
	struct stage *stages = make_stages(cmd, n);
	if (!stages)
		return -1;
	int error = run_all(stages, in_fd, out_fd, status);
	free(stages);
	if (error)
		errno = error;
	return error ? -1 : 0;
}
