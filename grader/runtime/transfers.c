/* transfers.c - bytes that are read and written: read, readv, recv, recvmsg and their counterparts.
 *
 * A read waits in the table until poll(2) says that it will not block; a write goes in pieces that fit (PIPE_BUF bytes
 * always do when poll says so: pipe(7)). Whoever reads, writes or closes wakes all waiters for descriptors; they look
 * again. */
#include "internal.h"

#include "../finding/interleaving.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PIECES = 16 }; /* of one message that are handed on at a time, where it does not go whole */

short rt_ready(int fd, short events)
{
	struct pollfd poller = {.fd = fd, .events = events};
	return poll(&poller, 1, 0) > 0 ? poller.revents : 0;
}

/* Until poll says so: what it says. 0: a handler has ended the wait. */
static short await(int fd, short events, uintptr_t site)
{
	short ready;
	while (!(ready = rt_ready(fd, events))) {
		uintptr_t channel = (uintptr_t)rt_object_of(fd);
		if (events == POLLIN)
			rt_block(KIND_READ_END, "to read", channel, fd, site);
		else
			rt_block(KIND_WRITE_END, "to write to", channel, fd, site);
		if (rt_interrupted(true))
			return 0;
	}
	return ready;
}

/* What the call is: one of sockets (flags, addresses, descriptors that travel), or one of all descriptors. */
struct transfer {
	int fd, flags;
	bool is_message;
	struct msghdr *message;
	int error;    /* of writes: errno when the program made the call */
	bool watched; /* the bytes are the program's own memory, not a buffer that the library guards */
};

static size_t bytes_of(const struct msghdr *message)
{
	size_t bytes = 0;
	for (size_t i = 0; i < message->msg_iovlen; i++)
		bytes += message->msg_iov[i].iov_len;
	return bytes;
}

/* `done` bytes are behind us: what is left of the pieces, at most `most` bytes of it. */
static size_t rest_of(const struct msghdr *message, size_t done, size_t most, struct iovec rest[PIECES])
{
	size_t count = 0;
	for (size_t i = 0; i < message->msg_iovlen && most && count < PIECES; i++) {
		struct iovec piece = message->msg_iov[i];
		size_t skipped = done < piece.iov_len ? done : piece.iov_len;
		done -= skipped;
		piece.iov_base = (char *)piece.iov_base + skipped;
		piece.iov_len -= skipped;
		if (piece.iov_len > most)
			piece.iov_len = most;
		most -= piece.iov_len;
		if (piece.iov_len)
			rest[count++] = piece;
	}
	return count;
}

static bool may_wait(const struct transfer *transfer)
{
	return rt_may_block(transfer->fd) && !(transfer->flags & MSG_DONTWAIT);
}

static void note(enum rt_op op, const struct transfer *transfer, ssize_t result, int error, uintptr_t site)
{
	const struct iovec *piece = transfer->message->msg_iov;
	size_t left = result > 0 ? (size_t)result : 0;
	bool one = transfer->message->msg_iovlen == 1;
	rt_note_transfer(op, transfer->fd, transfer->watched && one ? piece->iov_base : NULL, result, error, site);
	for (size_t i = 0; !one && exploring() && transfer->watched && left; i++) {
		size_t bytes = left < piece[i].iov_len ? left : piece[i].iov_len;
		if (bytes)
			order_note(piece[i].iov_base, bytes, op == OP_READ_FD, false, site);
		left -= bytes;
	}
}

/* Is it a socket that keeps the bounds of messages (SOCK_SEQPACKET)? */
static bool has_bounds(int fd)
{
	int type = SOCK_STREAM;
	socklen_t size = sizeof type;
	getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size);
	return type != SOCK_STREAM;
}

/* Leaves the runtime. */
static ssize_t leave(ssize_t result, int error)
{
	rt_return();
	errno = error;
	return result;
}

/* ---- reads ------------------------------------------------------------------------------------- */

static ssize_t read_now(const struct transfer *transfer, struct msghdr *message)
{
	if (transfer->is_message)
		return recvmsg(transfer->fd, message, transfer->flags & ~MSG_WAITALL);
	return message->msg_iovlen == 1 ? read(transfer->fd, message->msg_iov->iov_base, message->msg_iov->iov_len)
	                                : readv(transfer->fd, message->msg_iov, (int)message->msg_iovlen);
}

/* MSG_WAITALL: does it wait for more? One receive has one message. */
static bool wants_all(const struct transfer *transfer)
{
	return transfer->flags & MSG_WAITALL && !(transfer->flags & MSG_PEEK) && !has_bounds(transfer->fd);
}

/* As long as more comes. */
static ssize_t read_all(const struct transfer *transfer, size_t done, uintptr_t site)
{
	struct iovec rest[PIECES];
	size_t bytes = bytes_of(transfer->message);
	while (done < bytes && await(transfer->fd, POLLIN, site)) {
		struct msghdr message = {.msg_iov = rest, .msg_iovlen = rest_of(transfer->message, done, bytes, rest)};
		ssize_t more = read_now(transfer, &message);
		if (more <= 0)
			break;
		done += (size_t)more;
		rt_wake(rt_object_of(transfer->fd));
	}
	return (ssize_t)done;
}

static ssize_t receive(const struct transfer *transfer, uintptr_t site)
{
	int fd = transfer->fd;
	rt_enter();
	rt_switch_point(OP_READ_FD, rt_object_of(fd), true, site);
	bool waits = may_wait(transfer), interrupted = waits && !await(fd, POLLIN, site);
	ssize_t result = interrupted ? -1 : read_now(transfer, transfer->message);
	int error = interrupted ? EINTR : errno;
	rt_wake(rt_object_of(fd));
	if (result > 0 && waits && wants_all(transfer))
		result = read_all(transfer, (size_t)result, site);
	note(OP_READ_FD, transfer, result, error, site);
	WORLD->progress += result >= 0;
	if (result < 0 && error == EAGAIN)
		rt_yield(site); /* a poller must let the others on */
	return leave(result, error);
}

/* ---- writes ------------------------------------------------------------------------------------ */

/* Would a write raise SIGPIPE? Of a socket, poll says only that the other end is gone. */
static bool is_broken(int fd, short ready)
{
	struct stat status;
	return ready & (POLLERR | POLLHUP) && rt_is_pipe(fd, &status) && (ready & POLLERR || S_ISSOCK(status.st_mode));
}

/* Does a write to nobody raise SIGPIPE? Linux raises none where messages have bounds. */
static bool may_signal(const struct transfer *transfer)
{
	return !(transfer->flags & MSG_NOSIGNAL) && !has_bounds(transfer->fd);
}

/* Before a write that raises SIGPIPE and by it ends the process: whoever needs to know is told. `ready`: what poll says
 * of writes. */
static void expect_sigpipe(const struct transfer *transfer, short ready, uintptr_t site)
{
	if (!is_broken(transfer->fd, ready) || !may_signal(transfer) || !rt_signal_kills(SIGPIPE))
		return;
	if (!rt_in_test_process()) {
		rt_meet_own_death(SIGPIPE, site);
		kill(getpid(), SIGPIPE);
		return;
	}
	struct rt_evidence *evidence = rt_evidence_add("crash");
	char name[64];
	snprintf(evidence->text, sizeof evidence->text,
	         "%s was killed by SIGPIPE in write at {pc:%lx}: no process has the other end open",
	         rt_thread_name(rt_me, name, sizeof name), (unsigned long)site);
	snprintf(evidence->expected, sizeof evidence->expected,
	         transfer->is_message
	             ? "a writer asks for no signal (MSG_NOSIGNAL), or ignores SIGPIPE, and handles EPIPE"
	             : "a writer makes sure that its pipe has a reader, or ignores SIGPIPE and handles EPIPE");
	evidence->frame[0] = site;
	rt_event(OP_WRITE_FD, rt_object_of(transfer->fd), true, site);
	search_effect(STEP_FAIL, "no process has the other end open: SIGPIPE");
}

/* What is written may be errno itself, as the program left it. */
static ssize_t send_now(const struct transfer *transfer, struct msghdr *message)
{
	errno = transfer->error;
	if (transfer->is_message)
		return sendmsg(transfer->fd, message, transfer->flags);
	return message->msg_iovlen == 1 ? write(transfer->fd, message->msg_iov->iov_base, message->msg_iov->iov_len)
	                                : writev(transfer->fd, message->msg_iov, (int)message->msg_iovlen);
}

/* The kernel sends SIGPIPE to who writes, as POSIX says, not to the process. */
static ssize_t write_now(const struct transfer *transfer, struct msghdr *message)
{
	ssize_t result = send_now(transfer, message);
	int error = errno;
	if (result < 0 && error == EPIPE && may_signal(transfer))
		rt_signal_to_me(SIGPIPE);
	errno = error;
	return result;
}

/* Where messages have bounds, and where descriptors travel with them, they go whole. */
static bool goes_whole(const struct transfer *transfer)
{
	return transfer->message->msg_controllen || has_bounds(transfer->fd);
}

/* A socket whose other end goes in the middle of a write makes no signal: the write says how much it has sent, and only
 * the next one fails. A pipe makes one all the same. */
static struct transfer next_piece(const struct transfer *transfer, size_t done)
{
	struct transfer next = *transfer;
	struct stat status;
	if (done && fstat(transfer->fd, &status) == 0 && S_ISSOCK(status.st_mode)) {
		next.is_message = true;
		next.flags |= MSG_NOSIGNAL;
	}
	return next;
}

static ssize_t write_in_pieces(const struct transfer *transfer, int *error, uintptr_t site)
{
	size_t bytes = bytes_of(transfer->message), done = 0;
	size_t most = bytes <= PIPE_BUF || goes_whole(transfer) ? bytes : PIPE_BUF;
	do {
		struct iovec rest[PIECES];
		struct msghdr message = *transfer->message;
		short ready = await(transfer->fd, POLLOUT, site);
		if (!ready) {
			*error = EINTR;
			return done ? (ssize_t)done : -1;
		}
		struct transfer next = next_piece(transfer, done);
		expect_sigpipe(&next, ready, site);
		if (bytes > most || done) {
			message.msg_iov = rest;
			message.msg_iovlen = rest_of(transfer->message, done, most, rest);
		}
		ssize_t result = write_now(&next, &message);
		*error = errno;
		if (result < 0)
			return done ? (ssize_t)done : -1;
		done += (size_t)result;
		WORLD->progress++;
		rt_wake(rt_object_of(transfer->fd));
	} while (done < bytes);
	return (ssize_t)done;
}

static ssize_t transmit(const struct transfer *call, uintptr_t site)
{
	struct transfer with_errno = *call;
	const struct transfer *transfer = &with_errno;
	int fd = transfer->fd, error = 0;
	with_errno.error = errno;
	rt_enter();
	rt_switch_point(OP_WRITE_FD, rt_object_of(fd), true, site);
	ssize_t result;
	rt_release_descriptor(fd);
	if (may_wait(transfer)) {
		result = write_in_pieces(transfer, &error, site);
	} else {
		expect_sigpipe(transfer, rt_ready(fd, POLLOUT), site);
		result = write_now(transfer, transfer->message);
		error = errno;
	}
	rt_wake(rt_object_of(fd));
	note(OP_WRITE_FD, transfer, result, error, site);
	if (result < 0 && error == EAGAIN)
		rt_yield(site);
	else
		rt_let_on();
	return leave(result, error);
}

/* ---- calls ------------------------------------------------------------------------------------- */

/* One that reads or writes one piece of memory. */
#define ONE_PIECE(FD, BUFFER, BYTES, FLAGS, IS_MESSAGE, WATCHED)                                                       \
	struct iovec piece = {(void *)(BUFFER), BYTES};                                                                    \
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};                                                      \
	struct transfer transfer = {FD, FLAGS, IS_MESSAGE, &message, WATCHED}

ssize_t rt_read_from(int fd, void *buffer, size_t bytes, bool watched, uintptr_t site)
{
	ONE_PIECE(fd, buffer, bytes, 0, false, watched);
	return receive(&transfer, site);
}

ssize_t rt_write_to(int fd, const void *buffer, size_t bytes, bool watched, uintptr_t site)
{
	ONE_PIECE(fd, buffer, bytes, 0, false, watched);
	return transmit(&transfer, site);
}

ssize_t rt_read(int fd, void *buffer, size_t bytes)
{
	FRAME;
	return active() ? rt_read_from(fd, buffer, bytes, true, SITE) : read(fd, buffer, bytes);
}

ssize_t rt_write(int fd, const void *buffer, size_t bytes)
{
	FRAME;
	return active() ? rt_write_to(fd, buffer, bytes, true, SITE) : write(fd, buffer, bytes);
}

static bool is_too_many(int count)
{
	bool is = count < 0 || count > IOV_MAX;
	if (is)
		errno = EINVAL;
	return is;
}

ssize_t rt_readv(int fd, const struct iovec *pieces, int count)
{
	FRAME;
	if (!active() || count == 0)
		return readv(fd, pieces, count);
	struct msghdr message = {.msg_iov = (struct iovec *)pieces, .msg_iovlen = (size_t)count};
	return is_too_many(count) ? -1 : receive(&(struct transfer){fd, 0, false, &message, true}, SITE);
}

ssize_t rt_writev(int fd, const struct iovec *pieces, int count)
{
	FRAME;
	if (!active() || count == 0)
		return writev(fd, pieces, count);
	struct msghdr message = {.msg_iov = (struct iovec *)pieces, .msg_iovlen = (size_t)count};
	return is_too_many(count) ? -1 : transmit(&(struct transfer){fd, 0, false, &message, true}, SITE);
}

ssize_t rt_recv(int fd, void *buffer, size_t bytes, int flags)
{
	FRAME;
	if (!active())
		return recv(fd, buffer, bytes, flags);
	ONE_PIECE(fd, buffer, bytes, flags, true, true);
	return receive(&transfer, SITE);
}

ssize_t rt_send(int fd, const void *buffer, size_t bytes, int flags)
{
	FRAME;
	if (!active())
		return send(fd, buffer, bytes, flags);
	ONE_PIECE(fd, buffer, bytes, flags, true, true);
	return transmit(&transfer, SITE);
}

ssize_t rt_recvfrom(int fd, void *buffer, size_t bytes, int flags, struct sockaddr *address, socklen_t *size)
{
	FRAME;
	if (!active())
		return recvfrom(fd, buffer, bytes, flags, address, size);
	ONE_PIECE(fd, buffer, bytes, flags, true, true);
	if (address && size) {
		message.msg_name = address;
		message.msg_namelen = *size;
	}
	ssize_t result = receive(&transfer, SITE);
	if (address && size && result >= 0)
		*size = message.msg_namelen;
	return result;
}

ssize_t rt_sendto(int fd, const void *buffer, size_t bytes, int flags, const struct sockaddr *address, socklen_t size)
{
	FRAME;
	if (!active())
		return sendto(fd, buffer, bytes, flags, address, size);
	ONE_PIECE(fd, buffer, bytes, flags, true, true);
	message.msg_name = (void *)address;
	message.msg_namelen = address ? size : 0;
	return transmit(&transfer, SITE);
}

/* A search does not know who has what travels. */
static void refuse_descriptors(const struct msghdr *message)
{
	if (exploring() && message->msg_controllen)
		rt_leave_test("limit", "it sends or receives ancillary data (descriptors that travel), which is not covered");
}

/* Descriptors that have come are the process's own, whatever had their numbers before. */
static void note_descriptors(struct msghdr *message, uintptr_t site)
{
	for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item; item = CMSG_NXTHDR(message, item)) {
		if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; CMSG_LEN(at + sizeof(int)) <= item->cmsg_len; at += sizeof(int)) {
			int fd;
			memcpy(&fd, CMSG_DATA(item) + at, sizeof fd);
			rt_fd_opened(fd, site);
		}
	}
}

ssize_t rt_recvmsg(int fd, struct msghdr *message, int flags)
{
	FRAME;
	if (!active() || message->msg_iovlen > IOV_MAX)
		return recvmsg(fd, message, flags);
	refuse_descriptors(message);
	ssize_t result = receive(&(struct transfer){fd, flags, true, message, true}, SITE);
	if (result >= 0)
		note_descriptors(message, SITE);
	return result;
}

ssize_t rt_sendmsg(int fd, const struct msghdr *message, int flags)
{
	FRAME;
	if (!active() || message->msg_iovlen > IOV_MAX)
		return sendmsg(fd, message, flags);
	refuse_descriptors(message);
	struct msghdr own = *message;
	return transmit(&(struct transfer){fd, flags, true, &own, true}, SITE);
}
