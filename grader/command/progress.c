#include "progress.h"
#include "../memory.h"

#include <stdlib.h>
#include <time.h>

enum { BAR = 24, LINE_MS = 10000, BAR_MS = 200, MINUTE_MS = 60000 };

struct progress {
	struct queue *queue;
	const char *what; /* NULL: grades come in */
	size_t total, full, lost, unjudged;
	size_t known; /* judged without a run */
	bool terminal;
	long long begin_ms, shown_ms;
};

static long long now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* After the first one that took a run. What is not judged hardly ever does: there is nothing to run. */
static void show_rate(const struct progress *progress, size_t done, long long now)
{
	size_t graded = progress->full + progress->lost - progress->known;
	double passed = (double)(now - progress->begin_ms);
	if (!graded || done >= progress->total || passed <= 0)
		return;
	double left = passed / (double)graded * (double)(progress->total - done);
	fprintf(stderr, "; %.1f a minute, ", (double)graded * MINUTE_MS / passed);
	if (left < 2 * MINUTE_MS)
		fprintf(stderr, "%.0f s left", left / 1000);
	else
		fprintf(stderr, "%.0f min left", left / MINUTE_MS);
}

static void show(struct progress *progress, long long now)
{
	size_t done = progress->full + progress->lost + progress->unjudged;
	progress->shown_ms = now;
	if (progress->terminal)
		fputs("\r\033[K", stderr);
	if (progress->what) {
		fputs(progress->what, stderr);
	} else {
		if (progress->terminal)
			fputc('[', stderr);
		for (size_t i = 0; progress->terminal && i < BAR; i++)
			fputc(i * progress->total < done * BAR ? '#' : '-', stderr);
		fprintf(stderr, "%s%zu of %zu: %zu full marks, %zu lost points, %zu not judged", progress->terminal ? "] " : "",
		        done, progress->total, progress->full, progress->lost, progress->unjudged);
		show_rate(progress, done, now);
	}
	if (!progress->terminal)
		fputc('\n', stderr);
	fflush(stderr);
}

static void tick(void *context)
{
	struct progress *progress = context;
	long long now = now_ms();
	if (now - progress->shown_ms >= (progress->terminal ? BAR_MS : LINE_MS))
		show(progress, now);
}

struct progress *progress_new(struct queue *queue, bool terminal, const char *what)
{
	struct progress *progress = zeroed(1, sizeof *progress);
	*progress = (struct progress){.queue = queue, .terminal = terminal, .shown_ms = now_ms(), .what = what};
	queue_on_tick(queue, tick, progress);
	return progress;
}

void progress_say(struct progress *progress, const char *what)
{
	progress->what = what;
}

void progress_begin(struct progress *progress, size_t total)
{
	progress->what = NULL;
	progress->total = total;
	progress->begin_ms = now_ms();
}

void progress_graded(struct progress *progress, const struct grade *grade)
{
	if (!grade->judged)
		progress->unjudged++;
	else if (grade->score == grade->max_score)
		progress->full++;
	else
		progress->lost++;
	tick(progress);
}

void progress_known(struct progress *progress, const struct grade *grade)
{
	progress->known += grade->judged;
	progress_graded(progress, grade);
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	queue_on_tick(progress->queue, NULL, NULL);
	if (progress->terminal)
		fputs("\r\033[K", stderr);
	free(progress);
}
