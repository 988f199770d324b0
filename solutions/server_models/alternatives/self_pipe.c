/* self_pipe.c - another design: in FORK a handler of SIGCHLD writes to a pipe that is polled; in POOL a semaphore
 * counts the connections that wait for a worker; in POLL the connections are a list, and do not block.
 *
 * Invariant (FORK): after each end of a child there is a byte in the pipe, or the pipe is full, until all children have
 * been looked at.
 */
#define _GNU_SOURCE 1 /* accept4, ppoll */
#include "server_models.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
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

/* ---- FORK --------------------------------------------------------------------------------------- */

struct child {
	pid_t pid;
	struct child *next;
};

struct family {
	struct server *srv;
	struct child *first; /* all that run */
	sigset_t mask;       /* the caller's, who may have blocked SIGCHLD */
	struct sigaction action;
	bool killing;
};

/* A handler gets no argument, so what it needs is a variable of the file. */
static int bell[2];

static void ring(int signal)
{
	int error = errno;

	(void)signal;
	while (write(bell[1], "", 1) < 0 && errno == EINTR)
		; /* if it is full: that is a byte, too */
	errno = error;
}

static int hang_bell(struct family *family)
{
	struct sigaction action = {.sa_handler = ring, .sa_flags = SA_RESTART | SA_NOCLDSTOP};
	sigset_t child_ended;

	if (pipe2(bell, O_CLOEXEC | O_NONBLOCK) != 0)
		return -1;
	sigaction(SIGCHLD, &action, &family->action);
	sigemptyset(&child_ended);
	sigaddset(&child_ended, SIGCHLD);
	sigprocmask(SIG_UNBLOCK, &child_ended, &family->mask);
	return 0;
}

static void take_bell_down(const struct family *family)
{
	sigaction(SIGCHLD, &family->action, NULL);
	sigprocmask(SIG_SETMASK, &family->mask, NULL);
	close(bell[0]);
	close(bell[1]);
}

static void __attribute__((noreturn)) be_a_child(const struct family *family, int fd)
{
	take_bell_down(family);
	close(family->srv->listen_fd);
	serve(family->srv, fd, true);
	_exit(0);
}

static void begin_child(struct family *family, int fd)
{
	struct child *child = malloc(sizeof *child);
	pid_t pid = child ? fork() : -1;

	if (pid == 0)
		be_a_child(family, fd);
	if (pid < 0) {
		free(child);
		drop(family->srv, fd);
		return;
	}
	close(fd);
	*child = (struct child){.pid = pid, .next = family->first};
	family->first = child;
}

static void count(struct family *family, int status)
{
	struct srv_stats *stats = &family->srv->stats;

	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && family->killing)
		stats->killed++;
	else if (WIFSIGNALED(status))
		stats->crashed++;
	connection_ended(family->srv);
}

static void reap(struct family *family)
{
	char bytes[64];

	while (read(bell[0], bytes, sizeof bytes) > 0 || errno == EINTR)
		;
	for (struct child **at = &family->first; *at;) {
		struct child *child = *at;
		int status;
		pid_t ended;
		while ((ended = waitpid(child->pid, &status, WNOHANG)) < 0 && errno == EINTR)
			;
		if (ended == child->pid) {
			*at = child->next;
			free(child);
			count(family, status);
		} else {
			at = &child->next;
		}
	}
}

static long long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return 1000LL * now.tv_sec + now.tv_nsec / 1000000;
}

/* No longer than until `end`, if that is not -1. Returns whether it is the stop. */
static bool wait_for_news(struct family *family, bool stopping, long long end)
{
	struct server *srv = family->srv;
	long long now = milliseconds(), left = end < 0 ? -1 : end > now ? end - now : 0;
	struct pollfd fds[] = {{.fd = bell[0], .events = POLLIN},
	                       {.fd = stopping ? -1 : srv->stop_fd, .events = POLLIN},
	                       {.fd = !stopping && has_room(srv) ? srv->listen_fd : -1, .events = POLLIN}};

	if (poll(fds, 3, (int)left) <= 0)
		return false;
	if (fds[1].revents)
		return true;
	int fd = fds[2].revents ? next_connection(srv) : -1;
	if (fd >= 0)
		begin_child(family, fd);
	return false;
}

static void serve_by_children(struct family *family)
{
	struct server *srv = family->srv;
	bool stopping = false;
	long long end = -1;

	while (srv->open > 0 || (!stopping && !srv->error)) {
		if (wait_for_news(family, stopping, end)) {
			stopping = true;
			end = srv->opts->grace_ms ? milliseconds() + srv->opts->grace_ms : -1;
		}
		reap(family);
		if (end < 0 || milliseconds() < end)
			continue;
		end = -1;
		family->killing = true;
		for (struct child *child = family->first; child; child = child->next)
			kill(child->pid, SIGKILL);
	}
}

static void run_fork(struct server *srv)
{
	struct family family = {.srv = srv};

	if (hang_bell(&family) != 0) {
		srv->error = errno;
		return;
	}
	serve_by_children(&family);
	take_bell_down(&family);
}

/* ---- given: POOL, what its threads share --------------------------------------------------------- */

struct pool {
	struct hands hands; /* the first member */
	pthread_mutex_t mutex;
	sem_t there;  /* connections that no worker has yet, or -1 for a worker that is to end */
	int *waiting; /* guarded by `mutex`, as is `count` */
	unsigned count;
};

static void nothing_to_join(struct hands *hands)
{
	(void)hands;
}

/* ---- POOL --------------------------------------------------------------------------------------- */

static void put(struct pool *pool, int fd)
{
	pthread_mutex_lock(&pool->mutex);
	pool->waiting[pool->count++] = fd;
	pthread_mutex_unlock(&pool->mutex);
	sem_post(&pool->there);
}

static int take(struct pool *pool)
{
	while (sem_wait(&pool->there) != 0)
		;
	pthread_mutex_lock(&pool->mutex);
	int fd = pool->waiting[--pool->count];
	pthread_mutex_unlock(&pool->mutex);
	return fd;
}

static void *work(void *arg)
{
	struct pool *pool = arg;

	for (int fd; (fd = take(pool)) >= 0;) {
		serve(pool->hands.srv, fd, true);
		tell_end(&pool->hands);
	}
	return NULL;
}

static void hand_over(struct hands *hands, int fd)
{
	put((struct pool *)hands, fd);
}

static void employ(struct pool *pool, pthread_t *worker)
{
	struct server *srv = pool->hands.srv;
	unsigned made;

	for (made = 0; made < srv->opts->limit; made++) {
		srv->error = pthread_create(&worker[made], NULL, work, pool);
		if (srv->error)
			break;
	}
	if (!srv->error)
		accept_and_note(&pool->hands);
	for (unsigned i = 0; i < made; i++)
		put(pool, -1);
	for (unsigned i = 0; i < made; i++)
		pthread_join(worker[i], NULL);
}

static void run_pool(struct server *srv)
{
	struct pool pool = {.hands = {.begin = hand_over, .ended = nothing_to_join, .srv = srv}};
	pthread_t *worker = calloc(srv->opts->limit, sizeof *worker);

	pool.waiting = calloc(srv->opts->limit, sizeof *pool.waiting);
	if (!worker || !pool.waiting || pipe2(pool.hands.ended_pipe, O_CLOEXEC) != 0) {
		srv->error = errno;
	} else {
		pthread_mutex_init(&pool.mutex, NULL);
		sem_init(&pool.there, 0, 0);
		employ(&pool, worker);
		sem_destroy(&pool.there);
		pthread_mutex_destroy(&pool.mutex);
		close(pool.hands.ended_pipe[0]);
		close(pool.hands.ended_pipe[1]);
	}
	free(pool.waiting);
	free(worker);
}

/* ---- POLL --------------------------------------------------------------------------------------- */

struct guest {
	struct conn conn;
	bool over;             /* the client has ended */
	struct pollfd *poller; /* its place in the table, since the last wait */
	struct guest *next;
};

struct loop {
	struct server *srv;
	struct guest *first;
	struct pollfd *fds;
	bool stopping;
};

/* What the connection is waited for; 0: it is over. */
static short next_step(const struct loop *loop, struct conn *conn)
{
	int answered;

	do {
		if (!send_reply(conn, 0)) /* the connection does not block */
			return 0;
		if (conn->sent < conn->size)
			return POLLOUT;
		answered = loop->stopping ? -1 : answer_line(loop->srv, conn);
	} while (answered > 0);
	return answered < 0 ? 0 : POLLIN;
}

static void welcome(struct loop *loop)
{
	int fd = next_connection(loop->srv);
	struct guest *guest;

	if (fd < 0)
		return;
	guest = malloc(sizeof *guest);
	if (!guest || fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
		free(guest);
		drop(loop->srv, fd);
		return;
	}
	guest->conn.fd = fd;
	guest->conn.used = guest->conn.sent = guest->conn.size = 0;
	guest->over = false;
	guest->poller = NULL;
	guest->next = loop->first;
	loop->first = guest;
}

/* Those that are over leave the list; the others come into the table, with what they wait for. */
static nfds_t fill_table(struct loop *loop)
{
	nfds_t count = 2;

	for (struct guest **at = &loop->first; *at;) {
		struct guest *guest = *at;
		short events = guest->over ? 0 : next_step(loop, &guest->conn);
		if (events) {
			guest->poller = &loop->fds[count++];
			*guest->poller = (struct pollfd){.fd = guest->conn.fd, .events = events};
			at = &guest->next;
		} else {
			*at = guest->next;
			close(guest->conn.fd);
			free(guest);
			connection_ended(loop->srv);
		}
	}
	return count;
}

static void turn(struct loop *loop)
{
	struct server *srv = loop->srv;
	nfds_t count = fill_table(loop);

	if ((loop->stopping || srv->error) && count == 2)
		return;
	loop->fds[0] = (struct pollfd){.fd = loop->stopping ? -1 : srv->stop_fd, .events = POLLIN};
	loop->fds[1] = (struct pollfd){.fd = !loop->stopping && has_room(srv) ? srv->listen_fd : -1, .events = POLLIN};
	if (poll(loop->fds, count, -1) < 0)
		return;
	for (struct guest *guest = loop->first; guest; guest = guest->next)
		if (guest->poller->revents && guest->poller->events == POLLIN)
			guest->over = !receive(&guest->conn);
	if (loop->fds[0].revents)
		loop->stopping = true;
	else if (loop->fds[1].revents)
		welcome(loop);
}

static void run_poll(struct server *srv)
{
	struct loop loop = {.srv = srv, .fds = calloc(srv->opts->limit + (size_t)2, sizeof *loop.fds)};

	if (!loop.fds)
		srv->error = errno;
	while (loop.fds && (srv->open > 0 || (!loop.stopping && !srv->error)))
		turn(&loop);
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
