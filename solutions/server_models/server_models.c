/* server_models.c - reference: ITERATIVE and THREAD are given; FORK waits by ppoll, which SIGCHLD interrupts; POOL
 * hands connections over in a queue; POLL has a table of connections, each of which is either read from or written to.
 *
 * Invariant: srv->open connections are served. Nothing is accepted while they are as many as `limit`, or while
 * srv->full says that one has to end first.
 *
 * Invariant (FORK): SIGCHLD is blocked but in ppoll. So an end that comes while nobody waits ends the next wait.
 *
 * Invariant (POLL): a connection with a reply that is not sent completely is not read from, and has no line answered.
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

static uint64_t now_ms(void)
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

static void listen_for_ends(struct family *family)
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

static void restore_signals(const struct family *family)
{
	sigaction(SIGCHLD, &family->action, NULL);
	sigprocmask(SIG_SETMASK, &family->before, NULL);
}

static void note_status(struct srv_stats *stats, int status, bool was_killed)
{
	if (!WIFSIGNALED(status))
		return;
	if (was_killed && WTERMSIG(status) == SIGKILL)
		stats->killed++;
	else
		stats->crashed++;
}

/* After the stop: until a child has ended, or until `end`. */
static void wait_for_child(struct family *family, uint64_t end)
{
	uint64_t now = now_ms(), left_ms = end > now ? end - now : 0;
	struct timespec left = {.tv_sec = (time_t)(left_ms / 1000), .tv_nsec = (long)(left_ms % 1000 * 1000000)};

	ppoll(NULL, 0, family->srv->opts->grace_ms && !family->killing ? &left : NULL, &family->waiting);
}

/* ---- FORK ---------------------------------------------------------------------------------------- */

static void begin_child(struct family *family, int fd)
{
	struct server *srv = family->srv;
	pid_t pid = fork();

	if (pid == 0) {
		restore_signals(family);
		close(srv->listen_fd);
		serve(srv, fd, true);
		_exit(0);
	}
	if (pid < 0) {
		drop(srv, fd);
		return;
	}
	close(fd);
	family->child[srv->open - 1] = pid;
}

static void reap(struct family *family)
{
	struct server *srv = family->srv;

	for (unsigned i = srv->open; i-- > 0;) {
		int status;
		pid_t ended;
		while ((ended = waitpid(family->child[i], &status, WNOHANG)) < 0 && errno == EINTR)
			;
		if (ended == 0)
			continue;
		note_status(&srv->stats, status, family->killing);
		family->child[i] = family->child[srv->open - 1];
		connection_ended(srv);
	}
}

/* Returns whether the stop is there now. */
static bool wait_for_news(struct family *family)
{
	struct server *srv = family->srv;
	struct pollfd fds[] = {{.fd = srv->stop_fd, .events = POLLIN},
	                       {.fd = has_room(srv) ? srv->listen_fd : -1, .events = POLLIN}};

	if (ppoll(fds, 2, NULL, &family->waiting) < 0)
		return false;
	int fd = fds[0].revents == 0 && fds[1].revents ? next_connection(srv) : -1;
	if (fd >= 0)
		begin_child(family, fd);
	return fds[0].revents != 0;
}

static void kill_children(struct family *family)
{
	family->killing = true;
	for (unsigned i = 0; i < family->srv->open; i++)
		kill(family->child[i], SIGKILL);
}

static void wait_for_children(struct family *family)
{
	const struct srv_opts *opts = family->srv->opts;
	uint64_t end = now_ms() + opts->grace_ms;

	while (reap(family), family->srv->open > 0) {
		wait_for_child(family, end);
		if (opts->grace_ms && !family->killing && now_ms() >= end)
			kill_children(family);
	}
}

static void serve_by_children(struct family *family)
{
	struct server *srv = family->srv;
	bool stopping = false;

	while (!stopping && (srv->open > 0 || !srv->error)) {
		stopping = wait_for_news(family);
		reap(family);
	}
	wait_for_children(family);
}

static void run_fork(struct server *srv)
{
	struct family family = {.srv = srv, .child = calloc(srv->opts->limit, sizeof(pid_t))};

	if (!family.child) {
		srv->error = errno;
		return;
	}
	listen_for_ends(&family);
	serve_by_children(&family);
	restore_signals(&family);
	free(family.child);
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

/* A connection, or -1: there will be none. */
static int take_connection(struct pool *pool)
{
	int fd = -1;

	pthread_mutex_lock(&pool->mutex);
	while (pool->count == 0 && !pool->closing)
		pthread_cond_wait(&pool->changed, &pool->mutex);
	if (pool->count > 0)
		fd = pool->waiting[--pool->count];
	pthread_mutex_unlock(&pool->mutex);
	return fd;
}

static void *work(void *arg)
{
	struct pool *pool = arg;
	int fd;

	while ((fd = take_connection(pool)) >= 0) {
		serve(pool->hands.srv, fd, true);
		tell_end(&pool->hands);
	}
	return NULL;
}

static void hand_over(struct hands *hands, int fd)
{
	struct pool *pool = (struct pool *)hands;

	pthread_mutex_lock(&pool->mutex);
	pool->waiting[pool->count++] = fd;
	pthread_cond_signal(&pool->changed);
	pthread_mutex_unlock(&pool->mutex);
}

static void close_pool(struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	pool->closing = true;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->mutex);
}

static void employ(struct pool *pool, pthread_t *worker)
{
	struct server *srv = pool->hands.srv;
	unsigned made = 0;

	while (made < srv->opts->limit && srv->error == 0) {
		srv->error = pthread_create(&worker[made], NULL, work, pool);
		made += srv->error == 0;
	}
	if (srv->error == 0)
		accept_and_note(&pool->hands);
	close_pool(pool);
	while (made > 0)
		pthread_join(worker[--made], NULL);
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

static bool is_sending(const struct conn *conn)
{
	return conn->sent < conn->size;
}

static void add_connection(struct loop *loop)
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
static int wait_for_any(struct loop *loop)
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

/* Answers what is there, as long as replies can be sent at once. Returns false when the connection is to be closed. */
static bool answer_lines(const struct loop *loop, struct conn *conn)
{
	while (send_reply(conn, MSG_DONTWAIT)) {
		if (is_sending(conn))
			return true;
		int answered = loop->stopping ? -1 : answer_line(loop->srv, conn);
		if (answered <= 0)
			return answered == 0;
	}
	return false;
}

/* After poll has something to say of it, or at the stop. Returns as above. */
static bool advance(const struct loop *loop, struct conn *conn, short revents)
{
	if (revents && !is_sending(conn) && !loop->stopping && !receive(conn))
		return false;
	return answer_lines(loop, conn);
}

static void remove_connection(struct loop *loop, unsigned i)
{
	struct server *srv = loop->srv;

	close(loop->conn[i]->fd);
	free(loop->conn[i]);
	loop->conn[i] = loop->conn[srv->open - 1];
	connection_ended(srv);
}

static void turn(struct loop *loop)
{
	struct server *srv = loop->srv;

	if (wait_for_any(loop) < 0)
		return;
	if (loop->fds[STOP].revents)
		loop->stopping = true;
	for (unsigned i = srv->open; i-- > 0;) /* from the last one: remove_connection moves that to the place of another */
		if ((loop->fds[FIRST_CONN + i].revents || loop->stopping) &&
		    !advance(loop, loop->conn[i], loop->fds[FIRST_CONN + i].revents))
			remove_connection(loop, i);
	if (loop->fds[LISTENER].revents && !loop->stopping)
		add_connection(loop);
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
