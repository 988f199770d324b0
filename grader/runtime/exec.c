/* exec.c - execve and its like. A program that a test has is a function of the judged program, and an empty file that
 * stands for it: whoever executes that file goes on in the function, with what execve(2) leaves to a process and
 * without what it takes away. So the new program is a process of the table like the old one, under all tools, and costs
 * no start.
 *
 * What it keeps that execve takes away: the memory of the old program, which nobody looks at any more. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- programs and their files ------------------------------------------------------------------ */

void rt_add_program(const char *name, rt_program_main *main)
{
	for (size_t i = 0; i < RT_PROGRAMS; i++)
		if (!rt_local.program[i].main) {
			rt_local.program[i].name = name;
			rt_local.program[i].main = main;
			return;
		}
	fprintf(stderr, "%s: more than %d programs\n", name, RT_PROGRAMS);
	abort();
}

static int program_called(const char *name)
{
	for (int i = 0; i < RT_PROGRAMS && rt_local.program[i].main; i++)
		if (strcmp(rt_local.program[i].name, name) == 0)
			return i;
	errno = ENOENT;
	return -1;
}

/* `folder` or one below it is the run's own: in strong protection /tmp, else the folder that it runs in. NULL and
 * errno. */
static char *make_file(const char *folder, const char *name, struct stat *made)
{
	char *path = NULL;
	if (asprintf(&path, "%s/programs", folder) < 0)
		return NULL;
	bool failed = mkdir(path, 0755) != 0 && errno != EEXIST;
	free(path);
	if (failed || asprintf(&path, "%s/programs/%s", folder, name) < 0)
		return NULL;
	int fd = open(path, O_CREAT | O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0755);
	failed = fd < 0 || fstat(fd, made) != 0;
	if (fd >= 0)
		close(fd);
	if (failed) {
		free(path);
		return NULL;
	}
	return path;
}

static const char *kept(const char *path)
{
	size_t bytes = strlen(path) + 1;
	char *copy = rt_shared_memory(bytes);
	if (!copy) {
		errno = ENOMEM;
		return NULL;
	}
	return memcpy(copy, path, bytes);
}

const char *rt_program(const char *name)
{
	int number = program_called(name);
	if (number < 0 || WORLD->program[number].path)
		return number < 0 ? NULL : WORLD->program[number].path;
	struct stat made;
	char *path = make_file("/tmp", name, &made), *here;
	if (!path && (here = getcwd(NULL, 0))) {
		path = make_file(here, name, &made);
		free(here);
	}
	if (!path)
		return NULL;
	WORLD->program[number].device = made.st_dev;
	WORLD->program[number].inode = made.st_ino;
	WORLD->program[number].path = kept(path);
	free(path);
	return WORLD->program[number].path;
}

static int program_of(const struct stat *file)
{
	for (int i = 0; i < RT_PROGRAMS && rt_local.program[i].main; i++)
		if (WORLD->program[i].path && WORLD->program[i].inode == file->st_ino &&
		    WORLD->program[i].device == file->st_dev)
			return i;
	return -1;
}

/* ---- what execve takes away -------------------------------------------------------------------- */

static void end_other_threads(void)
{
	rt_abandon_conditions(rt_local.process);
	for (int i = 0; i < WORLD->thread_count; i++)
		if (WORLD->thread[i].process == rt_local.process && i != rt_me)
			WORLD->thread[i].state = RT_DONE;
}

/* Of those that were open before the test only the standard ones are the program's. */
static void close_on_exec(void)
{
	for (int fd = 0; fd < RT_DESCRIPTORS; fd++) {
		int flags = rt_fd_protected(fd) ? 0 : fcntl(fd, F_GETFD);
		if (flags < 0 || !(flags & FD_CLOEXEC))
			continue;
		rt_close_silently(fd);
		rt_fd_closed(fd);
	}
	rt_wake(RT_ALL_DESCRIPTORS);
}

static void __attribute__((noreturn)) become(int number, char *const argv[], char *const envp[], uintptr_t site)
{
	static char *const nothing[] = {"", NULL};
	if (rt_in_test_process())
		rt_leave_test("exit_in_test",
		              "the call put another program in the place of the whole process (execve) instead of returning");
	rt_refuse_robust_mutexes();
	search_effect(-1, "becomes the program %s", rt_local.program[number].name);
	end_other_threads();
	close_on_exec();
	rt_forget_handlers();
	rt_forget_handled();
	__fpurge(stdin);
	__fpurge(stdout);
	WORLD->process[rt_local.process].program = rt_local.program[number].name;
	rt_event(OP_NONE, RT_ALL_PROCESSES, true, 0);
	rt_got_on(site);
	rt_spawned(rt_local.process);
	rt_return();

	rt_site = NULL;
	rt_local.stack[rt_me].depth = 0;
	if (!argv || !argv[0])
		argv = nothing; /* as Linux does since 5.18 */
	environ = (char **)(envp ? envp : nothing + 1);
	int argc = 0;
	while (argv[argc])
		argc++;
	int status = rt_local.program[number].main(argc, (char **)argv, environ);
	fflush(stdout);
	rt_die(status);
}

/* ---- calls ------------------------------------------------------------------------------------- */

/* `own`: whoever runs it has made it. */
static bool may_execute(const struct stat *file, bool own)
{
	return S_ISREG(file->st_mode) && file->st_mode & (own && geteuid() != 0 ? S_IXUSR : 0111);
}

/* What the kernel would run, or hand to an interpreter; or nobody can read it. */
static bool is_other_program(const char *path)
{
	char magic[4] = "";
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, magic, sizeof magic);
	if (fd >= 0)
		close(fd);
	return fd < 0 || length < 0 || (length >= 2 && memcmp(magic, "#!", 2) == 0) ||
	       (length == 4 && memcmp(magic, "\177ELF", 4) == 0);
}

/* Programs of the machine know nothing of the schedule. In a test nobody executes one: it would have all that the cage
 * leaves to a process, and the checks of the submission's calls end there. */
static void refuse_other(void)
{
	if (rt_local.whole_program)
		rt_leave_test("limit", "it executes another program (execve), which is not covered");
	errno = EACCES;
}

/* Is it a text of nothing but comments? */
static bool has_only_comments(const char *path)
{
	char text[256];
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text);
	if (fd >= 0)
		close(fd);
	bool only = length >= 0 && length < (ssize_t)sizeof text, comment = false;
	for (ssize_t i = 0; only && i < length; i++) {
		comment = text[i] != '\n' && (comment || text[i] == '#');
		only = comment || text[i] == '\n';
	}
	return only;
}

/* execvp(3) hands what is no program to a shell. That one does nothing with comments, so here it is `true`; any other
 * text would be a program of the machine. */
static void execute_as_shell(const char *file, char *const argv[], char *const envp[], uintptr_t site)
{
	int number = program_called("true");
	if (number >= 0 && strchr(file, '/') && has_only_comments(file))
		become(number, argv, envp, site);
	refuse_other();
}

/* Inside. Comes back, with errno, when there is nothing to execute. The kernel is never asked to. */
static void execute(const char *path, char *const argv[], char *const envp[], uintptr_t site)
{
	struct stat file;
	if (stat(path, &file) != 0)
		return;
	int number = program_of(&file);
	if (!may_execute(&file, number >= 0))
		errno = EACCES;
	else if (number >= 0)
		become(number, argv, envp, site);
	else if (is_other_program(path))
		refuse_other();
	else
		errno = ENOEXEC;
}

/* Of a name without "/", as execvp(3) does: in each folder of PATH. What is there but must not be executed is told at
 * the end. */
static void search_path(const char *name, char *const argv[], char *const envp[], uintptr_t site)
{
	const char *path = getenv("PATH");
	bool denied = false;
	for (const char *folder = path ? path : "/bin:/usr/bin";; folder++) {
		size_t length = strcspn(folder, ":");
		char file[PATH_MAX];
		errno = ENOENT;
		if (snprintf(file, sizeof file, "%.*s%s%s", (int)length, folder, length ? "/" : "", name) < (int)sizeof file)
			execute(file, argv, envp, site);
		denied |= errno == EACCES;
		folder += length;
		if (!*folder || (errno != EACCES && errno != ENOENT && errno != ENOTDIR))
			break;
	}
	if (denied && (errno == ENOENT || errno == ENOTDIR))
		errno = EACCES;
}

int rt_execute(const char *file, bool search, char *const argv[], char *const envp[], uintptr_t site)
{
	if (!active()) {
		errno = EACCES;
		return -1;
	}
	rt_enter();
	rt_switch_point(OP_EXEC, RT_PROCESS(rt_local.process), true, site);
	rt_event(OP_EXEC, RT_PROCESS(rt_local.process), true, site);
	if (search && *file && !strchr(file, '/'))
		search_path(file, argv, envp, site);
	else
		execute(file, argv, envp, site);
	if (search && errno == ENOEXEC)
		execute_as_shell(file, argv, envp, site);
	int error = errno;
	search_effect(-1, "fails: %s", strerrorname_np(error));
	rt_return();
	errno = error;
	return -1;
}

int rt_execve(const char *path, char *const argv[], char *const envp[])
{
	FRAME;
	return rt_execute(path, false, argv, envp, SITE);
}

int rt_execvpe(const char *file, char *const argv[], char *const envp[])
{
	FRAME;
	return rt_execute(file, true, argv, envp, SITE);
}

int rt_execvp(const char *file, char *const argv[])
{
	HERE;
	return rt_execvpe(file, argv, environ);
}

int rt_execv(const char *path, char *const argv[])
{
	HERE;
	return rt_execve(path, argv, environ);
}

int rt_fexecve(int fd, char *const argv[], char *const envp[])
{
	HERE;
	char path[64];
	if (fd < 0 || !argv || !envp) { /* fexecve(3) */
		errno = EINVAL;
		return -1;
	}
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return rt_execve(path, argv, envp);
}

int rt_execute_list(const char *file, const char *first, va_list list, bool search, bool with_environment)
{
	HERE;
	enum { ARGUMENTS = 256 };
	char *argv[ARGUMENTS + 1];
	size_t count = 0;
	for (const char *next = first; next; next = va_arg(list, const char *)) {
		if (count == ARGUMENTS) {
			errno = E2BIG;
			return -1;
		}
		argv[count++] = (char *)next;
	}
	argv[count] = NULL;
	char *const *envp = with_environment ? va_arg(list, char *const *) : environ;
	return search ? rt_execvpe(file, argv, envp) : rt_execve(file, argv, envp);
}

int rt_execl(const char *path, const char *first, ...)
{
	HERE;
	va_list list;
	va_start(list, first);
	int result = rt_execute_list(path, first, list, false, false);
	va_end(list);
	return result;
}

int rt_execlp(const char *file, const char *first, ...)
{
	HERE;
	va_list list;
	va_start(list, first);
	int result = rt_execute_list(file, first, list, true, false);
	va_end(list);
	return result;
}

int rt_execle(const char *path, const char *first, ...)
{
	HERE;
	va_list list;
	va_start(list, first);
	int result = rt_execute_list(path, first, list, false, true);
	va_end(list);
	return result;
}

/* What gcc makes of them where lines are counted. The runtime writes the counts at the end of each process. */
int rt___gcov_execl(const char *path, const char *first, ...) __attribute__((alias("rt_execl")));
int rt___gcov_execlp(const char *file, const char *first, ...) __attribute__((alias("rt_execlp")));
int rt___gcov_execle(const char *path, const char *first, ...) __attribute__((alias("rt_execle")));
int rt___gcov_execv(const char *path, char *const argv[]) __attribute__((alias("rt_execv")));
int rt___gcov_execvp(const char *file, char *const argv[]) __attribute__((alias("rt_execvp")));
int rt___gcov_execve(const char *path, char *const argv[], char *const envp[]) __attribute__((alias("rt_execve")));
