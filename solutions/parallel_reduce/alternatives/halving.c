/* halving.c - recursive halving: whoever has several ranges gives the upper half of them to a new thread and goes on
 * with the lower half. All memory is on the stacks of threads that join before they return. */
#include "parallel_reduce.h"

#include <errno.h>
#include <pthread.h>

/* The same for all: never written after par_reduce has filled it. */
struct job {
	const int32_t *v;
	size_t n, count; /* count ranges of [0, n) */
	chunk_fn f;
	void *ctx;
};

/* The ranges [first, last) of the job. */
struct task {
	const struct job *job;
	size_t first, last;
	int64_t sum;
	int error;
};

static size_t range_begin(const struct job *job, size_t i)
{
	size_t longer = job->n % job->count;

	return job->n / job->count * i + (i < longer ? i : longer);
}

static void *run(void *arg)
{
	struct task *task = arg;
	const struct job *job = task->job;
	size_t middle = task->first + (task->last - task->first) / 2;
	struct task lower = {.job = job, .first = task->first, .last = middle};
	struct task upper = {.job = job, .first = middle, .last = task->last};
	pthread_t thread;

	if (task->last - task->first == 1) {
		task->sum = job->f(job->v, range_begin(job, task->first), range_begin(job, task->last), job->ctx);
		return NULL;
	}
	if (pthread_create(&thread, NULL, run, &upper) != 0) {
		task->error = EAGAIN;
		return NULL;
	}
	run(&lower);
	pthread_join(thread, NULL);
	task->error = lower.error ? lower.error : upper.error;
	if (!task->error) /* the results of a part that failed are no numbers to add */
		task->sum = lower.sum + upper.sum;
	return NULL;
}

int par_reduce(const int32_t *v, size_t n, unsigned threads, chunk_fn f, void *ctx, int64_t *out)
{
	struct job job = {.v = v, .n = n, .count = threads < n ? threads : n, .f = f, .ctx = ctx};
	struct task all = {.job = &job, .first = 0, .last = job.count};

	if (threads == 0 || !f || !out || (!v && n > 0)) {
		errno = EINVAL;
		return -1;
	}
	if (n > 0)
		run(&all);
	if (all.error) {
		errno = all.error;
		return -1;
	}
	*out = all.sum;
	return 0;
}
