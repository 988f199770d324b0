/* socket_rpc.c - reference: try at once, wait only when it would block, until one deadline
 *
 * All bytes go through put and get. They call send and recv with MSG_DONTWAIT, so only poll ever waits, and poll is
 * told what is left of the time until the deadline, anew each time. A message without a limit has a deadline, too:
 * NEVER.
 */
#define _GNU_SOURCE 1 /* close_range */
#include "socket_rpc.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct rpc {
	pid_t server;
	int fd;
	bool failed;    /* a call has failed: nothing goes over the connection any more */
	bool timed_out; /* the server may be busy for ever */
};

/* -1 and errno */
static int failed(int error)
{
	errno = error;
	return -1;
}

/* ---- deadlines: points of time on CLOCK_MONOTONIC, in nanoseconds ------------------------------- */

enum { MS = 1000000 };
#define NEVER INT64_MAX

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int64_t in_ms(int timeout_ms)
{
	return timeout_ms < 0 ? NEVER : now() + (int64_t)timeout_ms * MS;
}

/* What poll is to wait: rounded up, for it must not give up too early. */
static int rest_ms(int64_t deadline)
{
	int64_t rest;

	if (deadline == NEVER)
		return -1;
	rest = (deadline - now() + MS - 1) / MS;
	return rest < 0 ? 0 : (int)rest;
}

/* 0 when the socket may be ready, or -1 and errno. */
static int wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd socket = {.fd = fd, .events = events};
	int ready = poll(&socket, 1, rest_ms(deadline));

	if (ready == 0)
		return failed(ETIMEDOUT);
	return ready > 0 || errno == EINTR ? 0 : -1;
}

/* ---- frames --------------------------------------------------------------------------------------- */

/* 0, or -1 and errno. */
static int put(int fd, const void *from, size_t bytes, int64_t deadline)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t count = send(fd, (const char *)from + done, bytes - done, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (count >= 0)
			done += (size_t)count;
		else if (errno == ECONNRESET)
			return failed(EPIPE);
		else if (errno == EAGAIN ? wait_for(fd, POLLOUT, deadline) != 0 : errno != EINTR)
			return -1;
	}
	return 0;
}

/* 1 when all bytes are there; 0 at the end of the stream, unless that is inside of a frame; or -1 and errno. */
static int get(int fd, void *to, size_t bytes, bool inside, int64_t deadline)
{
	for (size_t done = 0; done < bytes;) {
		ssize_t count = recv(fd, (char *)to + done, bytes - done, MSG_DONTWAIT);

		inside = inside || count > 0;
		if (count > 0)
			done += (size_t)count;
		else if (count == 0)
			return inside ? failed(EPROTO) : 0;
		else if (errno == ECONNRESET)
			return failed(inside ? EPROTO : EPIPE);
		else if (errno == EAGAIN ? wait_for(fd, POLLIN, deadline) != 0 : errno != EINTR)
			return -1;
	}
	return 1;
}

/* Reads what nobody has room for. As get. */
static int skip(int fd, size_t bytes, int64_t deadline)
{
	char piece[1024];

	while (bytes > 0) {
		size_t next = bytes < sizeof piece ? bytes : sizeof piece;

		if (get(fd, piece, next, true, deadline) < 0)
			return -1;
		bytes -= next;
	}
	return 1;
}

static int send_until(int fd, const void *buf, size_t len, int64_t deadline)
{
	unsigned char head[4] = {(unsigned char)(len >> 24), (unsigned char)(len >> 16), (unsigned char)(len >> 8),
	                         (unsigned char)len};

	if (len > MSG_MAX)
		return failed(EMSGSIZE);
	if (put(fd, head, sizeof head, deadline) != 0)
		return -1;
	return put(fd, buf, len, deadline);
}

static int receive_until(int fd, void *buf, size_t cap, size_t *len, int64_t deadline)
{
	unsigned char head[4];
	uint32_t length;
	int result = get(fd, head, sizeof head, false, deadline);

	if (result <= 0)
		return result;
	length = (uint32_t)head[0] << 24 | (uint32_t)head[1] << 16 | (uint32_t)head[2] << 8 | head[3];
	if (length > MSG_MAX)
		return failed(EPROTO);
	result = length > cap ? skip(fd, length, deadline) : get(fd, buf, length, true, deadline);
	if (result < 0)
		return -1;
	*len = length;
	return length > cap ? failed(EMSGSIZE) : 1;
}

int msg_send(int fd, const void *buf, size_t len)
{
	return send_until(fd, buf, len, NEVER);
}

int msg_recv(int fd, void *buf, size_t cap, size_t *len)
{
	return receive_until(fd, buf, cap, len, NEVER);
}

/* ---- the server ----------------------------------------------------------------------------------- */

/* Closes all that a server has no business with: the caller's end, those of other servers, the caller's files. */
static void keep_only(int fd)
{
	if (fd > 3)
		close_range(3, (unsigned)fd - 1, 0);
	close_range((unsigned)fd + 1, UINT_MAX, 0);
}

/* Returns the exit status. */
static int serve(int fd, rpc_fn fn, void *ctx)
{
	unsigned char request[MSG_MAX], reply[MSG_MAX];
	size_t len, reply_len;
	int got;

	while ((got = msg_recv(fd, request, sizeof request, &len)) > 0) {
		reply_len = 0;
		if (fn(request, len, reply, sizeof reply, &reply_len, ctx) < 0)
			return 1;
		if (msg_send(fd, reply, reply_len) != 0)
			return errno != EPIPE; /* a caller that has gone is an end, too */
	}
	return got < 0 && errno != EPIPE;
}

/* ---- the caller ----------------------------------------------------------------------------------- */

rpc *rpc_start(rpc_fn fn, void *ctx)
{
	rpc *rpc;
	int ends[2], error;

	if (!fn) {
		errno = EINVAL;
		return NULL;
	}
	rpc = calloc(1, sizeof *rpc);
	if (!rpc)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		goto no_pair;
	rpc->fd = ends[0];
	rpc->server = fork();
	if (rpc->server == 0) {
		keep_only(ends[1]);
		_exit(serve(ends[1], fn, ctx)); /* not exit: the stdio buffers and atexit functions are the caller's */
	}
	if (rpc->server < 0)
		goto no_server;
	close(ends[1]);
	return rpc;

no_server:
	error = errno;
	close(ends[0]);
	close(ends[1]);
	errno = error;
no_pair:
	free(rpc); /* keeps errno (glibc 2.33 and later) */
	return NULL;
}

/* 0, or -1 and errno. */
static int exchange(rpc *rpc, const void *request, size_t len, void *reply, size_t cap, size_t *reply_len,
                    int64_t deadline)
{
	int got;

	if (send_until(rpc->fd, request, len, deadline) != 0)
		return -1;
	got = receive_until(rpc->fd, reply, cap, reply_len, deadline);
	return got == 0 ? failed(EPIPE) : got < 0 ? -1 : 0;
}

int rpc_call(rpc *rpc, const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, int timeout_ms)
{
	if (rpc->failed)
		return failed(EPIPE);
	if (exchange(rpc, request, len, reply, cap, reply_len, in_ms(timeout_ms)) == 0)
		return 0;
	rpc->failed = true;
	rpc->timed_out = errno == ETIMEDOUT;
	return -1;
}

int rpc_stop(rpc *rpc, int *status)
{
	int how;
	pid_t ended;

	if (!rpc)
		return 0;
	close(rpc->fd);
	if (rpc->timed_out)
		kill(rpc->server, SIGKILL);
	do
		ended = waitpid(rpc->server, &how, 0);
	while (ended < 0 && errno == EINTR);
	free(rpc);
	if (ended < 0)
		return -1;
	if (status)
		*status = how;
	return 0;
}
