/* server_models.h - one service, five servers: who waits for the clients, and whom a mistake reaches
 *
 *     client --\                 ITERATIVE   one connection after the other
 *     client --- listen_fd -->   FORK        a process for each connection
 *     client --/                 THREAD      a thread for each connection
 *                                POOL        a fixed number of threads
 *     stop_fd ------------->     POLL        one thread that waits for all of them at once
 */
#ifndef SERVER_MODELS_H
#define SERVER_MODELS_H

#include <stddef.h>
#include <sys/types.h>

enum {
	SRV_LINE = 256,   /* bytes of a line at most, without its end */
	SRV_REPLY = 32768 /* bytes of a reply at most, without its end */
};

enum srv_model {
	SRV_ITERATIVE, /* the caller serves a connection to its end, and then the next one */
	SRV_FORK,      /* each connection is served by a process that serves no other one and then ends */
	SRV_THREAD,    /* each connection is served by a thread that serves no other one and then ends */
	SRV_POOL,      /* `limit` threads, made at the start, serve one connection each, and then another one */
	SRV_POLL       /* the caller serves all connections, without another thread or process */
};

struct srv_opts {
	unsigned limit; /* connections, and threads or processes that the call makes, at the same time at most; from 1 on */
	unsigned grace_ms; /* SRV_FORK: milliseconds that a process may take after the stop; 0: as long as it likes */
};

struct srv_stats {
	unsigned accepted; /* connections that were accepted, in whatever way they ended */
	unsigned dropped;  /* of these, those for which there was no process, thread, memory or further descriptor */
	unsigned crashed;  /* processes of SRV_FORK that ended by a signal that was not the call's */
	unsigned killed;   /* processes of SRV_FORK that the call killed at the end of grace_ms */
};

/* The service: one call answers one line. `line` has `size` bytes, 0 to SRV_LINE, without its end and without a zero
 * behind them. It writes the reply, without an end of line, to `reply`, which has room for `cap` bytes (SRV_REPLY), and
 * returns how many they are; or -1: there is no reply, and the connection is closed. Both buffers are the call's and
 * valid until it returns. It may block. SRV_THREAD and SRV_POOL call it in several threads at the same time. */
typedef ssize_t (*srv_answer)(const char *line, size_t size, char *reply, size_t cap, void *ctx);

/* Serves the clients that connect to listen_fd until stop_fd is at its end.
 *
 * listen_fd  a stream socket that listens and does not block (O_NONBLOCK)
 * stop_fd    the end of a pipe or socket that can be read; nothing is written to it. No process of the caller's has the
 *            other end, for SRV_FORK would copy it. At its end is the stop.
 *
 * Lines    A client sends lines, each with '\n' at its end, in pieces of any size. Each is answered once, in their
 *          order: the reply, and '\n' behind it, is sent completely before the next line is answered.
 * End      When the client has closed its sending side, the complete lines before that are answered; what is behind the
 *          last '\n' is no line. Then the connection is closed. It is closed as well when a line is longer than
 *          SRV_LINE, without an answer to it.
 * Vanished A client that is gone ends its own connection, and nothing else; lines that it had sent may be answered. No
 *          SIGPIPE is raised.
 * Others   But in SRV_ITERATIVE, no client keeps another one that was accepted waiting by being slow to send or to
 *          read. In SRV_POLL all wait while `answer` runs.
 * Crash    In SRV_FORK a process that crashes ends its own connection, and nothing else. In all other models a crash of
 *          `answer` is the end of the caller's process.
 * Process  When `answer` is called in SRV_FORK, the process has neither listen_fd nor another connection open. Mask and
 *          actions of signals are the caller's. It never returns from the call, and writes nothing that the caller had
 *          left in a stdio buffer.
 * Limit    While `limit` connections are open no other one is accepted; it waits in the queue of listen_fd.
 * Full     When accept fails with EMFILE, ENFILE, ENOBUFS or ENOMEM, the call goes on with the connections that are
 *          open, and accepts again when one of them has ended. If none is open, it fails.
 * Dropped  When a connection was accepted and there is no process, thread, memory or further descriptor for it, it is
 *          closed at once, and the others go on.
 * Stop     From the stop on nothing is accepted. A line whose answer has begun gets its reply, however slowly its
 *          client reads; a line whose answer has not begun may be answered. Then the connection is closed, also if its
 *          client is idle. SRV_ITERATIVE sees the stop between two connections only. SRV_FORK kills a process by
 *          SIGKILL that has not ended grace_ms after the stop, not earlier.
 *
 * Returns  0 after the stop, and *stats says what there was; or -1, and *stats is unchanged
 * errno    EINVAL   opts, answer or stats is NULL, model is none of the five, or limit is 0; nothing was started
 *          the error of accept (see Full; EINTR, EAGAIN and ECONNABORTED are none), of pthread_create for a thread of
 *          SRV_POOL, or of another call that the implementation makes, passed on: nothing is accepted any more, and the
 *          call fails when the connections that are open have ended by themselves or by the stop
 * Owns     Nothing is left behind, whether it returns 0 or -1: all connections are closed, all threads are joined, all
 *          processes reaped, all memory is free. listen_fd and stop_fd stay open. Other children of the caller are
 *          neither waited for nor sent a signal.
 * Signals  The mask and the actions of signals of the caller are as before when it returns. A signal that the caller
 *          handles may come meanwhile, and changes nothing. For SRV_FORK SIGCHLD has its default action in the caller,
 *          or the behaviour is undefined.
 * MT       not thread-safe: the caller has one thread, and no other call of srv_run is in progress.
 * Blocks   until the stop, asleep, without polling for anything.
 */
int srv_run(enum srv_model model, int listen_fd, int stop_fd, const struct srv_opts *opts, srv_answer answer, void *ctx,
            struct srv_stats *stats);

#endif
