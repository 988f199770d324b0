/* hidden.c - the tests of server_models that only instructors have. Each one tests sentences of
 * include/server_models.h; two are any small client. */
#define _GNU_SOURCE 1
#include "kit.h"
#include "server_models.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- a server in the test's process, its clients in another one -------------------------------- */

struct result {
	int returned, error;
	bool kept; /* the caller's descriptors are open after the call */
	struct srv_stats stats;
};

/* In memory that both share. */
struct scene {
	int listen_fd, stop[2]; /* the clients have stop[1]; when they end the server stops */
	struct sockaddr_un address;
	socklen_t length;
	const char *complaint; /* of the clients: the first thing that was wrong; or NULL */
	sem_t begun, go;       /* an answer to "wait" or "hang" has begun; one to "wait" may end */
	sem_t never;
	pid_t caller;
	unsigned answers;   /* of SRV_POLL, which has one at a time */
	unsigned elsewhere; /* by kit_note, as all below: a line was answered in another process */
	unsigned threads;   /* of the test's process when a line was answered */
	unsigned sockets;   /* listener and connections, those that were open then */
	unsigned blocked;   /* signals, a bit for each */
	unsigned usr1_is_default;
	unsigned stopped_ms;
	unsigned closed;      /* clients that were not served */
	struct result result; /* of a call in another process */
};

static const struct srv_stats unchanged = {91, 92, 93, 94};

static struct scene *new_scene(void)
{
	struct scene *scene = kit_shared(sizeof *scene);

	scene->address.sun_family = AF_UNIX;
	scene->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	bind(scene->listen_fd, (struct sockaddr *)&scene->address, sizeof(sa_family_t)); /* a name that is nobody else's */
	listen(scene->listen_fd, 64);
	scene->length = sizeof scene->address;
	getsockname(scene->listen_fd, (struct sockaddr *)&scene->address, &scene->length);
	pipe2(scene->stop, O_CLOEXEC);
	sem_init(&scene->begun, 1, 0);
	sem_init(&scene->go, 1, 0);
	sem_init(&scene->never, 1, 0);
	scene->caller = getpid();
	return scene;
}

/* The clients run, and the server until the last of them has ended. */
static struct result serve_clients(enum srv_model model, struct srv_opts opts, srv_answer answer, struct scene *scene,
                                   void (*clients)(struct scene *))
{
	struct result result = {.stats = unchanged};
	pid_t pid = fork();

	if (pid == 0) {
		close(scene->listen_fd);
		clients(scene);
		_exit(0);
	}
	close(scene->stop[1]);
	result.returned = srv_run(model, scene->listen_fd, scene->stop[0], &opts, answer, scene, &result.stats);
	result.error = errno;
	result.kept = fcntl(scene->listen_fd, F_GETFD) >= 0 && fcntl(scene->stop[0], F_GETFD) >= 0;
	close(scene->listen_fd);
	close(scene->stop[0]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return result;
}

/* The reply is the line; but a line may ask for something else. */
static ssize_t echo(const char *line, size_t size, char *reply, size_t cap, void *ctx)
{
	struct scene *scene = ctx;

	kit_note(&scene->answers, kit_noted(&scene->answers) + 1);
	if (getpid() != scene->caller)
		kit_note(&scene->elsewhere, 1);
	if (size == 3 && memcmp(line, "big", 3) == 0) {
		memset(reply, 'b', cap);
		return (ssize_t)cap;
	}
	if (size == 5 && memcmp(line, "close", 5) == 0)
		return -1;
	if (size == 5 && memcmp(line, "crash", 5) == 0)
		raise(SIGSEGV);
	if (size == 4 && memcmp(line, "wait", 4) == 0) {
		sem_post(&scene->begun);
		while (sem_wait(&scene->go) != 0)
			;
	}
	if (size == 4 && memcmp(line, "hang", 4) == 0) {
		sem_post(&scene->begun);
		for (;;)
			sem_wait(&scene->never);
	}
	memcpy(reply, line, size);
	return (ssize_t)size;
}

/* ---- what clients do --------------------------------------------------------------------------- */

static void complain(struct scene *scene, const char *what)
{
	if (!scene->complaint)
		scene->complaint = what;
}

static int arrive(struct scene *scene)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&scene->address, scene->length) != 0)
		complain(scene, "a client could not connect: the call has ended already");
	return fd;
}

static void say(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t bytes = send(fd, text, left, MSG_NOSIGNAL);

		if (bytes < 0)
			return;
		text += bytes;
		left -= (size_t)bytes;
	}
}

/* The next bytes are `text`. */
static void hear(struct scene *scene, int fd, const char *text, const char *what)
{
	char byte;

	for (; *text; text++)
		if (recv(fd, &byte, 1, 0) != 1 || byte != *text) {
			complain(scene, what);
			return;
		}
}

/* How many replies to "big" are more than a connection holds while nobody reads them. */
static unsigned too_many(int fd)
{
	int bytes = 0;
	socklen_t length = sizeof bytes;

	getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, &length);
	return (unsigned)bytes / SRV_REPLY + 5;
}

static void say_big(int fd, unsigned count)
{
	while (count-- > 0)
		say(fd, "big\n");
}

/* The next thing is a reply to "big". */
static void hear_big(struct scene *scene, int fd)
{
	char buffer[4096];
	size_t heard = 0;

	while (heard <= SRV_REPLY) {
		size_t left = SRV_REPLY + 1 - heard;
		ssize_t bytes = recv(fd, buffer, left < sizeof buffer ? left : sizeof buffer, 0);

		if (bytes <= 0 || (heard < SRV_REPLY && buffer[0] != 'b')) {
			complain(scene, "a reply of SRV_REPLY bytes did not come completely");
			return;
		}
		heard += (size_t)bytes;
		if (heard == SRV_REPLY + 1 && buffer[bytes - 1] == '\n')
			return;
	}
	complain(scene, "a reply of SRV_REPLY bytes has no '\\n' at its end");
}

static void hear_end(struct scene *scene, int fd, const char *what)
{
	char byte;

	if (recv(fd, &byte, 1, 0) > 0)
		complain(scene, what);
	close(fd);
}

/* ---- what is expected -------------------------------------------------------------------------- */

static const enum srv_model yours[] = {SRV_FORK, SRV_POOL, SRV_POLL};
static const char *const name_of[] = {"SRV_ITERATIVE", "SRV_FORK", "SRV_THREAD", "SRV_POOL", "SRV_POLL"};

static void expect_success_of(enum srv_model model, const struct result *result, const struct scene *scene)
{
	cr_assert(result->returned == 0, "%s: srv_run failed with \"%s\"", name_of[model], strerror(result->error));
	cr_assert(scene->complaint == NULL, "%s: %s", name_of[model], scene->complaint ? scene->complaint : "");
}

static void expect_failure_of(enum srv_model model, const struct result *result, int error, const char *what)
{
	cr_assert(result->returned == -1, "%s: srv_run must fail when %s", name_of[model], what);
	cr_assert(result->error == error, "%s: errno is \"%s\" when %s, expected \"%s\"", name_of[model],
	          strerror(result->error), what, strerror(error));
	cr_assert(memcmp(&result->stats, &unchanged, sizeof unchanged) == 0, "%s: *stats was changed when %s",
	          name_of[model], what);
}

static void expect_of(enum srv_model model, unsigned seen, unsigned expected, const char *what)
{
	cr_assert(eq(uint, seen, expected), "%s: %s", name_of[model], what);
}

/* ---- arguments --------------------------------------------------------------------------------- */

KIT_TEST(server_models, bad_arguments_are_einval)
{
	struct srv_opts opts = {.limit = 1}, none = {.limit = 0};
	struct scene *scene = new_scene();
	struct srv_stats stats;
	int in = scene->listen_fd, end = scene->stop[0];

	close(scene->stop[1]);
	for (int which = 0; which < 6; which++) {
		errno = 0;
		int returned = srv_run(which == 0   ? (enum srv_model)5
		                       : which == 1 ? (enum srv_model) - 1
		                                    : SRV_THREAD,
		                       in, end,
		                       which == 2   ? NULL
		                       : which == 3 ? &none
		                                    : &opts,
		                       which == 4 ? NULL : echo, scene, which == 5 ? NULL : &stats);
		cr_assert(returned == -1 && errno == EINVAL, "srv_run must fail with EINVAL: %s",
		          (const char *[]){"there is no model 5", "there is no model -1", "opts is NULL", "limit is 0",
		                           "answer is NULL", "stats is NULL"}[which]);
	}
	close(in);
	close(end);
}

/* ---- lines ------------------------------------------------------------------------------------- */

static void speak_in_turn(struct scene *scene)
{
	int fd = arrive(scene);

	say(fd, "hello\n");
	hear(scene, fd, "hello\n", "the reply to the first line");
	say(fd, "a\n\nbc\nwor");
	hear(scene, fd, "a\n\nbc\n", "the replies to a line, an empty one and another one");
	say(fd, "ld\n");
	hear(scene, fd, "world\n", "the reply to a line in two pieces");
	close(fd);
}

static void serve_with(enum srv_model model, void (*clients)(struct scene *))
{
	struct scene *scene = new_scene();
	struct result result = serve_clients(model, (struct srv_opts){.limit = 3}, echo, scene, clients);

	expect_success_of(model, &result, scene);
}

KIT_TEST(server_models, short_counts_are_continued)
{
	fi_short_io(true);
	for (unsigned i = 0; i < 3; i++)
		serve_with(yours[i], speak_in_turn);
}

static void handle(int signal)
{
	(void)signal;
}

static void interrupt(struct scene *scene)
{
	int fd = arrive(scene);

	kit_let_others_run();
	kill(scene->caller, SIGUSR1);
	kit_let_others_run();
	say(fd, "hello\n");
	hear(scene, fd, "hello\n", "no reply after a handler of the caller's had run");
	close(fd);
	kit_let_others_run();
	kill(scene->caller, SIGUSR1);
}

KIT_TEST(server_models, a_handled_signal_changes_nothing)
{
	struct sigaction action = {.sa_handler = handle};

	sigaction(SIGUSR1, &action, NULL);
	for (unsigned i = 0; i < 3; i++)
		serve_with(yours[i], interrupt);
}

static void say_too_much(struct scene *scene)
{
	char line[SRV_LINE + 3] = "";
	int fd = arrive(scene), other = arrive(scene);

	memset(line, 'x', SRV_LINE + 1);
	line[SRV_LINE] = '\0';
	say(fd, line);
	kit_let_others_run();
	say(fd, "\n");
	line[SRV_LINE] = '\n';
	hear(scene, fd, line, "a line of SRV_LINE bytes had no reply");
	line[SRV_LINE] = 'x';
	say(fd, line);
	hear_end(scene, fd, "a line of SRV_LINE + 1 bytes was answered");
	say(other, "close\nmore\n");
	hear_end(scene, other, "answer returned -1, and the connection went on");
}

KIT_TEST(server_models, a_connection_can_be_refused)
{
	for (unsigned i = 0; i < 3; i++)
		serve_with(yours[i], say_too_much);
}

/* Two that speak in turns, a piece each. */
static void speak_across(struct scene *scene)
{
	int first = arrive(scene), second = arrive(scene);

	say(first, "al");
	kit_let_others_run();
	say(second, "be");
	kit_let_others_run();
	say(second, "ta\nga");
	hear(scene, second, "beta\n", "of two clients that send lines in pieces, one had a wrong reply");
	say(first, "pha\n");
	hear(scene, first, "alpha\n", "of two clients that send lines in pieces, one had a wrong reply");
	say(second, "mma\n");
	hear(scene, second, "gamma\n", "of two clients that send lines in pieces, one had a wrong reply");
	close(first);
	close(second);
}

KIT_TEST(server_models, poll_keeps_pieces_of_lines)
{
	serve_with(SRV_POLL, speak_across);
}

/* Lines that have come together wait for the reply before them, and the end behind them. */
static void end_before_reading(struct scene *scene)
{
	int fd = arrive(scene);
	unsigned replies = too_many(fd);

	say_big(fd, replies);
	say(fd, "the end\n");
	shutdown(fd, SHUT_WR);
	kit_let_others_run();
	if (kit_noted(&scene->answers) > replies)
		complain(scene, "the last line was answered before the replies to those before it were sent");
	while (replies-- > 0)
		hear_big(scene, fd);
	hear(scene, fd, "the end\n", "a client that had closed its sending side did not get all replies");
	hear_end(scene, fd, "a connection was not closed after the last reply");
}

KIT_TEST(server_models, poll_answers_all_that_has_come)
{
	serve_with(SRV_POLL, end_before_reading);
}

/* ---- limits ------------------------------------------------------------------------------------ */

static void no_word_yet(struct scene *scene, int fd, const char *what)
{
	char byte;

	kit_let_others_run();
	if (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0)
		complain(scene, what);
}

static void be_one_too_many(struct scene *scene)
{
	int first = arrive(scene), second = arrive(scene), third;

	say(first, "one\n");
	hear(scene, first, "one\n", "the first of two clients");
	say(second, "two\n");
	hear(scene, second, "two\n", "the second of two clients");
	third = arrive(scene);
	say(third, "three\n");
	no_word_yet(scene, third, "with a limit of 2 a third client was served while two were connected");
	close(first);
	hear(scene, third, "three\n", "the third client was not served when one of the two before it had ended");
	close(third);
	close(second);
}

static void leave_one_waiting(struct scene *scene)
{
	int first = arrive(scene), second = arrive(scene), third;

	say(first, "one\n");
	hear(scene, first, "one\n", "the first of two clients");
	say(second, "two\n");
	hear(scene, second, "two\n", "the second of two clients");
	third = arrive(scene);
	no_word_yet(scene, third, "with a limit of 2 a third client was served while two were connected");
	close(scene->stop[1]);
	hear_end(scene, first, "after the stop a client was sent something");
	close(second);
	close(third);
}

static void keep_the_limit(enum srv_model model)
{
	struct scene *scene = new_scene();
	struct result result = serve_clients(model, (struct srv_opts){.limit = 2}, echo, scene, be_one_too_many);

	expect_success_of(model, &result, scene);
	expect_of(model, result.stats.accepted, 3, "connections that were accepted");
	scene = new_scene();
	result = serve_clients(model, (struct srv_opts){.limit = 2}, echo, scene, leave_one_waiting);
	expect_success_of(model, &result, scene);
	expect_of(model, result.stats.accepted, 2,
	          "connections that were accepted of three, with a limit of 2, until the stop");
}

static void be_three(struct scene *scene, int fd[3])
{
	for (int i = 0; i < 3; i++) {
		fd[i] = arrive(scene);
		say(fd[i], "one\n");
		hear(scene, fd[i], "one\n", "with a limit of 3 one of three clients had no reply");
	}
	kit_let_others_run();
}

/* The caller is stopped when it learns of the first end, and two more come meanwhile. */
static void end_at_once(struct scene *scene)
{
	struct kit_gate *gate;
	int fd[3];

	be_three(scene, fd);
	gate = gate_before(KIT_WAITPID, 1);
	for (int i = 0; i < 3; i++) {
		close(fd[i]);
		kit_let_others_run();
	}
	gate_open(gate);
	be_three(scene, fd);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
}

KIT_TEST(server_models, fork_keeps_the_limit)
{
	keep_the_limit(SRV_FORK);
	serve_with(SRV_FORK, end_at_once);
}

KIT_TEST(server_models, pool_keeps_the_limit)
{
	fi_spurious(2);
	keep_the_limit(SRV_POOL);
}

KIT_TEST(server_models, poll_keeps_the_limit)
{
	keep_the_limit(SRV_POLL);
}

/* The listener and accepted connections that are open in this process: all have the listener's name. A socket of
 * another kind may be the call's own. */
static unsigned sockets_now(const struct scene *scene)
{
	unsigned count = 0;

	for (int fd = 0; fd < 128; fd++) {
		struct sockaddr_un name = {0};
		socklen_t length = sizeof name;

		count += getsockname(fd, (struct sockaddr *)&name, &length) == 0 && length == scene->length &&
		         memcmp(&name, &scene->address, length) == 0;
	}
	return count;
}

/* Notes what there is in the process that answers. */
static ssize_t look_around(const char *line, size_t size, char *reply, size_t cap, void *ctx)
{
	struct scene *scene = ctx;
	struct sigaction usr1;
	sigset_t mask;
	unsigned blocked = 0;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int signal = 1; signal < 32; signal++)
		if (sigismember(&mask, signal) == 1)
			blocked |= 1u << signal;
	sigaction(SIGCHLD, NULL, &usr1);
	kit_note(&scene->usr1_is_default, usr1.sa_handler == SIG_DFL);
	kit_note(&scene->blocked, blocked);
	kit_note(&scene->threads, kit_threads());
	kit_note(&scene->sockets, sockets_now(scene));
	return echo(line, size, reply, cap, ctx);
}

static void be_two(struct scene *scene)
{
	int first = arrive(scene), second = arrive(scene);

	say(first, "one\n");
	hear(scene, first, "one\n", "the first of two clients had no reply");
	say(second, "two\n");
	hear(scene, second, "two\n", "the second of two clients had no reply");
	close(first);
	close(second);
}

static struct scene *let_look_around(enum srv_model model)
{
	struct scene *scene = new_scene();
	struct result result = serve_clients(model, (struct srv_opts){.limit = 3}, look_around, scene, be_two);

	expect_success_of(model, &result, scene);
	return scene;
}

KIT_TEST(server_models, fork_gives_a_process_one_connection)
{
	expect_of(
	    SRV_FORK, let_look_around(SRV_FORK)->sockets, 1,
	    "of the listener and the connections, those that are open in the process of a second one; expected: its own");
}

KIT_TEST(server_models, pool_has_the_threads_it_was_given)
{
	expect_of(SRV_POOL, let_look_around(SRV_POOL)->threads, 3 + 1, "threads that there are, with a limit of 3");
}

KIT_TEST(server_models, poll_is_one_thread)
{
	struct scene *scene = let_look_around(SRV_POLL);

	expect_of(SRV_POLL, scene->threads, 1, "threads that there are");
	expect_of(SRV_POLL, scene->elsewhere, 0, "lines that were answered in another process");
}

/* ---- nothing left for another one -------------------------------------------------------------- */

static void find_it_full(struct scene *scene)
{
	int first = arrive(scene), second;

	say(first, "one\n");
	hear(scene, first, "one\n", "the client that was there had no reply");
	second = arrive(scene);
	say(second, "two\n");
	no_word_yet(scene, second, "accept failed with EMFILE, and the connection was served before another one had ended");
	say(first, "more\n");
	hear(scene, first, "more\n", "accept failed with EMFILE, and a client that was connected had no reply any more");
	close(first);
	hear(scene, second, "two\n", "accept failed with EMFILE, and was not called again when a connection had ended");
	close(second);
}

static void be_full(enum srv_model model)
{
	static const int errors[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};

	for (unsigned i = 0; i < kit_n(4, 1); i++) {
		struct scene *scene = new_scene();
		fi_reset();
		fi_fail_nth(KIT_ACCEPT, 2, errors[i]);
		struct result result = serve_clients(model, (struct srv_opts){.limit = 3}, echo, scene, find_it_full);
		expect_success_of(model, &result, scene);
		expect_of(model, result.stats.accepted, 2, "connections that were accepted");
	}
}

KIT_TEST(server_models, fork_goes_on_when_full)
{
	be_full(SRV_FORK);
}

KIT_TEST(server_models, pool_goes_on_when_full)
{
	be_full(SRV_POOL);
}

static void try_to_arrive(struct scene *scene)
{
	int fd = arrive(scene);

	say(fd, "one\n");
	hear_end(scene, fd, "a client was served though accept had failed");
}

static void stay_to_the_end(struct scene *scene)
{
	int first = arrive(scene), second;

	say(first, "one\n");
	hear(scene, first, "one\n", "the client that was there had no reply");
	second = arrive(scene);
	kit_let_others_run();
	poll(NULL, 0, 200); /* more than grace_ms: an error is no stop */
	say(first, "more\n");
	hear(scene, first, "more\n", "accept failed with EBADF, and a client that was connected had no reply any more");
	close(first);
	hear_end(scene, second, "a client was served though accept had failed");
}

static void fail_with_a_connection(enum srv_model model)
{
	struct scene *scene = new_scene();

	fi_reset();
	fi_fail_nth(KIT_ACCEPT, 2, EBADF);
	struct result result =
	    serve_clients(model, (struct srv_opts){.limit = 3, .grace_ms = 50}, echo, scene, stay_to_the_end);
	expect_failure_of(model, &result, EBADF, "accept fails, and a client is connected");
	cr_assert(scene->complaint == NULL, "%s: %s", name_of[model], scene->complaint ? scene->complaint : "");
}

KIT_TEST(server_models, full_without_a_connection_fails)
{
	static const int errors[] = {EMFILE, ENFILE, EBADF};

	for (unsigned i = 0; i < 9; i++) {
		struct scene *scene = new_scene();
		fi_reset();
		fi_fail_nth(KIT_ACCEPT, 1, errors[i % 3]);
		struct result result = serve_clients(yours[i / 3], (struct srv_opts){.limit = 3}, echo, scene, try_to_arrive);
		expect_failure_of(yours[i / 3], &result, errors[i % 3], "accept fails");
	}
	for (unsigned i = 0; i < 3; i++)
		fail_with_a_connection(yours[i]);
}

/* The caller has no descriptor for a connection that is gone, or none was there. */
KIT_TEST(server_models, accept_is_called_again)
{
	static const int errors[] = {EINTR, EAGAIN, ECONNABORTED};

	for (unsigned i = 0; i < 9; i++) {
		fi_reset();
		fi_fail_nth(KIT_ACCEPT, 1, errors[i % 3]);
		serve_with(yours[i / 3], be_two);
	}
}

/* Each of three is served, or closed without a word. */
static void be_served_or_not(struct scene *scene)
{
	for (int i = 0; i < 3; i++) {
		int fd = arrive(scene);
		char byte;
		say(fd, "x\n");
		if (recv(fd, &byte, 1, 0) == 1)
			hear(scene, fd, "\n", "a reply that is not complete");
		else
			kit_note(&scene->closed, kit_noted(&scene->closed) + 1);
		close(fd);
		kit_let_others_run();
	}
}

static void fail_one(enum srv_model model, enum kit_op op, int error)
{
	for (unsigned nth = 1; nth <= 6; nth++) {
		struct scene *scene = new_scene();
		fi_reset();
		fi_fail_nth(op, nth, error);
		struct result result = serve_clients(model, (struct srv_opts){.limit = 3}, echo, scene, be_served_or_not);
		bool failed = fi_calls(op) >= nth;
		fi_reset();
		if (result.returned == 0) {
			expect_success_of(model, &result, scene);
			expect_of(model, result.stats.dropped, scene->closed,
			          "connections that were dropped; expected: closed without a reply");
			cr_assert(le(uint, scene->closed, failed ? 1 : 0), "%s: %u of 3 clients had no reply", name_of[model],
			          scene->closed);
		} else {
			expect_failure_of(model, &result, error, "a call has failed that it makes");
		}
		if (!failed)
			break;
	}
}

KIT_TEST(server_models, a_thread_that_is_missing_is_told)
{
	for (unsigned place = 1; place <= 3; place++) {
		struct scene *scene = new_scene();
		fi_reset();
		fi_fail_nth(KIT_THREAD_CREATE, place, EAGAIN);
		struct result result = serve_clients(SRV_POOL, (struct srv_opts){.limit = 3}, echo, scene, try_to_arrive);
		expect_failure_of(SRV_POOL, &result, EAGAIN, "there is no thread to be had");
		expect_of(SRV_POOL, kit_threads(), 1, "threads after the call, when one could not be made");
	}
	fail_one(SRV_THREAD, KIT_THREAD_CREATE, EAGAIN);
}

KIT_TEST(server_models, without_memory_somebody_is_told)
{
	for (unsigned i = 0; i < 3; i++) {
		fail_one(yours[i], KIT_MALLOC, ENOMEM);
		fail_one(yours[i], KIT_PIPE, EMFILE);
	}
}

/* ---- crashes ----------------------------------------------------------------------------------- */

/* The call in a process of its own; the test is the client. */
static pid_t let_serve(enum srv_model model, struct scene *scene, srv_answer answer)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct srv_opts opts = {.limit = 2};
		close(scene->stop[1]);
		scene->result.returned =
		    srv_run(model, scene->listen_fd, scene->stop[0], &opts, answer, scene, &scene->result.stats);
		scene->result.error = errno;
		_exit(0);
	}
	close(scene->listen_fd);
	close(scene->stop[0]);
	return pid;
}

static int wait_for_end(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void crash(struct scene *scene)
{
	int other = arrive(scene), fd = arrive(scene);

	say(fd, "crash\n");
	hear_end(scene, fd, "the answer crashed, and the connection went on");
	hear_end(scene, other, "the answer to another client crashed, and the connection went on");
}

static void end_by_a_crash(enum srv_model model)
{
	struct scene *scene = new_scene();

	kit_expect_death(SIGSEGV);
	pid_t pid = let_serve(model, scene, echo);
	crash(scene);
	close(scene->stop[1]);
	int status = wait_for_end(pid);
	bool crashed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
	cr_assert(crashed, "%s: all share a process, so a crash of `answer` must be its end", name_of[model]);
}

KIT_TEST(server_models, a_crash_reaches_all_of_a_process)
{
	end_by_a_crash(SRV_POOL);
	end_by_a_crash(SRV_POLL);
}

/* ---- FORK: its processes ----------------------------------------------------------------------- */

static void set_signals(void)
{
	struct sigaction action = {.sa_handler = handle};
	sigset_t set;

	sigaction(SIGUSR1, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

static unsigned blocked_now(void)
{
	unsigned blocked = 0;
	sigset_t mask;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int signal = 1; signal < 32; signal++)
		if (sigismember(&mask, signal) == 1)
			blocked |= 1u << signal;
	return blocked;
}

KIT_TEST(server_models, fork_keeps_the_signals)
{
	struct sigaction chld, usr1, quiet;

	set_signals();
	struct scene *scene = let_look_around(SRV_FORK);
	unsigned after = blocked_now();
	sigaction(SIGCHLD, NULL, &chld);
	sigaction(SIGUSR1, NULL, &usr1);
	sigaction(SIGPIPE, NULL, &quiet);
	expect_of(SRV_FORK, scene->blocked, 1u << SIGUSR2,
	          "signals that are blocked when a line is answered, a bit for each");
	expect_of(SRV_FORK, scene->usr1_is_default, 1, "whether SIGCHLD has its default action when a line is answered");
	expect_of(SRV_FORK, after, 1u << SIGUSR2, "signals that are blocked after the call, a bit for each");
	cr_assert(chld.sa_handler == SIG_DFL && usr1.sa_handler == handle && quiet.sa_handler == SIG_DFL,
	          "SRV_FORK: an action of a signal is another one after the call");
}

KIT_TEST(server_models, other_models_keep_the_signals)
{
	struct sigaction chld, usr1, quiet;

	set_signals();
	serve_with(SRV_POOL, be_two);
	serve_with(SRV_POLL, be_two);
	sigaction(SIGCHLD, NULL, &chld);
	sigaction(SIGUSR1, NULL, &usr1);
	sigaction(SIGPIPE, NULL, &quiet);
	cr_assert(eq(uint, blocked_now(), 1u << SIGUSR2), "signals that are blocked after the call, a bit for each");
	cr_assert(chld.sa_handler == SIG_DFL && usr1.sa_handler == handle && quiet.sa_handler == SIG_DFL,
	          "an action of a signal is another one after the call");
}

KIT_TEST(server_models, fork_returns_in_the_caller)
{
	static const char text[] = "once";
	unsigned *returns = kit_shared(sizeof *returns);
	struct scene *scene = new_scene();
	pid_t caller = getpid();
	char written[64];
	int fds[2];

	pipe2(fds, O_CLOEXEC);
	FILE *out = fdopen(fds[1], "w");
	setvbuf(out, NULL, _IOFBF, BUFSIZ);
	fputs(text, out); /* stays in the buffer, which each process gets a copy of */
	struct result result = serve_clients(SRV_FORK, (struct srv_opts){.limit = 2}, echo, scene, be_two);
	++*returns;
	if (getpid() != caller)
		_exit(0);
	fclose(out);
	ssize_t bytes_written = read(fds[0], written, sizeof written);
	close(fds[0]);
	expect_success_of(SRV_FORK, &result, scene);
	expect_of(SRV_FORK, *returns, 1, "how often srv_run returns");
	cr_assert(eq(long, bytes_written, (long)strlen(text)), "bytes written of the 4 in the caller's stdio buffer");
}

KIT_TEST(server_models, fork_leaves_other_children)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		_exit(7);
	kit_let_others_run(); /* it has ended: a wait for any child would find it first */
	struct scene *scene = new_scene();
	struct result result = serve_clients(SRV_FORK, (struct srv_opts){.limit = 2}, echo, scene, be_two);
	bool kept = waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7;
	expect_success_of(SRV_FORK, &result, scene);
	cr_assert(eq(int, kept, true), "SRV_FORK: a child of the caller's own that has ended must be left to the caller");
}

static unsigned now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (unsigned)now.tv_sec * 1000 + (unsigned)now.tv_nsec / 1000000;
}

static void begin_answer(struct scene *scene, int fd, const char *line)
{
	say(fd, line);
	while (sem_wait(&scene->begun) != 0)
		;
}

/* One answer never ends, another one ends shortly before the grace does, and one client is idle. */
static void hang_at_the_stop(struct scene *scene)
{
	int fd = arrive(scene), late = arrive(scene), idle = arrive(scene);

	say(idle, "one\n");
	hear(scene, idle, "one\n", "the reply to a client's line");
	begin_answer(scene, fd, "hang\n");
	begin_answer(scene, late, "wait\n");
	kit_note(&scene->stopped_ms, now_ms());
	close(scene->stop[1]);
	hear_end(scene, idle, "an idle client at the stop was sent something");
	poll(NULL, 0, 400);
	sem_post(&scene->go);
	hear(scene, late, "wait\n", "an answer that ended within grace_ms did not come");
	hear_end(scene, late, "after the stop a client was sent more than its reply");
	hear_end(scene, fd, "a process that had not ended in time went on");
}

KIT_TEST(server_models, fork_kills_after_the_grace)
{
	struct scene *scene = new_scene();
	struct result result =
	    serve_clients(SRV_FORK, (struct srv_opts){.limit = 3, .grace_ms = 500}, echo, scene, hang_at_the_stop);
	unsigned took_ms = now_ms() - scene->stopped_ms;

	expect_success_of(SRV_FORK, &result, scene);
	expect_of(SRV_FORK, result.stats.killed, 1, "`killed`, of three processes, one of which hangs");
	expect_of(SRV_FORK, result.stats.crashed, 0, "`crashed`, when a process was killed after grace_ms");
	cr_assert(took_ms >= 499 && took_ms < 800, "SRV_FORK: grace_ms is 500, and the call took %u ms after the stop",
	          took_ms);
}

/* ---- stop -------------------------------------------------------------------------------------- */

static void be_late(struct scene *scene)
{
	close(scene->stop[1]);
	kit_let_others_run();
}

static void send_without_reading(struct scene *scene)
{
	char buffer[4096];
	ssize_t bytes;
	size_t heard = 0;
	int fd = arrive(scene);

	say_big(fd, too_many(fd));
	kit_let_others_run();
	close(scene->stop[1]);
	kit_let_others_run();
	int late = arrive(scene);
	say(late, "late\n");
	while ((bytes = recv(fd, buffer, sizeof buffer, 0)) > 0)
		heard += (size_t)bytes;
	if (heard == 0 || heard % (SRV_REPLY + 1) != 0)
		complain(scene, "a reply that was being sent at the stop did not come completely");
	close(fd);
	hear_end(scene, late, "a client that came after the stop was served");
}

KIT_TEST(server_models, poll_sends_its_replies_at_the_stop)
{
	serve_with(SRV_POLL, send_without_reading);
}

/* Others wait until the answer to one has ended. */
static void close_the_idle(struct scene *scene)
{
	int idle = arrive(scene), busy = arrive(scene);

	say(idle, "idle\n");
	hear(scene, idle, "idle\n", "the reply to a client's line");
	say(busy, "wait\n");
	while (sem_wait(&scene->begun) != 0)
		;
	close(scene->stop[1]);
	hear_end(scene, idle, "after the stop an idle client was sent something");
	sem_post(&scene->go);
	hear(scene, busy, "wait\n", "a line whose answer had begun at the stop was not answered");
	close(busy);
}

KIT_TEST(server_models, stop_waits_for_no_idle_client)
{
	for (unsigned i = 0; i < 3; i++)
		serve_with(yours[i], be_late);
	serve_with(SRV_FORK, close_the_idle);
	serve_with(SRV_POOL, close_the_idle);
}

/* ---- rest -------------------------------------------------------------------------------------- */

static void stay_quiet(enum srv_model model)
{
	struct scene *scene = new_scene();
	pid_t pid = let_serve(model, scene, echo);
	int fd[3];

	for (int i = 0; i < 3; i++) {
		kit_expect_quiet();
		fd[i] = arrive(scene);
	}
	say(fd[2], "waits for a place\n");
	say(fd[0], "half a line");
	kit_expect_quiet();
	for (int i = 0; i < 3; i++)
		close(fd[i]);
	kit_expect_quiet();
	close(scene->stop[1]);
	wait_for_end(pid);
	expect_success_of(model, &scene->result, scene);
	expect_of(model, scene->result.stats.accepted, 3, "connections that were accepted");
}

KIT_TEST(server_models, fork_waits_asleep)
{
	stay_quiet(SRV_FORK);
}

KIT_TEST(server_models, pool_waits_asleep)
{
	stay_quiet(SRV_POOL);
}

/* One that does not read its replies, before the stop and after it. */
static void stay_quiet_while_sending(void)
{
	struct scene *scene = new_scene();
	pid_t pid = let_serve(SRV_POLL, scene, echo);
	int fd = arrive(scene);
	char buffer[4096];

	say_big(fd, too_many(fd));
	kit_expect_quiet();
	close(scene->stop[1]);
	kit_expect_quiet();
	while (recv(fd, buffer, sizeof buffer, 0) > 0)
		;
	close(fd);
	wait_for_end(pid);
	expect_success_of(SRV_POLL, &scene->result, scene);
}

KIT_TEST(server_models, poll_waits_asleep)
{
	stay_quiet(SRV_POLL);
	stay_quiet_while_sending();
}

/* From now on the process that answers can have no descriptor more than it has. */
static ssize_t take_the_last(const char *line, size_t size, char *reply, size_t cap, void *ctx)
{
	struct rlimit limit;
	int next = dup(((struct scene *)ctx)->stop[0]);

	close(next);
	getrlimit(RLIMIT_NOFILE, &limit);
	if (size == 3 && memcmp(line, "one", 3) == 0)
		limit.rlim_cur = (rlim_t)next;
	setrlimit(RLIMIT_NOFILE, &limit);
	return echo(line, size, reply, cap, ctx);
}

static void wait_for_a_descriptor(enum srv_model model)
{
	struct scene *scene = new_scene();
	pid_t pid = let_serve(model, scene, take_the_last);
	int first = arrive(scene), second;

	say(first, "one\n");
	hear(scene, first, "one\n", "the client that was there had no reply");
	second = arrive(scene);
	say(second, "two\n");
	kit_expect_quiet();
	close(first);
	hear(scene, second, "two\n", "the client that had to wait had no reply");
	close(second);
	close(scene->stop[1]);
	wait_for_end(pid);
	expect_success_of(model, &scene->result, scene);
}

KIT_TEST(server_models, full_is_waited_for_asleep)
{
	wait_for_a_descriptor(SRV_POOL);
	wait_for_a_descriptor(SRV_POLL);
}

/* ---- any small client -------------------------------------------------------------------------- */

enum step { ARRIVE, SEND, VANISH, STOP };

struct visitor {
	int fd;                /* -1: not here */
	unsigned sent, number; /* lines; in the order in which they come */
};

/* One of the two, who is here or not. */
static struct visitor *any_visitor(struct visitor visitor[2], bool here)
{
	for (int i = 0; i < 2; i++)
		if ((visitor[i].fd >= 0) == here)
			return &visitor[i];
	return NULL;
}

static void take(struct scene *scene, enum step step, struct visitor visitor[2], unsigned number)
{
	struct visitor *who = any_visitor(visitor, step != ARRIVE);

	if (step == STOP) {
		close(scene->stop[1]);
	} else if (!who) {
		return;
	} else if (step == ARRIVE) {
		*who = (struct visitor){.fd = arrive(scene), .number = number};
	} else if (step == SEND) {
		say(who->fd, "x\n");
		who->sent++;
	} else {
		close(who->fd);
		who->fd = -1;
	}
}

/* Each line has one reply, or the connection is closed; before the stop, one reply. */
static void hear_the_rest(struct scene *scene, struct visitor *who, bool stopped)
{
	unsigned heard = 0;
	char byte;

	shutdown(who->fd, SHUT_WR);
	while (recv(who->fd, &byte, 1, 0) == 1) {
		if (byte != (heard % 2 ? '\n' : 'x'))
			complain(scene, "a client was sent what is no reply to its lines");
		heard++;
	}
	if (heard > 2 * who->sent)
		complain(scene, "a client had more replies than it had sent lines");
	if (heard < 2 * who->sent && !stopped)
		complain(scene, "a client had fewer replies than it had sent lines, and there was no stop");
	close(who->fd);
}

static void do_anything(struct scene *scene)
{
	struct visitor visitor[2] = {{.fd = -1}, {.fd = -1}};
	bool stopped = false;

	for (unsigned i = 0; i < kit_n(6, 4) && !(stopped && i > 4); i++) {
		enum step step = (enum step)KIT_CHOOSE("step", "arrive", "send", "vanish", "stop");
		if (stopped && (step == STOP || step == ARRIVE))
			continue;
		take(scene, step, visitor, i);
		stopped = stopped || step == STOP;
	}
	unsigned first = visitor[0].number > visitor[1].number; /* with a limit of 1 the other one waits for it */
	for (unsigned i = 0; i < 2; i++)
		if (visitor[(first + i) % 2].fd >= 0)
			hear_the_rest(scene, &visitor[(first + i) % 2], stopped);
}

static enum srv_model any_model(void)
{
	return yours[KIT_CHOOSE("model", "fork", "pool", "poll")];
}

KIT_TEST(server_models, any_small_visit)
{
	enum srv_model model = any_model();
	unsigned limit = 1 + KIT_CHOOSE("limit", "1", "2");
	struct scene *scene = new_scene();
	struct result result = serve_clients(model, (struct srv_opts){.limit = limit}, echo, scene, do_anything);

	expect_success_of(model, &result, scene);
	expect_of(model, result.stats.dropped + result.stats.crashed + result.stats.killed, 0,
	          "connections that were dropped, processes that crashed or were killed");
}

KIT_TEST(server_models, any_visit_leaves_nothing)
{
	enum srv_model model = any_model();
	unsigned fds = kit_open_fds();
	struct result result = serve_clients(model, (struct srv_opts){.limit = 2}, echo, new_scene(), do_anything);

	cr_assert(result.returned == 0, "%s: srv_run failed with \"%s\"", name_of[model], strerror(result.error));
	expect_of(model, result.kept, 1, "whether listen_fd and stop_fd are open after the call");
	expect_of(model, kit_open_fds(), fds, "descriptors that are open after the call, as before");
	expect_of(model, kit_threads(), 1, "threads after the call");
	expect_of(model, kit_children(), 0, "children after the call that are not waited for");
}
