/* descriptors.c - pipes and sockets: what they are to a search, closes, memory of files. Reads and writes are in
 * transfers.c, waits for several in select.c, who opened what in opens.c. */
#include "internal.h"

#include "../finding/interleaving.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- what a search notes -------------------------------------------------------------------- */

static int number_in(const uint64_t inode[], int count, uint64_t wanted)
{
	for (int i = 0; i < count; i++)
		if (inode[i] == wanted)
			return i;
	return -1;
}

/* One end of a pipe is ordered after the other: by the pipe, which both have in common. Sockets have one for each
 * direction: what comes in at this end (`other`: at the other one). */
static uintptr_t channel_of(int fd, bool other)
{
	struct stat status;
	if (fstat(fd, &status) != 0)
		return 0;
	int end = S_ISSOCK(status.st_mode) ? number_in(WORLD->socket_inode, WORLD->socket_count, status.st_ino) : -1;
	return end < 0 ? (uintptr_t)status.st_ino << 8 | 1 : (uintptr_t)(end ^ other) << 8 | 3;
}

/* What the search takes for the object of a call: the pipe, or one for all other descriptors. A pipe whose inode an
 * older one had is taken for that one: then two are in one order that need not be, which costs time only. */
const void *rt_object_of(int fd)
{
	struct stat status;
	if (!exploring() || fstat(fd, &status) != 0 || !S_ISFIFO(status.st_mode))
		return RT_ALL_DESCRIPTORS;
	int pipe = number_in(WORLD->pipe_inode, WORLD->pipe_count, status.st_ino);
	return pipe < 0 ? RT_ALL_DESCRIPTORS : RT_PIPE(pipe);
}

/* Without a number where it is neither of a pair, nor connected, nor listens. */
static void name_socket(int fd, uint64_t inode, char *name, size_t size)
{
	int end = number_in(WORLD->socket_inode, WORLD->socket_count, inode), listener = rt_listener_number(inode);
	if (listener >= 0)
		snprintf(name, size, "listener %d, descriptor %d", listener, fd);
	else if (end >= 0)
		snprintf(name, size, "socket %d, end %d, descriptor %d", end / 2, end % 2, fd);
	else
		snprintf(name, size, "socket, descriptor %d", fd);
}

static const char *name_end(int fd)
{
	static const char *const ends[] = {
	    [O_RDONLY] = "read end", [O_WRONLY] = "write end", [O_RDWR] = "both ends", [O_ACCMODE] = "no end"};
	return ends[fcntl(fd, F_GETFL) & O_ACCMODE];
}

void rt_name_descriptor(int fd, char *name, size_t size)
{
	struct stat status;
	name[0] = 0;
	if (!exploring() || !SEARCH->recording)
		return;
	bool known = fstat(fd, &status) == 0;
	int pipe = known ? number_in(WORLD->pipe_inode, WORLD->pipe_count, status.st_ino) : -1;
	if (known && S_ISSOCK(status.st_mode))
		name_socket(fd, status.st_ino, name, size);
	else if (known && S_ISFIFO(status.st_mode) && rt_fifo_name(status.st_ino))
		snprintf(name, size, "fifo %s, %s", rt_fifo_name(status.st_ino), name_end(fd));
	else if (pipe >= 0)
		snprintf(name, size, "pipe %d, %s", rt_pipe_number(pipe), name_end(fd));
	else
		snprintf(name, size, "descriptor %d", fd);
}

void rt_release_descriptor(int fd)
{
	if (exploring())
		order_release(channel_of(fd, true), false);
}

void rt_note_transfer(enum rt_op op, int fd, const void *buffer, ssize_t bytes, int error, uintptr_t site)
{
	if (!exploring())
		return;
	if (bytes < 0 && error == EAGAIN)
		rt_event_in_vain(op, rt_object_of(fd), site);
	else
		rt_event(op, rt_object_of(fd), true, site);
	char name[48];
	rt_name_descriptor(fd, name, sizeof name);
	if (bytes < 0)
		search_effect(-1, "%s: fails", name);
	else
		search_effect(-1, "%s: %zd byte%s", name, bytes, bytes == 1 ? "" : "s");
	if (op == OP_READ_FD)
		order_acquire(channel_of(fd, false));
	if (bytes > 0)
		search_value(&WORLD->steps, SEARCH->steps); /* bytes that move are always news */
	if (bytes > 0 && buffer) {
		order_note(buffer, (size_t)bytes, op == OP_READ_FD, false, site);
	}
}

/* Two processes may close their copies of a descriptor in either order. */
static void note_close(enum rt_op op, const void *object, uintptr_t site)
{
	rt_event(op, object, object == RT_ALL_DESCRIPTORS || !rt_alone(), site);
}

void rt_meet_other_end(int fd)
{
	if (!exploring())
		return;
	order_release(channel_of(fd, true), false);
	order_acquire(channel_of(fd, false));
}

/* ---- what may block --------------------------------------------------------------------------- */

/* What the run inherited (where output goes, say) has its other end outside of the table. */
bool rt_is_from_outside(uint64_t inode)
{
	for (int i = 0; i < rt_local.outside_count; i++)
		if (rt_local.outside[i] == inode)
			return true;
	return false;
}

bool rt_is_pipe(int fd, struct stat *status)
{
	return fstat(fd, status) == 0 && (S_ISFIFO(status->st_mode) || S_ISSOCK(status->st_mode));
}

void rt_note_outside(void)
{
	struct stat status;
	for (int fd = 0; fd <= 2; fd++)
		if (rt_is_pipe(fd, &status) && !rt_is_from_outside(status.st_ino))
			rt_local.outside[rt_local.outside_count++] = status.st_ino;
}

bool rt_may_block(int fd)
{
	struct stat status;
	if (!rt_is_pipe(fd, &status) || rt_is_from_outside(status.st_ino))
		return false;
	int flags = fcntl(fd, F_GETFL);
	return flags >= 0 && !(flags & O_NONBLOCK);
}

/* ---- calls ---------------------------------------------------------------------------------- */

void rt_close_begin(int fd, struct rt_closing *closing, uintptr_t site)
{
	closing->object = rt_object_of(fd);
	rt_switch_point(OP_CLOSE, closing->object, !rt_alone(), site);
	rt_keep_for_accept(fd);
	rt_name_descriptor(fd, closing->name, sizeof closing->name);
	rt_release_descriptor(fd);
}

void rt_close_end(const struct rt_closing *closing, uintptr_t site)
{
	note_close(OP_CLOSE, closing->object, site);
	search_effect(-1, "%s", closing->name);
	rt_wake(closing->object);
}

void rt_close_silently(int fd)
{
	note_close(OP_NONE, rt_object_of(fd), 0);
	rt_release_descriptor(fd);
	syscall(SYS_close, fd); /* ThreadSanitizer is not told: others of the process may wait at it, as at any death */
}

int rt_close(int fd)
{
	FRAME;
	struct rt_closing closing;
	if (!active())
		return close(fd);
	rt_enter();
	rt_close_begin(fd, &closing, SITE);
	int result = close(fd), error = errno;
	rt_fd_closed(fd);
	rt_close_end(&closing, SITE);
	rt_return();
	errno = error;
	return result;
}

void rt_pipe_opened(int fd)
{
	struct stat status;
	if (WORLD->pipe_count == RT_PIPES || fstat(fd, &status) != 0)
		return;
	if (number_in(WORLD->pipe_inode, WORLD->pipe_count, status.st_ino) >= 0)
		return;
	WORLD->pipe_inode[WORLD->pipe_count++] = status.st_ino;
}

int rt_pipe_number(int pipe)
{
	int number = 0;
	for (int i = 0; i < pipe; i++)
		number += !rt_fifo_name(WORLD->pipe_inode[i]);
	return number;
}

static void opened_pair(const int fds[2], const char *what, uintptr_t site)
{
	if (exploring())
		search_effect(-1, "%s", what);
	rt_fd_opened(fds[0], site);
	rt_fd_opened(fds[1], site);
}

static void note_sockets(const int fds[2])
{
	struct stat status;
	if (WORLD->socket_count < RT_SOCKETS)
		WORLD->waits_at[WORLD->socket_count / 2] = 0;
	for (int i = 0; i < 2 && WORLD->socket_count < RT_SOCKETS; i++)
		WORLD->socket_inode[WORLD->socket_count++] = fstat(fds[i], &status) == 0 ? status.st_ino : 0;
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
		opened_pair(fds, "a pipe", site);
	if (result == 0)
		rt_pipe_opened(fds[0]);
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
		opened_pair(fds, "a pair of sockets", SITE);
	if (result == 0)
		note_sockets(fds);
	rt_return();
	errno = error;
	return result;
}

/* Whoever reads or writes at the other end may go on. */
int rt_shutdown(int fd, int how)
{
	FRAME;
	if (!active())
		return shutdown(fd, how);
	rt_enter();
	const void *object = rt_object_of(fd);
	rt_switch_point(OP_CLOSE, object, true, SITE);
	rt_release_descriptor(fd);
	int result = shutdown(fd, how), error = errno;
	rt_event(OP_CLOSE, object, true, SITE);
	rt_wake(object);
	rt_return();
	errno = error;
	return result;
}

/* The mapping of some of those bytes of the file, in this or another process; NULL: there is none. */
static const struct rt_region *find_mapping(const struct stat *file, uint64_t offset, size_t bytes)
{
	for (int i = 0; i < WORLD->region_count; i++) {
		const struct rt_region *region = &WORLD->region[i];
		if (region->inode == file->st_ino && region->device == file->st_dev &&
		    offset < region->offset + (region->end - region->begin) && region->offset < offset + bytes)
			return region;
	}
	return NULL;
}

/* The tables know what processes share by its address, which has to be the same for all: who maps a file that one of
 * them has mapped before gets it there. Inside the runtime. */
static void *map_shared(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	struct stat file = {0};
	bool is_file = !(flags & MAP_ANONYMOUS) && fstat(fd, &file) == 0;
	const struct rt_region *before = is_file ? find_mapping(&file, (uint64_t)offset, bytes) : NULL;
	if (before) {
		address = (void *)(before->begin + (uint64_t)offset - before->offset);
		flags |= MAP_FIXED_NOREPLACE;
	}
	void *memory = mmap(address, bytes, protection, flags, fd, offset);
	if (memory == MAP_FAILED && before && exploring())
		rt_leave_test("limit", "it maps the same memory at two addresses, which is not covered");
	if (memory == MAP_FAILED && before)
		memory = mmap(NULL, bytes, protection, flags & ~MAP_FIXED_NOREPLACE, fd, offset);
	if (memory != MAP_FAILED) {
		rt_share_region(memory, bytes, is_file ? &file : NULL, (uint64_t)offset);
		order_fresh(memory, bytes);
	}
	return memory;
}

void *rt_mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	FRAME;
	if (!active() || !(flags & MAP_SHARED))
		return mmap(address, bytes, protection, flags, fd, offset);
	rt_enter();
	void *memory = map_shared(address, bytes, protection, flags, fd, offset);
	int error = errno;
	rt_return();
	errno = error;
	return memory;
}

void *rt_mmap64(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
    __attribute__((alias("rt_mmap")));
