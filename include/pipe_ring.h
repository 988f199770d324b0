/* pipe_ring.h - a token that travels round a ring of processes, from pipe to pipe
 *
 *     caller --pipe 0--> node 0 --pipe 1--> node 1 --> ... --> node n-1 --pipe n--> caller
 *
 * A node is a process of its own. On each lap the token leaves the caller through pipe 0; node i reads it from pipe i,
 * calls step and writes the result to pipe i + 1; the caller reads it from pipe n. That is n + 1 hops per lap.
 */
#ifndef PIPE_RING_H
#define PIPE_RING_H

#include <stdint.h>

/* What a node does with the token: called in node `id` once per lap, returns the token that goes on. `ctx` is the
 * pointer given to ring_run; what it points to is the node's own copy, as it was when the node was forked, and keeps
 * its changes from lap to lap. step may block, and it may end its process. Text that it leaves in a stdio buffer is
 * lost. */
typedef uint64_t (*ring_step)(unsigned id, uint64_t token, void *ctx);

/* Sends *token `laps` times round a ring of `nodes` processes. On each lap the nodes act in the order 0, 1, 2, ...
 *
 * Returns  0, and *token is what came back from the last lap; or -1, and *token is unchanged
 * errno    EINVAL          nodes is 0, laps is 0, token is NULL or step is NULL; nothing was started
 *          EPIPE           a node ended before the last lap was complete (killed, crashed, or step ended the process)
 *          EMFILE, ENFILE  a pipe could not be made: the error of pipe, passed on
 *          EAGAIN, ENOMEM  a node could not be forked: the error of fork, passed on
 *          ENOMEM          no memory
 * Nodes    Each node is one child process of the caller for all laps; step never runs in the caller. The token moves by
 *          read and write only: no memory is shared (no mapping is made), no thread is created. A read or write that is
 *          interrupted (EINTR) or moves fewer bytes than asked for is continued.
 *          While step runs, its node has exactly two of the ring's descriptors open: the read end of pipe `id` and the
 *          write end of pipe `id + 1`. All descriptors of the ring are close-on-exec.
 * Ends     After the last lap the caller closes pipe 0. Node 0 reads end-of-file and ends, which closes pipe 1, and so
 *          on round the ring. A node never returns from ring_run, runs no atexit function and writes nothing that the
 *          caller had left in a stdio buffer.
 * Owns     nothing is left behind, whether it returns 0 or -1: all nodes have ended and are waited for, all descriptors
 *          are closed, all memory is free. Other children of the caller are not waited for. `ctx` is only passed on.
 * Signals  SIGPIPE never reaches the caller's handler and never ends the caller. On return its disposition and the
 *          signal mask are what they were. In the nodes both are unspecified.
 * MT       not: the disposition of SIGPIPE belongs to the whole process, and step runs in a forked child.
 * Blocks   until the last lap is complete or a node has ended, and then until all nodes have ended. It waits asleep:
 *          neither the caller nor a node polls.
 */
int ring_run(unsigned nodes, unsigned laps, uint64_t *token, ring_step step, void *ctx);

#endif
