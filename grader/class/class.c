/* class.c - all requests, a few at a time: as many gradings are open as keep the queue full. */
#include "../memory.h"
#include "grading.h"

#include <stdlib.h>

struct batch {
	struct workshop workshop;
	const struct request *request;
	size_t count, next, open;
	bool filling;
	unsigned scratch;                     /* folders named so far */
	const struct assignment **assignment; /* those that occur, and their halves */
	struct half **half;
	size_t half_count;
	grade_sink *sink;
	void *context;
};

static const struct half *half_of(const struct batch *batch, const struct assignment *assignment)
{
	for (size_t i = 0; i < batch->half_count; i++)
		if (batch->assignment[i] == assignment)
			return batch->half[i];
	return NULL;
}

static int build_halves(struct batch *batch, struct error *error)
{
	batch->assignment = zeroed(batch->count + 1, sizeof *batch->assignment);
	batch->half = zeroed(batch->count + 1, sizeof *batch->half);
	for (size_t i = 0; i < batch->count; i++) {
		if (half_of(batch, batch->request[i].assignment))
			continue;
		struct half *half = half_build(batch->workshop.kit, batch->request[i].assignment, batch->workshop.queue, error);
		if (!half)
			return -1;
		batch->assignment[batch->half_count] = batch->request[i].assignment;
		batch->half[batch->half_count++] = half;
	}
	return 0;
}

static void fill(struct batch *batch);

static void delivered(void *context, const struct request *request, struct grade *grade)
{
	struct batch *batch = context;
	batch->open--;
	batch->sink(batch->context, request, grade);
	fill(batch);
}

/* Two gradings more than slots: one is always ready when another runs out of work. A result from the cache is delivered
 * inside grading_start, so only the outermost call opens the next. */
static void fill(struct batch *batch)
{
	static const size_t ahead = 2;
	if (batch->filling)
		return;
	batch->filling = true;
	while (batch->next < batch->count && batch->open < queue_slots(batch->workshop.queue) + ahead) {
		const struct request *request = &batch->request[batch->next++];
		batch->open++;
		grading_start(&batch->workshop, half_of(batch, request->assignment), request, delivered, batch);
	}
	batch->filling = false;
}

int class_grade(const struct kit *kit, struct queue *queue, const struct request requests[], size_t count,
                const struct class_options *options, grade_sink *sink, void (*progress)(void *, const char *),
                void *context, struct error *error)
{
	struct batch batch = {
	    .workshop = {.kit = kit, .queue = queue, .options = options, .progress = progress, .context = context},
	    .request = requests,
	    .count = count,
	    .sink = sink,
	    .context = context,
	};
	batch.workshop.number = &batch.scratch;
	batch.workshop.shards = count < queue_slots(queue) ? queue_slots(queue) : 1;
	char *cache = format("%s/cache", kit->build);
	int result = folder_make(cache, error);
	free(cache);
	if (result == 0)
		result = build_halves(&batch, error);
	if (result == 0) {
		fill(&batch);
		if (queue_work(queue) != 0)
			result = fail_interrupted(error, "; nothing half-done is kept");
	}
	for (size_t i = 0; i < batch.half_count; i++)
		half_free(batch.half[i]);
	free(batch.half);
	free(batch.assignment);
	return result;
}
