#include "progress.h"

#include <stdlib.h>
#include <time.h>

enum { BAR = 24, LINE_MS = 10000, BAR_MS = 200 };

struct progress {
	size_t total, full, lost, unjudged;
	bool terminal;
	long long begin_ms, shown_ms;
};

static long long now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

struct progress *progress_new(size_t total, bool terminal)
{
	struct progress *progress = calloc(1, sizeof *progress);
	if (!progress)
		abort();
	*progress = (struct progress){.total = total, .terminal = terminal, .begin_ms = now_ms(), .shown_ms = now_ms()};
	return progress;
}

static size_t done_of(const struct progress *progress)
{
	return progress->full + progress->lost + progress->unjudged;
}

static void show(struct progress *progress, long long now)
{
	size_t done = done_of(progress);
	double minutes = (double)(now - progress->begin_ms) / 60000;
	double rate = minutes > 0 ? (double)done / minutes : 0;
	progress->shown_ms = now;
	if (progress->terminal) {
		fputs("\r\033[K[", stderr);
		for (size_t i = 0; i < BAR; i++)
			fputc(i * progress->total < done * BAR ? '#' : '-', stderr);
		fputs("] ", stderr);
	}
	fprintf(stderr, "%zu of %zu: %zu full marks, %zu lost points, %zu not judged", done, progress->total,
	        progress->full, progress->lost, progress->unjudged);
	if (done && done < progress->total)
		fprintf(stderr, "; %.0f a minute, %.0f min left", rate, (double)(progress->total - done) / rate + 0.5);
	if (!progress->terminal)
		fputc('\n', stderr);
	fflush(stderr);
}

void progress_show(struct progress *progress)
{
	long long now = now_ms();
	if (now - progress->shown_ms >= (progress->terminal ? BAR_MS : LINE_MS))
		show(progress, now);
}

void progress_graded(struct progress *progress, const struct grade *grade)
{
	if (!grade->judged)
		progress->unjudged++;
	else if (grade->score == grade->max_score)
		progress->full++;
	else
		progress->lost++;
	progress_show(progress);
}

void progress_free(struct progress *progress)
{
	if (progress && progress->terminal)
		fputs("\r\033[K", stderr);
	free(progress);
}
