/* blocking.c - the sockets stay as they are: poll is asked before each step that has a deadline, and messages without
 * one simply block. Head and payload leave together by sendmsg. The time that is left is a struct timespec for ppoll.
 */
#define _GNU_SOURCE 1 /* ppoll, closefrom */
#include "socket_rpc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum state { OPEN, BROKEN, LATE };

struct rpc {
	pid_t server;
	int fd;
	enum state state;
};

/* ---- time ------------------------------------------------------------------------------------------ */

/* NULL: no limit */
static struct timespec *set_limit(struct timespec *limit, int timeout_ms)
{
	if (timeout_ms < 0)
		return NULL;
	clock_gettime(CLOCK_MONOTONIC, limit);
	limit->tv_sec += timeout_ms / 1000;
	limit->tv_nsec += timeout_ms % 1000 * 1000000L;
	if (limit->tv_nsec >= 1000000000L) {
		limit->tv_nsec -= 1000000000L;
		limit->tv_sec++;
	}
	return limit;
}

static struct timespec left_until(const struct timespec *limit)
{
	struct timespec left;

	clock_gettime(CLOCK_MONOTONIC, &left);
	left.tv_sec = limit->tv_sec - left.tv_sec;
	left.tv_nsec = limit->tv_nsec - left.tv_nsec;
	if (left.tv_nsec < 0) {
		left.tv_nsec += 1000000000L;
		left.tv_sec--;
	}
	if (left.tv_sec < 0)
		left = (struct timespec){0};
	return left;
}

static bool await(int fd, short what, const struct timespec *limit)
{
	for (;;) {
		struct pollfd poller = {.fd = fd, .events = what};
		struct timespec left;
		int ready;

		if (limit)
			left = left_until(limit);
		ready = ppoll(&poller, 1, limit ? &left : NULL, NULL);
		if (ready > 0)
			return true;
		if (ready == 0)
			errno = ETIMEDOUT;
		if (errno != EINTR)
			return false;
	}
}

/* ---- messages -------------------------------------------------------------------------------------- */

/* Takes `sent` bytes away from the beginning. */
static void advance(struct iovec part[2], size_t sent)
{
	for (int i = 0; i < 2; i++) {
		size_t of_this = sent < part[i].iov_len ? sent : part[i].iov_len;

		part[i].iov_base = (char *)part[i].iov_base + of_this;
		part[i].iov_len -= of_this;
		sent -= of_this;
	}
}

static int send_by(int fd, const void *buf, size_t len, const struct timespec *limit, bool limited)
{
	uint32_t head = htonl((uint32_t)len);
	char nothing;
	struct iovec part[2] = {{&head, sizeof head}, {len ? (void *)buf : &nothing, len}};
	struct msghdr message = {.msg_iov = part, .msg_iovlen = 2};

	if (len > MSG_MAX) {
		errno = EMSGSIZE;
		return -1;
	}
	while (part[0].iov_len + part[1].iov_len > 0) {
		if (limited && !await(fd, POLLOUT, limit))
			return -1;
		/* that there is some room does not mean that there is enough */
		ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL | (limited ? MSG_DONTWAIT : 0));
		if (sent >= 0)
			advance(part, (size_t)sent);
		else if (errno == ECONNRESET || errno == EPIPE)
			return errno = EPIPE, -1;
		else if (errno != EINTR && !(limited && errno == EAGAIN))
			return -1;
	}
	return 0;
}

/* How many of the bytes came before the end of the stream, or -1. */
static ssize_t read_all(int fd, void *to, size_t bytes, const struct timespec *limit, bool limited)
{
	size_t have = 0;

	while (have < bytes) {
		if (limited && !await(fd, POLLIN, limit))
			return -1;
		ssize_t count = read(fd, (char *)to + have, bytes - have);
		if (count == 0 || (count < 0 && errno == ECONNRESET && have > 0))
			break;
		if (count > 0)
			have += (size_t)count;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)have;
}

static int protocol_error(void)
{
	errno = EPROTO;
	return -1;
}

/* All of it, or errno. */
static bool read_payload(int fd, void *to, size_t bytes, const struct timespec *limit, bool limited)
{
	ssize_t have = read_all(fd, to, bytes, limit, limited);

	if (have >= 0 || errno == ECONNRESET)
		errno = EPROTO;
	return have == (ssize_t)bytes;
}

static int receive_by(int fd, void *buf, size_t cap, size_t *len, const struct timespec *limit, bool limited)
{
	uint32_t head;
	ssize_t have = read_all(fd, &head, sizeof head, limit, limited);

	if (have < 0 && errno == ECONNRESET)
		errno = EPIPE;
	if (have <= 0)
		return (int)have;
	head = ntohl(head);
	if (have < (ssize_t)sizeof head || head > MSG_MAX)
		return protocol_error();
	size_t fits = head < cap ? head : cap;
	bool whole = read_payload(fd, buf, fits, limit, limited);
	for (size_t left = head - fits; whole && left > 0;) { /* what does not fit is read, and lost */
		char rest[512];
		size_t piece = left < sizeof rest ? left : sizeof rest;

		whole = read_payload(fd, rest, piece, limit, limited);
		left -= piece;
	}
	if (!whole)
		return -1;
	*len = head;
	if (head <= cap)
		return 1;
	errno = EMSGSIZE;
	return -1;
}

int msg_send(int fd, const void *buf, size_t len)
{
	return send_by(fd, buf, len, NULL, false);
}

int msg_recv(int fd, void *buf, size_t cap, size_t *len)
{
	return receive_by(fd, buf, cap, len, NULL, false);
}

/* ---- the server ------------------------------------------------------------------------------------ */

static void __attribute__((noreturn)) be_server(int fd, rpc_fn fn, void *ctx)
{
	char *request = malloc(MSG_MAX), *reply = malloc(MSG_MAX);
	size_t len, reply_len;
	int status = request && reply ? 0 : 1, more = status == 0;

	for (int other = 3; other < fd; other++)
		close(other);
	closefrom(fd + 1);
	while (more) {
		int got = msg_recv(fd, request, MSG_MAX, &len);
		if (got <= 0) {
			status = got < 0 && errno != EPIPE;
			break;
		}
		reply_len = 0;
		more = fn(request, len, reply, MSG_MAX, &reply_len, ctx) >= 0;
		status = !more;
		if (more && msg_send(fd, reply, reply_len) != 0)
			break;
	}
	_exit(status);
}

/* ---- the caller ------------------------------------------------------------------------------------ */

rpc *rpc_start(rpc_fn fn, void *ctx)
{
	rpc *new = fn ? malloc(sizeof *new) : NULL;
	int pair[2];

	if (!new) {
		errno = fn ? ENOMEM : EINVAL;
		return NULL;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
		free(new);
		return NULL;
	}
	pid_t child = fork();
	if (child == 0)
		be_server(pair[1], fn, ctx);
	int error = errno;
	close(pair[1]);
	*new = (rpc){.server = child, .fd = pair[0], .state = OPEN};
	if (child > 0)
		return new;
	close(pair[0]);
	free(new);
	errno = error;
	return NULL;
}

int rpc_call(rpc *rpc, const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, int timeout_ms)
{
	struct timespec memory, *limit = set_limit(&memory, timeout_ms);
	int got = -1;

	if (rpc->state != OPEN) {
		errno = EPIPE;
		return -1;
	}
	if (send_by(rpc->fd, request, len, limit, true) == 0) {
		got = receive_by(rpc->fd, reply, cap, reply_len, limit, true);
		if (got == 0)
			errno = EPIPE;
	}
	if (got == 1)
		return 0;
	rpc->state = errno == ETIMEDOUT ? LATE : BROKEN;
	return -1;
}

int rpc_stop(rpc *rpc, int *status)
{
	int how, result;

	if (!rpc)
		return 0;
	if (rpc->state == LATE)
		kill(rpc->server, SIGKILL);
	shutdown(rpc->fd, SHUT_RDWR);
	close(rpc->fd);
	while ((result = waitpid(rpc->server, &how, 0)) < 0 && errno == EINTR)
		;
	if (result >= 0 && status)
		*status = how;
	free(rpc);
	return result < 0 ? -1 : 0;
}
