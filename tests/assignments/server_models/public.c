/* public.c - the tests of server_models that students have. */
#define _GNU_SOURCE 1
#include "kit.h"
#include "server_models.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- a server in the test's process, its clients in another one -------------------------------- */

/* In memory that both share. */
struct scene {
	int listen_fd, stop[2]; /* the clients have stop[1]; when they end the server stops */
	struct sockaddr_un address;
	socklen_t length;
	const char *complaint; /* of the clients: the first thing that was wrong; or NULL */
	sem_t begun, go;       /* an answer to "wait" has begun; it may end */
	pid_t caller;
	unsigned elsewhere; /* by kit_note, as both below: a line was answered in another process */
	unsigned inside;    /* a line was answered in the caller's */
	unsigned closed;    /* clients that had no reply */
};

struct result {
	int returned, error;
	struct srv_stats stats;
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

	if (getpid() != scene->caller)
		kit_note(&scene->elsewhere, 1);
	else
		kit_note(&scene->inside, 1);
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

static void expect_success(const struct result *result, const struct scene *scene)
{
	int returned = result->returned;

	cr_assert(eq(int, returned, 0), "srv_run failed with \"%s\"", strerror(result->error));
	cr_assert(scene->complaint == NULL, "%s", scene->complaint ? scene->complaint : "");
}

static void expect_number(unsigned seen, unsigned expected, const char *name)
{
	cr_assert(eq(uint, seen, expected), "`%s` of the statistics", name);
}

/* ---- lines ------------------------------------------------------------------------------------- */

static void speak_in_pieces(struct scene *scene)
{
	int fd = arrive(scene);

	say(fd, "hello\n");
	hear(scene, fd, "hello\n", "the reply to a client's first line");
	say(fd, "a\n\nbc\nwor");
	hear(scene, fd, "a\n\nbc\n", "the replies to three lines that were sent at once, the second one empty");
	say(fd, "ld\n");
	hear(scene, fd, "world\n", "the reply to a line that was sent in two pieces");
	say(fd, "last\nno line");
	shutdown(fd, SHUT_WR);
	hear(scene, fd, "last\n", "the reply to the last line before a client closed its sending side");
	hear_end(scene, fd, "a reply to what is behind the last '\\n'; expected: the connection is closed");
}

static void answer_lines(enum srv_model model)
{
	struct scene *scene = new_scene();
	struct result result = serve_clients(model, (struct srv_opts){.limit = 2}, echo, scene, speak_in_pieces);

	expect_success(&result, scene);
	expect_number(result.stats.accepted, 1, "accepted");
	expect_number(result.stats.dropped, 0, "dropped");
	expect_number(result.stats.crashed, 0, "crashed");
}

KIT_TEST(server_models, fork_answers_lines)
{
	answer_lines(SRV_FORK);
}

KIT_TEST(server_models, pool_answers_lines)
{
	answer_lines(SRV_POOL);
}

KIT_TEST(server_models, poll_answers_lines)
{
	answer_lines(SRV_POLL);
}

/* ---- many at once ------------------------------------------------------------------------------ */

enum { MANY = 32 };

/* All are connected, and have had a reply, before the first one ends. Then they end in another order. */
static void meet(struct scene *scene)
{
	unsigned many = kit_n(MANY, 3);
	int fd[MANY];

	for (unsigned i = 0; i < many; i++)
		fd[i] = arrive(scene);
	for (unsigned i = 0; i < many; i++) {
		say(fd[i], "one\n");
		hear(scene, fd[i], "one\n", "a client had no reply while others were connected, though there is room for it");
	}
	for (unsigned i = 0; i < many; i++) {
		unsigned who = (i + many / 2) % many;
		say(fd[who], "two\n");
		hear(scene, fd[who], "two\n", "of many clients one had no reply to its second line");
		close(fd[who]);
	}
}

static struct scene *serve_many(enum srv_model model)
{
	struct scene *scene = new_scene();
	struct result result = serve_clients(model, (struct srv_opts){.limit = kit_n(MANY, 3)}, echo, scene, meet);

	expect_success(&result, scene);
	expect_number(result.stats.accepted, kit_n(MANY, 3), "accepted");
	return scene;
}

KIT_TEST(server_models, fork_serves_many_at_once)
{
	struct scene *scene = serve_many(SRV_FORK);

	cr_assert(scene->elsewhere > 0,
	          "SRV_FORK: each connection is served by a process, but lines were answered in the caller's");
}

KIT_TEST(server_models, pool_serves_many_at_once)
{
	struct scene *scene = serve_many(SRV_POOL);

	cr_assert(eq(uint, scene->elsewhere, 0), "SRV_POOL: lines that were answered in another process");
}

/* One leaves, another one comes and is silent, a third one speaks. */
static void take_a_place(struct scene *scene)
{
	int gone = arrive(scene), silent, other;

	say(gone, "one\n");
	hear(scene, gone, "one\n", "the first client had no reply");
	close(gone);
	kit_let_others_run();
	silent = arrive(scene);
	kit_let_others_run();
	other = arrive(scene);
	say(other, "two\n");
	hear(scene, other, "two\n", "a client had no reply while another one, which came after one had left, was silent");
	close(other);
	close(silent);
}

KIT_TEST(server_models, poll_serves_many_at_once)
{
	struct scene *scene = serve_many(SRV_POLL);
	cr_assert(eq(uint, scene->elsewhere, 0), "SRV_POLL: lines that were answered in another process");

	scene = new_scene();
	struct result result = serve_clients(SRV_POLL, (struct srv_opts){.limit = 2}, echo, scene, take_a_place);
	expect_success(&result, scene);
}

static void wait_in_line(struct scene *scene)
{
	int first = arrive(scene), second = arrive(scene);
	char byte;

	say(second, "two\n");
	say(first, "one\n");
	hear(scene, first, "one\n", "the first client in line had no reply");
	kit_let_others_run();
	if (recv(second, &byte, 1, MSG_DONTWAIT) >= 0)
		complain(scene, "the second client in line was served before the first one had ended");
	close(first);
	hear(scene, second, "two\n", "the second client in line had no reply");
	close(second);
}

KIT_TEST(server_models, given_models_answer_lines)
{
	struct scene *scene = new_scene();
	struct result result = serve_clients(SRV_ITERATIVE, (struct srv_opts){.limit = 2}, echo, scene, wait_in_line);

	expect_success(&result, scene);
	answer_lines(SRV_ITERATIVE);
	answer_lines(SRV_THREAD);
	serve_many(SRV_THREAD);
}

/* One reads nothing of what was sent to it, until the others have had their replies. */
static void read_late(struct scene *scene)
{
	int slow = arrive(scene);
	unsigned replies = too_many(slow);

	say_big(slow, replies);
	kit_let_others_run();
	int other = arrive(scene);
	say(other, "other\n");
	hear(scene, other, "other\n", "a client had no reply while another one did not read its own");
	close(other);
	while (replies-- > 0)
		hear_big(scene, slow);
	close(slow);
}

KIT_TEST(server_models, poll_waits_for_no_reader)
{
	struct scene *scene = new_scene();
	struct result result = serve_clients(SRV_POLL, (struct srv_opts){.limit = 2}, echo, scene, read_late);

	expect_success(&result, scene);
}

/* ---- clients and answers that fail ------------------------------------------------------------- */

/* One is gone before it has its replies, one in the middle of a line; a third comes later. */
static void vanish(struct scene *scene)
{
	int gone = arrive(scene), silent = arrive(scene);

	say(gone, "wait\nmore\n");
	while (sem_wait(&scene->begun) != 0)
		;
	close(gone);
	sem_post(&scene->go);
	say(silent, "half a li");
	close(silent);
	int later = arrive(scene);
	say(later, "later\n");
	hear(scene, later, "later\n", "after two clients had vanished the next one had no reply");
	close(later);
}

static void survive_clients(enum srv_model model)
{
	struct scene *scene = new_scene();
	struct result result = serve_clients(model, (struct srv_opts){.limit = 3}, echo, scene, vanish);

	expect_success(&result, scene);
	expect_number(result.stats.accepted, 3, "accepted");
	expect_number(result.stats.crashed, 0, "crashed");
}

KIT_TEST(server_models, fork_survives_its_clients)
{
	survive_clients(SRV_FORK);
}

KIT_TEST(server_models, pool_survives_its_clients)
{
	survive_clients(SRV_POOL);
}

KIT_TEST(server_models, poll_survives_its_clients)
{
	survive_clients(SRV_POLL);
}

static void crash_one(struct scene *scene)
{
	int other = arrive(scene), fd = arrive(scene);

	say(other, "one\n");
	hear(scene, other, "one\n", "the reply to a client's first line");
	say(fd, "crash\n");
	hear_end(scene, fd, "a reply to a line whose answer crashed; expected: the connection is closed");
	say(other, "two\n");
	hear(scene, other, "two\n", "a client had no reply after the answer to another one had crashed");
	close(other);
}

KIT_TEST(server_models, fork_survives_a_crash)
{
	struct scene *scene = new_scene();

	kit_expect_death(SIGSEGV);
	struct result result = serve_clients(SRV_FORK, (struct srv_opts){.limit = 3}, echo, scene, crash_one);
	expect_success(&result, scene);
	expect_number(result.stats.crashed, 1, "crashed");
	expect_number(result.stats.killed, 0, "killed");
}

/* ---- calls that fail ----------------------------------------------------------------------------- */

static void no_word_yet(struct scene *scene, int fd, const char *what)
{
	char byte;

	kit_let_others_run();
	if (recv(fd, &byte, 1, MSG_DONTWAIT) >= 0)
		complain(scene, what);
}

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

KIT_TEST(server_models, poll_goes_on_when_full)
{
	struct scene *scene = new_scene();

	fi_fail_nth(KIT_ACCEPT, 2, EMFILE);
	struct result result = serve_clients(SRV_POLL, (struct srv_opts){.limit = 3}, echo, scene, find_it_full);
	expect_success(&result, scene);
	expect_number(result.stats.accepted, 2, "accepted");
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

KIT_TEST(server_models, a_fork_that_fails_drops_one)
{
	struct scene *scene = new_scene();

	fi_fail_nth(KIT_FORK, 2, EAGAIN);
	struct result result = serve_clients(SRV_FORK, (struct srv_opts){.limit = 3}, echo, scene, be_served_or_not);
	expect_success(&result, scene);
	expect_number(result.stats.accepted, 3, "accepted");
	expect_number(result.stats.dropped, scene->closed, "dropped");
	cr_assert(le(uint, scene->closed, 1), "one fork has failed, and %u of 3 clients had no reply", scene->closed);
	cr_assert(eq(uint, scene->inside, 0), "a fork has failed, and a line was answered in the caller's process");
}

static void speak_twice(struct scene *scene)
{
	int fd = arrive(scene);

	say(fd, "hello\nwor");
	hear(scene, fd, "hello\n", "calls are interrupted: a reply");
	say(fd, "ld\n");
	hear(scene, fd, "world\n", "calls are interrupted: the reply to a line that was sent in two pieces");
	close(fd);
}

KIT_TEST(server_models, interrupted_calls_are_made_again)
{
	static const enum srv_model yours[] = {SRV_FORK, SRV_POOL, SRV_POLL};

	fi_eintr(2);
	for (unsigned i = 0; i < 3; i++) {
		struct scene *scene = new_scene();
		struct result result = serve_clients(yours[i], (struct srv_opts){.limit = 2}, echo, scene, speak_twice);
		expect_success(&result, scene);
	}
}

/* ---- stop -------------------------------------------------------------------------------------- */

/* Two are idle and one has an answer begun when the stop comes. */
static void stop_in_the_middle(struct scene *scene)
{
	int idle[] = {arrive(scene), arrive(scene)}, busy = arrive(scene);

	for (int i = 0; i < 2; i++) {
		say(idle[i], "idle\n");
		hear(scene, idle[i], "idle\n", "the reply to a client's first line");
	}
	say(busy, "wait\n");
	while (sem_wait(&scene->begun) != 0)
		;
	close(scene->stop[1]);
	kit_let_others_run();
	sem_post(&scene->go);
	for (int i = 0; i < 2; i++)
		hear_end(scene, idle[i],
		         "after the stop an idle client was sent something; expected: its connection is closed");
	hear(scene, busy, "wait\n", "a line whose answer had begun at the stop had no reply");
	hear_end(scene, busy, "after the stop a client was sent more than its reply; expected: its connection is closed");
}

static void stop(enum srv_model model)
{
	struct scene *scene = new_scene();
	struct result result = serve_clients(model, (struct srv_opts){.limit = 3}, echo, scene, stop_in_the_middle);

	expect_success(&result, scene);
	expect_number(result.stats.accepted, 3, "accepted");
	expect_number(result.stats.killed, 0, "killed");
}

KIT_TEST(server_models, fork_stops)
{
	stop(SRV_FORK);
}

KIT_TEST(server_models, pool_stops)
{
	stop(SRV_POOL);
}

KIT_TEST(server_models, poll_stops)
{
	stop(SRV_POLL);
}
