/* ordered.c - alternative: durations are put in order as they come; the partner counts nothing and is told of the end
 * by a token of another letter, or by a flag; a condition variable for each side, and all are woken.
 */
#include "measure_lab.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int refuse(int error)
{
	errno = error;
	return -1;
}

/* Goes on with what `result` and errno said before something was cleaned up. */
#define KEEPING_ERRNO(cleanup)                                                                                         \
	do {                                                                                                               \
		int kept = errno;                                                                                              \
		cleanup;                                                                                                       \
		errno = kept;                                                                                                  \
	} while (0)

/* ---- one measurement -------------------------------------------------------------------------- */

struct series {
	const struct bench_opts *opts;
	unsigned count;
	uint64_t in_order[];
};

static int read_clock(const struct bench_opts *opts, struct timespec *t)
{
	return opts->clock ? opts->clock(opts->clock_ctx, t) : clock_gettime(CLOCK_MONOTONIC, t);
}

static uint64_t duration_of(struct timespec begin, struct timespec end)
{
	uint64_t seconds = (uint64_t)(end.tv_sec - begin.tv_sec);

	if (end.tv_nsec < begin.tv_nsec) {
		seconds--;
		end.tv_nsec += 1000000000;
	}
	return seconds * 1000000000 + (uint64_t)(end.tv_nsec - begin.tv_nsec);
}

static void insert(struct series *series, uint64_t duration)
{
	unsigned at = 0;

	while (at < series->count && series->in_order[at] <= duration)
		at++;
	memmove(&series->in_order[at + 1], &series->in_order[at], (series->count - at) * sizeof series->in_order[0]);
	series->in_order[at] = duration;
	series->count++;
}

static int measure_one(struct series *series, int (*op)(void *), void *ctx)
{
	struct timespec begin, end;
	uint64_t duration, overhead = series->opts->overhead_ns;

	if (read_clock(series->opts, &begin) || op(ctx) || read_clock(series->opts, &end))
		return -1;
	duration = duration_of(begin, end);
	insert(series, duration < overhead ? 0 : duration - overhead);
	return 0;
}

static int measure_all(struct series *series, int (*op)(void *), void *ctx)
{
	for (unsigned i = series->opts->warmup; i > 0; i--)
		if (op(ctx))
			return -1;
	while (series->count < series->opts->reps)
		if (measure_one(series, op, ctx))
			return -1;
	return 0;
}

/* The first of n in order that is not exceeded by `percent` of 100 of them. */
static uint64_t percentile(const struct series *series, unsigned percent)
{
	uint64_t below = (uint64_t)series->count * percent;

	return series->in_order[below / 100 - (below % 100 == 0)];
}

int bench_run(const struct bench_opts *opts, int (*op)(void *ctx), void *ctx, struct bench_stat *stat)
{
	struct series *series;
	int result;

	if (!opts || !op || !stat || !opts->reps)
		return refuse(EINVAL);
	series = calloc(1, sizeof *series + opts->reps * sizeof series->in_order[0]);
	if (!series)
		return -1;
	series->opts = opts;
	result = measure_all(series, op, ctx);
	if (!result)
		*stat = (struct bench_stat){series->in_order[0], percentile(series, 50), percentile(series, 90)};
	KEEPING_ERRNO(free(series));
	return result;
}

int bench_overhead(const struct bench_opts *opts, uint64_t *overhead_ns)
{
	uint64_t smallest = UINT64_MAX;

	if (!opts || !overhead_ns || !opts->reps)
		return refuse(EINVAL);
	for (unsigned i = 0; i < opts->reps; i++) {
		struct timespec begin, end;
		if (read_clock(opts, &begin) || read_clock(opts, &end))
			return -1;
		uint64_t duration = duration_of(begin, end);
		smallest = duration < smallest ? duration : smallest;
	}
	*overhead_ns = smallest;
	return 0;
}

/* ---- somebody else, of either kind ------------------------------------------------------------ */

struct other {
	enum backend backend;
	pid_t pid;
	pthread_t thread;
};

static int start(struct other *other, void *(*life)(void *), void *arg)
{
	if (other->backend == BE_THREAD) {
		int error = pthread_create(&other->thread, NULL, life, arg);
		return error ? refuse(error) : 0;
	}
	other->pid = fork();
	if (other->pid == 0) {
		life(arg);
		_exit(0);
	}
	return other->pid > 0 ? 0 : -1;
}

static void await(const struct other *other)
{
	if (other->backend == BE_THREAD)
		pthread_join(other->thread, NULL);
	else
		while (waitpid(other->pid, NULL, 0) == -1 && errno == EINTR)
			;
}

static void *live_shortly(void *arg)
{
	return arg;
}

static int live_once(void *ctx)
{
	struct other *other = ctx;

	if (start(other, live_shortly, NULL))
		return -1;
	await(other);
	return 0;
}

int bench_create(enum backend backend, const struct bench_opts *opts, struct bench_stat *stat)
{
	struct other other = {.backend = backend};

	return backend == BE_PROCESS || backend == BE_THREAD ? bench_run(opts, live_once, &other, stat) : refuse(EINVAL);
}

/* ---- hand-offs -------------------------------------------------------------------------------- */

/* fd: the caller reads 0 and writes 3; the partner reads 2 and writes 1. */
struct line {
	int fd[4];
	pthread_mutex_t mutex; /* guards the two below */
	bool partners, over;
	pthread_cond_t to_partner, to_caller;
};

static char receive(int fd)
{
	char letter = 'q';

	while (read(fd, &letter, 1) == -1 && errno == EINTR)
		;
	return letter;
}

static void transmit(int fd, char letter)
{
	while (write(fd, &letter, 1) == -1 && errno == EINTR)
		;
}

static int there_and_back(void *ctx)
{
	struct line *line = ctx;

	transmit(line->fd[3], 't');
	return receive(line->fd[0]) == 't' ? 0 : -1;
}

static void *echo_letters(void *ctx)
{
	struct line *line = ctx;

	while (receive(line->fd[2]) != 'q')
		transmit(line->fd[1], 't');
	return NULL;
}

static void hand_over(struct line *line, bool partners)
{
	line->partners = partners;
	pthread_cond_broadcast(partners ? &line->to_partner : &line->to_caller);
}

static int your_turn(void *ctx)
{
	struct line *line = ctx;

	pthread_mutex_lock(&line->mutex);
	hand_over(line, true);
	while (line->partners)
		pthread_cond_wait(&line->to_caller, &line->mutex);
	pthread_mutex_unlock(&line->mutex);
	return 0;
}

static void *answer_turns(void *ctx)
{
	struct line *line = ctx;
	bool over = false;

	while (!over) {
		pthread_mutex_lock(&line->mutex);
		while (!line->partners)
			pthread_cond_wait(&line->to_partner, &line->mutex);
		over = line->over;
		hand_over(line, false);
		pthread_mutex_unlock(&line->mutex);
	}
	return NULL;
}

static int open_line(struct line *line)
{
	if (pipe(line->fd))
		return -1;
	if (pipe(line->fd + 2) == 0)
		return 0;
	KEEPING_ERRNO(close(line->fd[0]); close(line->fd[1]));
	return -1;
}

static void close_line(struct line *line)
{
	for (unsigned i = 0; i < 4; i++)
		close(line->fd[i]);
}

static int measure_line(enum backend backend, struct line *line, const struct bench_opts *opts, struct bench_stat *stat)
{
	struct other partner = {.backend = backend};
	int result;

	if (start(&partner, echo_letters, line))
		return -1;
	result = bench_run(opts, there_and_back, line, stat);
	KEEPING_ERRNO(transmit(line->fd[3], 'q'); await(&partner));
	return result;
}

static int by_line(enum backend backend, struct line *line, const struct bench_opts *opts, struct bench_stat *stat)
{
	int result;

	if (open_line(line))
		return -1;
	result = measure_line(backend, line, opts, stat);
	KEEPING_ERRNO(close_line(line));
	return result;
}

static int make_conditions(struct line *line)
{
	int error;

	if ((error = pthread_mutex_init(&line->mutex, NULL)))
		return error;
	if ((error = pthread_cond_init(&line->to_partner, NULL)))
		goto mutex;
	if ((error = pthread_cond_init(&line->to_caller, NULL)))
		goto condition;
	return 0;
condition:
	pthread_cond_destroy(&line->to_partner);
mutex:
	pthread_mutex_destroy(&line->mutex);
	return error;
}

static void end_turns(struct line *line)
{
	pthread_mutex_lock(&line->mutex);
	line->over = true;
	hand_over(line, true);
	pthread_mutex_unlock(&line->mutex);
}

static int measure_turns(struct line *line, const struct bench_opts *opts, struct bench_stat *stat)
{
	struct other partner = {.backend = BE_THREAD};
	int result;

	if (start(&partner, answer_turns, line))
		return -1;
	result = bench_run(opts, your_turn, line, stat);
	KEEPING_ERRNO(end_turns(line); await(&partner));
	return result;
}

static int by_turns(struct line *line, const struct bench_opts *opts, struct bench_stat *stat)
{
	int result, error = make_conditions(line);

	if (error)
		return refuse(error);
	result = measure_turns(line, opts, stat);
	pthread_cond_destroy(&line->to_caller);
	pthread_cond_destroy(&line->to_partner);
	pthread_mutex_destroy(&line->mutex);
	return result;
}

int bench_handoff(enum channel channel, enum backend backend, const struct bench_opts *opts, struct bench_stat *stat)
{
	struct line line = {.partners = false};
	struct bench_stat round_trip;

	if (!opts || !stat || opts->reps < 1 || (unsigned)channel > CH_CONDVAR || (unsigned)backend > BE_THREAD)
		return refuse(EINVAL);
	if (channel == CH_CONDVAR && backend != BE_THREAD)
		return refuse(ENOTSUP);
	if (channel == CH_PIPE ? by_line(backend, &line, opts, &round_trip) : by_turns(&line, opts, &round_trip))
		return -1;
	stat->min_ns = round_trip.min_ns / 2;
	stat->median_ns = round_trip.median_ns / 2;
	stat->p90_ns = round_trip.p90_ns / 2;
	return 0;
}
