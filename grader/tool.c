#include "tool.h"
#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* A file in memory: whoever writes to it never waits for whoever reads. -1 and *error. */
static int memory_file(const char *text, size_t size, struct error *error)
{
	int file = memfd_create("tool", MFD_CLOEXEC);
	if (file < 0)
		return fail(error, "no file in memory: %s", strerror(errno));
	for (size_t done = 0; done < size;) {
		ssize_t count = write(file, text + done, size - done);
		if (count < 0) {
			close(file);
			return fail(error, "cannot write to a file in memory: %s", strerror(errno));
		}
		done += (size_t)count;
	}
	lseek(file, 0, SEEK_SET);
	return file;
}

static char *whole_of(int file)
{
	off_t size = lseek(file, 0, SEEK_END);
	char *text = zeroed((size_t)(size > 0 ? size : 0) + 1, 1);
	for (off_t done = 0; done < size;) {
		ssize_t count = pread(file, text + done, (size_t)(size - done), done);
		if (count <= 0)
			break;
		done += count;
	}
	return text;
}

static int start(pid_t *pid, char *const argv[], int in, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	int problem = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return problem;
}

static int run(char *const argv[], int in, int out, struct error *error)
{
	pid_t pid;
	int ended = 0, problem = start(&pid, argv, in, out);
	if (problem)
		return fail(error, "cannot start %s: %s", argv[0], strerror(problem));
	while (waitpid(pid, &ended, 0) < 0)
		if (errno != EINTR)
			return fail(error, "%s: %s", argv[0], strerror(errno));
	if (!WIFEXITED(ended))
		return fail(error, "%s was killed by signal %d", argv[0], WTERMSIG(ended));
	return WEXITSTATUS(ended);
}

int tool_run(char *const argv[], const char *input, size_t size, char **output, struct error *error)
{
	int in = memory_file(input, input ? size : 0, error), out = in < 0 ? -1 : memory_file(NULL, 0, error);
	int status = out < 0 ? -1 : run(argv, in, out, error);
	*output = out < 0 ? format("%s", "") : whole_of(out);
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return status;
}

char *tool_first_line(const char *tool, const char *option)
{
	char *const argv[] = {(char *)tool, (char *)option, NULL};
	char *output;
	tool_run(argv, NULL, 0, &output, NULL);
	output[strcspn(output, "\n")] = 0;
	if (*output)
		return output;
	free(output);
	return NULL;
}
