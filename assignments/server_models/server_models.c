/* server_models.c - your solution. The contract is in include/server_models.h, the handout in README.md.
 *
 *     client --\                 ITERATIVE   given
 *     client --- listen_fd -->   FORK        yours: a process for each connection
 *     client --/                 THREAD      given
 *                                POOL        yours: a fixed number of threads
 *     stop_fd ------------->     POLL        yours: one thread that waits for all of them at once
 *
 * Yours: everything that says TODO. What is given you may use or not; it is right as it is.
 */
#define _GNU_SOURCE 1 /* accept4, ppoll */
#include "server_models.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A function that is not called yet; this keeps the compiler silent about it. Take it away when you call it. */
#define GIVEN __attribute__((unused)) static

struct server {
	int listen_fd, stop_fd;
	const struct srv_opts *opts;
	srv_answer answer;
	void *ctx;
	struct srv_stats stats;
	unsigned open; /* connections that are served */
	bool full;     /* there was no descriptor for another one: first one of these has to end */
	int error;     /* the call fails with it; 0 if it does not */
};

/* ---- given: lines -------------------------------------------------------------------------------- */

struct conn {
	int fd;
	size_t used; /* bytes in `line`, that have come and are not answered */
	char line[SRV_LINE + 1];
	size_t sent, size; /* of `reply`: bytes that are sent, of bytes that are to be sent */
	char reply[SRV_REPLY + 1];
};

/* Takes a line from conn->line, and makes conn->reply of it. Returns 1; 0: there is no complete line; -1: the
 * connection is to be closed. The reply before has to be sent. */
static int answer_line(const struct server *srv, struct conn *conn)
{
	char *end = memchr(conn->line, '\n', conn->used);

	if (!end)
		return conn->used == sizeof conn->line ? -1 : 0;
	size_t size = (size_t)(end - conn->line);
	ssize_t reply = srv->answer(conn->line, size, conn->reply, SRV_REPLY, srv->ctx);
	if (reply < 0)
		return -1;
	conn->used -= size + 1;
	memmove(conn->line, end + 1, conn->used);
	conn->reply[reply] = '\n';
	conn->size = (size_t)reply + 1;
	conn->sent = 0;
	return 1;
}

/* Returns whether there may be more to come; blocks, unless poll says that something is there. */
static bool receive(struct conn *conn)
{
	ssize_t bytes;

	do
		bytes = recv(conn->fd, conn->line + conn->used, sizeof conn->line - conn->used, 0);
	while (bytes < 0 && errno == EINTR);
	conn->used += bytes > 0 ? (size_t)bytes : 0;
	return bytes > 0;
}

/* Sends what is left of the reply; with MSG_DONTWAIT what can be sent now. Returns false if the client is gone. */
static bool send_reply(struct conn *conn, int flags)
{
	while (conn->sent < conn->size) {
		ssize_t bytes = send(conn->fd, conn->reply + conn->sent, conn->size - conn->sent, flags | MSG_NOSIGNAL);

		if (bytes >= 0)
			conn->sent += (size_t)bytes;
		else if (errno == EAGAIN)
			return true;
		else if (errno != EINTR)
			return false;
	}
	return true;
}

/* ---- given: one connection by itself ------------------------------------------------------------- */

/* Whether there is something to receive on a connection; false: the stop has come. */
static bool wait_for_client(const struct server *srv, int fd)
{
	struct pollfd fds[] = {{.fd = srv->stop_fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};

	while (poll(fds, 2, -1) < 0)
		;
	return fds[0].revents == 0;
}

/* Serves a connection to its end, or to the stop if `until_stop`, and closes it. */
static void serve(const struct server *srv, int fd, bool until_stop)
{
	struct conn conn = {.fd = fd};
	int answered = 0;

	do {
		while ((answered = answer_line(srv, &conn)) > 0)
			if (!send_reply(&conn, 0))
				answered = -1;
	} while (answered == 0 && (!until_stop || wait_for_client(srv, fd)) && receive(&conn));
	close(fd);
}

/* ---- given: connections -------------------------------------------------------------------------- */

static bool has_room(const struct server *srv)
{
	return srv->open < srv->opts->limit && !srv->full && !srv->error;
}

/* A connection, which is counted as open; or -1: there is none now. */
static int next_connection(struct server *srv)
{
	int fd = accept4(srv->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0) {
		srv->stats.accepted++;
		srv->open++;
	} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
		srv->full = true;
		srv->error = srv->open == 0 ? errno : 0;
	} else if (errno != EINTR && errno != EAGAIN && errno != ECONNABORTED) {
		srv->error = errno;
	}
	return fd;
}

static void connection_ended(struct server *srv)
{
	srv->open--;
	srv->full = false;
}

/* Nobody can serve it. */
static void drop(struct server *srv, int fd)
{
	close(fd);
	srv->stats.dropped++;
	connection_ended(srv);
}

/* ---- given: ITERATIVE ---------------------------------------------------------------------------- */

static void run_iterative(struct server *srv)
{
	struct pollfd fds[] = {{.fd = srv->stop_fd, .events = POLLIN}, {.fd = srv->listen_fd, .events = POLLIN}};

	while (!srv->error) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[0].revents)
			break;
		int fd = next_connection(srv);
		if (fd < 0)
			continue;
		serve(srv, fd, false);
		connection_ended(srv);
	}
}

/* ---- given: threads that serve, and one that accepts --------------------------------------------- */

/* What is done with a connection, and when one has ended. */
struct hands {
	void (*begin)(struct hands *hands, int fd);
	void (*ended)(struct hands *hands);
	struct server *srv;
	int ended_pipe[2]; /* who has served a connection writes a byte to it */
};

static void note_end(struct hands *hands)
{
	char byte;

	if (read(hands->ended_pipe[0], &byte, 1) == 1) {
		hands->ended(hands);
		connection_ended(hands->srv);
	}
}

static void tell_end(struct hands *hands)
{
	while (write(hands->ended_pipe[1], "", 1) < 0)
		;
}

/* Waits for the next event, and deals with it. Returns false at the stop, or after an error. */
static bool accept_or_note(struct hands *hands)
{
	struct server *srv = hands->srv;
	struct pollfd fds[] = {{.fd = srv->stop_fd, .events = POLLIN},
	                       {.fd = hands->ended_pipe[0], .events = POLLIN},
	                       {.fd = has_room(srv) ? srv->listen_fd : -1, .events = POLLIN}};

	if (poll(fds, 3, -1) < 0)
		return true;
	if (fds[0].revents)
		return false;
	if (fds[1].revents) {
		note_end(hands);
	} else {
		int fd = next_connection(srv);
		if (fd >= 0)
			hands->begin(hands, fd);
	}
	return srv->error == 0;
}

/* Until the stop, and until the last connection has ended. */
static void accept_and_note(struct hands *hands)
{
	while (accept_or_note(hands))
		;
	while (hands->srv->open > 0)
		note_end(hands);
}

/* ---- given: THREAD ------------------------------------------------------------------------------- */

struct slot {
	struct threads *threads;
	pthread_t thread;
	int fd;            /* -1: nobody is here */
	atomic_bool ended; /* and not joined */
};

struct threads {
	struct hands hands; /* the first member */
	struct slot *slot;  /* `limit` of them */
};

static void *serve_slot(void *arg)
{
	struct slot *slot = arg;
	struct threads *threads = slot->threads;

	serve(threads->hands.srv, slot->fd, true);
	slot->ended = true;
	tell_end(&threads->hands);
	return NULL;
}

static void begin_thread(struct hands *hands, int fd)
{
	struct threads *threads = (struct threads *)hands;
	struct slot *slot = threads->slot;

	while (slot->fd >= 0)
		slot++;
	slot->threads = threads;
	slot->fd = fd;
	if (pthread_create(&slot->thread, NULL, serve_slot, slot) != 0) {
		slot->fd = -1;
		drop(hands->srv, fd);
	}
}

static void join_thread(struct hands *hands)
{
	struct slot *slot = ((struct threads *)hands)->slot;

	while (!slot->ended)
		slot++;
	pthread_join(slot->thread, NULL);
	slot->fd = -1;
	slot->ended = false;
}

static void run_thread(struct server *srv)
{
	struct threads threads = {.hands = {.begin = begin_thread, .ended = join_thread, .srv = srv}};

	threads.slot = calloc(srv->opts->limit, sizeof *threads.slot);
	if (!threads.slot || pipe2(threads.hands.ended_pipe, O_CLOEXEC) != 0) {
		srv->error = errno;
	} else {
		for (unsigned i = 0; i < srv->opts->limit; i++)
			threads.slot[i].fd = -1;
		accept_and_note(&threads.hands);
		close(threads.hands.ended_pipe[0]);
		close(threads.hands.ended_pipe[1]);
	}
	free(threads.slot);
}

/* ---- given: the signals and the clock of FORK ---------------------------------------------------- */

struct family {
	struct server *srv;
	pid_t *child; /* srv->open of them */
	sigset_t before, waiting;
	struct sigaction action; /* the caller's, of SIGCHLD */
	bool killing;            /* all were sent SIGKILL */
};

GIVEN uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* It does nothing: that it runs ends ppoll. */
static void wake_up(int signal)
{
	(void)signal;
}

GIVEN void listen_for_ends(struct family *family)
{
	struct sigaction action = {.sa_handler = wake_up};
	sigset_t child_ended;

	sigemptyset(&child_ended);
	sigaddset(&child_ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_ended, &family->before);
	sigaction(SIGCHLD, &action, &family->action);
	family->waiting = family->before;
	sigdelset(&family->waiting, SIGCHLD);
}

GIVEN void restore_signals(const struct family *family)
{
	sigaction(SIGCHLD, &family->action, NULL);
	sigprocmask(SIG_SETMASK, &family->before, NULL);
}

GIVEN void note_status(struct srv_stats *stats, int status, bool was_killed)
{
	if (!WIFSIGNALED(status))
		return;
	if (was_killed && WTERMSIG(status) == SIGKILL)
		stats->killed++;
	else
		stats->crashed++;
}

/* After the stop: until a child has ended, or until `end`. */
GIVEN void wait_for_child(struct family *family, uint64_t end)
{
	uint64_t now = now_ms(), left_ms = end > now ? end - now : 0;
	struct timespec left = {.tv_sec = (time_t)(left_ms / 1000), .tv_nsec = (long)(left_ms % 1000 * 1000000)};

	ppoll(NULL, 0, family->srv->opts->grace_ms && !family->killing ? &left : NULL, &family->waiting);
}

/* ---- FORK ---------------------------------------------------------------------------------------- */

static void run_fork(struct server *srv)
{
	/* TODO: a process for each connection, until the stop; what has ended is reaped and counted. After the stop wait
	 * for those that are left, grace_ms at most. */
	srv->error = ENOSYS;
}

/* ---- given: POOL, what its threads share --------------------------------------------------------- */

struct pool {
	struct hands hands; /* the first member */
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	int *waiting; /* guarded by `mutex`, as are the two below: connections that no worker has yet */
	unsigned count;
	bool closing;
};

static void nothing_to_join(struct hands *hands)
{
	(void)hands;
}

/* ---- POOL ---------------------------------------------------------------------------------------- */

/* A connection has come. */
static void hand_over(struct hands *hands, int fd)
{
	/* TODO: to a worker that waits. */
	drop(hands->srv, fd);
}

/* Makes the threads, accepts until the stop, and joins them. `worker` has room for `limit` of them. */
static void employ(struct pool *pool, pthread_t *worker)
{
	/* TODO */
	(void)worker;
	pool->hands.srv->error = ENOSYS;
}

/* ---- given: POOL, its making and its end --------------------------------------------------------- */

static void run_pool(struct server *srv)
{
	struct pool pool = {.hands = {.begin = hand_over, .ended = nothing_to_join, .srv = srv}};
	pthread_t *worker = calloc(srv->opts->limit, sizeof *worker);

	pool.waiting = calloc(srv->opts->limit, sizeof *pool.waiting);
	if (!worker || !pool.waiting || pipe2(pool.hands.ended_pipe, O_CLOEXEC) != 0) {
		srv->error = errno;
	} else {
		pthread_mutex_init(&pool.mutex, NULL);
		pthread_cond_init(&pool.changed, NULL);
		employ(&pool, worker);
		pthread_cond_destroy(&pool.changed);
		pthread_mutex_destroy(&pool.mutex);
		close(pool.hands.ended_pipe[0]);
		close(pool.hands.ended_pipe[1]);
	}
	free(pool.waiting);
	free(worker);
}

/* ---- given: POLL, its table of connections ------------------------------------------------------- */

enum { STOP, LISTENER, FIRST_CONN }; /* places in `fds` */

struct loop {
	struct server *srv;
	struct conn **conn; /* srv->open of them */
	struct pollfd *fds; /* conn[i] is at FIRST_CONN + i */
	bool stopping;
};

GIVEN bool is_sending(const struct conn *conn)
{
	return conn->sent < conn->size;
}

GIVEN void add_connection(struct loop *loop)
{
	struct server *srv = loop->srv;
	int fd = next_connection(srv);
	struct conn *conn;

	if (fd < 0)
		return;
	conn = malloc(sizeof *conn);
	if (!conn) {
		drop(srv, fd);
		return;
	}
	conn->fd = fd;
	conn->used = conn->sent = conn->size = 0;
	loop->conn[srv->open - 1] = conn;
}

/* As poll returns. */
GIVEN int wait_for_any(struct loop *loop)
{
	struct server *srv = loop->srv;
	bool accepts = has_room(srv) && !loop->stopping;

	loop->fds[STOP] = (struct pollfd){.fd = loop->stopping ? -1 : srv->stop_fd, .events = POLLIN};
	loop->fds[LISTENER] = (struct pollfd){.fd = accepts ? srv->listen_fd : -1, .events = POLLIN};
	for (unsigned i = 0; i < srv->open; i++)
		loop->fds[FIRST_CONN + i] =
		    (struct pollfd){.fd = loop->conn[i]->fd, .events = is_sending(loop->conn[i]) ? POLLOUT : POLLIN};
	return poll(loop->fds, FIRST_CONN + srv->open, -1);
}

/* ---- POLL ---------------------------------------------------------------------------------------- */

/* Waits for the next events of the stop, the listener and all connections, and deals with them. */
static void turn(struct loop *loop)
{
	/* TODO: stop; receive, answer and send on those connections where it does not block; accept; remove what has ended.
	 */
	loop->srv->error = ENOSYS;
}

/* ---- given: POLL, its making and its end --------------------------------------------------------- */

static void run_poll(struct server *srv)
{
	struct loop loop = {.srv = srv};

	loop.conn = calloc(srv->opts->limit, sizeof *loop.conn);
	loop.fds = calloc(srv->opts->limit + (size_t)FIRST_CONN, sizeof *loop.fds);
	if (!loop.conn || !loop.fds)
		srv->error = errno;
	while (loop.conn && loop.fds && (srv->open > 0 || (!loop.stopping && !srv->error)))
		turn(&loop);
	free(loop.conn);
	free(loop.fds);
}

/* ---- given: all of them -------------------------------------------------------------------------- */

int srv_run(enum srv_model model, int listen_fd, int stop_fd, const struct srv_opts *opts, srv_answer answer, void *ctx,
            struct srv_stats *stats)
{
	static void (*const run[])(struct server *) = {run_iterative, run_fork, run_thread, run_pool, run_poll};
	struct server srv = {.listen_fd = listen_fd, .stop_fd = stop_fd, .opts = opts, .answer = answer, .ctx = ctx};

	if (!opts || !answer || !stats || (unsigned)model >= sizeof run / sizeof *run || opts->limit == 0) {
		errno = EINVAL;
		return -1;
	}
	run[model](&srv);
	if (srv.error) {
		errno = srv.error;
		return -1;
	}
	*stats = srv.stats;
	return 0;
}
