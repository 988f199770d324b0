/* measure_lab.h - how long something takes: the harness of a measurement
 *
 *      warmup calls              reps calls, each between two readings of the clock
 *   [ op op ... op ]   [ clock op clock ]  [ clock op clock ]  ...  [ clock op clock ]
 */
#ifndef MEASURE_LAB_H
#define MEASURE_LAB_H

#include <stdint.h>
#include <time.h>

enum backend {
	BE_PROCESS, /* a child process of the caller */
	BE_THREAD   /* a thread of the caller's process */
};

enum channel {
	CH_PIPE,   /* two pipes, one for each direction; the token is one byte */
	CH_CONDVAR /* a mutex and condition variables; threads only */
};

struct bench_opts {
	unsigned warmup;                                   /* calls that are not measured, before those that are */
	unsigned reps;                                     /* calls that are measured; at least 1 */
	uint64_t overhead_ns;                              /* what is subtracted from each duration */
	int (*clock)(void *clock_ctx, struct timespec *t); /* 0, and *t is the time now; or -1, and errno says why */
	void *clock_ctx;                                   /* only passed on */
};

/* Of the `reps` durations, in nanoseconds. */
struct bench_stat {
	uint64_t min_ns;    /* the smallest */
	uint64_t median_ns; /* of an even number the smaller one of the two in the middle */
	uint64_t p90_ns;    /* the smallest one that at least 90 of 100 durations do not exceed: the nearest rank */
};

/* All functions   Returns  0, and *stat (or *overhead_ns) is written; or -1, and it is as it was.
 *                 errno    EINVAL  opts, stat, op or overhead_ns is NULL, reps is 0, or backend or channel is none of
 *                                  the above; nothing is called or made
 *                          ENOMEM  no memory
 *                          the error of the clock, passed on: the call ends then, and makes no further repetition
 *                 Clock    If clock is NULL it is CLOCK_MONOTONIC. It never runs backwards; a second can begin between
 *                          two readings, and a duration can be as long as its type allows. The clock is read in the
 *                          calling thread.
 *                 Owns     Nothing is left behind, whether 0 or -1 is returned: what was started has ended and is
 *                          joined or waited for, descriptors are closed, memory is free.
 *                 Waiting  is done asleep. A wait that is interrupted (EINTR) is continued.
 *                 MT       safe, except for *stat. Blocks until the last repetition has ended.
 */

/* Measures op: calls it warmup times, and then reps times, each time between two readings of the clock. Nothing else is
 * done between the two, and the clock is read for nothing else, not during the warm-up either. A duration is the time
 * between its two readings less overhead_ns, and 0 if that would be less than 0.
 *
 * errno    what op left there when it returned something else than 0; op is not called again then
 */
int bench_run(const struct bench_opts *opts, int (*op)(void *ctx), void *ctx, struct bench_stat *stat);

/* Finds out what measuring costs by itself: the smallest duration of reps repetitions in which nothing is done between
 * the two readings. opts->overhead_ns is not subtracted.
 */
int bench_overhead(const struct bench_opts *opts, uint64_t *overhead_ns);

/* Measures, as bench_run does, how long it takes to start one process or thread that does nothing and to wait for its
 * end. Each call of the warm-up and each repetition starts one and waits for it; so one exists at a time. A child
 * leaves by _exit: it runs no atexit function and writes nothing that is left in a stdio buffer.
 *
 * errno    the error of fork or pthread_create, passed on; it is not tried again
 */
int bench_create(enum backend backend, const struct bench_opts *opts, struct bench_stat *stat);

/* Measures how long it takes to hand something over to another process or thread. One call of the warm-up, and one
 * repetition, is a round trip: the caller hands the token to its partner and sleeps until the partner has handed it
 * back. So it is two hand-offs, and *stat says of one what bench_run says of the round trip: the half, rounded down.
 *
 * The partner and the channel are made once, before the first round trip, and taken away after the last one. Each
 * hand-off is one write and one read of one byte (CH_PIPE), or a change of whose turn it is, under the mutex, and one
 * pthread_cond_signal or pthread_cond_broadcast (CH_CONDVAR).
 *
 * errno    ENOTSUP  CH_CONDVAR with BE_PROCESS: nothing is made
 *          the error of pipe, fork, pthread_create, pthread_mutex_init or pthread_cond_init, passed on
 */
int bench_handoff(enum channel channel, enum backend backend, const struct bench_opts *opts, struct bench_stat *stat);

#endif
