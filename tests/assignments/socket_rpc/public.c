/* public.c - the tests of socket_rpc that students have. */
#include "kit.h"
#include "socket_rpc.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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

KIT_TEST(socket_rpc, messages_arrive_one_by_one)
{
	struct got got;
	int end[2];

	make_pair(end);
	expect_sent(end[0], "one");
	expect_sent(end[0], "the second one");
	expect_sent(end[0], "3");
	receive(end[1], ROOM, &got);
	expect_message(&got, "one");
	receive(end[1], ROOM, &got);
	expect_message(&got, "the second one");
	receive(end[1], ROOM, &got);
	expect_message(&got, "3");
	close_pair(end);
}

KIT_TEST(socket_rpc, an_empty_message_is_a_message)
{
	struct got got;
	int end[2];

	make_pair(end);
	int result = msg_send(end[0], NULL, 0);
	cr_assert(eq(int, result, 0), "msg_send must return 0 for an empty message");
	expect_sent(end[0], "next");
	receive(end[1], ROOM, &got);
	expect_message(&got, "");
	receive(end[1], ROOM, &got);
	expect_message(&got, "next");
	close_pair(end);
}

/* 300 letters: a length of two bytes that differ. */
static const char *long_text(char text[ROOM])
{
	memset(text, 'x', 300);
	text[300] = 0;
	return text;
}

KIT_TEST(socket_rpc, a_frame_has_four_bytes_of_length_first)
{
	unsigned char wire[ROOM] = {0}, expected[ROOM] = {0};
	char text[ROOM];
	int end[2];

	make_pair(end);
	expect_sent(end[0], long_text(text));
	ssize_t bytes = recv(end[1], wire, sizeof wire, MSG_DONTWAIT);
	/* a program may send it in pieces */
	for (ssize_t more = bytes; more > 0 && bytes<ROOM; bytes += more> 0 ? more : 0)
		more = recv(end[1], wire + bytes, sizeof wire - (size_t)bytes, MSG_DONTWAIT);
	size_t expected_bytes = make_frame(expected, 300, text);
	close_pair(end);
	cr_assert(eq(long, bytes, (long)expected_bytes), "a message of 300 bytes is 304 bytes in the stream");
	cr_assert(memcmp(wire, expected, HEAD) == 0,
	          "a message of 300 bytes begins with 00 00 01 2c in the stream, not with %02x %02x %02x %02x", wire[0],
	          wire[1], wire[2], wire[3]);
	cr_assert(memcmp(wire, expected, expected_bytes) == 0, "behind the length comes the payload");
}

KIT_TEST(socket_rpc, a_length_is_read_from_four_bytes)
{
	struct got got;
	char text[ROOM];
	int end[2];

	make_pair(end);
	write_frame(end[0], 300, long_text(text));
	close(end[0]);
	receive(end[1], ROOM, &got);
	close(end[1]);
	expect_message(&got, text);
}

/* ---- ends and wrong frames ------------------------------------------------------------------------ */

KIT_TEST(socket_rpc, the_end_between_two_messages_is_no_error)
{
	struct got got;
	int end[2];

	make_pair(end);
	write_frame(end[0], 4, "last");
	close(end[0]);
	receive(end[1], ROOM, &got);
	expect_message(&got, "last");
	receive(end[1], ROOM, &got);
	close(end[1]);
	cr_assert(eq(int, got.result, 0), "msg_recv must return 0 at the end of the stream");
	cr_assert(eq(sz, got.len, UNTOUCHED), "*len is as it was at the end of the stream");
}

KIT_TEST(socket_rpc, the_end_inside_a_frame_is_eproto)
{
	unsigned char frame[ROOM];
	size_t bytes = make_frame(frame, 3, "abc");

	for (size_t cut = 1; cut < bytes; cut++) {
		struct got got;
		char what[64];
		int end[2];

		make_pair(end);
		send(end[0], frame, cut, MSG_NOSIGNAL);
		close(end[0]);
		receive(end[1], ROOM, &got);
		close(end[1]);
		snprintf(what, sizeof what, "a frame of %zu bytes that ends after %zu", bytes, cut);
		expect_no_message(&got, EPROTO, what);
		cr_assert(eq(sz, got.len, UNTOUCHED), "*len is as it was for %s", what);
	}
}

KIT_TEST(socket_rpc, a_length_beyond_the_limit_is_eproto)
{
	static const uint32_t length[] = {MSG_MAX + 1, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff};
	char *room = malloc(MSG_MAX);

	for (size_t i = 0; i < sizeof length / sizeof length[0]; i++) {
		size_t len = UNTOUCHED;
		int end[2], result, error;

		make_pair(end);
		write_frame(end[0], length[i], "ab"); /* the peer says nothing more, and stays */
		errno = 0;
		result = msg_recv(end[1], room, MSG_MAX, &len);
		error = errno;
		close_pair(end);
		cr_assert(eq(int, result, -1), "msg_recv must return -1 for a frame with the length 0x%x", length[i]);
		cr_assert(eq(int, error, EPROTO), "errno must be EPROTO for a frame with the length 0x%x, and is %s", length[i],
		          strerrorname_np(error));
		cr_assert(eq(sz, len, UNTOUCHED), "*len is as it was for a frame with the length 0x%x", length[i]);
	}
	free(room);
}

KIT_TEST(socket_rpc, a_message_larger_than_the_buffer_is_emsgsize)
{
	struct got got;
	int end[2];

	make_pair(end);
	write_frame(end[0], 10, "much longe");
	write_frame(end[0], 4, "next");
	close(end[0]);
	receive(end[1], 4, &got);
	expect_no_message(&got, EMSGSIZE, "a message of 10 bytes and a buffer of 4");
	cr_assert(eq(sz, got.len, 10), "*len is the length of the message that was too large");
	cr_assert(eq(chr, got.text[4], '#'), "nothing is written behind the 4 bytes of the buffer");
	receive(end[1], 4, &got);
	close(end[1]);
	expect_message(&got, "next");
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

KIT_TEST(socket_rpc, a_peer_that_has_gone_is_epipe)
{
	int end[2];

	handle(SIGPIPE);
	make_pair(end);
	close(end[1]);
	errno = 0;
	int result = msg_send(end[0], "hello", 5), error = errno;
	close(end[0]);
	cr_assert(eq(int, result, -1), "msg_send must return -1 when the peer has closed its end");
	cr_assert(eq(int, error, EPIPE), "errno must be EPIPE when the peer has closed its end, and is %s",
	          strerrorname_np(error));
	cr_assert(eq(uint, *signals, 0), "SIGPIPE is never raised: the caller's handler ran");
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

static rpc *started(rpc_fn fn, void *ctx)
{
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

KIT_TEST(socket_rpc, a_call_brings_its_reply)
{
	struct got got;
	rpc *rpc = started(bracket, NULL);

	call(rpc, "hello", ROOM, NO_LIMIT, &got);
	expect_reply(&got, "[hello]");
	call(rpc, "again", ROOM, NO_LIMIT, &got);
	expect_reply(&got, "[again]");
	stopped(rpc);
}

KIT_TEST(socket_rpc, fn_runs_in_a_child_of_the_caller)
{
	struct seen *seen = new_seen();
	struct got got;
	rpc *rpc = started(bracket, seen);

	call(rpc, "who", ROOM, NO_LIMIT, &got);
	rpc_stop(rpc, NULL);
	unsigned caller = (unsigned)getpid();
	cr_assert(seen->calls > 0, "fn is called for each request");
	cr_assert(seen->process[0] != caller, "fn runs in the server, not in the caller's process");
	cr_assert(eq(uint, seen->parent[0], caller), "the server is a child of the caller");
}

KIT_TEST(socket_rpc, one_server_answers_all_calls)
{
	struct seen *seen = new_seen();
	struct got got;
	rpc *rpc = started(bracket, seen);

	for (int i = 0; i < 2; i++) {
		call(rpc, "who", ROOM, NO_LIMIT, &got);
		expect_reply(&got, "[who]");
	}
	stopped(rpc);
	unsigned forks = fi_calls(KIT_FORK);
	cr_assert(eq(uint, seen->calls, 2), "fn is called once for each of 2 requests");
	cr_assert(eq(uint, seen->process[1], seen->process[0]), "one process answers all requests");
	cr_assert(eq(uint, forks, 1), "a server is one process: so many were forked");
}

/* ---- faults ---------------------------------------------------------------------------------------- */

static void expect_exchange(const char *what)
{
	struct got got;
	int end[2];

	make_pair(end);
	expect_sent(end[0], "a message");
	expect_sent(end[0], "next");
	receive(end[1], ROOM, &got);
	cr_assert(eq(int, got.result, 1), "msg_recv must return 1 with %s; errno is %s", what, strerrorname_np(got.error));
	expect_message(&got, "a message");
	receive(end[1], ROOM, &got);
	expect_message(&got, "next");
	close_pair(end);

	rpc *rpc = started(bracket, NULL);
	call(rpc, "hello", ROOM, NO_LIMIT, &got);
	cr_assert(eq(int, got.result, 0), "rpc_call must return 0 with %s; errno is %s", what, strerrorname_np(got.error));
	expect_reply(&got, "[hello]");
	stopped(rpc);
}

KIT_TEST(socket_rpc, survives_short_counts)
{
	fi_short_io(true);
	expect_exchange("1 to 3 bytes at a time");
}

KIT_TEST(socket_rpc, survives_interrupted_calls)
{
	fi_eintr(2);
	expect_exchange("every 2nd call interrupted");
}

static void expect_not_started(enum kit_op op, int error, const char *what)
{
	fi_reset();
	fi_fail_nth(op, 1, error);
	errno = 0;
	rpc *rpc = rpc_start(bracket, NULL);
	int got = errno;
	fi_reset();
	cr_assert(eq(ptr, rpc, NULL), "rpc_start must return NULL when %s", what);
	cr_assert(eq(int, got, error), "errno must be %s when %s, and is %s", strerrorname_np(error), what,
	          strerrorname_np(got));
}

KIT_TEST(socket_rpc, a_server_that_cannot_be_started_is_reported)
{
	expect_not_started(KIT_FORK, EAGAIN, "fork fails");
	expect_not_started(KIT_PIPE, EMFILE, "socketpair fails");
	expect_not_started(KIT_MALLOC, ENOMEM, "there is no memory");
}

/* ---- deadlines and waiting -------------------------------------------------------------------------- */

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

KIT_TEST(socket_rpc, a_call_gives_up_at_its_deadline)
{
	struct got got;
	rpc *rpc = started(bracket_later, new_seen());
	int64_t begun = clock_us();

	call(rpc, "hello", ROOM, 50, &got);
	int64_t took = clock_us() - begun;
	stopped(rpc);
	expect_timeout(&got, took, 50);
	cr_assert(eq(sz, got.len, UNTOUCHED), "*reply_len is as it was");
}

struct caller {
	rpc *rpc;
	struct got got;
	pthread_t thread;
};

static void *call_in_thread(void *argument)
{
	struct caller *caller = argument;

	call(caller->rpc, "hello", ROOM, NO_LIMIT, &caller->got);
	return NULL;
}

KIT_TEST(socket_rpc, who_waits_for_a_reply_sleeps)
{
	struct seen *seen = new_seen();
	struct caller caller = {.rpc = started(bracket_later, seen)};

	pthread_create(&caller.thread, NULL, call_in_thread, &caller);
	kit_expect_quiet(); /* the caller waits for the reply, the server for the test */
	sem_post(&seen->go_on);
	pthread_join(caller.thread, NULL);
	kit_expect_quiet(); /* the server waits for the next request */
	unsigned calls = kit_noted(&seen->calls);
	rpc_stop(caller.rpc, NULL);
	cr_assert(eq(uint, calls, 1), "fn is called for the request");
}
