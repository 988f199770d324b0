/* programs.c - the programs that every test has (kit.h): what submissions execute. */
#include "kit_internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t rt_read(int fd, void *buffer, size_t bytes);
ssize_t rt_write(int fd, const void *buffer, size_t bytes);
int rt_raise(int signal);

void kit_add_program(const char *name, int (*main)(int argc, char *argv[], char *envp[]))
{
	rt_add_program(name, main);
}

const char *kit_program(const char *name)
{
	const char *path = rt_program(name);
	if (!path) {
		fprintf(stderr, "kit_program(\"%s\"): %s\n", name, strerror(errno));
		abort();
	}
	return path;
}

/* ---- streams ----------------------------------------------------------------------------------- */

static ssize_t read_some(void *buffer, size_t bytes)
{
	ssize_t length;
	do {
		length = rt_read(STDIN_FILENO, buffer, bytes);
	} while (length < 0 && errno == EINTR);
	return length;
}

static bool write_all(const char *bytes, size_t count)
{
	while (count > 0) {
		ssize_t written = rt_write(STDOUT_FILENO, bytes, count);
		if (written < 0 && errno != EINTR)
			return false;
		bytes += written > 0 ? written : 0;
		count -= written > 0 ? (size_t)written : 0;
	}
	return true;
}

/* At most `limit` bytes of the input. */
static int copy(size_t limit)
{
	char buffer[4096];
	for (size_t copied = 0; copied < limit;) {
		size_t wanted = limit - copied < sizeof buffer ? limit - copied : sizeof buffer;
		ssize_t length = read_some(buffer, wanted);
		if (length == 0)
			break;
		if (length < 0 || !write_all(buffer, (size_t)length))
			return 1;
		copied += (size_t)length;
	}
	return 0;
}

KIT_PROGRAM(cat)
{
	return copy(SIZE_MAX);
}

KIT_PROGRAM(head)
{
	return copy(argc > 1 ? strtoul(argv[1], NULL, 10) : 1);
}

KIT_PROGRAM(yes)
{
	char lines[4096];
	for (size_t i = 0; i < sizeof lines; i++)
		lines[i] = i % 2 ? '\n' : 'y';
	while (write_all(lines, sizeof lines))
		;
	return 1;
}

KIT_PROGRAM(echo)
{
	for (int i = 1; i < argc; i++)
		if (!write_all(argv[i], strlen(argv[i])) || !write_all(i + 1 < argc ? " " : "\n", 1))
			return 1;
	return 0;
}

/* ---- ends -------------------------------------------------------------------------------------- */

KIT_PROGRAM(true)
{
	return 0;
}

KIT_PROGRAM(false)
{
	return 1;
}

KIT_PROGRAM(exit)
{
	return argc > 1 ? atoi(argv[1]) : 0;
}

KIT_PROGRAM(die)
{
	return rt_raise(argc > 1 ? atoi(argv[1]) : SIGKILL);
}

/* ---- what a program finds ---------------------------------------------------------------------- */

static void join(char *text, size_t size, char *const words[])
{
	size_t used = 0;
	for (; *words && used < size; words++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", used ? "\n" : "", *words);
}

static void note_descriptors(struct kit_report *report)
{
	for (int fd = 0; fd < 64; fd++) {
		struct stat status;
		if (rt_fd_protected(fd) || fstat(fd, &status) != 0)
			continue;
		report->open |= 1ull << fd;
		if (fd < 3)
			report->inode[fd] = status.st_ino;
	}
}

static void note_signals(struct kit_report *report)
{
	sigset_t blocked;
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	for (int signal = 1; signal < 32; signal++) {
		struct sigaction action;
		if (sigismember(&blocked, signal))
			report->blocked |= 1u << signal;
		if (sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			report->ignored |= 1u << signal;
	}
}

/* Room for one more, or NULL. */
static struct kit_report *new_report(void)
{
	struct kit_state *state = kit_local.state;
	if (!state || state->reports == KIT_REPORTS)
		return NULL;
	return state->report[state->reports++] = kit_shared(sizeof(struct kit_report));
}

KIT_PROGRAM(report)
{
	struct kit_report *report = new_report();
	if (!report)
		return 1;
	report->pid = getpid();
	report->group = getpgrp();
	report->argc = argc;
	join(report->argv, sizeof report->argv, argv);
	join(report->environment, sizeof report->environment, envp);
	if (!getcwd(report->folder, sizeof report->folder))
		report->folder[0] = 0;
	note_descriptors(report);
	note_signals(report);
	return 0;
}

const struct kit_report *kit_report(unsigned n)
{
	const struct kit_state *state = kit_local.state;
	return state && n < state->reports ? state->report[n] : NULL;
}
