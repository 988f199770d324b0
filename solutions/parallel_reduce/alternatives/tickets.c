/* tickets.c - all threads get the same pointer. Under one mutex each of them takes the number of its range, and later
 * adds its result to the sum; between the two, while f runs, it holds nothing. The calling thread only waits. */
#include "parallel_reduce.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct job {
	const int32_t *v;
	size_t length, longer; /* of a range; how many ranges have one element more */
	chunk_fn f;
	void *ctx;
	pthread_mutex_t lock; /* guards what follows */
	size_t ticket;        /* the range that the next thread takes */
	int64_t sum;
};

static size_t take_ticket(struct job *job)
{
	size_t ticket;

	pthread_mutex_lock(&job->lock);
	ticket = job->ticket++;
	pthread_mutex_unlock(&job->lock);
	return ticket;
}

static void add(struct job *job, int64_t result)
{
	pthread_mutex_lock(&job->lock);
	job->sum += result;
	pthread_mutex_unlock(&job->lock);
}

static void *work(void *arg)
{
	struct job *job = arg;
	size_t ticket = take_ticket(job), lo, hi;

	if (ticket < job->longer) {
		lo = ticket * (job->length + 1);
		hi = lo + job->length + 1;
	} else {
		lo = ticket * job->length + job->longer;
		hi = lo + job->length;
	}
	add(job, job->f(job->v, lo, hi, job->ctx));
	return NULL;
}

/* Returns 0 or the error. */
static int run(struct job *job, size_t count)
{
	pthread_t *thread = malloc(count * sizeof(*thread));
	size_t started = 0;

	if (!thread)
		return ENOMEM;
	while (started < count && pthread_create(&thread[started], NULL, work, job) == 0)
		started++;
	for (size_t i = 0; i < started; i++)
		pthread_join(thread[i], NULL);
	free(thread);
	return started == count ? 0 : EAGAIN;
}

static int reduce(struct job *job, size_t count)
{
	int error = pthread_mutex_init(&job->lock, NULL);

	if (error)
		return error;
	error = run(job, count);
	pthread_mutex_destroy(&job->lock);
	return error;
}

int par_reduce(const int32_t *v, size_t n, unsigned threads, chunk_fn f, void *ctx, int64_t *out)
{
	struct job job = {.v = v, .f = f, .ctx = ctx};
	int error = 0;

	if (threads == 0 || !f || !out || (!v && n > 0)) {
		error = EINVAL;
	} else if (n > 0) {
		size_t count = threads < n ? threads : n;

		job.length = n / count;
		job.longer = n % count;
		error = reduce(&job, count);
	}
	if (error) {
		errno = error;
		return -1;
	}
	*out = job.sum;
	return 0;
}
