/* hidden.c - the tests of socket_rpc that only instructors have. Each one tests a sentence of include/socket_rpc.h. */
#include "kit.h"
#include "socket_rpc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1024, UNTOUCHED = 4711, HEAD = 4, NO_LIMIT = -1, MS = 1000 };

/* ---- streams ------------------------------------------------------------------------------------ */

static void make_pair(int end[2])
{
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, end);
}

static void close_pair(const int end[2])
{
	close(end[0]);
	close(end[1]);
}

/* The test's own frame, of whatever length; returns how many bytes it has. */
static size_t make_frame(unsigned char *frame, uint32_t length, const char *payload)
{
	for (int i = 0; i < HEAD; i++)
		frame[i] = (unsigned char)(length >> (8 * (HEAD - 1 - i)));
	memcpy(frame + HEAD, payload, strlen(payload));
	return HEAD + strlen(payload);
}

static void write_frame(int fd, uint32_t length, const char *payload)
{
	unsigned char frame[ROOM];
	size_t bytes = make_frame(frame, length, payload);

	send(fd, frame, bytes, MSG_NOSIGNAL);
}

/* ---- one message, received ------------------------------------------------------------------------ */

struct got {
	int result, error;
	size_t len;
	char text[ROOM];
};

static void receive(int fd, size_t cap, struct got *got)
{
	memset(got->text, '#', sizeof got->text);
	got->len = UNTOUCHED;
	errno = 0;
	got->result = msg_recv(fd, got->text, cap, &got->len);
	got->error = errno;
}

static void expect_message(const struct got *got, const char *text)
{
	cr_assert(eq(int, got->result, 1), "msg_recv must return 1 for the message \"%s\"; errno is %s", text,
	          strerrorname_np(got->error));
	cr_assert(eq(sz, got->len, strlen(text)), "the length of the message \"%s\"", text);
	cr_assert(memcmp(got->text, text, got->len) == 0, "what msg_recv gives for the message \"%s\": \"%.*s\"", text,
	          (int)got->len, got->text);
}

static void expect_no_message(const struct got *got, int error, const char *what)
{
	cr_assert(eq(int, got->result, -1), "msg_recv must return -1 for %s", what);
	cr_assert(eq(int, got->error, error), "errno must be %s for %s, and is %s", strerrorname_np(error), what,
	          strerrorname_np(got->error));
}

static void expect_sent(int fd, const char *text)
{
	int result = msg_send(fd, text, strlen(text));

	cr_assert(eq(int, result, 0), "msg_send must return 0 for the message \"%s\"; errno is %s", text,
	          strerrorname_np(errno));
}

/* ---- messages -------------------------------------------------------------------------------------- */

KIT_TEST(socket_rpc, a_message_that_is_too_long_is_not_sent)
{
	static const size_t length[] = {MSG_MAX + 1, (size_t)1 << 31, (size_t)1 << 32, ((size_t)1 << 32) + 3, SIZE_MAX};
	char *text = calloc(MSG_MAX + 1, 1);
	int end[2];

	make_pair(end);
	for (size_t i = 0; i < sizeof length / sizeof length[0]; i++) {
		errno = 0;
		int result = msg_send(end[0], text, length[i]), error = errno;
		cr_assert(eq(int, result, -1), "msg_send must return -1 for a message of 0x%zx bytes", length[i]);
		cr_assert(eq(int, error, EMSGSIZE), "errno must be EMSGSIZE for a message of 0x%zx bytes, and is %s", length[i],
		          strerrorname_np(error));
	}
	expect_sent(end[0], "short");
	unsigned char wire[ROOM], frame[ROOM];
	ssize_t bytes = 0, more = 1;
	while (more > 0 && bytes < ROOM) {
		more = recv(end[1], wire + bytes, sizeof wire - (size_t)bytes, MSG_DONTWAIT);
		bytes += more > 0 ? more : 0;
	}
	close(end[1]);
	errno = 0;
	int result = msg_send(end[0], text, MSG_MAX + 1), error = errno;
	close(end[0]);
	free(text);
	cr_assert(eq(int, result, -1), "msg_send must return -1 for a message that is too long, to a peer that has gone");
	cr_assert(eq(int, error, EMSGSIZE),
	          "a message that is too long is EMSGSIZE also when the peer has gone, and not %s", strerrorname_np(error));
	size_t expected = make_frame(frame, 5, "short");
	cr_assert(bytes == (ssize_t)expected && memcmp(wire, frame, expected) == 0,
	          "nothing is sent of a message that is too long: what is in the stream is not the next message alone");
}

KIT_TEST(socket_rpc, the_largest_message_passes)
{
	unsigned size = kit_n(MSG_MAX, 6000);
	unsigned char *sent = malloc(MSG_MAX), *got = calloc(MSG_MAX, 1);
	size_t len = 0;
	int end[2], status = 0;

	for (unsigned i = 0; i < size; i++)
		sent[i] = (unsigned char)(i % 251);
	make_pair(end);
	pid_t sender = fork(); /* it may have to wait for the receiver */
	if (sender == 0)
		_exit(msg_send(end[0], sent, size) == 0 ? 0 : 1);
	int result = msg_recv(end[1], got, size, &len);
	close_pair(end);
	waitpid(sender, &status, 0);
	bool same = len == size && memcmp(sent, got, size) == 0;
	free(sent);
	free(got);
	cr_assert(eq(int, WEXITSTATUS(status), 0), "msg_send must return 0 for %u bytes", size);
	cr_assert(eq(int, result, 1), "msg_recv must return 1 for %u bytes, and a buffer of as many", size);
	cr_assert(same, "what arrives of %u bytes is not what was sent", size);
}

KIT_TEST(socket_rpc, bytes_behind_a_message_stay_in_the_stream)
{
	struct got got;
	char next[ROOM] = "";
	int end[2];

	make_pair(end);
	write_frame(end[0], 3, "abcREST");
	receive(end[1], ROOM, &got);
	ssize_t bytes = recv(end[1], next, sizeof next - 1, MSG_DONTWAIT);
	close_pair(end);
	expect_message(&got, "abc");
	cr_assert(bytes == 4 && memcmp(next, "REST", 4) == 0,
	          "what comes behind a message stays in the stream: %zd bytes do", bytes);
}

KIT_TEST(socket_rpc, a_message_for_no_buffer_is_emsgsize)
{
	struct got got;
	int end[2];

	make_pair(end);
	write_frame(end[0], 0, "");
	write_frame(end[0], 2, "ab");
	write_frame(end[0], 0, "");
	receive(end[1], 0, &got);
	expect_message(&got, "");
	receive(end[1], 0, &got);
	expect_no_message(&got, EMSGSIZE, "a message of 2 bytes and a buffer of none");
	cr_assert(eq(sz, got.len, 2), "*len is the length of the message that was too large");
	cr_assert(eq(chr, got.text[0], '#'), "nothing is written to a buffer of no bytes");
	receive(end[1], 0, &got);
	close_pair(end);
	expect_message(&got, "");
}

/* A peer that closes with bytes unread resets the connection. */
static void reset_after(int end[2], const void *bytes, size_t count)
{
	make_pair(end);
	send(end[1], "?", 1, MSG_NOSIGNAL);
	if (count)
		send(end[0], bytes, count, MSG_NOSIGNAL);
	close(end[0]);
}

KIT_TEST(socket_rpc, a_reset_is_told_by_where_it_comes)
{
	unsigned char frame[ROOM];
	struct got got;
	int end[2];

	make_frame(frame, 2, "ab");
	reset_after(end, frame, 0);
	receive(end[1], ROOM, &got);
	close(end[1]);
	expect_no_message(&got, EPIPE, "a reset between two messages");
	reset_after(end, frame, 2);
	receive(end[1], ROOM, &got);
	close(end[1]);
	expect_no_message(&got, EPROTO, "a reset inside a length");
	reset_after(end, frame, HEAD);
	receive(end[1], ROOM, &got);
	close(end[1]);
	expect_no_message(&got, EPROTO, "a reset right behind a length");
	reset_after(end, frame, 5);
	receive(end[1], ROOM, &got);
	close(end[1]);
	expect_no_message(&got, EPROTO, "a reset inside a payload");
	reset_after(end, frame, 5);
	receive(end[1], 1, &got);
	close(end[1]);
	expect_no_message(&got, EPROTO, "a reset inside a payload that has no room");
	reset_after(end, frame, 0);
	int result = msg_send(end[1], "hello", 5), error = errno;
	close(end[1]);
	cr_assert(eq(int, result, -1), "msg_send must return -1 when the connection was reset");
	cr_assert(eq(int, error, EPIPE), "errno must be EPIPE when the connection was reset, and is %s",
	          strerrorname_np(error));
}

KIT_TEST(socket_rpc, other_errors_are_passed_on)
{
	struct got got;
	int end[2];

	make_pair(end);
	write_frame(end[0], 2, "ab");
	fi_fail_nth(KIT_READ, 1, ENOBUFS);
	receive(end[1], ROOM, &got);
	fi_reset();
	expect_no_message(&got, ENOBUFS, "a read that fails with ENOBUFS");
	fi_fail_nth(KIT_WRITE, 1, ENOBUFS);
	errno = 0;
	int result = msg_send(end[0], "ab", 2), error = errno;
	fi_reset();
	close_pair(end);
	cr_assert(eq(int, result, -1), "msg_send must return -1 when a write fails");
	cr_assert(eq(int, error, ENOBUFS), "errno must be that of the write, ENOBUFS, and is %s", strerrorname_np(error));
}

static int flags_of(int fd)
{
	return fcntl(fd, F_GETFL) | fcntl(fd, F_GETFD) << 24;
}

KIT_TEST(socket_rpc, the_descriptors_of_messages_are_the_callers)
{
	struct got got;
	int end[2];

	make_pair(end);
	int sender = flags_of(end[0]), receiver = flags_of(end[1]);
	msg_send(end[0], "hello", 5);
	receive(end[1], ROOM, &got);
	write_frame(end[0], MSG_MAX + 1, "");
	receive(end[1], ROOM, &got);
	int sender_now = flags_of(end[0]), receiver_now = flags_of(end[1]);
	close_pair(end);
	cr_assert(eq(int, sender_now, sender), "the descriptor of msg_send stays open, and its flags are as before");
	cr_assert(eq(int, receiver_now, receiver), "the descriptor of msg_recv stays open, and its flags are as before");
}

/* A sender and a receiver, each in a process of its own. What they have done: */
struct waiting {
	unsigned sent, received; /* by kit_note */
};

static void send_large(int fd, struct waiting *waiting)
{
	char *text = calloc(MSG_MAX, 1);

	for (int i = 0; i < 8; i++) /* more than the stream has room for */
		msg_send(fd, text, MSG_MAX);
	kit_note(&waiting->sent, 1);
	_exit(0);
}

static void receive_one(int fd, struct waiting *waiting)
{
	struct got got;

	receive(fd, ROOM, &got);
	kit_note(&waiting->received, 1);
	_exit(0);
}

KIT_TEST(socket_rpc, who_sends_or_receives_waits_asleep)
{
	struct waiting *waiting = kit_shared(sizeof *waiting);
	int full[2], empty[2];

	make_pair(full);
	make_pair(empty);
	pid_t sender = fork();
	if (sender == 0)
		send_large(full[0], waiting);
	pid_t receiver = fork();
	if (receiver == 0)
		receive_one(empty[1], waiting);
	kit_expect_quiet();
	unsigned sent = kit_noted(&waiting->sent), received = kit_noted(&waiting->received);
	shutdown(full[1], SHUT_RDWR);
	shutdown(empty[0], SHUT_RDWR);
	waitpid(sender, NULL, 0);
	waitpid(receiver, NULL, 0);
	close_pair(full);
	close_pair(empty);
	cr_assert(eq(uint, sent, 0), "msg_send waits until all of it is in the stream");
	cr_assert(eq(uint, received, 0), "msg_recv waits until a message has come");
}

static unsigned *signals; /* in memory that all share */

static void count_signal(int signal)
{
	(void)signal;
	kit_note(signals, kit_noted(signals) + 1);
}

static void handle(int signal)
{
	struct sigaction action = {.sa_handler = count_signal};

	signals = kit_shared(sizeof *signals);
	sigaction(signal, &action, NULL);
}

/* ---- servers --------------------------------------------------------------------------------------- */

/* What servers note, in memory that all share. */
struct seen {
	unsigned calls;
	unsigned process[4], parent[4];
	sem_t go_on;
};

static struct seen *new_seen(void)
{
	struct seen *seen = kit_shared(sizeof *seen);

	sem_init(&seen->go_on, 1, 0);
	return seen;
}

static void note_call(struct seen *seen)
{
	unsigned call = kit_noted(&seen->calls);

	kit_note(&seen->process[call % 4], (unsigned)getpid());
	kit_note(&seen->parent[call % 4], (unsigned)getppid());
	kit_note(&seen->calls, call + 1);
}

/* Replies with the request between brackets. */
static int bracket(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx)
{
	char *to = reply;

	if (ctx)
		note_call(ctx);
	if (len + 2 > cap)
		return -1;
	to[0] = '[';
	memcpy(to + 1, request, len);
	to[len + 1] = ']';
	*reply_len = len + 2;
	return 0;
}

/* The same, when the test lets it. */
static int bracket_later(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx)
{
	struct seen *seen = ctx;

	note_call(seen);
	while (sem_wait(&seen->go_on) != 0)
		;
	return bracket(request, len, reply, cap, reply_len, NULL);
}

enum { DESCRIPTORS = 64 };

static ino_t old_sockets[DESCRIPTORS]; /* that the test's process had before: of whatever runs the test */

static ino_t socket_at(int fd)
{
	struct stat file;

	return fstat(fd, &file) == 0 && S_ISSOCK(file.st_mode) ? file.st_ino : 0;
}

static bool is_old(ino_t socket)
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (old_sockets[fd] == socket)
			return true;
	return false;
}

/* The stream socket that this process holds: of a server, or of a caller with one rpc. */
static int own_socket(void)
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		if (socket_at(fd) && !is_old(socket_at(fd)))
			return fd;
	return -1;
}

static rpc *started(rpc_fn fn, void *ctx)
{
	for (int fd = 0; fd < DESCRIPTORS; fd++)
		old_sockets[fd] = socket_at(fd);
	rpc *rpc = rpc_start(fn, ctx);

	cr_assert(ne(ptr, rpc, NULL), "rpc_start must give a server; errno is %s", strerrorname_np(errno));
	return rpc;
}

static void call(rpc *rpc, const char *request, size_t cap, int timeout_ms, struct got *got)
{
	memset(got->text, '#', sizeof got->text);
	got->len = UNTOUCHED;
	errno = 0;
	got->result = rpc_call(rpc, request, strlen(request), got->text, cap, &got->len, timeout_ms);
	got->error = errno;
}

static void expect_reply(const struct got *got, const char *reply)
{
	cr_assert(eq(int, got->result, 0), "rpc_call must return 0 with the reply \"%s\"; errno is %s", reply,
	          strerrorname_np(got->error));
	cr_assert(eq(sz, got->len, strlen(reply)), "the length of the reply \"%s\"", reply);
	cr_assert(memcmp(got->text, reply, got->len) == 0, "the reply is \"%s\", not \"%.*s\"", reply, (int)got->len,
	          got->text);
}

static int stopped(rpc *rpc)
{
	int status = UNTOUCHED, result = rpc_stop(rpc, &status);

	cr_assert(eq(int, result, 0), "rpc_stop must return 0; errno is %s", strerrorname_np(errno));
	return status;
}

/* 0: by none */
static bool ended_by(int status, int signal)
{
	return signal ? WIFSIGNALED(status) && WTERMSIG(status) == signal : WIFEXITED(status);
}

static void expect_exit(rpc *rpc, int expected)
{
	int status = stopped(rpc);

	cr_assert(ended_by(status, 0), "rpc_stop must say that the server has exited: *status is 0x%x", (unsigned)status);
	cr_assert(eq(int, WEXITSTATUS(status), expected), "the exit status of the server");
}

/* Microseconds of the kit's clock, which runs only while something runs, or where all wait. */
static int64_t clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

static void expect_timeout(const struct got *got, int64_t took_us, int timeout_ms)
{
	cr_assert(eq(int, got->result, -1), "rpc_call must return -1 when there is no reply in %d ms", timeout_ms);
	cr_assert(eq(int, got->error, ETIMEDOUT), "errno must be ETIMEDOUT when there is no reply in time, and is %s",
	          strerrorname_np(got->error));
	cr_assert(took_us >= timeout_ms * MS, "a call with %d ms must not give up after %ld us", timeout_ms, (long)took_us);
	if (kit_n(0, 1))
		return; /* the explorer lets time go on while others could run */
	cr_assert(took_us <= timeout_ms * MS + 2 * MS, "a call with %d ms gave up after %ld us", timeout_ms, (long)took_us);
}

/* What a server sends besides fn's reply. */
static void send_bytes(const void *bytes, size_t count)
{
	send(own_socket(), bytes, count, MSG_NOSIGNAL);
}

static void expect_failed(const struct got *got, int error, const char *what)
{
	cr_assert(eq(int, got->result, -1), "rpc_call must return -1: %s", what);
	cr_assert(eq(int, got->error, error), "errno must be %s, and is %s: %s", strerrorname_np(error),
	          strerrorname_np(got->error), what);
}

/* ---- what a server may do ---------------------------------------------------------------------------- */

static int ends_itself(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx)
{
	(void)request, (void)len, (void)reply, (void)cap, (void)reply_len;
	if (ctx) /* a part of the reply before */
		send_bytes("\0\0\0\5ab", *(const size_t *)ctx);
	_exit(7);
}

KIT_TEST(socket_rpc, a_server_that_ends_is_an_error_of_the_call)
{
	struct got got;
	rpc *rpc = started(ends_itself, NULL);

	call(rpc, "x", ROOM, NO_LIMIT, &got);
	stopped(rpc);
	expect_failed(&got, EPIPE, "the server has ended before it sent anything of the reply");
	cr_assert(eq(sz, got.len, UNTOUCHED), "*reply_len is as it was");
	for (size_t part = 1; part <= 6; part++) {
		rpc = started(ends_itself, &part);
		call(rpc, "x", ROOM, NO_LIMIT, &got);
		stopped(rpc);
		expect_failed(&got, EPROTO, "the server has ended inside the reply");
	}
}

KIT_TEST(socket_rpc, a_server_that_is_dead_is_epipe)
{
	struct got got;

	handle(SIGPIPE);
	fi_kill_child(1);
	rpc *rpc = started(bracket, NULL);
	call(rpc, "hello", ROOM, NO_LIMIT, &got);
	stopped(rpc);
	expect_failed(&got, EPIPE, "the server was killed at its start");
	cr_assert(eq(uint, *signals, 0), "SIGPIPE is never raised: the caller's handler ran");
}

/* Replies, and negative to the second request; keeps a number in its copy of ctx. */
static int ends_at_the_second(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx)
{
	return ++*(int *)ctx == 2 ? -3 : bracket(request, len, reply, cap, reply_len, NULL);
}

KIT_TEST(socket_rpc, a_negative_number_ends_the_server)
{
	struct got got;
	int calls = 0;
	rpc *rpc = started(ends_at_the_second, &calls);

	call(rpc, "1", ROOM, NO_LIMIT, &got);
	expect_reply(&got, "[1]");
	call(rpc, "2", ROOM, NO_LIMIT, &got);
	expect_exit(rpc, 1);
	expect_failed(&got, EPIPE, "fn has returned a negative number");
	cr_assert(eq(int, calls, 0), "what ctx points to is the server's own copy");
}

/* Any number that is not negative is good, and the reply may be empty. */
static int positive(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx)
{
	(void)request, (void)len, (void)reply, (void)cap, (void)ctx;
	*reply_len = 0;
	return 5;
}

KIT_TEST(socket_rpc, a_reply_may_be_empty)
{
	struct got got;
	rpc *rpc = started(positive, NULL);

	for (int i = 0; i < 2; i++) {
		call(rpc, "", 0, NO_LIMIT, &got);
		expect_reply(&got, "");
	}
	stopped(rpc);
}

static int same(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx)
{
	(void)ctx;
	memcpy(reply, request, len);
	*reply_len = len;
	return cap >= MSG_MAX ? 0 : -1;
}

KIT_TEST(socket_rpc, the_largest_call_passes)
{
	unsigned size = kit_n(MSG_MAX, 6000);
	unsigned char *sent = malloc(MSG_MAX), *got = calloc(MSG_MAX, 1);
	rpc *rpc = started(same, NULL);
	size_t len = 0;

	for (unsigned i = 0; i < size; i++)
		sent[i] = (unsigned char)(i % 251);
	int result = rpc_call(rpc, sent, size, got, size, &len, NO_LIMIT), error = errno;
	bool equal = len == size && memcmp(sent, got, size) == 0;
	stopped(rpc);
	free(sent);
	free(got);
	cr_assert(eq(int, result, 0), "rpc_call must return 0 with %u bytes each way; errno is %s", size,
	          strerrorname_np(error));
	cr_assert(equal, "the reply of %u bytes is not what the server has sent", size);
}

/* ---- failures ---------------------------------------------------------------------------------------- */

static int length_too_large(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx)
{
	send_bytes("\xff\xff\xff\xff", HEAD);
	return bracket(request, len, reply, cap, reply_len, ctx);
}

KIT_TEST(socket_rpc, a_call_whose_reply_is_wrong_fails)
{
	struct got got;
	rpc *rpc = started(length_too_large, NULL);

	call(rpc, "hello", ROOM, NO_LIMIT, &got);
	stopped(rpc);
	expect_failed(&got, EPROTO, "the server has sent a length of more than MSG_MAX");
	cr_assert(eq(sz, got.len, UNTOUCHED), "*reply_len is as it was");

	rpc = started(bracket, NULL);
	call(rpc, "hello", 6, NO_LIMIT, &got);
	stopped(rpc);
	expect_failed(&got, EMSGSIZE, "the reply has 7 bytes, the buffer 6");
	cr_assert(eq(sz, got.len, 7), "*reply_len is the length of the reply");
	cr_assert(eq(chr, got.text[6], '#'), "nothing is written behind the buffer");
}

static void expect_over(rpc *rpc, const struct seen *seen, unsigned calls, const char *what)
{
	struct got got;

	kit_let_others_run();
	call(rpc, "second", ROOM, NO_LIMIT, &got);
	kit_let_others_run();
	expect_failed(&got, EPIPE, what);
	cr_assert(eq(sz, got.len, UNTOUCHED), "*reply_len is as it was after %s", what);
	unsigned called = kit_noted(&seen->calls);
	cr_assert(eq(uint, called, calls), "nothing is sent after %s: so many requests came", what);
}

KIT_TEST(socket_rpc, a_call_that_failed_is_the_last)
{
	struct seen *seen = new_seen();
	struct got got;
	char *text = calloc(MSG_MAX + 1, 1);
	rpc *rpc = started(bracket_later, seen);

	call(rpc, "first", ROOM, 50, &got);
	expect_failed(&got, ETIMEDOUT, "there is no reply in 50 ms");
	sem_post(&seen->go_on); /* now it comes, too late */
	sem_post(&seen->go_on);
	expect_over(rpc, seen, 1, "a call without a reply in time");
	stopped(rpc);

	seen = new_seen();
	rpc = started(bracket, seen);
	call(rpc, "first", 2, NO_LIMIT, &got);
	expect_failed(&got, EMSGSIZE, "the reply is longer than the buffer");
	expect_over(rpc, seen, 1, "a reply that was too long");
	stopped(rpc);

	seen = new_seen();
	rpc = started(length_too_large, seen);
	call(rpc, "first", ROOM, NO_LIMIT, &got);
	cr_assert(eq(int, got.result, -1), "rpc_call must return -1 when the length of the reply is more than MSG_MAX");
	expect_over(rpc, seen, 1, "a reply with a wrong length");
	stopped(rpc);

	seen = new_seen();
	rpc = started(bracket, seen);
	size_t len = UNTOUCHED;
	int result = rpc_call(rpc, text, MSG_MAX + 1, text, MSG_MAX, &len, NO_LIMIT), error = errno;
	int again = rpc_call(rpc, text, MSG_MAX + 1, text, MSG_MAX, &len, NO_LIMIT), error_again = errno;
	free(text);
	cr_assert(eq(int, result, -1), "rpc_call must return -1 when the request is too long");
	cr_assert(eq(int, error, EMSGSIZE), "errno must be EMSGSIZE when the request is too long, and is %s",
	          strerrorname_np(error));
	cr_assert(again == -1 && error_again == EPIPE,
	          "after a call that failed each one is -1 with EPIPE, whatever it asks for; this one is %d with %s", again,
	          strerrorname_np(error_again));
	expect_over(rpc, seen, 0, "a request that was too long");
	stopped(rpc);
}

KIT_TEST(socket_rpc, lack_of_memory_is_told)
{
	for (unsigned nth = 1; nth <= 4; nth++) {
		struct got got = {.result = 0};
		int end[2];

		make_pair(end);
		write_frame(end[0], 3, "abc");
		fi_reset();
		fi_fail_nth(KIT_MALLOC, nth, ENOMEM);
		receive(end[1], ROOM, &got);
		cr_assert(got.result == 1 || got.error == ENOMEM, "without memory msg_recv returns %d, and errno is %s",
		          got.result, strerrorname_np(got.error));
		fi_reset();
		fi_fail_nth(KIT_MALLOC, nth, ENOMEM);
		int sent = msg_send(end[0], "abc", 3), error = errno;
		cr_assert(sent == 0 || error == ENOMEM, "without memory msg_send returns %d, and errno is %s", sent,
		          strerrorname_np(error));
		fi_reset();
		close_pair(end);
		rpc *rpc = started(bracket, NULL);
		fi_fail_nth(KIT_MALLOC, nth, ENOMEM);
		call(rpc, "abc", ROOM, NO_LIMIT, &got);
		fi_reset();
		stopped(rpc);
		cr_assert(got.result == 0 || got.error == ENOMEM || got.error == EPIPE,
		          "without memory rpc_call returns %d, and errno is %s", got.result, strerrorname_np(got.error));
	}
}

KIT_TEST(socket_rpc, a_server_of_no_function_is_einval)
{
	errno = 0;
	rpc *rpc = rpc_start(NULL, NULL);
	int error = errno;
	unsigned forks = fi_calls(KIT_FORK);

	cr_assert(eq(ptr, rpc, NULL), "rpc_start must return NULL when fn is NULL");
	cr_assert(eq(int, error, EINVAL), "errno must be EINVAL when fn is NULL");
	cr_assert(eq(uint, forks, 0), "nothing is started when fn is NULL");
}

/* ---- deadlines ----------------------------------------------------------------------------------------- */

/* A process that interrupts its parent again and again. */
static pid_t interrupt_parent(unsigned every_ms, unsigned times)
{
	struct timespec pause = {.tv_nsec = every_ms * 1000000L};
	pid_t parent = getpid(), child = fork();

	if (child != 0)
		return child;
	for (unsigned i = 0; i < times; i++) {
		nanosleep(&pause, NULL);
		kill(parent, SIGUSR1);
	}
	_exit(0);
}

KIT_TEST(socket_rpc, interruptions_do_not_extend_the_deadline)
{
	struct got got;

	handle(SIGUSR1);
	rpc *rpc = started(bracket_later, new_seen());
	pid_t other = interrupt_parent(20, kit_n(8, 4));
	int64_t begun = clock_us();
	call(rpc, "hello", ROOM, 50, &got);
	int64_t took = clock_us() - begun;
	unsigned came = kit_noted(signals);
	while (waitpid(other, NULL, 0) < 0 && errno == EINTR)
		;
	stopped(rpc);
	cr_assert(kit_n(came, 1) > 0, "the test's own signals must come");
	expect_timeout(&got, took, 50);
}

/* Begins a reply, sends 5 bytes more each 20 ms, and never comes to its end. */
static int piece_by_piece(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx)
{
	struct timespec pause = {.tv_nsec = 20000000};
	struct seen *seen = ctx;

	(void)request, (void)len, (void)reply, (void)cap, (void)reply_len;
	send_bytes("\0\0\1\0", HEAD);
	for (int i = 0; i < 8; i++) {
		nanosleep(&pause, NULL);
		send_bytes("piece", 5);
	}
	for (;;)
		sem_wait(&seen->go_on);
}

static void expect_timeout_of_pieces(size_t cap)
{
	struct got got;
	rpc *rpc = started(piece_by_piece, new_seen());
	int64_t begun = clock_us();

	call(rpc, "hello", cap, 50, &got);
	int64_t took = clock_us() - begun;
	stopped(rpc);
	expect_timeout(&got, took, 50);
}

KIT_TEST(socket_rpc, pieces_do_not_extend_the_deadline)
{
	expect_timeout_of_pieces(ROOM);
}

KIT_TEST(socket_rpc, what_is_skipped_counts_too)
{
	expect_timeout_of_pieces(3);
}

/* The server is stopped before it reads, and the stream is full. */
KIT_TEST(socket_rpc, the_deadline_is_for_sending_too)
{
	struct got got;
	char *fill = calloc(4096, 1);
	struct kit_gate *gate = gate_before(KIT_READ, 1);
	rpc *rpc = started(bracket, NULL);
	int fd = own_socket();

	kit_let_others_run();
	while (send(fd, fill, 4096, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	kit_let_others_run();
	free(fill);
	int64_t begun = clock_us();
	call(rpc, "hello", ROOM, 50, &got);
	int64_t took = clock_us() - begun;
	stopped(rpc);
	gate_open(gate);
	expect_timeout(&got, took, 50);
}

/* Takes 30 ms, and lets nothing wait meanwhile. */
static int takes_long(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx)
{
	nanosleep(ctx, NULL);
	return bracket(request, len, reply, cap, reply_len, NULL);
}

KIT_TEST(socket_rpc, each_call_has_its_own_time)
{
	struct timespec pause = {.tv_nsec = 30000000};
	struct got got;
	rpc *rpc = started(takes_long, &pause);
	int64_t begun = clock_us();

	for (int i = 0; i < 3; i++) {
		call(rpc, "hello", ROOM, 50, &got);
		if (kit_n(1, 0)) /* the explorer may let time run out before */
			expect_reply(&got, "[hello]");
	}
	int64_t took = clock_us() - begun;
	stopped(rpc);
	cr_assert(kit_n(0, 1) || took <= 150 * MS + 2 * MS, "3 calls with 50 ms each took %ld us", (long)took);
}

KIT_TEST(socket_rpc, without_a_limit_a_call_waits_for_ever)
{
	struct timespec pause = {.tv_sec = 4000000}; /* 46 days: more milliseconds than 31 bits count */
	struct got got;
	rpc *rpc = started(takes_long, &pause);

	call(rpc, "hello", ROOM, NO_LIMIT, &got);
	stopped(rpc);
	expect_reply(&got, "[hello]");
	rpc = started(takes_long, &(struct timespec){.tv_sec = 1});
	call(rpc, "hello", ROOM, INT_MIN, &got);
	stopped(rpc);
	expect_reply(&got, "[hello]");
}

KIT_TEST(socket_rpc, a_long_limit_is_long)
{
	static const int limit[] = {5000, INT_MAX};
	struct timespec pause = {.tv_sec = 3}; /* more than 32 bits count in nanoseconds */
	struct got got;

	for (int i = 0; i < 2; i++) {
		rpc *rpc = started(takes_long, &pause);
		int64_t begun = clock_us();
		call(rpc, "hello", ROOM, limit[i], &got);
		int64_t took = clock_us() - begun;
		stopped(rpc);
		cr_assert(got.result == 0 || took >= limit[i] * INT64_C(1000),
		          "a call with %d ms failed after %ld us, with errno %s; the reply takes 3 s", limit[i], (long)took,
		          strerrorname_np(got.error));
	}
}

KIT_TEST(socket_rpc, no_time_is_no_waiting)
{
	struct seen *seen = new_seen();
	struct got got;
	rpc *rpc = started(bracket_later, seen);
	int64_t begun = clock_us();

	call(rpc, "hello", ROOM, 0, &got);
	int64_t took = clock_us() - begun;
	kit_let_others_run();
	unsigned calls = kit_noted(&seen->calls);
	stopped(rpc);
	expect_timeout(&got, took, 0);
	cr_assert(eq(uint, calls, 1),
	          "a request that there is room for is sent, also with a limit of 0: fn is called for it");
}

/* ---- signals --------------------------------------------------------------------------------------------- */

static bool is_pending(int signal)
{
	sigset_t set;

	sigpending(&set);
	return sigismember(&set, signal) == 1;
}

static void send_to_nobody(void)
{
	struct got got;
	int end[2];

	make_pair(end);
	close(end[1]);
	msg_send(end[0], "hello", 5);
	close(end[0]);
	fi_kill_child(1);
	rpc *rpc = started(bracket, NULL);
	call(rpc, "hello", ROOM, 50, &got);
	stopped(rpc);
	fi_reset();
	rpc = started(bracket, NULL);
	call(rpc, "hello", ROOM, NO_LIMIT, &got);
	stopped(rpc);
}

KIT_TEST(socket_rpc, signals_are_as_before)
{
	struct sigaction action;
	sigset_t mask, before;

	handle(SIGPIPE);
	for (int blocked = 0; blocked < 2; blocked++) {
		sigemptyset(&mask);
		if (blocked)
			sigaddset(&mask, SIGPIPE);
		sigprocmask(SIG_SETMASK, &mask, &before);
		send_to_nobody();
		bool pending = is_pending(SIGPIPE);
		sigset_t after;
		sigprocmask(SIG_SETMASK, &before, &after);
		sigaction(SIGPIPE, NULL, &action);
		const char *what = blocked ? "SIGPIPE blocked" : "SIGPIPE handled";
		cr_assert(action.sa_handler == count_signal, "the action of SIGPIPE must be as before, with %s", what);
		cr_assert(eq(int, sigismember(&after, SIGPIPE), blocked), "the signal mask must be as before, with %s", what);
		cr_assert(eq(int, pending, false), "SIGPIPE must not be left pending, with %s", what);
		cr_assert(eq(uint, *signals, 0), "SIGPIPE is never raised, with %s: the caller's handler ran", what);
	}
}

/* The caller's process ends while the server works on its reply. */
KIT_TEST(socket_rpc, a_server_survives_that_its_caller_has_gone)
{
	struct seen *seen = new_seen();

	handle(SIGPIPE); /* inherited by both */
	pid_t caller = fork();
	if (caller == 0) {
		struct got got;
		rpc *rpc = rpc_start(bracket_later, seen);
		if (rpc)
			call(rpc, "hello", ROOM, 50, &got);
		_exit(0);
	}
	while (waitpid(caller, NULL, 0) < 0 && errno == EINTR)
		;
	sem_post(&seen->go_on);
	kit_let_others_run();
	unsigned calls = kit_noted(&seen->calls), came = kit_noted(signals);
	cr_assert(calls <= 1, "fn is called once for a request");
	cr_assert(eq(uint, came, 0), "SIGPIPE is never raised in a server: the handler that it has inherited ran");
}

/* ---- what a server has ------------------------------------------------------------------------------------- */

static int count_descriptors(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx)
{
	note_call(ctx);
	kit_note(&((struct seen *)ctx)->process[3], kit_open_fds());
	return bracket(request, len, reply, cap, reply_len, NULL);
}

KIT_TEST(socket_rpc, a_server_has_its_own_end_only)
{
	struct seen *one = new_seen(), *two = new_seen();
	struct got got;
	int files[2], far[2];

	pipe2(files, O_CLOEXEC); /* the caller's own: also with high numbers, and others free between them */
	far[0] = fcntl(files[0], F_DUPFD_CLOEXEC, 300);
	far[1] = fcntl(files[1], F_DUPFD_CLOEXEC, 1000);
	rpc *first = started(count_descriptors, one);
	rpc *second = started(count_descriptors, two);
	call(first, "1", ROOM, NO_LIMIT, &got);
	call(second, "2", ROOM, NO_LIMIT, &got);
	unsigned has = kit_noted(&one->process[3]), second_has = kit_noted(&two->process[3]);
	cr_assert(far[0] >= 0 && far[1] >= 0, "the test's own descriptors must have high numbers");
	cr_assert(has == 1, "the first server has %u descriptors besides 0, 1 and 2; it must have its own end only", has);
	cr_assert(
	    second_has == 1,
	    "the second server has %u descriptors besides 0, 1 and 2; it must have its own end only, and none of the first "
	    "connection",
	    second_has);
	rpc_stop(first, NULL); /* while the second one lives */
	rpc_stop(second, NULL);
	close_pair(far);
	close_pair(files);
}

static unsigned *exits; /* in memory that all share: how often the caller's atexit function ran */

static void note_exit(void)
{
	kit_note(exits, kit_noted(exits) + 1);
}

KIT_TEST(socket_rpc, a_server_runs_nothing_of_the_callers)
{
	int saved = fcntl(0, F_DUPFD_CLOEXEC, 10), files[2];
	char written[64];
	struct got got;

	exits = kit_shared(sizeof *exits);
	atexit(note_exit);
	pipe2(files, O_CLOEXEC | O_NONBLOCK);
	dup2(files[1], 0); /* a server may keep it */
	FILE *out = fdopen(0, "w");
	setvbuf(out, NULL, _IOFBF, BUFSIZ);
	fputs("once", out);
	rpc *good = rpc_start(bracket, NULL), *bad = rpc_start(ends_at_the_second, &(int){1});
	int result = -1;
	if (bad)
		call(bad, "hello", ROOM, NO_LIMIT, &got);
	if (good) {
		call(good, "hello", ROOM, NO_LIMIT, &got);
		result = got.result;
	}
	rpc_stop(good, NULL);
	rpc_stop(bad, NULL);
	fclose(out);
	dup2(saved, 0);
	close(saved);
	ssize_t bytes = read(files[0], written, sizeof written);
	close_pair(files);
	cr_assert(eq(int, result, 0), "rpc_call must return 0");
	cr_assert(eq(uint, *exits, 0), "an atexit function of the caller must not run in a server");
	cr_assert(eq(long, bytes, 4), "4 bytes in the caller's stdio buffer must be written once");
}

KIT_TEST(socket_rpc, a_server_never_returns)
{
	unsigned *returns = kit_shared(sizeof *returns);
	struct got got;
	pid_t caller = getpid();
	int calls = 1;
	rpc *good = rpc_start(bracket, NULL), *bad = rpc_start(ends_at_the_second, &calls);

	kit_note(returns, kit_noted(returns) + 1);
	if (getpid() != caller)
		_exit(0);
	cr_assert(good && bad, "rpc_start must give a server");
	call(good, "hello", ROOM, NO_LIMIT, &got);
	call(bad, "hello", ROOM, NO_LIMIT, &got);
	stopped(good);
	stopped(bad);
	unsigned came = kit_noted(returns);
	cr_assert(eq(uint, came, 1), "rpc_start returns in the caller only");
}

/* ---- rpc_stop ------------------------------------------------------------------------------------------------ */

KIT_TEST(socket_rpc, stop_of_null_does_nothing)
{
	int status = UNTOUCHED, result = rpc_stop(NULL, &status);

	cr_assert(eq(int, result, 0), "rpc_stop(NULL, status) returns 0");
	cr_assert(eq(int, status, UNTOUCHED), "rpc_stop(NULL, status) leaves *status as it was");
}

static int dies_by_the_signal(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx)
{
	(void)request, (void)len, (void)reply, (void)cap, (void)reply_len, (void)ctx;
	raise(SIGTERM);
	return -1;
}

KIT_TEST(socket_rpc, stop_tells_how_the_server_ended)
{
	struct got got;
	int status, result;

	kit_expect_death(SIGTERM);
	rpc *rpc = started(dies_by_the_signal, NULL);
	call(rpc, "x", ROOM, NO_LIMIT, &got);
	status = stopped(rpc);
	cr_assert(ended_by(status, SIGTERM), "*status of a server that SIGTERM has ended is 0x%x", (unsigned)status);
	rpc = started(ends_itself, NULL);
	call(rpc, "x", ROOM, NO_LIMIT, &got);
	expect_exit(rpc, 7);
	rpc = started(bracket, NULL);
	call(rpc, "x", ROOM, NO_LIMIT, &got);
	expect_exit(rpc, 0);
	rpc = started(bracket, NULL);
	result = rpc_stop(rpc, NULL);
	cr_assert(eq(int, result, 0), "rpc_stop must return 0 when status is NULL");
}

KIT_TEST(socket_rpc, a_wait_that_fails_is_told)
{
	int status = UNTOUCHED, result, error;
	rpc *rpc = started(bracket, NULL);

	fi_fail_nth(KIT_WAITPID, 1, ECHILD);
	errno = 0;
	result = rpc_stop(rpc, &status);
	error = errno;
	fi_reset();
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	cr_assert(eq(int, result, -1), "rpc_stop must return -1 when the wait fails");
	cr_assert(eq(int, error, ECHILD), "errno must be that of waitpid, and is %s", strerrorname_np(error));
	cr_assert(eq(int, status, UNTOUCHED), "*status is as it was when the wait fails");
}

KIT_TEST(socket_rpc, other_children_are_left_alone)
{
	pid_t other = fork();

	if (other == 0)
		_exit(9);
	kit_let_others_run(); /* it has ended, and waits to be waited for */
	rpc *first = started(bracket, NULL), *second = started(bracket, NULL);
	stopped(second);
	stopped(first);
	int status = UNTOUCHED;
	pid_t waited = waitpid(other, &status, 0);
	cr_assert(eq(int, waited, other), "a child that the caller forked itself is left to the caller");
	cr_assert(eq(int, WEXITSTATUS(status), 9), "the exit status of the caller's own child");
}

/* A server that works on, though nobody waits for its reply any more, ends its work and is not killed. */
static int ends_work(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx)
{
	struct timespec pause = {.tv_nsec = 30000000};

	send_bytes("\0\0\0\6longer", 10);
	nanosleep(&pause, NULL);
	note_call(ctx);
	return bracket(request, len, reply, cap, reply_len, NULL);
}

KIT_TEST(socket_rpc, only_who_is_late_is_killed)
{
	struct seen *seen = new_seen();
	struct got got;
	rpc *rpc = started(ends_work, seen);

	call(rpc, "x", 2, NO_LIMIT, &got);
	int status = stopped(rpc);
	unsigned calls = kit_noted(&seen->calls);
	cr_assert(ended_by(status, 0), "a server ends its work when another error than ETIMEDOUT has ended the connection");
	cr_assert(eq(uint, calls, 1), "a server ends its work");
	rpc = started(bracket_later, new_seen());
	call(rpc, "x", ROOM, 50, &got);
	status = stopped(rpc);
	cr_assert(ended_by(status, SIGKILL), "a server that did not reply in time is killed by SIGKILL: *status is 0x%x",
	          (unsigned)status);
}

/* ---- any small client ------------------------------------------------------------------------------------------ */

/* One or two frames, of which the last may be cut, then the end. What msg_recv makes of it follows from the header. */
struct stream {
	unsigned char bytes[64];
	size_t count, at;
	bool reset;
};

static void model(struct stream *stream, size_t cap, struct got *expected)
{
	size_t left = stream->count - stream->at, length = 0;

	*expected = (struct got){.result = -1, .error = EPROTO, .len = UNTOUCHED};
	if (left == 0) {
		expected->result = stream->reset ? -1 : 0;
		expected->error = EPIPE;
		return;
	}
	for (size_t i = 0; i < HEAD && i < left; i++)
		length = length << 8 | stream->bytes[stream->at + i];
	if (left < HEAD || length > MSG_MAX || length > left - HEAD)
		return;
	expected->len = length;
	expected->error = EMSGSIZE;
	if (length <= cap) {
		expected->result = 1;
		memcpy(expected->text, stream->bytes + stream->at + HEAD, length);
	}
	stream->at += HEAD + length;
}

KIT_TEST(socket_rpc, any_small_stream)
{
	static const char *const payloads[] = {"", "a", "abcd"};
	static const uint32_t more[] = {0, MSG_MAX - 3, 0xfffffffc - 4, 0x7ffffffc};
	struct stream stream = {.reset = kit_choose(2) == 1};
	unsigned frames = 1 + kit_choose(2), fault = KIT_CHOOSE("fault", "none", "short counts", "interrupted calls");
	size_t cap = kit_choose(4) + 1, last = 0;
	int end[2];

	for (unsigned i = 0; i < frames; i++) {
		const char *payload = payloads[kit_choose(3)];
		last = stream.count;
		uint32_t wrong = i + 1 == frames ? more[kit_choose(4)] : 0;
		stream.count += make_frame(stream.bytes + stream.count, (uint32_t)strlen(payload) + wrong, payload);
	}
	stream.count = last + kit_choose((unsigned)(stream.count - last) + 1); /* where it is cut */
	make_pair(end);
	if (stream.reset)
		send(end[1], "?", 1, MSG_NOSIGNAL);
	if (stream.count)
		send(end[0], stream.bytes, stream.count, MSG_NOSIGNAL);
	close(end[0]);
	fi_short_io(fault == 1);
	fi_eintr(fault == 2 ? 2 : 0);
	for (bool goes_on = true; goes_on;) {
		struct got got, expected;
		model(&stream, cap, &expected);
		receive(end[1], cap, &got);
		cr_assert(eq(int, got.result, expected.result), "what msg_recv returns, with a buffer of %zu bytes", cap);
		if (got.result < 0)
			cr_assert(eq(int, got.error, expected.error), "errno must be %s, and is %s",
			          strerrorname_np(expected.error), strerrorname_np(got.error));
		cr_assert(eq(sz, got.len, expected.len), "what is in *len, with a buffer of %zu bytes", cap);
		if (got.result > 0)
			cr_assert(memcmp(got.text, expected.text, got.len) == 0, "what the message is");
		cr_assert(eq(chr, got.text[cap], '#'), "nothing is written behind the buffer");
		goes_on = got.result > 0 || (got.result < 0 && expected.error == EMSGSIZE);
	}
	close(end[1]);
}

/* Two calls to a server that does what was chosen, each with a limit that was chosen. */
enum deed { REPLIES, LATE, SILENT, TOO_LONG, GARBAGE, ENDS, ENDS_INSIDE, NEGATIVE, DEEDS };

static const char *const deeds[DEEDS] = {
    "replies", "replies after 70 ms", "never replies", "replies at length", "sends a wrong length",
    "ends",    "ends in its reply",   "returns -1"};

struct plan {
	enum deed deed[2];
	unsigned calls; /* in the server's copy */
	struct seen *seen;
};

static int as_planned(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx)
{
	struct plan *plan = ctx;
	struct timespec pause = {.tv_nsec = 70000000};
	enum deed deed = plan->deed[plan->calls++ % 2];

	note_call(plan->seen);
	if (deed == LATE)
		nanosleep(&pause, NULL);
	while (deed == SILENT)
		sem_wait(&plan->seen->go_on);
	if (deed == GARBAGE)
		send_bytes("\0\1\0\1", HEAD);
	if (deed == ENDS_INSIDE)
		send_bytes("\0\0\0\5ab", 6);
	if (deed == ENDS || deed == ENDS_INSIDE)
		_exit(7);
	if (deed == TOO_LONG) {
		memset(reply, '?', 9);
		*reply_len = 9;
		return 0;
	}
	return deed == NEGATIVE ? -1 : bracket(request, len, reply, cap, reply_len, NULL);
}

KIT_TEST(socket_rpc, any_two_calls)
{
	static const int errors[DEEDS] = {[TOO_LONG] = EMSGSIZE,  [GARBAGE] = EPROTO, [ENDS] = EPIPE,
	                                  [ENDS_INSIDE] = EPROTO, [NEGATIVE] = EPIPE, [SILENT] = ETIMEDOUT};
	static const int exit_status[DEEDS] = {[ENDS] = 7, [ENDS_INSIDE] = 7, [NEGATIVE] = 1};
	struct plan plan = {.seen = new_seen()};
	int limit[2];
	bool over = false, late = false;
	enum deed last = REPLIES;

	for (int i = 0; i < 2; i++) {
		plan.deed[i] = (enum deed)kit_choose_named("the server", deeds, DEEDS);
		limit[i] = (int[]){NO_LIMIT, 50, 0}[KIT_CHOOSE("limit", "none", "50 ms", "0")];
		if (plan.deed[i] == SILENT && limit[i] < 0)
			limit[i] = 50;
	}
	rpc *rpc = started(as_planned, &plan);
	for (int i = 0; i < 2; i++) {
		struct got got;
		enum deed deed = plan.deed[i];
		int64_t begun = clock_us();
		call(rpc, "xyz", 8, limit[i], &got);
		int64_t took = clock_us() - begun;
		if (over) {
			expect_failed(&got, EPIPE, "an earlier call has failed");
			continue;
		}
		last = deed;
		over = got.result != 0;
		late = over && got.error == ETIMEDOUT;
		if (late) {
			cr_assert(limit[i] >= 0, "a call without a limit must not give up");
			expect_timeout(&got, took, limit[i]);
			continue;
		}
		cr_assert(limit[i] < 0 || kit_n(0, 1) || took <= limit[i] * MS + 2 * MS, "a call with %d ms took %ld us",
		          limit[i], (long)took);
		if (errors[deed])
			expect_failed(&got, errors[deed], deeds[deed]);
		else
			expect_reply(&got, "[xyz]");
		size_t len = errors[deed] == 0 ? 5 : deed == TOO_LONG ? 9 : UNTOUCHED;
		cr_assert(eq(sz, got.len, len), "what is in *reply_len when the server %s", deeds[deed]);
	}
	int status = stopped(rpc);
	if (late)
		return;
	cr_assert(ended_by(status, 0), "a server that was not late is not killed: *status is 0x%x", (unsigned)status);
	int code = WEXITSTATUS(status);
	bool either = code == 1 && (last == GARBAGE || last == TOO_LONG); /* it may find the connection reset */
	cr_assert(either || code == exit_status[last], "the exit status of a server that %s is %d", deeds[last], code);
}
