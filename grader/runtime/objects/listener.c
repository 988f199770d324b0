/* listener.c - sockets with an address (AF_UNIX): socket, bind, listen, connect, accept.
 *
 * accept waits in the table for a connection, connect for room in the backlog; both are tried without waiting, so that
 * every error is the kernel's. The table keeps who listens where, and which connection accept takes next, to give both
 * ends a number and to order them. Addresses of other machines are not modelled. */
#include "objects.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- who listens, and where ----------------------------------------------------------------- */

static uint64_t inode_of(int fd)
{
	struct stat status;
	return fstat(fd, &status) == 0 ? status.st_ino : 0;
}

static bool is_path(const struct sockaddr_un *name, socklen_t size)
{
	return size > offsetof(struct sockaddr_un, sun_path) && name->sun_path[0];
}

/* The file that a path stands for; all 0: no path, or no file. */
static void find_file(const struct sockaddr_un *name, socklen_t size, struct rt_listener *listener)
{
	char path[sizeof name->sun_path + 1] = "";
	struct stat status;
	if (!is_path(name, size))
		return;
	memcpy(path, name->sun_path, size - offsetof(struct sockaddr_un, sun_path));
	if (stat(path, &status) != 0)
		return;
	listener->device = status.st_dev;
	listener->file = status.st_ino;
}

/* `address` as whoever binds or connects says it. False: none that anybody could listen at. */
static bool read_address(const struct sockaddr *address, socklen_t size, struct rt_listener *listener)
{
	*listener = (struct rt_listener){0};
	if (!address || size < sizeof address->sa_family || size > sizeof listener->name || address->sa_family != AF_UNIX)
		return false;
	memcpy(&listener->name, address, size);
	listener->size = size;
	find_file(&listener->name, size, listener);
	return true;
}

static bool is_same_place(const struct rt_listener *a, const struct rt_listener *b)
{
	if (is_path(&a->name, a->size) || is_path(&b->name, b->size))
		return a->file && a->file == b->file && a->device == b->device;
	return a->size == b->size && memcmp(&a->name, &b->name, a->size) == 0;
}

/* The last one there: a name can be taken again. NULL: nobody of this run. */
static const struct rt_listener *find_listener(const struct sockaddr *address, socklen_t size)
{
	struct rt_listener wanted;
	if (!read_address(address, size, &wanted))
		return NULL;
	for (int i = WORLD->listener_count - 1; i >= 0; i--)
		if (is_same_place(&WORLD->listener[i], &wanted))
			return &WORLD->listener[i];
	return NULL;
}

int rt_listener_number(uint64_t inode)
{
	for (int i = 0; i < WORLD->listener_count; i++)
		if (WORLD->listener[i].inode == inode)
			return i;
	return -1;
}

static void note_listener(int fd)
{
	struct sockaddr_un name;
	socklen_t size = sizeof name;
	struct rt_listener listener;
	if (rt_listener_number(inode_of(fd)) >= 0 || getsockname(fd, (struct sockaddr *)&name, &size) != 0)
		return;
	if (WORLD->listener_count == RT_LISTENERS)
		rt_leave_test("limit", "more sockets that listen than the kit can track");
	if (!read_address((const struct sockaddr *)&name, size, &listener))
		return;
	listener.inode = inode_of(fd);
	WORLD->listener[WORLD->listener_count++] = listener;
}

/* ---- connections ---------------------------------------------------------------------------- */

/* Its other end has no inode before it is accepted. */
static void note_connection(int fd, uint64_t listener)
{
	int at = WORLD->socket_count;
	if (at + 1 >= RT_SOCKETS)
		return;
	WORLD->socket_inode[at] = inode_of(fd);
	WORLD->socket_inode[at + 1] = 0;
	WORLD->waits_at[at / 2] = listener;
	WORLD->socket_count += 2;
}

/* accept takes them in the order in which they came. */
static void note_accepted(int fd, uint64_t listener)
{
	for (int at = 0; listener && at + 1 < WORLD->socket_count; at += 2)
		if (WORLD->waits_at[at / 2] == listener) {
			WORLD->waits_at[at / 2] = 0;
			WORLD->socket_inode[at + 1] = inode_of(fd);
			return;
		}
}

static uintptr_t order_of(uint64_t listener)
{
	return (uintptr_t)listener << 8 | 1;
}

/* What was done before listen is before what follows connect. */
static void let_connect(int listener)
{
	if (exploring())
		order_release(order_of(inode_of(listener)), false);
}

static void meet_listener(uint64_t listener)
{
	if (exploring())
		order_acquire(order_of(listener));
}

/* ---- tries ---------------------------------------------------------------------------------- */

/* What connect or accept is called with. */
struct dial {
	bool connects;
	int fd, flags;
	struct sockaddr *address;
	socklen_t *size;
};

static int call(const struct dial *dial)
{
	return dial->connects ? connect(dial->fd, dial->address, *dial->size)
	                      : accept4(dial->fd, dial->address, dial->size, dial->flags);
}

/* Then accept does not wait, but says so only where it might. */
static bool is_shut_down(const struct dial *dial)
{
	return !dial->connects && rt_ready(dial->fd, POLLIN | POLLRDHUP) & POLLRDHUP;
}

/* EAGAIN: it would wait. Is the caller to wait then? */
static int call_without_waiting(const struct dial *dial, bool *waits)
{
	int flags = fcntl(dial->fd, F_GETFL);
	*waits = rt_may_block(dial->fd);
	if (*waits)
		fcntl(dial->fd, F_SETFL, flags | O_NONBLOCK);
	int result = call(dial), error = errno;
	if (*waits)
		fcntl(dial->fd, F_SETFL, flags);
	errno = error;
	return *waits && result < 0 && error == EAGAIN && is_shut_down(dial) ? call(dial) : result;
}

static void await_other_end(struct dial *dial, uintptr_t site)
{
	if (dial->connects)
		rt_block(KIND_BACKLOG, "in connect for room in the backlog", (uintptr_t)RT_ALL_DESCRIPTORS, dial->fd, site);
	else
		rt_block(KIND_CONNECTION, "in accept for a connection", (uintptr_t)RT_ALL_DESCRIPTORS, dial->fd, site);
	dial->fd = ME->fd; /* closed meanwhile: see rt_keep_for_accept */
}

/* -1 and *error */
static int call_in_table(struct dial *dial, int *error, uintptr_t site)
{
	bool waits;
	int result, fd = dial->fd;
	while ((result = call_without_waiting(dial, &waits)) < 0 && errno == EAGAIN && waits) {
		await_other_end(dial, site);
		if (rt_interrupted(true)) {
			errno = EINTR;
			break;
		}
	}
	*error = errno;
	if (dial->fd != fd)
		close(dial->fd);
	return result;
}

/* A call that waits keeps what it was called with open (accept(2) says nothing of that, and Linux does it): a close in
 * another thread wakes nobody, and connections still come. */
void rt_keep_for_accept(int fd)
{
	for (int i = 0; i < WORLD->thread_count; i++) {
		struct rt_thread *thread = &WORLD->thread[i];
		bool keeps = thread->process == rt_local.process && thread->fd == fd &&
		             (thread->wait == KIND_CONNECTION || thread->wait == KIND_BACKLOG);
		int copy = keeps ? fcntl(fd, F_DUPFD_CLOEXEC, RT_DESCRIPTORS / 2) : -1;
		if (copy >= 0)
			thread->fd = copy;
	}
}

/* ---- calls ---------------------------------------------------------------------------------- */

static int leave(int result, int error)
{
	rt_return();
	errno = error;
	return result;
}

/* What was done, or was in vain. */
static void tell(enum rt_op op, int result, int error, const char *done, uintptr_t site)
{
	if (result < 0 && error == EAGAIN)
		rt_event_in_vain(op, RT_ALL_DESCRIPTORS, site);
	else
		rt_event(op, RT_ALL_DESCRIPTORS, true, site);
	if (exploring())
		search_effect(-1, "%s%s", done, result < 0 ? ": fails" : "");
}

static void refuse_others(int domain, int type)
{
	int kind = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (!exploring())
		return;
	if (domain != AF_UNIX)
		rt_leave_test("limit", "it makes a socket that is not of AF_UNIX, which is not covered");
	if (kind != SOCK_STREAM && kind != SOCK_SEQPACKET)
		rt_leave_test("limit", "it makes a socket without connections (datagrams), which is not covered");
}

int rt_socket(int domain, int type, int protocol)
{
	FRAME;
	if (!active())
		return socket(domain, type, protocol);
	rt_enter();
	refuse_others(domain, type);
	rt_own_point(OP_PIPE, SITE);
	rt_event(OP_PIPE, NULL, false, SITE);
	int fd = socket(domain, type, protocol), error = errno;
	if (exploring())
		search_effect(-1, fd < 0 ? "a socket: fails" : "a socket, descriptor %d", fd);
	if (fd >= 0)
		rt_fd_opened(fd, SITE);
	return leave(fd, error);
}

int rt_bind(int fd, const struct sockaddr *address, socklen_t size)
{
	FRAME;
	if (!active())
		return bind(fd, address, size);
	rt_enter();
	rt_switch_point(OP_BIND, RT_ALL_DESCRIPTORS, true, SITE);
	int result = bind(fd, address, size), error = errno;
	char name[48];
	rt_name_descriptor(fd, name, sizeof name);
	tell(OP_BIND, result, error, name, SITE);
	return leave(result, error);
}

int rt_listen(int fd, int backlog)
{
	FRAME;
	if (!active())
		return listen(fd, backlog);
	rt_enter();
	rt_switch_point(OP_LISTEN, RT_ALL_DESCRIPTORS, true, SITE);
	int result = listen(fd, backlog), error = errno;
	if (result == 0) {
		note_listener(fd);
		let_connect(fd);
		rt_wake(RT_ALL_DESCRIPTORS);
	}
	char name[48];
	rt_name_descriptor(fd, name, sizeof name);
	tell(OP_LISTEN, result, error, name, SITE);
	return leave(result, error);
}

static void connected(int fd, const struct rt_listener *listener)
{
	if (!listener && exploring())
		rt_leave_test("limit", "it connects to a socket of a process outside of the run, which is not covered");
	if (!listener)
		return;
	note_connection(fd, listener->inode);
	meet_listener(listener->inode);
	rt_release_descriptor(fd);
	WORLD->progress++;
	rt_wake(RT_ALL_DESCRIPTORS);
}

int rt_connect(int fd, const struct sockaddr *address, socklen_t size)
{
	FRAME;
	if (!active())
		return connect(fd, address, size);
	rt_enter();
	rt_switch_point(OP_CONNECT, RT_ALL_DESCRIPTORS, true, SITE);
	struct dial dial = {.connects = true, .fd = fd, .address = (struct sockaddr *)address, .size = &size};
	int error, result = call_in_table(&dial, &error, SITE);
	const struct rt_listener *listener = find_listener(address, size);
	char name[64] = "", own[48];
	if (result == 0)
		connected(fd, listener);
	rt_name_descriptor(fd, own, sizeof own);
	if (listener)
		snprintf(name, sizeof name, "listener %d: ", (int)(listener - WORLD->listener));
	strncat(name, own, sizeof name - strlen(name) - 1);
	tell(OP_CONNECT, result, error, name, SITE);
	if (result < 0 && error == EAGAIN)
		rt_yield(SITE);
	else
		rt_let_on();
	return leave(result, error);
}

static void accepted(int fd, uint64_t listener, uintptr_t site)
{
	rt_fd_opened(fd, site);
	note_accepted(fd, listener);
	rt_meet_other_end(fd);
	WORLD->progress++;
	rt_wake(RT_ALL_DESCRIPTORS);
}

static int accept_one(int fd, struct sockaddr *address, socklen_t *size, int flags, uintptr_t site)
{
	rt_enter();
	rt_switch_point(OP_ACCEPT, RT_ALL_DESCRIPTORS, true, site);
	struct dial dial = {.fd = fd, .flags = flags, .address = address, .size = size};
	uint64_t listener = inode_of(fd);
	int error, result = call_in_table(&dial, &error, site);
	char name[64];
	if (result >= 0)
		accepted(result, listener, site);
	rt_name_descriptor(result >= 0 ? result : fd, name, sizeof name);
	tell(OP_ACCEPT, result, error, name, site);
	if (result < 0 && error == EAGAIN)
		rt_yield(site);
	return leave(result, error);
}

int rt_accept(int fd, struct sockaddr *address, socklen_t *size)
{
	FRAME;
	return active() ? accept_one(fd, address, size, 0, SITE) : accept(fd, address, size);
}

int rt_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
	FRAME;
	return active() ? accept_one(fd, address, size, flags, SITE) : accept4(fd, address, size, flags);
}

/* ---- the wait table ------------------------------------------------------------------------- */

static void describe_accept(char *text, size_t size, const struct rt_thread *thread)
{
	char path[64];
	struct stat status;
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)WORLD->process[thread->process].pid, thread->fd);
	int number = stat(path, &status) == 0 ? rt_listener_number(status.st_ino) : -1;
	if (number >= 0)
		rt_append(text, size, " at listener %d", number);
	rt_append_place(text, size, thread);
	rt_append(text, size, ": no process can connect any more");
}

static void describe_connect(char *text, size_t size, const struct rt_thread *thread)
{
	rt_append_place(text, size, thread);
	rt_append(text, size, ": nobody accepts any more");
}

const struct rt_traits rt_connection_traits = {
    .name = "", .describe = describe_accept, .ends_by_signal = true, .comes_unseen = true, .is_ready = true};

const struct rt_traits rt_backlog_traits = {
    .name = "", .describe = describe_connect, .ends_by_signal = true, .comes_unseen = true, .is_ready = true};
