/* parser.c - the caller's end never blocks: one loop around poll moves bytes both ways, whatever comes, and a small
 * machine makes messages of them, byte by byte. The same machine reads for msg_recv and for the server.
 * SIGPIPE is kept away by the mask: blocked, and taken away again if the write has raised it.
 */
#define _GNU_SOURCE 1 /* close_range */
#include "socket_rpc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 4 };

/* ---- the machine: what of a frame is there ----------------------------------------------------------- */

struct parser {
	unsigned char *to;
	size_t cap;
	size_t have;   /* bytes of the frame so far, with its head */
	size_t length; /* of the payload, as far as it is known */
};

/* How many bytes the frame lacks, as far as is known. */
static size_t lacks(const struct parser *parser)
{
	return parser->have < HEAD ? HEAD - parser->have : HEAD + parser->length - parser->have;
}

static bool is_wrong(const struct parser *parser)
{
	return parser->have >= HEAD && parser->length > MSG_MAX;
}

static bool is_complete(const struct parser *parser)
{
	return parser->have >= HEAD && lacks(parser) == 0;
}

static void feed(struct parser *parser, const unsigned char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (parser->have < HEAD)
			parser->length = parser->length << 8 | bytes[i];
		else if (parser->have - HEAD < parser->cap)
			parser->to[parser->have - HEAD] = bytes[i];
		parser->have++;
	}
}

/* Reads once. 1: go on; 0: the stream has ended between two frames; -1 and errno */
static int read_some(int fd, struct parser *parser)
{
	unsigned char piece[4096];
	size_t wanted = lacks(parser);
	ssize_t count = read(fd, piece, wanted < sizeof piece ? wanted : sizeof piece);

	if (count > 0) {
		feed(parser, piece, (size_t)count);
		if (is_wrong(parser)) {
			errno = EPROTO;
			return -1;
		}
		return 1;
	}
	if (count == 0 && parser->have == 0)
		return 0;
	if (count == 0 || (errno == ECONNRESET && parser->have > 0))
		errno = EPROTO;
	else if (errno == ECONNRESET)
		errno = EPIPE;
	return errno == EINTR || errno == EAGAIN ? 1 : -1;
}

/* 1, or -1 and errno: what a complete frame comes to. */
static int result_of(const struct parser *parser, size_t *len)
{
	*len = parser->length;
	if (parser->length <= parser->cap)
		return 1;
	errno = EMSGSIZE;
	return -1;
}

/* ---- writing without a signal ------------------------------------------------------------------------ */

static bool pending(int signal)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, signal) == 1;
}

static ssize_t write_quietly(int fd, const void *from, size_t bytes)
{
	sigset_t pipe_signal, before;
	bool was_pending = pending(SIGPIPE);
	const struct timespec at_once = {0};
	ssize_t count;
	int error;

	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
	count = write(fd, from, bytes);
	error = errno;
	if (count < 0 && error == EPIPE && !was_pending && pending(SIGPIPE))
		sigtimedwait(&pipe_signal, NULL, &at_once);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error == ECONNRESET ? EPIPE : error;
	return count;
}

/* ---- messages ---------------------------------------------------------------------------------------- */

struct frame {
	unsigned char head[HEAD];
	const unsigned char *payload;
	size_t length;
	size_t sent; /* with the head */
};

static bool begin(struct frame *frame, const void *payload, size_t length)
{
	if (length > MSG_MAX) {
		errno = EMSGSIZE;
		return false;
	}
	*frame = (struct frame){.payload = payload, .length = length};
	for (int i = 0; i < HEAD; i++)
		frame->head[i] = (unsigned char)(length >> (8 * (HEAD - 1 - i)));
	return true;
}

static bool is_sent(const struct frame *frame)
{
	return frame->sent == HEAD + frame->length;
}

/* Writes once. False and errno */
static bool write_some(int fd, struct frame *frame)
{
	ssize_t count;

	if (frame->sent < HEAD)
		count = write_quietly(fd, frame->head + frame->sent, HEAD - frame->sent);
	else
		count = write_quietly(fd, frame->payload + (frame->sent - HEAD), HEAD + frame->length - frame->sent);
	if (count > 0)
		frame->sent += (size_t)count;
	return count >= 0 || errno == EINTR || errno == EAGAIN;
}

int msg_send(int fd, const void *buf, size_t len)
{
	struct frame frame;

	if (!begin(&frame, buf, len))
		return -1;
	while (!is_sent(&frame))
		if (!write_some(fd, &frame))
			return -1;
	return 0;
}

int msg_recv(int fd, void *buf, size_t cap, size_t *len)
{
	struct parser parser = {.to = buf, .cap = cap};
	int result;

	while (!is_complete(&parser))
		if ((result = read_some(fd, &parser)) <= 0)
			return result;
	return result_of(&parser, len);
}

/* ---- server and caller --------------------------------------------------------------------------------- */

struct rpc {
	pid_t server;
	int fd;
	int error; /* of the call that failed */
};

static int serve(int fd, rpc_fn fn, void *ctx, unsigned char *request, unsigned char *reply)
{
	for (;;) {
		size_t length, reply_length = 0;
		int got = msg_recv(fd, request, MSG_MAX, &length);

		if (got <= 0)
			return got == 0 || errno == EPIPE ? 0 : 1;
		if (fn(request, length, reply, MSG_MAX, &reply_length, ctx) < 0)
			return 1;
		if (msg_send(fd, reply, reply_length) != 0)
			return 0;
	}
}

rpc *rpc_start(rpc_fn fn, void *ctx)
{
	int end[2] = {-1, -1};
	unsigned char *buffers = NULL; /* the server's; made here, where a failure can be told */
	rpc *rpc = NULL;

	if (!fn)
		return errno = EINVAL, NULL;
	if (!(rpc = calloc(1, sizeof *rpc)) || !(buffers = malloc(2 * MSG_MAX)) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end) != 0)
		goto failed;
	rpc->fd = end[0];
	rpc->server = fork();
	if (rpc->server < 0)
		goto failed;
	if (rpc->server == 0) {
		if (end[1] > 3)
			close_range(3, (unsigned)end[1] - 1, 0);
		close_range((unsigned)end[1] + 1, UINT_MAX, 0);
		_exit(serve(end[1], fn, ctx, buffers, buffers + MSG_MAX));
	}
	free(buffers);
	close(end[1]);
	fcntl(rpc->fd, F_SETFL, O_RDWR | O_NONBLOCK); /* of this end alone: the server's blocks */
	return rpc;

failed:;
	int error = errno;
	for (int i = 0; i < 2; i++)
		if (end[i] >= 0)
			close(end[i]);
	free(buffers);
	free(rpc);
	errno = error;
	return NULL;
}

static long long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

/* Milliseconds for poll, rounded up. */
static int left(long long begun, int timeout_ms)
{
	if (timeout_ms < 0)
		return -1;
	long long us = begun + timeout_ms * 1000LL - microseconds();
	return us > 0 ? (int)((us + 999) / 1000) : 0;
}

/* 1, 0 or -1 as msg_recv */
static int converse(int fd, struct frame *out, struct parser *in, long long begun, int timeout_ms)
{
	while (!is_complete(in)) {
		struct pollfd socket = {.fd = fd, .events = is_sent(out) ? POLLIN : POLLOUT};
		int ready = poll(&socket, 1, left(begun, timeout_ms)), result;

		if (ready == 0)
			return errno = ETIMEDOUT, -1;
		if (ready < 0 && errno != EINTR)
			return -1;
		if (ready < 0)
			continue;
		if (!is_sent(out) && !write_some(fd, out))
			return -1;
		else if (socket.events == POLLIN && (result = read_some(fd, in)) <= 0)
			return result;
	}
	return 1;
}

int rpc_call(rpc *rpc, const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, int timeout_ms)
{
	long long begun = microseconds();
	struct frame out;
	struct parser in = {.to = reply, .cap = cap};
	int got = -1;

	if (rpc->error)
		return errno = EPIPE, -1;
	if (begin(&out, request, len)) {
		got = converse(rpc->fd, &out, &in, begun, timeout_ms);
		if (got > 0)
			got = result_of(&in, reply_len);
		else if (got == 0)
			errno = EPIPE;
	}
	if (got > 0)
		return 0;
	rpc->error = errno;
	return -1;
}

int rpc_stop(rpc *rpc, int *status)
{
	int how = 0;
	pid_t ended;

	if (!rpc)
		return 0;
	if (rpc->error == ETIMEDOUT)
		kill(rpc->server, SIGKILL);
	close(rpc->fd);
	while ((ended = waitpid(rpc->server, &how, 0)) < 0 && errno == EINTR)
		;
	if (ended > 0 && status)
		*status = how;
	free(rpc);
	return ended > 0 ? 0 : -1;
}
