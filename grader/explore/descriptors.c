/* descriptors.c - pipes, reads and writes, and who opened what.
 *
 * A read waits in the table until poll(2) says that it will not block; a write goes in pieces that fit (PIPE_BUF bytes
 * always do when poll says so: pipe(7)). Whoever reads, writes or closes wakes all who wait for descriptors; they look
 * again. */
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static bool tracked(int fd)
{
	return fd >= 0 && fd < 1024;
}

void rt_fd_opened(int fd, uintptr_t site)
{
	if (!tracked(fd))
		return;
	rt_local.fd[fd].open = true;
	rt_local.fd[fd].submission = rt_site != NULL;
	rt_local.fd[fd].site = site;
}

void rt_fd_closed(int fd)
{
	if (tracked(fd))
		rt_local.fd[fd].open = false;
}

bool rt_fd_info(int fd, struct rt_fd *info)
{
	if (!tracked(fd) || !rt_local.fd[fd].open || fcntl(fd, F_GETFD) < 0) /* fclose closes it behind our back */
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
	for (int fd = 0; fd < 1024; fd++)
		count += rt_fd_info(fd, &info);
	return count;
}

/* ---- what a search notes -------------------------------------------------------------------- */

/* One end of a pipe is ordered after the other: by the pipe, which both have in common. */
static uintptr_t channel_of(int fd)
{
	struct stat status;
	return fstat(fd, &status) == 0 ? (uintptr_t)status.st_ino << 8 | 1 : 0;
}

/* What the search takes for the object of a call: the pipe, or one for all other descriptors. A pipe whose inode an
 * older one had is taken for that one: then two are in one order that need not be, which costs time only. */
static const void *object_of(int fd)
{
	struct stat status;
	if (!exploring() || fstat(fd, &status) != 0 || !S_ISFIFO(status.st_mode))
		return RT_ALL_DESCRIPTORS;
	for (int i = 0; i < WORLD->pipe_count; i++)
		if (WORLD->pipe_inode[i] == status.st_ino)
			return RT_PIPE(i);
	return RT_ALL_DESCRIPTORS;
}

static void name_of(int fd, char *name, size_t size)
{
	struct stat status;
	name[0] = 0;
	if (!exploring() || !SEARCH->recording)
		return;
	snprintf(name, size, "descriptor %d", fd);
	for (int i = 0; fstat(fd, &status) == 0 && i < WORLD->pipe_count; i++)
		if (WORLD->pipe_inode[i] == status.st_ino)
			snprintf(name, size, "pipe %d, %s end", i, (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY ? "read" : "write");
}

static void release_descriptor(int fd)
{
	if (exploring())
		order_release(channel_of(fd), false);
}

static void note_transfer(enum rt_op op, int fd, const void *buffer, ssize_t bytes, uintptr_t site)
{
	if (!exploring())
		return;
	rt_event(op, object_of(fd), true, site);
	char name[48];
	name_of(fd, name, sizeof name);
	if (bytes < 0)
		search_effect(-1, "%s: fails", name);
	else
		search_effect(-1, "%s: %zd bytes", name, bytes);
	if (op == OP_READ_FD)
		order_acquire(channel_of(fd));
	if (bytes > 0) {
		search_value(buffer, SEARCH->steps); /* bytes that move are always news */
		order_note(buffer, (size_t)bytes, op == OP_READ_FD, false, site);
	}
}

/* Two processes may close their copies of a descriptor in either order. */
static void note_close(enum rt_op op, const void *object, uintptr_t site)
{
	rt_event(op, object, object == RT_ALL_DESCRIPTORS || !rt_alone(), site);
}

/* ---- whose descriptors ------------------------------------------------------------------------ */

void rt_close_all(void)
{
	for (int fd = 0; fd < 1024; fd++)
		if (rt_local.fd[fd].open) {
			note_close(OP_NONE, object_of(fd), 0);
			release_descriptor(fd);
			close(fd);
			rt_local.fd[fd].open = false;
		}
}

/* A descriptor on which a call may block: a pipe or a socket in blocking mode. */
static bool may_block(int fd)
{
	struct stat status;
	if (fstat(fd, &status) != 0 || !(S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)))
		return false;
	int flags = fcntl(fd, F_GETFL);
	return flags >= 0 && !(flags & O_NONBLOCK);
}

static short ready(int fd, short events)
{
	struct pollfd poller = {.fd = fd, .events = events};
	return poll(&poller, 1, 0) > 0 ? poller.revents : 0;
}

static void wait_for_pipe(enum rt_wait_kind kind, const char *what, int fd, uintptr_t site)
{
	const void *object = object_of(fd);
	ME->channel = object == RT_ALL_DESCRIPTORS ? 0 : (uintptr_t)object;
	rt_block(kind, what, 0, fd, site);
}

/* ---- calls ---------------------------------------------------------------------------------- */

ssize_t rt_read(int fd, void *buffer, size_t bytes)
{
	FRAME;
	if (!active())
		return read(fd, buffer, bytes);
	rt_enter();
	rt_switch_point(OP_READ_FD, object_of(fd), true, SITE);
	if (may_block(fd))
		while (!ready(fd, POLLIN))
			wait_for_pipe(WAIT_READ, "to read", fd, SITE);
	ssize_t result = read(fd, buffer, bytes);
	int error = errno;
	note_transfer(OP_READ_FD, fd, buffer, result, SITE);
	WORLD->progress += result >= 0;
	rt_wake_descriptors(object_of(fd));
	if (result < 0 && error == EAGAIN)
		rt_yield(SITE); /* a poller must let the others on */
	rt_return();
	errno = error;
	return result;
}

/* Before a write that raises SIGPIPE and by it ends the process: tell the table. */
static void expect_sigpipe(int fd)
{
	if (rt_in_test_process() || !(ready(fd, POLLOUT) & POLLERR) || !rt_signal_kills(SIGPIPE))
		return;
	for (int other = 0; other < 1024; other++) {
		if (!rt_local.fd[other].open)
			continue;
		note_close(OP_NONE, object_of(other), 0);
		if (other != fd)
			close(other);
	}
	rt_process_done(rt_local.process);
	rt_pass_on();
}

ssize_t rt_write(int fd, const void *buffer, size_t bytes)
{
	FRAME;
	if (!active())
		return write(fd, buffer, bytes);
	rt_enter();
	rt_switch_point(OP_WRITE_FD, object_of(fd), true, SITE);
	ssize_t result = 0;
	int error = 0;
	release_descriptor(fd);
	if (!may_block(fd)) {
		result = write(fd, buffer, bytes);
		error = errno;
	} else {
		size_t done = 0;
		do {
			while (!ready(fd, POLLOUT))
				wait_for_pipe(WAIT_WRITE, "to write to", fd, SITE);
			expect_sigpipe(fd);
			size_t piece = bytes - done < PIPE_BUF ? bytes - done : PIPE_BUF;
			result = write(fd, (const char *)buffer + done, piece);
			error = errno;
			if (result < 0)
				break;
			done += (size_t)result;
			WORLD->progress++;
			rt_wake_descriptors(object_of(fd));
		} while (done < bytes);
		if (done)
			result = (ssize_t)done;
	}
	rt_wake_descriptors(object_of(fd));
	note_transfer(OP_WRITE_FD, fd, buffer, result, SITE);
	if (result < 0 && error == EAGAIN)
		rt_yield(SITE);
	else
		rt_let_on();
	rt_return();
	errno = error;
	return result;
}

int rt_close(int fd)
{
	FRAME;
	char name[48];
	if (!active())
		return close(fd);
	rt_enter();
	const void *object = object_of(fd);
	rt_switch_point(OP_CLOSE, object, !rt_alone(), SITE);
	name_of(fd, name, sizeof name);
	release_descriptor(fd);
	int result = close(fd), error = errno;
	note_close(OP_CLOSE, object, SITE);
	if (exploring())
		search_effect(-1, "%s", name);
	rt_fd_closed(fd);
	rt_wake_descriptors(object);
	rt_return();
	errno = error;
	return result;
}

static void opened_pair(const int fds[2], uintptr_t site)
{
	struct stat status;
	rt_fd_opened(fds[0], site);
	rt_fd_opened(fds[1], site);
	if (WORLD->pipe_count < RT_PIPES && fstat(fds[0], &status) == 0)
		WORLD->pipe_inode[WORLD->pipe_count++] = status.st_ino;
}

static int open_pipe(int fds[2], int flags, uintptr_t site)
{
	if (!active())
		return pipe2(fds, flags);
	rt_enter();
	rt_own_point(OP_PIPE, site);
	rt_event(OP_PIPE, NULL, false, site);
	int result = pipe2(fds, flags), error = errno;
	if (result == 0)
		opened_pair(fds, site);
	rt_return();
	errno = error;
	return result;
}

int rt_pipe2(int fds[2], int flags)
{
	FRAME;
	return open_pipe(fds, flags, SITE);
}

int rt_pipe(int fds[2])
{
	FRAME;
	return open_pipe(fds, 0, SITE);
}

int rt_socketpair(int domain, int type, int protocol, int fds[2])
{
	FRAME;
	if (!active())
		return socketpair(domain, type, protocol, fds);
	rt_enter();
	rt_own_point(OP_PIPE, SITE);
	rt_event(OP_PIPE, NULL, false, SITE);
	int result = socketpair(domain, type, protocol, fds), error = errno;
	if (result == 0)
		opened_pair(fds, SITE);
	rt_return();
	errno = error;
	return result;
}

int rt_dup(int fd)
{
	FRAME;
	int copy = dup(fd);
	if (active() && copy >= 0)
		rt_fd_opened(copy, SITE);
	return copy;
}

int rt_dup3(int fd, int to, int flags)
{
	FRAME;
	int copy = dup3(fd, to, flags);
	if (active() && copy >= 0)
		rt_fd_opened(copy, SITE);
	return copy;
}

int rt_dup2(int fd, int to)
{
	FRAME;
	int copy = dup2(fd, to);
	if (active() && copy >= 0 && fd != to)
		rt_fd_opened(copy, SITE);
	return copy;
}

/* The argument is an int, a pointer or nothing, by the operation; all three are passed alike. Source: fcntl(2). */
int rt_fcntl(int fd, int operation, ...)
{
	FRAME;
	va_list args;
	va_start(args, operation);
	void *argument = va_arg(args, void *);
	va_end(args);
	int result = fcntl(fd, operation, argument);
	if (active() && result >= 0 && (operation == F_DUPFD || operation == F_DUPFD_CLOEXEC))
		rt_fd_opened(result, SITE);
	return result;
}

int rt_open(const char *path, int flags, ...)
{
	FRAME;
	va_list args;
	va_start(args, flags);
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
	va_end(args);
	int fd = open(path, flags, mode);
	if (active() && fd >= 0)
		rt_fd_opened(fd, SITE);
	return fd;
}

int rt_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	FRAME;
	if (!active())
		return poll(fds, count, timeout_ms);
	rt_enter();
	rt_switch_point(OP_POLL, RT_ALL_DESCRIPTORS, true, SITE);
	uint64_t until = timeout_ms > 0 ? WORLD->now_ns + (uint64_t)timeout_ms * 1000000u : 0;
	int result;
	while ((result = poll(fds, count, 0)) == 0 && timeout_ms != 0) {
		rt_block_until(WAIT_POLL, "in poll for a descriptor", 0, count ? fds[0].fd : -1, SITE, until);
		if (ME->timed_out)
			break;
	}
	int error = errno;
	for (nfds_t i = 0; exploring() && i < count; i++)
		rt_event(i ? OP_NONE : OP_POLL, object_of(fds[i].fd), true, SITE);
	if (exploring())
		search_effect(-1, result < 0 ? "fails" : "%d ready", result);
	if (timeout_ms == 0 && result == 0)
		rt_yield(SITE);
	rt_return();
	errno = error;
	return result;
}

void *rt_mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	FRAME;
	void *memory = mmap(address, bytes, protection, flags, fd, offset);
	if (active() && memory != MAP_FAILED && (flags & MAP_SHARED)) {
		rt_enter();
		rt_share_region(memory, bytes);
		order_fresh(memory, bytes);
		rt_return();
	}
	return memory;
}

int rt_open64(const char *path, int flags, ...) __attribute__((alias("rt_open")));
int rt_fcntl64(int fd, int operation, ...) __attribute__((alias("rt_fcntl")));
void *rt_mmap64(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
    __attribute__((alias("rt_mmap")));
