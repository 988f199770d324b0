/* programs.c - a submission that executes programs. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The status of `argv` run with those descriptors as its standard ones; -1: keeps the caller's. */
static pid_t start(char *const argv[], int in, int out)
{
	pid_t pid = fork();
	if (pid == 0) {
		if (in >= 0)
			dup2(in, 0);
		if (out >= 0)
			dup2(out, 1);
		execv(argv[0], argv);
		_exit(errno == ENOENT ? 127 : 126);
	}
	return pid;
}

static int status_of(pid_t pid)
{
	int status = -1;
	waitpid(pid, &status, 0);
	return status;
}

int run_program(char *const argv[])
{
	return status_of(start(argv, -1, -1));
}

/* The first one's output is the second one's input. `kept`: this process forgets to close the end that it writes to. */
int run_two(char *const first[], char *const second[], int statuses[2], int kept)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid_t one = start(first, -1, ends[1]), two = start(second, ends[0], -1);
	close(ends[0]);
	if (!kept)
		close(ends[1]);
	statuses[1] = status_of(two);
	statuses[0] = status_of(one);
	if (kept)
		close(ends[1]);
	return 0;
}

/* What the child could not do is told by a pipe that it closes by executing. */
int error_of_exec(char *const argv[])
{
	int ends[2], error = 0;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		execv(argv[0], argv);
		error = errno;
		write(ends[1], &error, sizeof error);
		_exit(1);
	}
	close(ends[1]);
	while (read(ends[0], &error, sizeof error) < 0 && errno == EINTR)
		;
	close(ends[0]);
	status_of(pid);
	return error;
}

static void ignore(int signal)
{
	(void)signal;
}

/* Into the new program with a handler, an ignored and a blocked signal, an unwritten line and two more descriptors, of
 * which one is closed by executing. */
int run_with_state(char *const argv[], char *const envp[], int keeps, int closes)
{
	pid_t pid = fork();
	if (pid == 0) {
		struct sigaction action = {.sa_handler = ignore};
		sigset_t blocked;
		sigaction(SIGUSR1, &action, NULL);
		action.sa_handler = SIG_IGN;
		sigaction(SIGUSR2, &action, NULL);
		sigemptyset(&blocked);
		sigaddset(&blocked, SIGTERM);
		sigprocmask(SIG_BLOCK, &blocked, NULL);
		printf("never written");
		fcntl(keeps, F_SETFD, 0);
		fcntl(closes, F_SETFD, FD_CLOEXEC);
		execve(argv[0], argv, envp);
		_exit(127);
	}
	return status_of(pid);
}

int run_by_name(const char *name, const char *path)
{
	pid_t pid = fork();
	if (pid == 0) {
		setenv("PATH", path, 1);
		execlp(name, name, "7", (char *)NULL);
		_exit(errno == EACCES ? 126 : 127);
	}
	return status_of(pid);
}

int run_with_list(const char *path)
{
	char *const empty[] = {NULL};
	pid_t pid = fork();
	if (pid == 0) {
		execle(path, path, "9", (char *)NULL, empty);
		_exit(127);
	}
	return status_of(pid);
}

int run_in_the_test(char *const argv[])
{
	return execv(argv[0], argv);
}

int group_after_exec(char *const argv[])
{
	int ends[2], error = 0;
	char byte;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = start(argv, -1, -1);
	close(ends[1]);
	read(ends[0], &byte, 1); /* all its ends are closed now */
	close(ends[0]);
	if (setpgid(pid, pid) != 0)
		error = errno;
	status_of(pid);
	return error;
}

/* In a group of its own, with SIGTERM blocked and SIGUSR2 at its default, `out` as its standard output, in the root. */
int spawn_with_state(char *const argv[], int out, int closes, pid_t *group)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t blocked, standard;
	pid_t pid = 0;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, 1);
	posix_spawn_file_actions_addclose(&actions, closes);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addchdir_np(&actions, "/");
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigemptyset(&standard);
	sigaddset(&standard, SIGUSR2);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &blocked);
	posix_spawnattr_setsigdefault(&attributes, &standard);
	int error = posix_spawn(&pid, argv[0], &actions, &attributes, argv, argv);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	*group = pid;
	return error ? -error : status_of(pid);
}

int spawn_by_name(const char *name, const char *path)
{
	char *const argv[] = {(char *)name, "5", NULL};
	pid_t pid = -7;
	setenv("PATH", path, 1);
	int error = posix_spawnp(&pid, name, NULL, NULL, argv, argv);
	return error ? -error : WEXITSTATUS(status_of(pid));
}
