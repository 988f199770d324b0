/* opens.c - who opened which descriptor, copies of descriptors, and opening by name. What reads and writes do is in
 * descriptors.c. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- whose descriptors ------------------------------------------------------------------------- */

static bool tracked(int fd)
{
	return fd >= 0 && fd < RT_DESCRIPTORS;
}

void rt_fd_opened(int fd, uintptr_t site)
{
	if (!tracked(fd))
		return;
	rt_local.fd[fd].open = true;
	rt_local.fd[fd].replaces = false;
	rt_local.fd[fd].submission = rt_site != NULL;
	rt_local.fd[fd].site = site;
}

void rt_fd_closed(int fd)
{
	if (tracked(fd))
		rt_local.fd[fd].open = rt_local.fd[fd].replaces = false;
}

/* What stands where a descriptor stood before the test is none more than there were. */
bool rt_fd_info(int fd, struct rt_fd *info)
{
	if (!tracked(fd) || !rt_local.fd[fd].open || rt_local.fd[fd].replaces || fcntl(fd, F_GETFD) < 0)
		return false;
	info->site = rt_local.fd[fd].site;
	info->submission = rt_local.fd[fd].submission;
	return true;
}

bool rt_fd_protected(int fd)
{
	return rt_local.begun && tracked(fd) && fd > 2 && rt_local.protected_fd[fd] && !rt_local.fd[fd].open;
}

unsigned rt_open_fds(void)
{
	unsigned count = 0;
	struct rt_fd info;
	for (int fd = 0; fd < RT_DESCRIPTORS; fd++)
		count += rt_fd_info(fd, &info);
	return count;
}

void rt_close_all(void)
{
	for (int fd = 0; fd < RT_DESCRIPTORS; fd++)
		if (rt_local.fd[fd].open) {
			rt_close_silently(fd);
			rt_fd_closed(fd);
		}
}

/* ---- copies ------------------------------------------------------------------------------------ */

/* A new number is nobody else's matter: no scheduling point. */
static int opened(int fd, uintptr_t site)
{
	if (active() && fd >= 0)
		rt_fd_opened(fd, site);
	return fd;
}

int rt_dup(int fd)
{
	FRAME;
	return opened(dup(fd), SITE);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* The number stays with who opened it: what was put there before is closed. */
static void replaced(int to, uintptr_t site)
{
	if (!tracked(to) || rt_local.fd[to].open)
		return;
	rt_fd_opened(to, site);
	rt_local.fd[to].replaces = true;
}

static int copy_onto(int fd, int to, int flags, uintptr_t site)
{
	if (!active() || fd == to || !is_open(fd) || !is_open(to))
		return opened(dup3(fd, to, flags), site);
	struct rt_closing closing;
	rt_enter();
	rt_close_begin(to, &closing, site);
	int result = dup3(fd, to, flags), error = errno;
	rt_close_end(&closing, site);
	if (result >= 0)
		replaced(to, site);
	rt_return();
	errno = error;
	return result;
}

int rt_dup3(int fd, int to, int flags)
{
	FRAME;
	return copy_onto(fd, to, flags, SITE);
}

int rt_dup2(int fd, int to)
{
	FRAME;
	return fd == to ? dup2(fd, to) : copy_onto(fd, to, 0, SITE);
}

/* The argument is an int, a pointer or nothing, by the operation; all three are passed alike. Source: fcntl(2). */
int rt_fcntl(int fd, int operation, ...)
{
	FRAME;
	va_list args;
	va_start(args, operation);
	void *argument = va_arg(args, void *);
	va_end(args);
	if (exploring() && active() && (operation == F_SETLKW || operation == F_OFD_SETLKW))
		rt_leave_test("limit", "it waits for a lock on a file (fcntl), which is not covered");
	int result = fcntl(fd, operation, argument);
	return operation == F_DUPFD || operation == F_DUPFD_CLOEXEC ? opened(result, SITE) : result;
}

/* Of what is in the range that is closed which the table knows, and the standard three: the rest is not the program's.
 */
static void close_some(unsigned first, unsigned last, uintptr_t site)
{
	rt_enter();
	for (unsigned fd = first; fd <= last && fd < RT_DESCRIPTORS; fd++) {
		struct rt_closing closing;
		if (!is_open((int)fd) || (fd > 2 && !rt_local.fd[fd].open))
			continue;
		rt_close_begin((int)fd, &closing, site);
		close((int)fd);
		rt_fd_closed((int)fd);
		rt_close_end(&closing, site);
	}
	rt_return();
}

int rt_close_range(unsigned first, unsigned last, int flags)
{
	FRAME;
	if (!active() || flags || first > last)
		return close_range(first, last, flags);
	close_some(first, last, SITE);
	return 0;
}

void rt_closefrom(int first)
{
	FRAME;
	if (!active())
		closefrom(first);
	else
		close_some(first < 0 ? 0 : (unsigned)first, RT_DESCRIPTORS, SITE);
}

/* ---- by name ----------------------------------------------------------------------------------- */

/* Is it the number of a process of the run? Short numbers are more likely to be what the program calls it. */
static bool is_process_id(const char *digits, size_t count)
{
	for (int i = 0; count > 2 && i < WORLD->process_count; i++)
		if (strtol(digits, NULL, 10) == WORLD->process[i].pid)
			return true;
	return false;
}

/* Without what is another one in each run, and what would not be a letter in a report. */
static void put_fifo_name(char name[RT_FIFO_NAME], const char *path)
{
	char text[NAME_MAX + 1] = "";
	const char *slash = strrchr(path, '/');
	size_t length = 0;
	for (const char *at = slash ? slash + 1 : path; *at && length < sizeof text - sizeof "PID";) {
		size_t digits = strspn(at, "0123456789");
		bool hides = is_process_id(at, digits), keeps = *at > ' ' && *at <= '~' && *at != '{' && *at != '}';
		if (hides)
			length += (size_t)sprintf(text + length, "PID");
		else if (digits && length + digits < sizeof text)
			length += (size_t)sprintf(text + length, "%.*s", (int)digits, at);
		else
			text[length++] = keeps ? *at : '?';
		at += digits ? digits : 1;
	}
	text[length] = 0;
	length = (size_t)snprintf(name, RT_FIFO_NAME, "%s", text);
	rt_end_with_word(name, RT_FIFO_NAME, length);
}

/* A new one may have the inode of one that is gone. Inside the runtime. */
static void note_fifo(uint64_t inode, const char *path)
{
	int i = 0;
	while (i < WORLD->fifo_count && WORLD->fifo[i].inode != inode)
		i++;
	if (i == RT_FIFOS)
		return;
	WORLD->fifo_count += i == WORLD->fifo_count;
	WORLD->fifo[i].inode = inode;
	put_fifo_name(WORLD->fifo[i].name, path);
}

const char *rt_fifo_name(uint64_t inode)
{
	for (int i = 0; i < WORLD->fifo_count; i++)
		if (WORLD->fifo[i].inode == inode)
			return WORLD->fifo[i].name;
	return NULL;
}

static void await_end(const char *what, int fd, uint64_t fifo, uintptr_t site)
{
	ME->polls = 0;
	ME->fifo = fifo;
	rt_block(KIND_DESCRIPTORS, what, (uintptr_t)RT_ALL_DESCRIPTORS, fd, site);
}

/* Has anybody opened the FIFO to write since it was opened to read? What was written, or that a writer came and went,
 * poll says; of a writer who has written nothing only read knows. */
static bool has_writer(int fd)
{
	char byte;
	struct pollfd poller = {.fd = fd, .events = POLLIN};
	return poll(&poller, 1, 0) > 0 || (read(fd, &byte, 1) < 0 && errno == EAGAIN);
}

/* Each end waits until somebody has the other end open (fifo(7)): in the table, and opened without waiting. Who opens
 * both ends, or asks not to wait (O_NONBLOCK), does not: then open says ENXIO of a FIFO that nobody reads. */
static int open_fifo(int folder, const char *path, uint64_t fifo, int flags, uintptr_t site)
{
	bool waits = !(flags & O_NONBLOCK) && (flags & O_ACCMODE) != O_RDWR;
	bool writes = (flags & O_ACCMODE) == O_WRONLY;
	int fd, error;
	char name[48] = "";
	rt_enter();
	rt_switch_point(OP_OPEN, RT_ALL_DESCRIPTORS, true, site);
	note_fifo(fifo, path);
	while ((fd = openat(folder, path, flags | O_NONBLOCK)) < 0 && errno == ENXIO && writes && waits)
		await_end("for another process to open a FIFO for reading", -1, fifo, site);
	error = errno;
	if (fd < 0 && error == ENXIO)
		rt_event_in_vain(OP_OPEN, RT_ALL_DESCRIPTORS, site);
	else
		rt_event(OP_OPEN, RT_ALL_DESCRIPTORS, true, site);
	if (fd >= 0) {
		rt_fd_opened(fd, site);
		rt_pipe_opened(fd);
		rt_name_descriptor(fd, name, sizeof name);
		search_effect(-1, "%s", name);
		rt_wake(RT_ALL_DESCRIPTORS);
		while (waits && !writes && !has_writer(fd))
			await_end("for another process to open a FIFO for writing", fd, fifo, site);
		if (waits)
			rt_meet_other_end(fd);
		if (!(flags & O_NONBLOCK))
			fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
	} else if (error == ENXIO) {
		rt_yield(site); /* who polls must let the others on */
	}
	rt_return();
	errno = error;
	return fd;
}

static int open_at(int folder, const char *path, int flags, mode_t mode, uintptr_t site)
{
	struct stat status;
	if (!active() || flags & O_PATH || fstatat(folder, path, &status, 0) != 0 || !S_ISFIFO(status.st_mode))
		return opened(openat(folder, path, flags, mode), site);
	return open_fifo(folder, path, status.st_ino, flags, site);
}

static mode_t mode_of(int flags, va_list args)
{
	return flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

int rt_open(const char *path, int flags, ...)
{
	FRAME;
	va_list args;
	va_start(args, flags);
	mode_t mode = mode_of(flags, args);
	va_end(args);
	return open_at(AT_FDCWD, path, flags, mode, SITE);
}

int rt_openat(int folder, const char *path, int flags, ...)
{
	FRAME;
	va_list args;
	va_start(args, flags);
	mode_t mode = mode_of(flags, args);
	va_end(args);
	return open_at(folder, path, flags, mode, SITE);
}

int rt_creat(const char *path, mode_t mode)
{
	FRAME;
	return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode, SITE);
}

int rt_memfd_create(const char *name, unsigned flags)
{
	FRAME;
	return opened(memfd_create(name, flags), SITE);
}

int rt_open64(const char *path, int flags, ...) __attribute__((alias("rt_open")));
int rt_openat64(int folder, const char *path, int flags, ...) __attribute__((alias("rt_openat")));
int rt_creat64(const char *path, mode_t mode) __attribute__((alias("rt_creat")));
int rt_fcntl64(int fd, int operation, ...) __attribute__((alias("rt_fcntl")));
