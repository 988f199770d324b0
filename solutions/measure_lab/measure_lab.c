/* measure_lab.c - reference: everything that is measured is an op of bench_run. The durations of one run are kept, then
 * sorted; what is reported are three of them, by their rank.
 */
#include "measure_lab.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(int error)
{
	errno = error;
	return -1;
}

/* ---- durations -------------------------------------------------------------------------------- */

static int monotonic(void *unused, struct timespec *t)
{
	(void)unused;
	return clock_gettime(CLOCK_MONOTONIC, t);
}

/* The difference of the nanoseconds may be negative; that of the whole is not. */
static uint64_t between(const struct timespec *begin, const struct timespec *end)
{
	int64_t seconds = end->tv_sec - begin->tv_sec;
	int64_t nanoseconds = end->tv_nsec - begin->tv_nsec;

	return (uint64_t)(seconds * 1000000000 + nanoseconds);
}

static uint64_t less(uint64_t duration, uint64_t overhead)
{
	return duration > overhead ? duration - overhead : 0;
}

static int by_size(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* The rank of p of 100 is p * n / 100, rounded up; the first rank is 1. */
static uint64_t at_rank(const uint64_t *sorted, uint64_t n, unsigned p)
{
	return sorted[(p * n + 99) / 100 - 1];
}

static void summarise(uint64_t *duration, unsigned n, struct bench_stat *stat)
{
	qsort(duration, n, sizeof *duration, by_size);
	stat->min_ns = duration[0];
	stat->median_ns = at_rank(duration, n, 50);
	stat->p90_ns = at_rank(duration, n, 90);
}

/* ---- bench_run, bench_overhead ---------------------------------------------------------------- */

static int warm_up(unsigned n, int (*op)(void *), void *ctx)
{
	for (unsigned i = 0; i < n; i++)
		if (op(ctx) != 0)
			return -1;
	return 0;
}

static int repeat(const struct bench_opts *opts, int (*op)(void *), void *ctx, uint64_t *duration)
{
	int (*clock)(void *, struct timespec *) = opts->clock ? opts->clock : monotonic;
	struct timespec begin, end;

	for (unsigned i = 0; i < opts->reps; i++) {
		if (clock(opts->clock_ctx, &begin) != 0 || op(ctx) != 0 || clock(opts->clock_ctx, &end) != 0)
			return -1;
		duration[i] = less(between(&begin, &end), opts->overhead_ns);
	}
	return 0;
}

int bench_run(const struct bench_opts *opts, int (*op)(void *), void *ctx, struct bench_stat *stat)
{
	uint64_t *duration;
	int result, error;

	if (!opts || !op || !stat || opts->reps == 0)
		return fail(EINVAL);
	duration = malloc(opts->reps * sizeof *duration);
	if (!duration)
		return fail(ENOMEM);
	result = warm_up(opts->warmup, op, ctx) == 0 ? repeat(opts, op, ctx, duration) : -1;
	error = errno;
	if (result == 0)
		summarise(duration, opts->reps, stat);
	free(duration);
	errno = error;
	return result;
}

static int nothing(void *unused)
{
	(void)unused;
	return 0;
}

int bench_overhead(const struct bench_opts *opts, uint64_t *overhead_ns)
{
	struct bench_opts bare;
	struct bench_stat stat;

	if (!opts || !overhead_ns)
		return fail(EINVAL);
	bare = *opts;
	bare.overhead_ns = 0;
	if (bench_run(&bare, nothing, NULL, &stat) != 0)
		return -1;
	*overhead_ns = stat.min_ns;
	return 0;
}

/* ---- bench_create ----------------------------------------------------------------------------- */

static int wait_for_process(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0)
		if (errno != EINTR)
			return -1;
	return 0;
}

static int create_process(void *unused)
{
	pid_t pid = fork();

	(void)unused;
	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : wait_for_process(pid);
}

static void *end_at_once(void *unused)
{
	return unused;
}

static int create_thread(void *unused)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, end_at_once, unused);

	if (!error)
		error = pthread_join(thread, NULL);
	return error ? fail(error) : 0;
}

int bench_create(enum backend backend, const struct bench_opts *opts, struct bench_stat *stat)
{
	if (backend != BE_PROCESS && backend != BE_THREAD)
		return fail(EINVAL);
	return bench_run(opts, backend == BE_PROCESS ? create_process : create_thread, NULL, stat);
}

/* ---- bench_handoff: pipes --------------------------------------------------------------------- */

enum { READ_END, WRITE_END };

struct pipes {
	int there[2], back[2];
	enum backend backend;
	pid_t pid;        /* BE_PROCESS */
	pthread_t thread; /* BE_THREAD */
};

/* Returns 1, 0 at the end of what can be read, or -1. */
static ssize_t take(int fd)
{
	char token;
	ssize_t got;

	while ((got = read(fd, &token, 1)) < 0 && errno == EINTR)
		;
	return got;
}

static int give(int fd)
{
	ssize_t put;

	while ((put = write(fd, "t", 1)) < 0 && errno == EINTR)
		;
	return put == 1 ? 0 : -1;
}

static int round_trip_by_pipes(void *ctx)
{
	struct pipes *pipes = ctx;

	return give(pipes->there[WRITE_END]) == 0 && take(pipes->back[READ_END]) == 1 ? 0 : -1;
}

/* The partner's whole life. It ends when the caller has closed the last write end of `there`. */
static void *hand_back(void *ctx)
{
	struct pipes *pipes = ctx;

	while (take(pipes->there[READ_END]) == 1 && give(pipes->back[WRITE_END]) == 0)
		;
	return NULL;
}

static void close_both(const int ends[2])
{
	close(ends[READ_END]);
	close(ends[WRITE_END]);
}

static int start_process(struct pipes *pipes)
{
	pipes->pid = fork();
	if (pipes->pid == 0) {
		close(pipes->there[WRITE_END]);
		close(pipes->back[READ_END]);
		hand_back(pipes);
		_exit(0);
	}
	return pipes->pid < 0 ? errno : 0;
}

static int start_partner(struct pipes *pipes)
{
	return pipes->backend == BE_PROCESS ? start_process(pipes) : pthread_create(&pipes->thread, NULL, hand_back, pipes);
}

static int open_pipes(struct pipes *pipes)
{
	int error;

	if (pipe(pipes->there) != 0)
		return -1;
	if (pipe(pipes->back) == 0)
		return 0;
	error = errno;
	close_both(pipes->there);
	return fail(error);
}

/* The write end first: that is what the partner waits for. */
static void end_partner(struct pipes *pipes)
{
	close(pipes->there[WRITE_END]);
	if (pipes->backend == BE_PROCESS)
		wait_for_process(pipes->pid);
	else
		pthread_join(pipes->thread, NULL);
	close(pipes->there[READ_END]);
	close_both(pipes->back);
}

static int handoff_by_pipes(enum backend backend, const struct bench_opts *opts, struct bench_stat *stat)
{
	struct pipes pipes = {.backend = backend};
	int error, result;

	if (open_pipes(&pipes) != 0)
		return -1;
	error = start_partner(&pipes);
	if (error) {
		close_both(pipes.there);
		close_both(pipes.back);
		return fail(error);
	}
	result = bench_run(opts, round_trip_by_pipes, &pipes, stat);
	error = errno;
	end_partner(&pipes);
	errno = error;
	return result;
}

/* ---- bench_handoff: condition variable -------------------------------------------------------- */

enum turn { CALLERS, PARTNERS, NOBODYS };

struct table {
	pthread_mutex_t mutex; /* guards turn */
	pthread_cond_t changed;
	enum turn turn; /* NOBODYS: the partner goes home */
};

/* Lock held. */
static void set_turn(struct table *table, enum turn turn)
{
	table->turn = turn;
	pthread_cond_signal(&table->changed);
}

static int round_trip_by_turns(void *ctx)
{
	struct table *table = ctx;

	pthread_mutex_lock(&table->mutex);
	set_turn(table, PARTNERS);
	while (table->turn != CALLERS)
		pthread_cond_wait(&table->changed, &table->mutex);
	pthread_mutex_unlock(&table->mutex);
	return 0;
}

static void *take_turns(void *ctx)
{
	struct table *table = ctx;

	pthread_mutex_lock(&table->mutex);
	for (;;) {
		while (table->turn == CALLERS)
			pthread_cond_wait(&table->changed, &table->mutex);
		if (table->turn == NOBODYS)
			break;
		set_turn(table, CALLERS);
	}
	pthread_mutex_unlock(&table->mutex);
	return NULL;
}

static int make_table(struct table *table)
{
	int error = pthread_mutex_init(&table->mutex, NULL);

	if (error)
		return error;
	table->turn = CALLERS;
	error = pthread_cond_init(&table->changed, NULL);
	if (error)
		pthread_mutex_destroy(&table->mutex);
	return error;
}

static void send_home(struct table *table, pthread_t partner)
{
	pthread_mutex_lock(&table->mutex);
	set_turn(table, NOBODYS);
	pthread_mutex_unlock(&table->mutex);
	pthread_join(partner, NULL);
}

static int measure_turns(struct table *table, const struct bench_opts *opts, struct bench_stat *stat)
{
	pthread_t partner;
	int result, error = pthread_create(&partner, NULL, take_turns, table);

	if (error)
		return fail(error);
	result = bench_run(opts, round_trip_by_turns, table, stat);
	error = errno;
	send_home(table, partner);
	errno = error;
	return result;
}

static int handoff_by_turns(const struct bench_opts *opts, struct bench_stat *stat)
{
	struct table table;
	int result, error = make_table(&table);

	if (error)
		return fail(error);
	result = measure_turns(&table, opts, stat);
	pthread_cond_destroy(&table.changed);
	pthread_mutex_destroy(&table.mutex);
	return result;
}

/* ---- bench_handoff ---------------------------------------------------------------------------- */

static int check_handoff(enum channel channel, enum backend backend, const struct bench_opts *opts,
                         const struct bench_stat *stat)
{
	if ((channel != CH_PIPE && channel != CH_CONDVAR) || (backend != BE_PROCESS && backend != BE_THREAD))
		return fail(EINVAL);
	if (!opts || !stat || opts->reps == 0)
		return fail(EINVAL);
	return channel == CH_CONDVAR && backend == BE_PROCESS ? fail(ENOTSUP) : 0;
}

/* What halves all halves the one at each rank, too: rounding down keeps the order. */
static void halve(struct bench_stat *stat)
{
	stat->min_ns /= 2;
	stat->median_ns /= 2;
	stat->p90_ns /= 2;
}

int bench_handoff(enum channel channel, enum backend backend, const struct bench_opts *opts, struct bench_stat *stat)
{
	int result;

	if (check_handoff(channel, backend, opts, stat) != 0)
		return -1;
	result = channel == CH_PIPE ? handoff_by_pipes(backend, opts, stat) : handoff_by_turns(opts, stat);
	if (result == 0)
		halve(stat);
	return result;
}
