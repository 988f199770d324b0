/* socket_rpc.h - messages on a stream socket, and calls to a server in another process
 *
 *     caller --- rpc_call ---> [ length | request ] ---> server: fn
 *            <---------------- [ length | reply   ] <---
 *
 * A stream carries bytes, not messages. A message is sent as a frame: its length in four bytes, the most significant
 * one first, and then that many bytes of payload. Frames follow each other without a gap. A message may be empty: its
 * frame has four bytes.
 *
 * All functions   errno    says why a function has failed; after a success its value is unspecified.
 *                 Calls    that are interrupted (EINTR) or move fewer bytes than asked for are continued.
 *                 SIGPIPE  is neither raised nor left pending by them, in the caller or in the server. Its action and
 *                          the signal mask of the caller are as before when a function returns.
 *                 Waiting  is done asleep, without polling.
 *                 MT       safe for different descriptors and different rpcs. One descriptor is used by one thread at a
 *                          time, and so is one rpc.
 *
 * The descriptors of msg_send and msg_recv are the caller's: stream sockets in blocking mode (no O_NONBLOCK). They stay
 * open, and their flags are as before.
 */
#ifndef SOCKET_RPC_H
#define SOCKET_RPC_H

#include <stddef.h>

#define MSG_MAX 65536u /* the largest payload of a message, in bytes */

/* Sends the `len` bytes at `buf` as one message. `buf` may be NULL if `len` is 0.
 *
 * Returns  0, or -1
 * errno    EMSGSIZE  len is more than MSG_MAX; nothing was sent. This is looked at first: it is EMSGSIZE also when the
 *                    peer has gone.
 *          EPIPE     the peer has closed its end, or its process has ended; also where send says ECONNRESET
 *          otherwise the error of the system call that has failed
 * Blocks   until the whole frame is in the stream
 */
int msg_send(int fd, const void *buf, size_t len);

/* Receives one message into the `cap` bytes at `buf`, and reads nothing that follows it.
 *
 * Returns  1, and *len is the length of the message; 0 if the stream ends between two messages; or -1. With 0 and -1
 *          *len is unchanged, except for EMSGSIZE.
 * errno    EPROTO    the stream ends inside a frame, or the length in it is more than MSG_MAX: then nothing after the
 *                    length is waited for. What is received from this stream afterwards is undefined.
 *          EMSGSIZE  the length is more than `cap`, but not more than MSG_MAX. *len is the length; the payload has been
 *                    read and is lost, and the next msg_recv receives the next message.
 *          EPIPE     the connection was reset between two messages. Inside a frame that is EPROTO.
 *          otherwise the error of the system call that has failed
 * Buffer   Only the first `cap` bytes at `buf` are written. What they hold after -1 is unspecified.
 * Blocks   until the message is complete, the stream ends, or the frame is known to be wrong
 */
int msg_recv(int fd, void *buf, size_t cap, size_t *len);

/* What a server does: called in the server for each request, one after the other. Writes at most `cap` bytes to
 * `reply`, sets *reply_len to their number, and returns 0 or more; `cap` is at least MSG_MAX. A negative result ends
 * the server: there is no reply. It may also end its process itself. `ctx` is what rpc_start was given; what it points
 * to is the server's own copy, which keeps its changes from request to request. */
typedef int (*rpc_fn)(const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, void *ctx);

/* A server, and the connection to it. */
typedef struct rpc rpc;

/* Starts a server: one child process of the caller, which receives requests, calls fn and sends replies, until the
 * stream ends. The two are connected by one pair of stream sockets, of which each has one end.
 *
 * Returns  the rpc, or NULL
 * errno    EINVAL  fn is NULL
 *          ENOMEM  no memory
 *          otherwise the error of socketpair or fork
 * Owns     The caller releases the rpc with rpc_stop. After NULL nothing is left: no process, no descriptor, no memory.
 * Server   Besides its own end of the connection it has at most the descriptors 0, 1 and 2, whatever the numbers of
 *          those that the caller has: not the other end, and none of another rpc. It never returns into the caller's
 *          code, runs no atexit function and writes nothing that the caller had left in a stdio buffer. Its exit status
 *          is 0 at the end of the stream, 1 when fn has returned a negative number, and either of them when the
 *          connection has failed in another way.
 * Caller   has the descriptors 0, 1 and 2 open.
 * FORK     No other child of the caller may use the rpc; as long as one holds its descriptor, the server may not see
 *          the end of the stream.
 */
rpc *rpc_start(rpc_fn fn, void *ctx);

/* Sends a request and receives the reply to it, into the `cap` bytes at `reply`.
 *
 * Returns  0, and *reply_len is the length of the reply; or -1, and *reply_len is unchanged, except for EMSGSIZE of a
 *          reply: then it is its length. After -1 the contents of `reply` are unspecified.
 * errno    EPIPE      an earlier call has failed, whatever this one asks for; or the server has ended before it sent
 *                     anything of the reply
 *          EMSGSIZE   len is more than MSG_MAX, or the reply is longer than `cap`
 *          EPROTO     the server has ended inside the reply, or has sent a length of more than MSG_MAX
 *          ETIMEDOUT  `timeout_ms` milliseconds have passed since the call was made, and the reply is not complete
 *          otherwise the error of the system call that has failed
 * Deadline timeout_ms is for the whole call, for sending and receiving together, whatever interrupts it and in however
 *          many pieces the reply comes. The call does not give up earlier, and at most a millisecond later.
 *          0: what can be done without waiting is done, and nothing is waited for. So a request for which there is
 *          room in the stream is sent, and fn is called for it.
 *          Negative: there is no limit.
 * Failure  A call that fails, for whatever reason, is the last one: later ones return -1 with EPIPE and send nothing.
 *          A reply that comes late is never taken for the reply to another call.
 * Blocks   until the reply is complete, the call has failed, or the time is over
 */
int rpc_call(rpc *rpc, const void *request, size_t len, void *reply, size_t cap, size_t *reply_len, int timeout_ms);

/* Ends the connection, waits for the server to end, and frees the rpc. A server that did not reply in time (ETIMEDOUT)
 * may never read the end of the stream: it is killed by SIGKILL. No other one is: it is left to finish its work.
 *
 * Returns  0, and *status is how the server ended, as waitpid reports it (status may be NULL); or -1, and *status is
 *          unchanged. The rpc is gone in both cases. rpc_stop(NULL, status) returns 0 and does nothing.
 * errno    the error of waitpid
 * Owns     Nothing is left: no descriptor, no process, no memory. Other children of the caller are not waited for.
 * Blocks   until the server has ended
 */
int rpc_stop(rpc *rpc, int *status);

#endif
