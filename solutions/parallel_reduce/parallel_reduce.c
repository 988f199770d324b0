/* parallel_reduce.c - reference: a struct for each call of f, in an array that outlives the threads; the calling thread
 * makes the first call itself */
#include "parallel_reduce.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* One call of f. Before pthread_create it belongs to the calling thread, until pthread_join to the new one, then to the
 * calling thread again. So it needs no lock. */
struct part {
	const int32_t *v;
	size_t lo, hi;
	chunk_fn f;
	void *ctx;
	int64_t result;
	pthread_t thread; /* set by the calling thread, which is the only one to use it */
};

static void run_part(struct part *part)
{
	part->result = part->f(part->v, part->lo, part->hi, part->ctx);
}

static void *part_thread(void *arg)
{
	run_part(arg);
	return NULL;
}

/* Where range `i` of `count` begins: the first n % count ranges have one element more than the others. */
static size_t range_begin(size_t n, size_t count, size_t i)
{
	size_t longer = n % count;

	return n / count * i + (i < longer ? i : longer); /* n * i / count would overflow */
}

/* Starts a thread for each part but the first. Returns how many parts have one: fewer than count - 1 if one could not
 * be created. */
static size_t start(struct part *part, size_t count)
{
	size_t started = 0;

	while (started + 1 < count && pthread_create(&part[started + 1].thread, NULL, part_thread, &part[started + 1]) == 0)
		started++;
	return started;
}

static void join(struct part *part, size_t started)
{
	for (size_t i = 1; i <= started; i++)
		pthread_join(part[i].thread, NULL);
}

static int64_t sum_of(const struct part *part, size_t count)
{
	int64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += part[i].result;
	return sum;
}

/* n > 0. Returns 0 or the error. */
static int reduce(const int32_t *v, size_t n, unsigned threads, chunk_fn f, void *ctx, int64_t *out)
{
	size_t count = threads < n ? threads : n, started;
	struct part *part = calloc(count, sizeof(*part));

	if (!part)
		return ENOMEM;
	for (size_t i = 0; i < count; i++)
		part[i] = (struct part){
		    .v = v, .lo = range_begin(n, count, i), .hi = range_begin(n, count, i + 1), .f = f, .ctx = ctx};
	started = start(part, count);
	if (started == count - 1)
		run_part(&part[0]);
	join(part, started); /* what was started is joined, also if that is not all */
	if (started == count - 1)
		*out = sum_of(part, count);
	free(part);
	return started == count - 1 ? 0 : EAGAIN;
}

int par_reduce(const int32_t *v, size_t n, unsigned threads, chunk_fn f, void *ctx, int64_t *out)
{
	int error = EINVAL;

	if (threads > 0 && f && out && (v || n == 0)) {
		error = 0;
		if (n == 0)
			*out = 0;
		else
			error = reduce(v, n, threads, f, ctx, out);
	}
	if (error) {
		errno = error;
		return -1;
	}
	return 0;
}
